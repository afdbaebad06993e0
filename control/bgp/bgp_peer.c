/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A session from outside: made, fed with events, asked for its next wake and its status.
 *
 * Turns the caller's events and due timers into events of the state machine, one connection each.
 * Not here: the machine (bgp_fsm.c), messages (bgp_receive.c). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#include "bgp_peer.h"

static bool usable_as(uint32_t as)
{
	return as != 0 && as != BGP_AS_TRANS && as != UINT32_MAX; /* RFC 7607, 6793, 7300 */
}

struct bgp_peer *bgp_peer_new(
    const struct bgp_config *config, const struct bgp_env *env, struct bgp_rib *rib)
{
	struct bgp_peer *peer;

	if (!usable_as(config->local_as) || !usable_as(config->remote_as) || !config->router_id ||
	    config->local.family != IP_FAMILY_V4 || config->remote.family != IP_FAMILY_V4)
		return NULL;
	peer = calloc(1, sizeof(*peer));
	if (!peer)
		return NULL;
	peer->config = *config;
	if (!peer->config.prefix_limit)
		peer->config.prefix_limit = BGP_PREFIX_LIMIT_DEFAULT;
	if (!peer->config.prefix_out_limit)
		peer->config.prefix_out_limit = BGP_PREFIX_OUT_LIMIT_DEFAULT;
	peer->env = *env;
	peer->rib = rib;
	peer->source.config = &peer->config;
	peer->idle_hold = MONO_NEVER;
	peer->status.since = MONO_NEVER;
	peer->status.last_read = MONO_NEVER;
	bgp_conn_init(&peer->out, true);
	bgp_conn_init(&peer->in, false);
	return peer;
}

void bgp_peer_free(struct bgp_peer *peer)
{
	if (!peer)
		return;
	(void)bgp_rib_remove_all(peer->rib, &peer->source);
	bgp_export_free(&peer->export);
	free(peer);
}

int bgp_peer_set_export(struct bgp_peer *peer, const struct ip_prefix *prefixes, size_t count)
{
	return bgp_export_set(&peer->export, prefixes, count, peer->config.prefix_out_limit);
}

/* ---- what the other files use ---- */

void bgp_log(struct bgp_peer *peer, bool debug, const char *format, ...)
{
	char line[LOG_LINE_BYTES];
	va_list args;
	int n = snprintf(line, sizeof(line), "bgp neighbor=%u ", peer->config.neighbor);

	if (!peer->env.log || n < 0)
		return;
	va_start(args, format);
	vsnprintf(line + n, sizeof(line) - (size_t)n, format, args);
	va_end(args);
	peer->env.log(peer->env.ctx, debug, line);
}

/* An event makes at most 13 actions besides UPDATEs, which take only what is left: both connections
 * end (2 x SEND, CLOSE), both states change, a start follows (CONNECT, STATE), the rib changed. */
struct bgp_action *bgp_act(struct bgp_peer *peer, enum bgp_action_type type, uint32_t conn)
{
	struct bgp_actions *out = peer->actions;
	struct bgp_action *action;

	if (out->count == BGP_ACTIONS) {
		bgp_log(peer, false, "action lost type=%d", (int)type);
		return NULL;
	}
	action = &out->action[out->count++];
	action->type = type;
	action->conn = conn;
	action->state = bgp_peer_state(peer);
	action->bytes = 0;
	action->reason[0] = '\0';
	return action;
}

int64_t bgp_jitter_msec(struct bgp_peer *peer, uint32_t sec)
{
	int64_t msec = (int64_t)sec * 1000;
	uint8_t r[2] = {0};

	peer->env.random(peer->env.ctx, r, sizeof(r));
	return msec - msec / 4 * (r[0] << 8 | r[1]) / 65536;
}

enum bgp_state bgp_peer_state(const struct bgp_peer *peer)
{
	if (peer->in.state >= BGP_OPENSENT && peer->in.state > peer->out.state)
		return peer->in.state;
	return peer->out.state;
}

/* ---- events ---- */

static void tell(struct bgp_peer *peer, struct bgp_conn *conn, enum bgp_fsm_event event)
{
	const struct bgp_fsm_input in = {.event = event};

	bgp_fsm(peer, conn, &in);
}

static struct bgp_conn *find_conn(struct bgp_peer *peer, uint32_t id)
{
	if (!id)
		return NULL;
	if (peer->out.id == id)
		return &peer->out;
	return peer->in.id == id ? &peer->in : NULL;
}

/* Refuses a connection before it becomes one of ours. */
static void refuse(struct bgp_peer *peer, uint32_t id)
{
	struct bgp_action *action;
	struct bgp_error error;

	(void)bgp_error_set(&error, BGP_ERR_CEASE, BGP_CEASE_COLLISION, NULL, 0);
	if (bgp_peer_state(peer) >= BGP_OPENCONFIRM) {
		action = bgp_act(peer, BGP_ACT_SEND, id);
		if (action)
			action->bytes = bgp_msg_notification(&error, action->data);
	}
	(void)bgp_act(peer, BGP_ACT_CLOSE, id);
}

/* In OpenSent a newer connection of the neighbour shows that it has given up the older one. */
static void accepted(struct bgp_peer *peer, uint32_t id)
{
	bool refused = peer->in.state == BGP_IDLE || peer->in.state >= BGP_OPENCONFIRM ||
		       peer->out.state == BGP_ESTABLISHED;

	if (refused) {
		bgp_log(peer, true, "connection refused state=%s",
		    bgp_state_name(bgp_peer_state(peer)));
		refuse(peer, id);
		return;
	}
	if (peer->in.state == BGP_OPENSENT)
		tell(peer, &peer->in, BGP_FSM_OPEN_COLLISION_DUMP);
	peer->in.id = id;
	tell(peer, &peer->in, BGP_FSM_TCP_CONFIRMED);
}

