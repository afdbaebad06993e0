/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One TCP connection of a session: what is sent on it, its timers and its end.
 *
 * RFC 4271 sections 4.4 and 10, RFC 9687. Not here: when any of it happens (bgp_fsm.c). */
#include <string.h>

#include "bgp_peer.h"

void bgp_conn_stop_timers(struct bgp_conn *conn)
{
	for (int i = 0; i < BGP_TIMERS; i++)
		conn->timer[i] = MONO_NEVER;
}

void bgp_conn_init(struct bgp_conn *conn, bool outgoing)
{
	conn->state = BGP_IDLE;
	conn->outgoing = outgoing;
	bgp_conn_stop_timers(conn);
}

void bgp_conn_connect(struct bgp_peer *peer, struct bgp_conn *conn)
{
	peer->conns_made++;
	conn->id = BGP_CONN_OURS | (peer->conns_made & (BGP_CONN_OURS - 1));
	(void)bgp_act(peer, BGP_ACT_CONNECT, conn->id);
	conn->timer[BGP_TIMER_CONNECT_RETRY] =
	    mono_add_msec(peer->now, bgp_jitter_msec(peer, BGP_CONNECT_RETRY_SEC));
}

void bgp_conn_close(struct bgp_peer *peer, struct bgp_conn *conn)
{
	if (conn->id)
		(void)bgp_act(peer, BGP_ACT_CLOSE, conn->id);
	conn->id = 0;
	conn->unsent = false;
	conn->rx_bytes = 0;
	conn->hold_time_sec = 0;
	conn->keepalive_sec = 0;
	memset(&conn->open, 0, sizeof(conn->open));
	bgp_conn_stop_timers(conn);
}

void bgp_conn_restart_hold(struct bgp_peer *peer, struct bgp_conn *conn)
{
	conn->timer[BGP_TIMER_HOLD] =
	    conn->hold_time_sec ? mono_add_sec(peer->now, conn->hold_time_sec) : MONO_NEVER;
}

void bgp_conn_restart_keepalive(struct bgp_peer *peer, struct bgp_conn *conn)
{
	conn->timer[BGP_TIMER_KEEPALIVE] =
	    conn->keepalive_sec
		? mono_add_msec(peer->now, bgp_jitter_msec(peer, conn->keepalive_sec))
		: MONO_NEVER;
}

/* A message has been queued: counts it, and starts the SendHoldTimer unless it runs already. */
static void queued(struct bgp_peer *peer, struct bgp_conn *conn)
{
	uint32_t sec = conn->hold_time_sec * 2;

	peer->status.sent++;
	conn->unsent = true;
	if (sec < BGP_SEND_HOLD_MIN_SEC)
		sec = BGP_SEND_HOLD_MIN_SEC;
	if (mono_is_never(conn->timer[BGP_TIMER_SEND_HOLD]))
		conn->timer[BGP_TIMER_SEND_HOLD] = mono_add_sec(peer->now, sec);
}

void bgp_conn_send_open(struct bgp_peer *peer, struct bgp_conn *conn)
{
	struct bgp_action *action = bgp_act(peer, BGP_ACT_SEND, conn->id);

	if (!action)
		return;
	action->bytes = bgp_msg_open(&peer->config, action->data);
	queued(peer, conn);
}

void bgp_conn_send_keepalive(struct bgp_peer *peer, struct bgp_conn *conn)
{
	struct bgp_action *action = bgp_act(peer, BGP_ACT_SEND, conn->id);

	if (!action)
		return;
	action->bytes = bgp_msg_keepalive(action->data);
	queued(peer, conn);
	bgp_conn_restart_keepalive(peer, conn);
}

void bgp_conn_send_notification(
    struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_error *error)
{
	struct bgp_action *action = bgp_act(peer, BGP_ACT_SEND, conn->id);
	char text[120];

	if (!action)
		return;
	action->bytes = bgp_msg_notification(error, action->data);
	queued(peer, conn);
	peer->status.sent_notifications++;
	bgp_log(peer, false, "notification sent %s", bgp_error_format(error, text, sizeof(text)));
}

void bgp_conn_send_updates(struct bgp_peer *peer, struct bgp_conn *conn)
{
	/* One action stays free for BGP_ACT_RIB_CHANGED. */
	while (peer->actions->count < BGP_ACTIONS - 1) {
		struct bgp_action *action = bgp_act(peer, BGP_ACT_SEND, conn->id);

		action->bytes = bgp_export_next(
		    &peer->export, &peer->config, conn->open.four_octet_as, action->data);
		if (!action->bytes) {
			peer->actions->count--;
			return;
		}
		queued(peer, conn);
		bgp_conn_restart_keepalive(peer, conn);
	}
}
