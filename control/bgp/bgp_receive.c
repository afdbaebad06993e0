/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From bytes to events: reassembles messages and has them parsed, then asks the machine.
 *
 * A header is judged as soon as its 19 bytes are there, so a length that is a lie never makes us
 * wait for the rest. At most one message is held. RFC 4271 sections 4 and 6.1. */
#include <string.h>

#include "bgp_peer.h"

static void handle_open(struct bgp_peer *peer, struct bgp_conn *conn, const uint8_t *body, size_t n)
{
	struct bgp_open open;
	struct bgp_error error = {0};
	struct bgp_fsm_input in = {.event = BGP_FSM_OPEN, .message = BGP_MSG_OPEN, .open = &open};

	if (bgp_msg_parse_open(body, n, &open, &error) ||
	    bgp_msg_check_open(&open, &peer->config, &error)) {
		in.event = BGP_FSM_OPEN_ERR;
		in.error = &error;
	}
	bgp_fsm(peer, conn, &in);
}

static void handle_update(
    struct bgp_peer *peer, struct bgp_conn *conn, const uint8_t *body, size_t n)
{
	const struct bgp_attr_source source = {
	    .four_octet_as = conn->open.four_octet_as,
	    .internal = peer->config.local_as == peer->config.remote_as,
	    .local_as = peer->config.local_as,
	    .remote_as = peer->config.remote_as,
	};
	struct bgp_update update;
	struct bgp_fsm_input in = {
	    .event = BGP_FSM_UPDATE, .message = BGP_MSG_UPDATE, .update = &update};

	bgp_update_parse(body, n, &source, &update);
	if (update.attrs.verdict == BGP_VERDICT_RESET) {
		in.event = BGP_FSM_UPDATE_ERR;
		in.error = &update.attrs.error;
	}
	bgp_fsm(peer, conn, &in);
}

static void handle_notification(
    struct bgp_peer *peer, struct bgp_conn *conn, const uint8_t *body, size_t n)
{
	struct bgp_error received;
	struct bgp_fsm_input in = {
	    .event = BGP_FSM_NOTIF, .message = BGP_MSG_NOTIFICATION, .error = &received};
	char text[160];

	bgp_msg_parse_notification(body, n, &received);
	if (received.code == BGP_ERR_OPEN && received.subcode == BGP_OPEN_VERSION)
		in.event = BGP_FSM_NOTIF_VER_ERR;
	peer->status.received_notifications++;
	bgp_log(peer, false, "notification received %s",
	    bgp_error_format(&received, text, sizeof(text)));
	bgp_fsm(peer, conn, &in);
}

static void handle_route_refresh(
    struct bgp_peer *peer, struct bgp_conn *conn, const uint8_t *body, size_t n)
{
	struct bgp_error error = {0};
	struct bgp_fsm_input in = {
	    .event = BGP_FSM_ROUTE_REFRESH, .message = BGP_MSG_ROUTE_REFRESH};

	if (bgp_msg_parse_route_refresh(body, n, &in.refresh, &error)) {
		in.event = BGP_FSM_UPDATE_ERR;
		in.error = &error;
	}
	bgp_fsm(peer, conn, &in);
}

static void handle_message(struct bgp_peer *peer, struct bgp_conn *conn, enum bgp_message_type type,
    const uint8_t *body, size_t n)
{
	const struct bgp_fsm_input keepalive = {
	    .event = BGP_FSM_KEEPALIVE, .message = BGP_MSG_KEEPALIVE};

	peer->status.received++;
	peer->status.last_read = peer->now;
	switch (type) {
	case BGP_MSG_OPEN: handle_open(peer, conn, body, n); break;
	case BGP_MSG_UPDATE: handle_update(peer, conn, body, n); break;
	case BGP_MSG_NOTIFICATION: handle_notification(peer, conn, body, n); break;
	case BGP_MSG_KEEPALIVE: bgp_fsm(peer, conn, &keepalive); break;
	case BGP_MSG_ROUTE_REFRESH: handle_route_refresh(peer, conn, body, n); break;
	}
}

/* Moves bytes into conn->rx until it holds `want`. True when it does. */
static bool fill(struct bgp_conn *conn, struct rd *r, size_t want)
{
	size_t missing = want - conn->rx_bytes;
	size_t take = rd_left(r) < missing ? rd_left(r) : missing;

	rd_copy(r, conn->rx + conn->rx_bytes, take);
	conn->rx_bytes += take;
	return take == missing;
}

void bgp_receive(struct bgp_peer *peer, struct bgp_conn *conn, const uint8_t *data, size_t bytes)
{
	struct rd r = rd_init(data, bytes);
	uint32_t id = conn->id;

	/* conn->id changes when the machine closes the connection: the rest is for nobody. */
	while (conn->id == id && conn->state >= BGP_OPENSENT) {
		enum bgp_message_type type;
		struct bgp_error error;
		size_t length;

		if (conn->rx_bytes < BGP_HEADER_BYTES && !fill(conn, &r, BGP_HEADER_BYTES))
			return;
		if (bgp_msg_header(conn->rx, &type, &length, &error)) {
			const struct bgp_fsm_input in = {
			    .event = BGP_FSM_HEADER_ERR, .error = &error};

			bgp_fsm(peer, conn, &in);
			return;
		}
		if (!fill(conn, &r, length))
			return;
		conn->rx_bytes = 0;
		handle_message(
		    peer, conn, type, conn->rx + BGP_HEADER_BYTES, length - BGP_HEADER_BYTES);
	}
}
