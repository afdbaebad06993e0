/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `doctor [HOST]`: what doctor.c says; a ping to HOST; and where that fails though all is well
 * here, what AWS's route tables and security groups say about it. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/config/language.h"
#include "control/console/doctor.h"
#include "control/console/remedy.h"
#include "control/console/session_state.h"
#include "control/sys/child.h"

#define ROUTES_MAX 4096
#define SHUT_MAX   32
#define MADE_BYTES 8192 /* of what AWS's engine says, in Japanese */

struct doctor_room {
	struct agent_dataplane_status dataplane;
	struct agent_bgp_status neighbor[CONFIG_NEIGHBORS];
	struct agent_route route[ROUTES_MAX];
	struct agent_shut shut[SHUT_MAX];
	struct doctor_facts facts;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void release(struct doctor_room *room)
{
	if (room)
		free((void *)(uintptr_t)room->facts.tunnel);
	free(room);
}

/* NULL = no memory; release() it. */
static struct doctor_room *collect(struct session *session)
{
	struct agent *agent = session->system->agent;
	struct doctor_room *room = calloc(1, sizeof(*room));
	struct agent_tunnel_status *tunnel = calloc(config_tunnels(), sizeof(*tunnel));
	struct doctor_facts *f = room ? &room->facts : NULL;

	if (!room || !tunnel) {
		free(room);
		free(tunnel);
		return NULL;
	}
	agent_dataplane(agent, &room->dataplane);
	f->model = config_model(session->system->config);
	f->dataplane = &room->dataplane;
	f->tunnel = tunnel;
	f->tunnel_count = least(agent_tunnels(agent, tunnel, config_tunnels()), config_tunnels());
	f->neighbor = room->neighbor;
	f->neighbor_count =
	    least(agent_neighbors(agent, room->neighbor, CONFIG_NEIGHBORS), CONFIG_NEIGHBORS);
	f->route = room->route;
	f->route_count = least(agent_routes(agent, room->route, ROUTES_MAX), ROUTES_MAX);
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++)
		(void)agent_cloud_status(agent, id, &f->cloud[id]);
	f->shut = room->shut;
	f->shut_count = f->model ? agent_shut(agent, f->model, room->shut, SHUT_MAX) : 0;
	f->ruleset_refused = agent_ruleset_refused(agent);
	f->now_unix = time(NULL);
	return room;
}

/* ---- AWS ---------------------------------------------------------------------------------------
 */

static void say_unasked(struct session *session, const char *why)
{
	char remedy[REMEDY_BYTES], made[MADE_BYTES];

	(void)remedy_fill(say(remedy_of_cloud(agent_cloud_fault(session->system->agent))),
	    session->cloud, remedy);
	text_printf(&session->out, say("!!  AWS could not be asked: %s"),
	    say_made(why, made, sizeof(made)));
	text_printf(&session->out, "%s%s\n", *remedy ? "\n    -> " : "", remedy);
}

static void on_way(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct session *session = ctx;
	char made[MADE_BYTES];

	if (event == AGENT_CLOUD_PROGRESS || !session_worked(session))
		return;
	if (event == AGENT_CLOUD_FAILED)
		say_unasked(session, text);
	else
		text_puts(&session->out, say_made(text, made, sizeof(made)));
	session_done(session, false);
}

static void cancel_way(struct session *session)
{
	agent_cloud_cancel(session->system->agent, session);
}

static void ask_aws(struct session *session)
{
	char error[CONFIG_ERROR_BYTES] = "";

	session_work(session, cancel_way);
	if (agent_cloud_way(session->system->agent, session->cloud, &session->host, on_way, session,
		error, sizeof(error))) {
		session->wait = WAIT_NONE;
		session_fail(session, error);
	}
}

/* ---- the ping ----------------------------------------------------------------------------------
 */

static void on_text(void *ctx, const char *text, size_t bytes)
{
}

static void on_ping(void *ctx, int status)
{
	struct session *session = ctx;
	char host[IP_ADDR_TEXT_BYTES];

	session->child = NULL;
	if (!session_worked(session))
		return;
	ip_addr_format(&session->host, host);
	if (status == 0) {
		text_printf(&session->out, say("ok  %s answers to pings"), host);
		text_puts(&session->out, "\n");
		session_done(session, session->ill == 0);
		return;
	}
	text_printf(&session->out, say("!!  %s does not answer to pings"), host);
	text_puts(&session->out, "\n");
	if (session->ill || !session->cloud)
		session_done(session, false);
	else
		ask_aws(session);
}

static void stop_ping(struct session *session)
{
	child_signal(session->child, SIGKILL);
}

static void ping(struct session *session)
{
	const struct child_report report = {session, on_text, on_ping};
	char host[IP_ADDR_TEXT_BYTES];
	const char *const argv[] = {"ping", "-n", "-4", "-q", "-c", "3", "-i", "0.3", "-W", "2",
	    "--", ip_addr_format(&session->host, host), NULL};
	const struct child_spec spec = {.argv = argv, .fd = -1};
	int rc = 0;

	if (!session->system->loop) {
		session_fail(session, "no program can be run from here");
		return;
	}
	session_work(session, stop_ping);
	session->child = child_start(session->system->loop, &spec, &report, &rc);
	if (session->child)
		return;
	session->wait = WAIT_NONE;
	session_fail(session, uv_strerror(rc));
}

void command_doctor(struct session *session, const struct grammar_args *args)
{
	struct doctor_room *room = collect(session);

	if (!room) {
		session_fail(session, "no memory");
		return;
	}
	session->ill = doctor_judge(&room->facts, &session->out);
	session->host = args_address(args, "host");
	if (session->host.family != IP_FAMILY_NONE)
		session->cloud = doctor_cloud_of(&room->facts, &session->host);
	release(room);
	if (session->host.family != IP_FAMILY_NONE)
		ping(session);
	else
		session_done(session, session->ill == 0);
}
