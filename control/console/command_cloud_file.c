/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn download`, which gives the client a file of AWS to write, and `cloud vpn load`, which
 * takes one from it, shows what would change, and asks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/session_state.h"

/* ---- download ----------------------------------------------------------------------------------
 */

static void cancel(struct session *session)
{
	agent_cloud_cancel(session->system->agent, session);
}

static void on_download(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct session *session = ctx;

	if (event == AGENT_CLOUD_PROGRESS) {
		session_send(session, frame_text("progress", ".", 1));
		return;
	}
	if (!session_worked(session))
		return;
	text_puts(&session->out, "\n");
	if (event == AGENT_CLOUD_FAILED) {
		command_cloud_failed(session, text);
		return;
	}
	session_flush(session);
	session_give_file(session, session->file_name, text, strlen(text));
	text_printf(&session->out, say("%s has been written."), session->file_name);
	text_puts(&session->out, "\n");
	session_done(session, true);
}

void command_cloud_download(struct session *session, const struct grammar_args *args)
{
	const struct config_model *model = config_model(session->system->config);
	const uint32_t id = args_number(args, "cloud", 0);
	const bool generic = args_is(args, "device", "generic");
	char error[CONFIG_ERROR_BYTES] = "";

	if (!session_has_files(session))
		return;
	if (args_text(args, "file")[0])
		snprintf(
		    session->file_name, sizeof(session->file_name), "%s", args_text(args, "file"));
	else
		snprintf(session->file_name, sizeof(session->file_name), "%.200s%s.txt",
		    model->cloud[id].vpn_id, generic ? "-generic" : "");
	session->cloud = id;
	session_work(session, cancel);
	if (agent_cloud_download(
		session->system->agent, id, generic, on_download, session, error, sizeof(error))) {
		session->wait = WAIT_NONE;
		session_fail(session, error);
	}
}

/* ---- load --------------------------------------------------------------------------------------
 */

/* True when it could be done; then what is to be said is in session->out. */
static bool load(struct session *session, bool apply)
{
	const struct agent_cloud_file file = {
	    session->file.data ? session->file.data : "", session->file.bytes, session->as_number};
	char error[CONFIG_ERROR_BYTES] = "", *said;
	int rc = agent_cloud_load(
	    session->system->agent, &session->cloud, &file, apply, &said, error, sizeof(error));

	if (rc) {
		session_forget_file(session);
		session_fail(session, error);
		return false;
	}
	text_puts(&session->out, said);
	if (session->out.bytes && session->out.data[session->out.bytes - 1] != '\n')
		text_puts(&session->out, "\n");
	free(said);
	return true;
}

static void apply(struct session *session)
{
	if (!load(session, true))
		return;
	session_forget_file(session);
	session_done(session, true);
}

static void on_answer(struct session *session, const char *text, size_t bytes)
{
	if (*text == 'y') {
		apply(session);
	} else {
		session_forget_file(session);
		session_done(session, true);
	}
}

static void leave(struct session *session)
{
	on_answer(session, "n", 1);
}

static void on_file(struct session *session)
{
	if (session->apply) {
		apply(session);
	} else if (load(session, false)) {
		if (session->dialogue) {
			session_ask(session, ASK_YES_NO, say("Apply it? (Y/N)"), on_answer);
			session->interrupt = leave;
			return;
		}
		text_printf(&session->out, "%s\n", say("Nothing was changed: add `apply` for it."));
		leave(session);
	}
}

void command_cloud_load(struct session *session, const struct grammar_args *args)
{
	session->cloud = args_number(args, "cloud", 0);
	session->as_number = args_number(args, "as", 0);
	session->apply = args_is(args, "apply", "apply");
	session_want_file(session, args_text(args, "file"), on_file);
}
