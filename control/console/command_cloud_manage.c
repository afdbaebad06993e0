/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn create` and `cloud vpn destroy`: the plan is shown first, then it is asked; what is
 * made is fetched and applied as by `cloud vpn set go`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/session_state.h"

#define PLAN_BYTES 16384 /* of a plan in Japanese; a longer one is shown in English */

static void cancel(struct session *session)
{
	agent_cloud_cancel(session->system->agent, session);
}

/* What AWS's engines say, in the language of the console. */
static void print_made(struct session *session, const char *text)
{
	char made[PLAN_BYTES];

	text_puts(&session->out, say_made(text, made, sizeof(made)));
}

/* True when the report is one to wait on: a point, or a line of progress. */
static bool is_progress(struct session *session, enum agent_cloud_event event, const char *text)
{
	if (event != AGENT_CLOUD_PROGRESS)
		return false;
	if (*text) {
		text_puts(&session->out, "\n");
		print_made(session, text);
		text_puts(&session->out, " ");
	} else {
		text_puts(&session->out, ".");
	}
	session_flush(session);
	return true;
}

/* ---- what was planned is to be done ---- */

static void start(struct session *session, agent_cloud_fn *report, bool plan)
{
	char error[CONFIG_ERROR_BYTES] = "";
	struct agent *agent = session->system->agent;
	const char *shown = plan ? NULL : session->plan ? session->plan : "";
	int rc;

	session_work(session, cancel);
	session->made = !plan && !session->destroying;
	if (session->destroying)
		rc = agent_cloud_destroy(
		    agent, session->cloud, shown, report, session, error, sizeof(error));
	else
		rc = agent_cloud_create(agent, session->cloud, &session->wish, plan, report,
		    session, error, sizeof(error));
	if (rc) {
		session->wait = WAIT_NONE;
		session_fail(session, error);
	}
}

static void on_done(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct session *session = ctx;

	if (is_progress(session, event, text) || !session_worked(session))
		return;
	text_puts(&session->out, "\n");
	if (event == AGENT_CLOUD_FAILED) {
		command_cloud_failed(session, text);
		return;
	}
	print_made(session, text);
	text_puts(&session->out, "\n");
	if (session->destroying) {
		session_done(session, true);
		return;
	}
	session->save = false;
	session->no_save = !session->dialogue;
	command_cloud_go_on(session);
}

static void on_answer(struct session *session, const char *text, size_t bytes)
{
	if (*text == 'y')
		start(session, on_done, false);
	else
		session_done(session, true);
}

static void leave(struct session *session)
{
	session_done(session, true);
}

static void on_plan(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct session *session = ctx;

	if (is_progress(session, event, text) || !session_worked(session))
		return;
	text_puts(&session->out, "\n");
	if (event == AGENT_CLOUD_FAILED) {
		command_cloud_failed(session, text);
		return;
	}
	free(session->plan);
	session->plan = strdup(text);
	print_made(session, text);
	if (session->apply) {
		start(session, on_done, false);
	} else if (session->dialogue) {
		session_ask(session, ASK_YES_NO,
		    session->destroying ? say("Take all of it away? (Y/N)")
					: say("Make what is missing? It is paid for by the hour. "
					      "(Y/N)"),
		    on_answer);
		session->interrupt = leave;
	} else {
		text_printf(&session->out, "%s\n", say("Nothing was changed: add `apply` for it."));
		session_done(session, true);
	}
}

void command_cloud_create(struct session *session, const struct grammar_args *args)
{
	struct agent_cloud_wish *wish = &session->wish;
	const struct value *value;
	unsigned at = 0;

	memset(wish, 0, sizeof(*wish));
	snprintf(wish->target, sizeof(wish->target), "%s", args_text(args, "target"));
	wish->address = args_address(args, "address");
	wish->as_number = args_number(args, "as", 0);
	while ((value = args_next(args, "prefix", &at)) && wish->prefix_count < 16)
		wish->prefix[wish->prefix_count++] = value->net;
	session->cloud = args_number(args, "cloud", 0);
	session->apply = args_is(args, "apply", "apply");
	session->destroying = false;
	start(session, on_plan, true);
}

void command_cloud_destroy(struct session *session, const struct grammar_args *args)
{
	session->cloud = args_number(args, "cloud", 0);
	session->apply = args_is(args, "apply", "apply");
	session->destroying = true;
	start(session, on_plan, true);
}
