/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The BGP state machine (RFC 4271 section 8.2.2): one per connection, two connections per session.
 *
 *            start                  TCP up, OPEN sent         OPEN           KEEPALIVE
 *   Idle ----------> Connect/Active ----------------> OpenSent ---> OpenConfirm ---> Established
 *     ^  <--------------------------------------------------------------------------------'
 *     '-- IdleHoldTimer --'            any error, NOTIFICATION, stop
 *
 * `out` is the connection that we open, `in` the one that the neighbour opens: `out` goes through
 * Connect while TCP is being set up and waits in Active between attempts; `in` waits in Active for
 * the neighbour. Both reach OpenSent when their TCP is up; the collision rule of section 6.8 leaves
 * one. When a connection ends while the other is past Active, only that one goes back to Active;
 * when it was the last, the session goes to Idle.
 *
 * Timers, by what (re)starts them -> what expiry does:
 *   IdleHold       an error ended the session: 1 s, doubled with each in a row up to 60 s
 *                  -> automatic start
 *   ConnectRetry   an attempt begins, or Active is entered: 5 s -> next attempt          (out only)
 *   Hold           OPEN sent: 240 s; OpenConfirm entered, KEEPALIVE or UPDATE came: the negotiated
 *                  time -> NOTIFICATION 4/0, Idle
 *   Keepalive      OpenConfirm entered, KEEPALIVE or UPDATE sent: a third of the hold time
 *                  -> KEEPALIVE
 *   SendHold       something is sent and it does not run; stopped when the queue is empty:
 *                  max(480 s, 2 x hold time) -> Idle (RFC 9687)
 * IdleHold, ConnectRetry and Keepalive are shortened by up to a quarter at random (section 10).
 *
 * Other than RFC 4271: a failed attempt leads to Active, not to Idle, so that the neighbour's own
 * is still answered; a collision is resolved when the first OPEN arrives, since that one tells the
 * identifier; NOTIFICATION Cease/Collision ends the connection, not the session. DelayOpen and
 * optional parameters other than capabilities are not used. RFC 4486, 6286, 6608, 9687. */
#include <errno.h>
#include <stdio.h>

#include "bgp_peer.h"

/* ---- acts ---- */

/* The only place that assigns a state. A person sees the state of the session. */
static void set_state(
    struct bgp_peer *peer, struct bgp_conn *conn, enum bgp_state state, const char *why)
{
	enum bgp_state before = bgp_peer_state(peer), after;
	struct bgp_action *action;

	conn->state = state;
	after = bgp_peer_state(peer);
	if (before == after)
		return;
	bgp_log(peer, false, "state %s -> %s reason=%s", bgp_state_name(before),
	    bgp_state_name(after), why);
	action = bgp_act(peer, BGP_ACT_STATE, conn->id);
	if (!action)
		return;
	action->state = after;
	snprintf(action->reason, sizeof(action->reason), "%s", why);
}

/* To Active: `in` waits for the neighbour, `out` for its next attempt. */
static void listen_again(struct bgp_peer *peer, struct bgp_conn *conn, const char *why)
{
	bgp_conn_close(peer, conn);
	if (conn->outgoing && !peer->config.passive)
		conn->timer[BGP_TIMER_CONNECT_RETRY] =
		    mono_add_msec(peer->now, bgp_jitter_msec(peer, BGP_CONNECT_RETRY_SEC));
	set_state(peer, conn, BGP_ACTIVE, why);
}

static void connect_now(struct bgp_peer *peer, struct bgp_conn *conn, const char *why)
{
	bgp_conn_connect(peer, conn);
	set_state(peer, conn, BGP_CONNECT, why);
}

static void start(struct bgp_peer *peer, struct bgp_conn *conn, const char *why)
{
	if (conn->outgoing && !peer->config.passive)
		connect_now(peer, conn, why);
	else
		set_state(peer, conn, BGP_ACTIVE, why);
}

/* ConnectRetryTimer in Active: an attempt is pointless while the other connection is past OPEN. */
static void retry(struct bgp_peer *peer, struct bgp_conn *conn)
{
	if (bgp_other_conn(peer, conn)->state < BGP_OPENCONFIRM)
		connect_now(peer, conn, "connect retry timer");
	else if (bgp_other_conn(peer, conn)->state == BGP_OPENCONFIRM)
		listen_again(peer, conn, "connect retry timer");
}

