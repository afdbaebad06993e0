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
#include "control/console/session_state.h"
#include "control/console/show.h"

static show_fn *find_show(enum grammar_operation operation)
{
	switch (operation) {
	case OP_HELP: return show_help;
	case OP_SHOW_COMMAND: return show_command;
	case OP_SHOW_CONFIG: return show_config;
	case OP_SHOW_CONFIG_DIFF: return show_config_diff;
	case OP_SHOW_CONFIG_LIST: return show_config_list;
	case OP_CHECK: return show_check;
	case OP_SHOW_IP_ROUTE: return show_ip_route;
	case OP_SHOW_IPSEC_SA: return show_ipsec_sa;
	case OP_SHOW_IPSEC_GATEWAY: return show_ipsec_gateway;
	case OP_SHOW_BGP_NEIGHBOR: return show_bgp_neighbor;
	case OP_SHOW_TUNNEL: return show_tunnel;
	case OP_SHOW_CLOUD: return show_cloud;
	case OP_SHOW_DATAPLANE: return show_dataplane;
	case OP_SHOW_LOG: return show_log;
	case OP_SHOW_ENVIRONMENT: return show_environment;
	case OP_SHOW_ARP: return show_arp;
	case OP_SHOW_LAN: return show_lan;
	case OP_SHOW_TECHINFO: return show_techinfo;
	default: return NULL;
	}
}

static void run_show(struct session *session, show_fn *run, const struct grammar_args *args)
{
	struct show show = {
	    .agent = session->system->agent,
	    .config = session->system->config,
	    .candidate = session->candidate,
	    .log = session->system->log,
	    .japanese = session_japanese(session),
	    .administrator = session->administrator,
	    .instance = session->system->instance,
	    .save_dir = session->system->save_dir,
	    .now = mono_now(),
	    .now_unix = time(NULL),
	    .out = &session->out,
	};
	char error[CONFIG_ERROR_BYTES] = "";

	if (run(&show, args, error, sizeof(error)))
		session_fail(session, error);
	else
		session_done(session, true);
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
		session_fail(
		    session, "this needs administrator level: enter `administrator` before it");
		return;
	}
	if (show) {
		run_show(session, show, &args);
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
	case OP_BGP_REFRESH:
		if (session->candidate) {
			run_setting(session, match);
			break;
		}
		rc = agent_bgp_refresh(session->system->agent, error, sizeof(error));
		if (!rc && *error)
			text_printf(&session->out, "%s\n", error);
		finish(session, rc, error);
		break;
	case OP_IPSEC_REFRESH:
		agent_ipsec_refresh(session->system->agent);
		session_done(session, true);
		break;
	case OP_CLOUD_GO: command_cloud_go(session, &args); break;
	default: run_setting(session, match); break;
	}
}
