/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a command does: settings go to the configuration, operations to the agent, `show` to
 * show_*.c. Levels are checked here and nowhere else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "control/config/language.h"
#include "control/console/session_state.h"
#include "control/console/show_json.h"

/* What was asked for as JSON; a show that has no such form is refused in words. */
static bool print_answer(struct session *session, const json_t *answer)
{
	size_t layout = session->form == PIPE_JSON_LINE ? JSON_COMPACT : JSON_INDENT(2);
	char *text = answer ? json_dumps(answer, layout) : NULL;

	text_puts(&session->out, text ? text : "");
	text_puts(&session->out, text ? "\n" : "");
	free(text);
	return text != NULL;
}

static void run_show(
    struct session *session, show_fn *run, const struct grammar_args *args, const struct text *file)
{
	json_t *answer = NULL;
	struct show show = {
	    .agent = session->system->agent,
	    .config = session->system->config,
	    .candidate = session->candidate,
	    .log = session->system->log ? log_hub_ring(session->system->log) : NULL,
	    .japanese = session_japanese(session),
	    .administrator = session->administrator,
	    .instance = session->system->instance,
	    .save_dir = session->system->save_dir,
	    .sa_numbers = &session->system->sa_numbers,
	    .file = file,
	    .file_name = session->file_name,
	    .now = mono_now(),
	    .now_unix = time(NULL),
	    .out = &session->out,
	    .answer = session->form == PIPE_TEXT ? NULL : &answer,
	};
	char error[CONFIG_ERROR_BYTES] = "";
	int rc = run(&show, args, error, sizeof(error));

	if (show.answer && !answer && !rc)
		rc = -ENOTSUP;
	if (rc == -ENOTSUP)
		snprintf(error, sizeof(error), "%s", say("there is no JSON of this"));
	if (answer && !print_answer(session, answer))
		rc = show_no_memory(error, sizeof(error));
	json_decref(answer);
	if (rc)
		session_fail(session, error);
	else
		session_done(session, true);
}

void session_show(struct session *session, const char *schema, json_t *members, const char *text)
{
	char error[CONFIG_ERROR_BYTES] = "";
	json_t *answer = NULL;
	struct show show = {.answer = &answer, .now_unix = time(NULL)};
	int rc;

	if (session->form == PIPE_TEXT) {
		json_decref(members);
		text_puts(&session->out, text);
		session_done(session, true);
		return;
	}
	rc = show_answer(&show, schema, members, error, sizeof(error));
	if (!rc && !print_answer(session, answer))
		rc = show_no_memory(error, sizeof(error));
	json_decref(answer);
	if (rc)
		session_fail(session, error);
	else
		session_done(session, true);
}

/* `check FILE`: with the rights of who runs the client. */
static void on_check_file(struct session *session)
{
	const struct grammar_args none = {0};
	struct text file = session->file;

	session->file = (struct text){0};
	run_show(session, show_check, &none, &file);
	text_free(&file);
}

static void check_file(struct session *session, const struct grammar_args *args)
{
	snprintf(session->file_name, sizeof(session->file_name), "%s", args_text(args, "file"));
	session_want_file(session, session->file_name, on_check_file);
}

/* ---- all commands ------------------------------------------------------------------------------
 */

/* Ends what was done at once: a setting, or an operation of the agent. */
static void finish(struct session *session, int rc, const char *error)
{
	if (rc)
		session_fail(session, *error ? error : strerror(-rc));
	else
		session_done(session, true);
}

static void run_setting(struct session *session, const struct grammar_match *match)
{
	char error[CONFIG_ERROR_BYTES] = "";
	int rc;

	if (session->candidate)
		rc = config_candidate_change(
		    session->candidate, &session->tunnel, match, error, sizeof(error));
	else
		rc = config_change(
		    session->system->config, &session->tunnel, match, error, sizeof(error));
	if (!rc && *error)
		text_printf(&session->out, "%s\n", error);
	if (!rc && match->row->flags & GRAMMAR_KEPT && !match->negated)
		text_printf(&session->out, "%s\n",
		    say("Notice: this is kept in the configuration, but has no effect in this "
			"version"));
	finish(session, rc, error);
}

