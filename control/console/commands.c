/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a command does: settings go to the configuration, operations to the agent, `show` to
 * show_*.c. Levels are checked here and nowhere else. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "control/config/language.h"
#include "control/config/store.h"
#include "control/console/session_state.h"
#include "control/console/show.h"

static const char *word(const struct session *session, const char *english, const char *japanese)
{
	return session_japanese(session) ? japanese : english;
}

static void fail(struct session *session, const char *sentence)
{
	session_error(session, sentence);
	session_done(session, false);
}

static show_fn *find_show(enum grammar_operation operation)
{
	switch (operation) {
	case OP_HELP: return show_help;
	case OP_SHOW_COMMAND: return show_command;
	case OP_SHOW_CONFIG: return show_config;
	case OP_SHOW_IP_ROUTE: return show_ip_route;
	case OP_SHOW_IPSEC_SA: return show_ipsec_sa;
	case OP_SHOW_IPSEC_GATEWAY: return show_ipsec_gateway;
	case OP_SHOW_BGP_NEIGHBOR: return show_bgp_neighbor;
	case OP_SHOW_TUNNEL: return show_tunnel;
	case OP_SHOW_CLOUD: return show_cloud;
	case OP_SHOW_DATAPLANE: return show_dataplane;
	case OP_SHOW_LOG: return show_log;
	default: return NULL;
	}
}

static void run_show(struct session *session, show_fn *run, const struct grammar_args *args)
{
	struct show show = {
	    .agent = session->system->agent,
	    .config = session->system->config,
	    .log = session->system->log,
	    .japanese = session_japanese(session),
	    .administrator = session->administrator,
	    .now = mono_now(),
	    .now_unix = time(NULL),
	    .out = &session->out,
	};
	char error[CONFIG_ERROR_BYTES] = "";

	if (run(&show, args, error, sizeof(error)))
		fail(session, error);
	else
		session_done(session, true);
}

static bool save(struct session *session)
{
	char error[CONFIG_ERROR_BYTES] = "no directory to save in was given at start-up";

	if (!session->system->save_dir ||
	    store_save(session->system->config, session->system->save_dir, error, sizeof(error))) {
		session_error(session, error);
		log_error("[CONSOLE] %s: save failed: %s", session->who, error);
		return false;
	}
	text_puts(
	    &session->out, word(session, "Saving ... config Done.\n", "セーブ中... config 終了\n"));
	return true;
}

/* ---- levels ------------------------------------------------------------------------------------
 */

static void run_administrator(struct session *session)
{
	if (!session->may_administrate) {
		log_info("[CONSOLE] %s: administrator level refused", session->who);
		fail(session, "only root may become administrator");
		return;
	}
	session->administrator = true;
	session_done(session, true);
}

static void leave_administrator(struct session *session)
{
	session->administrator = false;
	session->tunnel = 0;
	session_done(session, true);
}

static void run_exit(struct session *session)
{
	if (session->tunnel) {
		session->tunnel = 0;
		session_done(session, true);
	} else if (!session->administrator) {
		session_bye(session);
	} else if (config_dirty(session->system->config) && session->dialogue) {
		session_ask(session, WAIT_SAVE_LEAVE,
		    word(session, "Save new configuration ? (Y/N)",
			"新しい設定を保存しますか? (Y/N)"));
	} else {
		if (config_dirty(session->system->config))
			text_puts(
			    &session->out, "The configuration has changes that are not saved.\n");
		leave_administrator(session);
	}
}

/* ---- cloud vpn set go --------------------------------------------------------------------------
 */

static void cloud_done(struct session *session, const char *text)
{
	const char *question =
	    word(session, "Save the configuration? (Y/N)", "設定を保存しますか？ (Y/N)");

	text_printf(&session->out, "\n%s\n",
	    word(session, "The VPN connection to the cloud service has been set up.",
		"クラウドサービスとの VPN 接続設定が完了しました。"));
	if (*text)
		text_printf(&session->out, "%s\n", text);
	if (session->save)
		session_done(session, save(session));
	else if (session->no_save)
		session_done(session, true);
	else
		session_ask(session, WAIT_SAVE_CLOUD, question);
}