static void open_session(struct bgp_peer *peer, struct bgp_conn *conn, const char *why)
{
	bgp_conn_stop_timers(conn);
	conn->timer[BGP_TIMER_HOLD] = mono_add_sec(peer->now, BGP_OPEN_HOLD_SEC);
	bgp_conn_send_open(peer, conn);
	set_state(peer, conn, BGP_OPENSENT, why);
}

/* What was learned and what was told ends with Established. */
static void leave_established(struct bgp_peer *peer, const struct bgp_conn *conn)
{
	int64_t up_sec = mono_diff_sec(peer->now, peer->status.since);

	if (conn->state != BGP_ESTABLISHED)
		return;
	bgp_import_clear(peer);
	bgp_export_forget(&peer->export);
	peer->status.dropped++;
	if (up_sec >= BGP_IDLE_HOLD_MAX_SEC)
		peer->failures = 0;
}

/* Doubles with each failure in a row; `longest` for a neighbour that needs a person's attention. */
static void hold_idle(struct bgp_peer *peer, bool longest)
{
	uint32_t sec = BGP_IDLE_HOLD_FIRST_SEC;

	for (uint32_t i = 0; i < peer->failures && sec < BGP_IDLE_HOLD_MAX_SEC; i++)
		sec *= 2;
	if (longest || sec > BGP_IDLE_HOLD_MAX_SEC)
		sec = BGP_IDLE_HOLD_MAX_SEC;
	peer->failures++;
	peer->idle_hold = mono_add_msec(peer->now, bgp_jitter_msec(peer, sec));
}

/* Ends the connection by an error and, when it was the last, the session. */
static void fail(struct bgp_peer *peer, struct bgp_conn *conn, const char *why, bool longest)
{
	struct bgp_conn *other = bgp_other_conn(peer, conn);

	if (other->state >= BGP_OPENSENT) {
		listen_again(peer, conn, why);
		return;
	}
	leave_established(peer, conn);
	bgp_conn_close(peer, other);
	bgp_conn_close(peer, conn);
	set_state(peer, other, BGP_IDLE, why);
	set_state(peer, conn, BGP_IDLE, why);
	snprintf(peer->status.last_reset, sizeof(peer->status.last_reset), "%s", why);
	peer->status.since = peer->now;
	hold_idle(peer, longest);
}

/* Tells the neighbour why, then fails. */
static void fail_with(struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_error *error)
{
	char text[100], why[120];

	bgp_conn_send_notification(peer, conn, error);
	snprintf(why, sizeof(why), "sent %s", bgp_error_format(error, text, sizeof(text)));
	fail(peer, conn, why,
	    error->code == BGP_ERR_CEASE && error->subcode == BGP_CEASE_PREFIX_LIMIT);
}

static void fail_code(struct bgp_peer *peer, struct bgp_conn *conn, uint8_t code, uint8_t subcode)
{
	struct bgp_error error;

	(void)bgp_error_set(&error, code, subcode, NULL, 0);
	fail_with(peer, conn, &error);
}

/* RFC 6608: the data of a state machine error is the type of the message. */
static void fail_unexpected(struct bgp_peer *peer, struct bgp_conn *conn,
    const struct bgp_fsm_input *in, enum bgp_error_fsm subcode)
{
	struct bgp_error error;

	(void)bgp_error_set(
	    &error, BGP_ERR_FSM, (uint8_t)subcode, &in->message, in->message ? 1 : 0);
	fail_with(peer, conn, &error);
}

static void fail_received(
    struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_error *received)
{
	char text[100], why[120];

	snprintf(why, sizeof(why), "received %s", bgp_error_format(received, text, sizeof(text)));
	if (conn->state < BGP_ESTABLISHED && received->code == BGP_ERR_CEASE &&
	    received->subcode == BGP_CEASE_COLLISION)
		listen_again(peer, conn, why);
	else
		fail(peer, conn, why, false);
}