/* A queue that is empty ends the SendHoldTimer (RFC 9687) and makes room for more. */
static void writable(struct bgp_conn *conn)
{
	conn->unsent = false;
	conn->timer[BGP_TIMER_SEND_HOLD] = MONO_NEVER;
}

static void conn_timers(struct bgp_peer *peer, struct bgp_conn *conn)
{
	static const enum bgp_fsm_event events[BGP_TIMERS] = {
	    [BGP_TIMER_CONNECT_RETRY] = BGP_FSM_CONNECT_RETRY_EXPIRES,
	    [BGP_TIMER_HOLD] = BGP_FSM_HOLD_EXPIRES,
	    [BGP_TIMER_KEEPALIVE] = BGP_FSM_KEEPALIVE_EXPIRES,
	    [BGP_TIMER_SEND_HOLD] = BGP_FSM_SEND_HOLD_EXPIRES,
	};

	for (int i = 0; i < BGP_TIMERS; i++) {
		if (mono_before(peer->now, conn->timer[i]))
			continue;
		conn->timer[i] = MONO_NEVER;
		tell(peer, conn, events[i]);
	}
}

static void start(struct bgp_peer *peer, enum bgp_fsm_event event)
{
	peer->idle_hold = MONO_NEVER;
	tell(peer, &peer->in, event);
	tell(peer, &peer->out, event);
}

static void timers(struct bgp_peer *peer)
{
	if (!mono_before(peer->now, peer->idle_hold)) {
		start(peer, BGP_FSM_AUTOMATIC_START);
		return;
	}
	conn_timers(peer, &peer->in);
	conn_timers(peer, &peer->out);
}

static void stop(struct bgp_peer *peer)
{
	struct bgp_conn *last = peer->in.state > peer->out.state ? &peer->in : &peer->out;

	peer->idle_hold = MONO_NEVER;
	peer->failures = 0;
	tell(peer, bgp_other_conn(peer, last), BGP_FSM_MANUAL_STOP);
	tell(peer, last, BGP_FSM_MANUAL_STOP);
}

static void dispatch(struct bgp_peer *peer, const struct bgp_event *event)
{
	struct bgp_conn *conn = find_conn(peer, event->conn);

	switch (event->type) {
	case BGP_EV_START: start(peer, BGP_FSM_MANUAL_START); break;
	case BGP_EV_STOP: stop(peer); break;
	case BGP_EV_TIMER: timers(peer); break;
	case BGP_EV_ACCEPTED: accepted(peer, event->conn); break;
	case BGP_EV_CONNECTED:
		if (conn == &peer->out)
			tell(peer, conn, BGP_FSM_TCP_CR_ACKED);
		break;
	case BGP_EV_CLOSED:
		if (conn) {
			conn->id = 0; /* nothing left to close */
			tell(peer, conn, BGP_FSM_TCP_FAILS);
		}
		break;
	case BGP_EV_BYTES:
		if (conn)
			bgp_receive(peer, conn, event->data, event->bytes);
		break;
	case BGP_EV_WRITABLE:
		if (conn)
			writable(conn);
		break;
	case BGP_EV_EXPORT_CHANGED: break; /* seen below */
	}
}

static struct bgp_conn *established(struct bgp_peer *peer)
{
	if (peer->out.state == BGP_ESTABLISHED)
		return &peer->out;
	return peer->in.state == BGP_ESTABLISHED ? &peer->in : NULL;
}

void bgp_input(
    struct bgp_peer *peer, mono_t now, const struct bgp_event *event, struct bgp_actions *out)
{
	struct bgp_conn *conn;
	bool unsent;

	out->count = 0;
	peer->now = now;
	peer->actions = out;
	peer->rib_changed = false;
	conn = established(peer);
	unsent = conn && conn->unsent && event->type != BGP_EV_WRITABLE;

	dispatch(peer, event);

	/* UPDATEs go out while the queue was empty before this event: never more than one batch. */
	conn = established(peer);
	if (conn && !unsent)
		bgp_conn_send_updates(peer, conn);
	if (peer->rib_changed)
		(void)bgp_act(peer, BGP_ACT_RIB_CHANGED, 0);
	peer->actions = NULL;
}

mono_t bgp_next_wake(const struct bgp_peer *peer)
{
	mono_t wake = peer->idle_hold;

	for (int i = 0; i < BGP_TIMERS; i++) {
		wake = mono_min(wake, peer->out.timer[i]);
		wake = mono_min(wake, peer->in.timer[i]);
	}
	return wake;
}

/* ---- status ---- */

void bgp_peer_status(const struct bgp_peer *peer, struct bgp_status *out)
{
	const struct bgp_conn *conn = peer->in.state > peer->out.state ? &peer->in : &peer->out;

	*out = peer->status;
	out->state = bgp_peer_state(peer);
	out->remote_router_id = conn->open.router_id;
	out->hold_time_sec = conn->hold_time_sec;
	out->keepalive_sec = conn->keepalive_sec;
	out->prefixes_in = peer->source.prefixes;
	out->prefixes_out = bgp_export_told(&peer->export);
	out->four_octet_as = conn->open.four_octet_as;
	out->conn = conn->id;
}

const struct bgp_config *bgp_peer_config(const struct bgp_peer *peer)
{
	return &peer->config;
}

void bgp_peer_each_export(const struct bgp_peer *peer,
    void (*visit)(void *ctx, const struct ip_prefix *prefix), void *ctx)
{
	bgp_export_each_told(&peer->export, visit, ctx);
}