static void cloud_report(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct session *session = ctx;

	if (event == AGENT_CLOUD_PROGRESS) {
		session_send(session, frame_text("progress", ".", 1));
		return;
	}
	session->wait = WAIT_NONE;
	if (session->gone) {
		session_free(session);
	} else if (event == AGENT_CLOUD_DONE) {
		cloud_done(session, text ? text : "");
	} else {
		text_puts(&session->out, "\n");
		fail(session, text && *text ? text : "the setting failed");
	}
}

static void run_cloud_go(struct session *session, const struct grammar_args *args)
{
	char error[CONFIG_ERROR_BYTES] = "";

	session->save = args_is(args, "save", "save");
	session->no_save = args_is(args, "save", "no-save");
	session->cloud = args_number(args, "cloud", 0);
	if (!session->save && !session->no_save && !session->dialogue) {
		fail(session, "nobody is there to be asked: add `save` or `no-save`");
		return;
	}
	session->wait = WAIT_CLOUD;
	if (agent_cloud_go(session->system->agent, session->cloud, cloud_report, session, error,
		sizeof(error))) {
		session->wait = WAIT_NONE;
		fail(session, error);
	}
}

/* ---- all commands ------------------------------------------------------------------------------
 */

/* Ends what was done at once: a setting, or an operation of the agent. */
static void finish(struct session *session, int rc, const char *error)
{
	if (rc)
		fail(session, *error ? error : strerror(-rc));
	else
		session_done(session, true);
}

static void run_setting(struct session *session, const struct grammar_match *match)
{
	char error[CONFIG_ERROR_BYTES] = "";
	int rc =
	    config_change(session->system->config, &session->tunnel, match, error, sizeof(error));

	if (!rc && *error)
		text_printf(&session->out, "%s\n", error);
	if (!rc && match->row->flags & GRAMMAR_KEPT && !match->negated)
		text_printf(&session->out, "%s\n",
		    say("Notice: this is kept in the configuration, but has no effect in this "
			"version"));
	finish(session, rc, error);
}

static void log_refused_level(const struct session *session, const struct grammar_match *match)
{
	struct grammar_args args = grammar_match_args(match);
	struct text line = {0};
	char escaped[200];

	grammar_print(&args, true, &line);
	log_info("[CONSOLE] %s: refused at user level: %s", session->who,
	    log_escape(line.data ? line.data : "", line.bytes, escaped, sizeof(escaped)));
	text_free(&line);
}

void command_run(struct session *session, const struct grammar_match *match)
{
	struct grammar_args args = grammar_match_args(match);
	show_fn *show = find_show(match->row->operation);
	char error[CONFIG_ERROR_BYTES] = "";
	int rc;

	if (!session->administrator && !(match->row->flags & GRAMMAR_USER)) {
		log_refused_level(session, match);
		fail(session, "this needs administrator level: enter `administrator` before it");
		return;
	}
	if (show) {
		run_show(session, show, &args);
		return;
	}
	switch (match->row->operation) {
	case OP_ADMINISTRATOR: run_administrator(session); break;
	case OP_EXIT: run_exit(session); break;
	case OP_SAVE: session_done(session, save(session)); break;
	case OP_BGP_REFRESH:
		rc = agent_bgp_refresh(session->system->agent, error, sizeof(error));
		if (!rc && *error)
			text_printf(&session->out, "%s\n", error);
		finish(session, rc, error);
		break;
	case OP_IPSEC_REFRESH:
		agent_ipsec_refresh(session->system->agent);
		session_done(session, true);
		break;
	case OP_CLOUD_GO: run_cloud_go(session, &args); break;
	default: run_setting(session, match); break;
	}
}

void command_answer(struct session *session, bool yes)
{
	bool leaving = session->wait == WAIT_SAVE_LEAVE, saved = !yes || save(session);

	if (leaving && saved)
		leave_administrator(session);
	else
		session_done(session, saved);
}

void command_interrupt(struct session *session)
{
	switch (session->wait) {
	case WAIT_NONE: break;
	case WAIT_CLOUD: agent_cloud_cancel(session->system->agent, session->cloud); break;
	case WAIT_SAVE_CLOUD:
		/* The settings stand; they are just not saved. */
		session_done(session, true);
		break;
	case WAIT_SAVE_LEAVE: session_done(session, false); break;
	}
}
