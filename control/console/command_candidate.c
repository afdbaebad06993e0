/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `configure candidate`, `commit`, `discard`: changes of one session that are put in force
 * together. Each session has a candidate of its own; it ends with the session. */
#include <stdio.h>

#include "common/log.h"
#include "control/config/language.h"
#include "control/console/session_state.h"

void command_candidate(struct session *session)
{
	if (session->candidate) {
		session_fail(session, "there is a candidate already: `commit` or `discard` it");
		return;
	}
	session->candidate = config_candidate_new(session->system->config);
	if (session->candidate)
		session_done(session, true);
	else
		session_fail(session, "no memory");
}

static void forget(struct session *session)
{
	config_candidate_free(session->candidate);
	session->candidate = NULL;
	session->tunnel = 0;
}

static void confirm(struct session *session)
{
	if (!config_is_unconfirmed(session->system->config)) {
		session_fail(
		    session, "there is no candidate: enter `configure candidate` before it");
		return;
	}
	config_confirm(session->system->config);
	log_info("[CONSOLE] %s: commit confirmed", session->who);
	text_printf(&session->out, "%s\n", say("The commit is confirmed."));
	session_done(session, true);
}

void command_commit(struct session *session, const struct grammar_args *args)
{
	unsigned minutes = args_number(args, "minutes", 0);
	char error[CONFIG_ERROR_BYTES] = "";

	if (!session->candidate) {
		confirm(session);
		return;
	}
	if (config_commit(session->system->config, session->candidate, minutes, mono_now(), error,
		sizeof(error))) {
		session_fail(session, error);
		return;
	}
	forget(session);
	log_info("[CONSOLE] %s: commit%s", session->who, minutes ? ", to be confirmed" : "");
	if (*error)
		text_printf(&session->out, "%s\n", error);
	if (minutes)
		text_printf(&session->out,
		    minutes == 1
			? say("In force for %u minute: `commit` again keeps it, else it is taken "
			      "back.\n")
			: say("In force for %u minutes: `commit` again keeps it, else it is taken "
			      "back.\n"),
		    minutes);
	session_done(session, true);
}

void command_discard(struct session *session)
{
	if (!session->candidate) {
		session_fail(
		    session, "there is no candidate: enter `configure candidate` before it");
		return;
	}
	forget(session);
	session_done(session, true);
}

static void on_discard(struct session *session, const char *text, size_t bytes)
{
	if (*text == 'y')
		command_discard(session);
	else
		session_done(session, false);
}

void command_leave_candidate(struct session *session)
{
	if (!config_candidate_changed(session->candidate)) {
		command_discard(session);
	} else if (session->dialogue) {
		session_ask(session, ASK_YES_NO,
		    say("The candidate has changes that are not committed. Discard them? (Y/N)"),
		    on_discard);
	} else {
		forget(session);
		session_fail(session, SESSION_UNCOMMITTED);
	}
}