/* Who cleared it is its first line. */
static void clear_log(struct session *session)
{
	int rc = session->system->log ? log_hub_clear(session->system->log) : 0;

	log_info("[CONSOLE] %s: the log was cleared", session->who);
	finish(session, rc, "");
}

static void log_refused_level(const struct session *session, const struct grammar_match *match)
{
	struct grammar_args args = grammar_match_args(match);
	struct text line = {0};
	char escaped[200];

	/* Of a command that there is none of, nobody knows which word is a secret. */
	if (match->row->operation == OP_REFUSED)
		args.count = match->stem ? match->stem : 1;
	grammar_print(&args, true, &line);
	log_info("[CONSOLE] %s: refused at user level: %s", session->who,
	    log_escape(line.data ? line.data : "", line.bytes, escaped, sizeof(escaped)));
	text_free(&line);
}

void command_run(struct session *session, const struct grammar_match *match)
{
	struct grammar_args args = grammar_match_args(match);
	show_fn *show = show_find(match->row->operation);
	char error[CONFIG_ERROR_BYTES] = "";
	int rc;

	if (!session->administrator && !(match->row->flags & GRAMMAR_USER)) {
		log_refused_level(session, match);
		session_fail(
		    session, "this needs administrator level: enter `administrator` before it");
		return;
	}
	if (show && match->row->operation == OP_CHECK && args_find(&args, "file")) {
		check_file(session, &args);
		return;
	}
	if (show) {
		run_show(session, show, &args, NULL);
		return;
	}
	switch (match->row->operation) {
	case OP_ADMINISTRATOR: command_administrator(session); break;
	case OP_LOGIN_PASSWORD: command_set_password(session, false); break;
	case OP_ADMINISTRATOR_PASSWORD: command_set_password(session, true); break;
	case OP_EXIT: command_exit(session); break;
	case OP_SAVE: session_done(session, command_save(session, &args)); break;
	case OP_CANDIDATE: command_candidate(session); break;
	case OP_COMMIT: command_commit(session, &args); break;
	case OP_DISCARD: command_discard(session); break;
	case OP_ROLLBACK: command_rollback(session, &args); break;
	case OP_EXPORT: command_export(session, &args); break;
	case OP_COLD_START: command_cold_start(session); break;
	case OP_PING: command_ping(session, &args); break;
	case OP_TRACEROUTE: command_traceroute(session, &args); break;
	case OP_NTPDATE: command_ntpdate(session, &args); break;
	case OP_CLEAR_ARP: command_clear_arp(session, &args); break;
	case OP_PACKETDUMP_START: command_packetdump_start(session, &args); break;
	case OP_PACKETDUMP_STOP: command_packetdump_stop(session); break;
	case OP_BGP_REFRESH:
		if (session->candidate) {
			run_setting(session, match);
			break;
		}
		rc = session_bgp_refresh(session, error, sizeof(error));
		if (!rc && *error)
			text_printf(&session->out, "%s\n", error);
		finish(session, rc, error);
		break;
	case OP_IPSEC_REFRESH:
		agent_ipsec_refresh(session->system->agent, false);
		session_done(session, true);
		break;
	case OP_IPSEC_DELETE: command_ipsec_delete(session, &args); break;
	case OP_CLEAR_LOG: clear_log(session); break;
	case OP_CLEAR_DATAPLANE:
		rc = agent_dataplane_clear(session->system->agent, time(NULL));
		finish(session, rc, say("no memory"));
		break;
	case OP_CLOUD_GO: command_cloud_go(session, &args); break;
	case OP_SHOW_CLOUD_COMPARE: command_cloud_compare(session, &args); break;
	case OP_DOCTOR: command_doctor(session, &args); break;
	case OP_CLOUD_CREATE: command_cloud_create(session, &args); break;
	case OP_CLOUD_DESTROY: command_cloud_destroy(session, &args); break;
	case OP_CLOUD_DOWNLOAD: command_cloud_download(session, &args); break;
	case OP_CLOUD_LOAD: command_cloud_load(session, &args); break;
	default: run_setting(session, match); break;
	}
}