static void stop(struct bgp_peer *peer, struct bgp_conn *conn)
{
	struct bgp_error error;

	if (conn->state >= BGP_OPENSENT) {
		(void)bgp_error_set(&error, BGP_ERR_CEASE, BGP_CEASE_SHUTDOWN, NULL, 0);
		bgp_conn_send_notification(peer, conn, &error);
		peer->status.since = peer->now;
		snprintf(peer->status.last_reset, sizeof(peer->status.last_reset), "stopped");
	}
	leave_established(peer, conn);
	bgp_conn_close(peer, conn);
	set_state(peer, conn, BGP_IDLE, "stopped");
}

/* ---- collision (section 6.8) ---- */

static void dump(struct bgp_peer *peer, struct bgp_conn *conn)
{
	struct bgp_error error;

	if (conn->state >= BGP_OPENSENT) {
		(void)bgp_error_set(&error, BGP_ERR_CEASE, BGP_CEASE_COLLISION, NULL, 0);
		bgp_conn_send_notification(peer, conn, &error);
	}
	listen_again(peer, conn, "connection collision");
}

/* The connection opened by the side of the higher identifier stays; of the higher AS when the
 * identifiers are the same (RFC 6286). An established one always stays. */
static bool wins(const struct bgp_peer *peer, const struct bgp_conn *conn,
    const struct bgp_conn *other, const struct bgp_open *open)
{
	const struct bgp_config *c = &peer->config;
	bool ours;

	if (other->state < BGP_OPENSENT)
		return true;
	if (other->state == BGP_ESTABLISHED)
		return false;
	ours = c->router_id != open->router_id ? c->router_id > open->router_id
					       : c->local_as > c->remote_as;
	return conn->outgoing == ours;
}

static void take_open(struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_open *open)
{
	struct bgp_conn *other = bgp_other_conn(peer, conn);
	uint32_t hold = peer->config.hold_time_sec;

	if (!wins(peer, conn, other, open)) {
		dump(peer, conn);
		return;
	}
	if (other->state == BGP_CONNECT || other->state >= BGP_OPENSENT)
		dump(peer, other);
	if (open->hold_time_sec < hold)
		hold = open->hold_time_sec;
	conn->open = *open;
	conn->hold_time_sec = hold;
	conn->keepalive_sec = hold / 3;
	bgp_conn_restart_hold(peer, conn);
	bgp_conn_send_keepalive(peer, conn);
	set_state(peer, conn, BGP_OPENCONFIRM, "OPEN received");
}

static void establish(struct bgp_peer *peer, struct bgp_conn *conn)
{
	struct bgp_conn *other = bgp_other_conn(peer, conn);

	if (other->state == BGP_CONNECT || other->state >= BGP_OPENSENT)
		dump(peer, other);
	bgp_conn_restart_hold(peer, conn);
	peer->status.established++;
	peer->status.since = peer->now;
	set_state(peer, conn, BGP_ESTABLISHED, "KEEPALIVE received");
}

static void take_update(
    struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_update *update)
{
	uint32_t limit = peer->config.prefix_limit;
	const uint8_t data[] = {0, BGP_AFI_IPV4, BGP_SAFI_UNICAST, (uint8_t)(limit >> 24),
	    (uint8_t)(limit >> 16), (uint8_t)(limit >> 8), (uint8_t)limit};
	struct bgp_error error;
	int err = bgp_import_update(peer, conn, update);

	bgp_conn_restart_hold(peer, conn);
	if (err == -EDQUOT) {
		(void)bgp_error_set(
		    &error, BGP_ERR_CEASE, BGP_CEASE_PREFIX_LIMIT, data, sizeof(data));
		fail_with(peer, conn, &error);
	} else if (err) {
		fail_code(peer, conn, BGP_ERR_CEASE, BGP_CEASE_RESOURCES);
	}
}

/* ---- the machine ---- */

