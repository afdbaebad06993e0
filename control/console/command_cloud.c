/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn set go`: starts the agent's run, shows its progress, and asks about saving. */
#include <string.h>

#include "control/config/language.h"
#include "control/console/remedy.h"
#include "control/console/session_state.h"
#include "control/console/show_json.h"

static bool save_all(struct session *session)
{
	const struct grammar_args none = {0};

	return command_save(session, &none);
}

static void on_save_answer(struct session *session, const char *text, size_t bytes)
{
	session_done(session, *text == 'n' || save_all(session));
}

/* The settings stand; they are just not saved. */
static void leave_unsaved(struct session *session)
{
	session_done(session, true);
}

static void done(struct session *session, const char *text)
{
	text_printf(&session->out, "\n%s\n",
	    say("The VPN connection to the cloud service has been set up."));
	if (*text)
		text_printf(&session->out, "%s\n", text);
	if (session->save) {
		session_done(session, save_all(session));
	} else if (session->no_save) {
		session_done(session, true);
	} else {
		session_ask(
		    session, ASK_YES_NO, say("Save the configuration? (Y/N)"), on_save_answer);
		session->interrupt = leave_unsaved;
	}
}

void command_cloud_failed(struct session *session, const char *text)
{
	char remedy[REMEDY_BYTES];
	struct text sentence = {0};

	(void)remedy_fill(say(remedy_of_cloud(agent_cloud_fault(session->system->agent))),
	    session->cloud, remedy);
	text_printf(&sentence, "%s%s%s", text, *remedy ? "\n-> " : "", remedy);
	if (session->made)
		text_printf(&sentence,
		    say("\n-> what was made at AWS stays there, and is paid for: `cloud vpn "
			"destroy %u` "
			"takes it away; to use it, mend the fault, then `cloud vpn set go %u`"),
		    session->cloud, session->cloud);
	session_fail(session, sentence.bad ? text : sentence.data);
	text_free(&sentence);
}

static void report(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct session *session = ctx;

	if (event == AGENT_CLOUD_PROGRESS) {
		session_send(session, frame_text("progress", ".", 1));
		return;
	}
	if (!session_worked(session))
		return;
	if (event == AGENT_CLOUD_DONE) {
		done(session, text ? text : "");
	} else {
		text_puts(&session->out, "\n");
		command_cloud_failed(session, text && *text ? text : "the setting failed");
	}
}

static void cancel(struct session *session)
{
	agent_cloud_cancel(session->system->agent, session);
}

void command_cloud_go_on(struct session *session)
{
	char error[CONFIG_ERROR_BYTES] = "";

	session_work(session, cancel);
	if (agent_cloud_go(
		session->system->agent, session->cloud, report, session, error, sizeof(error))) {
		session->wait = WAIT_NONE;
		session_fail(session, error);
	}
}

void command_cloud_go(struct session *session, const struct grammar_args *args)
{
	session->save = args_is(args, "save", "save");
	session->no_save = args_is(args, "save", "no-save");
	session->cloud = args_number(args, "cloud", 0);
	if (!session->save && !session->no_save && !session->dialogue) {
		session_fail(session, "nobody is there to be asked: add `save` or `no-save`");
		return;
	}
	command_cloud_go_on(session);
}

/* ---- compare -----------------------------------------------------------------------------------
 */

static json_t *compared_row_json(const struct agent_compared_row *row)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:b}", "name", row->name, "aws",
	    show_json_text_or_null(row->aws), "configured", show_json_text_or_null(row->configured),
	    "in_use", show_json_text_or_null(row->in_use), "differs", row->differs);
}

static json_t *compared_tunnels_json(const struct agent_compared *c)
{
	json_t *tunnels = json_array();
	bool bad = false;

	for (uint32_t i = 0; i < c->tunnel_count; i++) {
		json_t *rows = json_array();

		for (unsigned r = 0; r < AGENT_COMPARED_ROWS; r++)
			bad |= json_array_append_new(
				   rows, compared_row_json(&c->tunnel[i].row[r])) != 0;
		bad |= json_array_append_new(
			   tunnels, json_pack("{s:i, s:o}", "number", (int)c->tunnel[i].number,
					"rows", show_json_array(rows, bad))) != 0;
	}
	return show_json_array(tunnels, bad);
}

static json_t *compared_json(const struct agent_compared *c)
{
	json_t *routes = json_array();
	bool bad = false;

	for (size_t i = 0; i < c->route_count; i++)
		bad |= json_array_append_new(routes, show_json_prefix(&c->route[i])) != 0;
	return json_pack("{s:i, s:o, s:o, s:s, s:o, s:o, s:o, s:o}", "id", (int)c->id,
	    "vpn_connection", show_json_text_or_null(c->vpn), "state",
	    show_json_text_or_null(c->state), "routing", c->static_only ? "static" : "bgp",
	    "problem", show_json_text_or_null(c->problem), "tunnels", compared_tunnels_json(c),
	    "static_routes", show_json_array(routes, bad), "changes", show_json_lines(c->changes));
}

static void take_compared(void *ctx, const struct agent_compared *compared)
{
	struct session *session = ctx;

	json_decref(session->compared);
	session->compared = session->form == PIPE_TEXT ? NULL : compared_json(compared);
}

static void on_compared(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct session *session = ctx;

	/* No points: the answer may be piped. */
	if (event == AGENT_CLOUD_PROGRESS || !session_worked(session))
		return;
	if (event == AGENT_CLOUD_FAILED) {
		command_cloud_failed(session, text);
		return;
	}
	session_show(session, "show-cloud-vpn-compare/2", session->compared, text);
	session->compared = NULL;
}

void command_cloud_compare(struct session *session, const struct grammar_args *args)
{
	char error[CONFIG_ERROR_BYTES] = "";

	session->cloud = args_number(args, "cloud", 1);
	session_work(session, cancel);
	if (agent_cloud_compare(session->system->agent, session->cloud, take_compared, on_compared,
		session, error, sizeof(error))) {
		session->wait = WAIT_NONE;
		session_fail(session, error);
	}
}