void bgp_fsm(struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_fsm_input *in)
{
	switch (conn->state) {
	case BGP_IDLE:
		switch (in->event) {
		case BGP_FSM_MANUAL_START: start(peer, conn, "started"); break;
		case BGP_FSM_AUTOMATIC_START: start(peer, conn, "idle hold timer"); break;
		default: break;
		}
		break;

	case BGP_CONNECT:
		switch (in->event) {
		case BGP_FSM_MANUAL_STOP: stop(peer, conn); break;
		case BGP_FSM_CONNECT_RETRY_EXPIRES:
			bgp_conn_close(peer, conn);
			bgp_conn_connect(peer, conn);
			break;
		case BGP_FSM_TCP_CR_ACKED: open_session(peer, conn, "connected"); break;
		case BGP_FSM_TCP_FAILS: listen_again(peer, conn, "connect failed"); break;
		default: break;
		}
		break;

	case BGP_ACTIVE:
		switch (in->event) {
		case BGP_FSM_MANUAL_STOP: stop(peer, conn); break;
		case BGP_FSM_CONNECT_RETRY_EXPIRES: retry(peer, conn); break;
		case BGP_FSM_TCP_CONFIRMED: open_session(peer, conn, "accepted"); break;
		default: break;
		}
		break;

	case BGP_OPENSENT:
		switch (in->event) {
		case BGP_FSM_MANUAL_START: break;
		case BGP_FSM_MANUAL_STOP: stop(peer, conn); break;
		case BGP_FSM_HOLD_EXPIRES: fail_code(peer, conn, BGP_ERR_HOLD_TIMER, 0); break;
		case BGP_FSM_SEND_HOLD_EXPIRES: fail(peer, conn, "send hold timer", false); break;
		case BGP_FSM_TCP_FAILS: listen_again(peer, conn, "connection ended"); break;
		case BGP_FSM_OPEN: take_open(peer, conn, in->open); break;
		case BGP_FSM_HEADER_ERR:
		case BGP_FSM_OPEN_ERR: fail_with(peer, conn, in->error); break;
		case BGP_FSM_OPEN_COLLISION_DUMP: dump(peer, conn); break;
		case BGP_FSM_NOTIF_VER_ERR:
		case BGP_FSM_NOTIF: fail_received(peer, conn, in->error); break;
		default: fail_unexpected(peer, conn, in, BGP_FSM_OPENSENT); break;
		}
		break;

	case BGP_OPENCONFIRM:
		switch (in->event) {
		case BGP_FSM_MANUAL_START: break;
		case BGP_FSM_MANUAL_STOP: stop(peer, conn); break;
		case BGP_FSM_HOLD_EXPIRES: fail_code(peer, conn, BGP_ERR_HOLD_TIMER, 0); break;
		case BGP_FSM_SEND_HOLD_EXPIRES: fail(peer, conn, "send hold timer", false); break;
		case BGP_FSM_KEEPALIVE_EXPIRES: bgp_conn_send_keepalive(peer, conn); break;
		case BGP_FSM_TCP_FAILS: fail(peer, conn, "connection ended", false); break;
		case BGP_FSM_HEADER_ERR: fail_with(peer, conn, in->error); break;
		case BGP_FSM_NOTIF_VER_ERR:
		case BGP_FSM_NOTIF: fail_received(peer, conn, in->error); break;
		case BGP_FSM_KEEPALIVE: establish(peer, conn); break;
		default: fail_unexpected(peer, conn, in, BGP_FSM_OPENCONFIRM); break;
		}
		break;

	case BGP_ESTABLISHED:
		switch (in->event) {
		case BGP_FSM_MANUAL_START: break;
		case BGP_FSM_MANUAL_STOP: stop(peer, conn); break;
		case BGP_FSM_HOLD_EXPIRES: fail_code(peer, conn, BGP_ERR_HOLD_TIMER, 0); break;
		case BGP_FSM_SEND_HOLD_EXPIRES: fail(peer, conn, "send hold timer", false); break;
		case BGP_FSM_KEEPALIVE_EXPIRES: bgp_conn_send_keepalive(peer, conn); break;
		case BGP_FSM_TCP_FAILS: fail(peer, conn, "connection ended", false); break;
		case BGP_FSM_HEADER_ERR:
		case BGP_FSM_UPDATE_ERR: fail_with(peer, conn, in->error); break;
		case BGP_FSM_NOTIF_VER_ERR:
		case BGP_FSM_NOTIF: fail_received(peer, conn, in->error); break;
		case BGP_FSM_KEEPALIVE: bgp_conn_restart_hold(peer, conn); break;
		case BGP_FSM_UPDATE: take_update(peer, conn, in->update); break;
		case BGP_FSM_ROUTE_REFRESH:
			if (in->refresh)
				bgp_export_repeat(&peer->export);
			break;
		default: fail_unexpected(peer, conn, in, BGP_FSM_ESTABLISHED); break;
		}
		break;
	}
}
