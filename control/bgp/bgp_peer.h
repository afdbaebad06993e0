/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of a session: its struct, and what its files offer one another.
 *
 *   bgp_peer.c     the interface: events to the machine, timers, status
 *   bgp_receive.c  bytes -> messages -> parsed, judged, handed to the machine
 *   bgp_fsm.c      the machine: decides
 *   bgp_conn.c     one connection: what is sent on it, its timers, its end
 *   bgp_import.c   an UPDATE into the rib */
#pragma once

#include "bgp.h"
#include "bgp_export.h"
#include "bgp_msg.h"
#include "bgp_rib.h"
#include "bgp_update.h"

/* The timers of a connection. They are listed, with what sets and stops them, in bgp_fsm.c. */
enum bgp_timer {
	BGP_TIMER_CONNECT_RETRY,
	BGP_TIMER_HOLD,
	BGP_TIMER_KEEPALIVE,
	BGP_TIMER_SEND_HOLD,
	BGP_TIMERS
};

/* RFC 4271 section 8.1, by its names and numbers; 29 is RFC 9687's, 30 is ours. */
enum bgp_fsm_event {
	BGP_FSM_MANUAL_START = 1,
	BGP_FSM_MANUAL_STOP = 2,
	BGP_FSM_AUTOMATIC_START = 3,
	BGP_FSM_CONNECT_RETRY_EXPIRES = 9,
	BGP_FSM_HOLD_EXPIRES = 10,
	BGP_FSM_KEEPALIVE_EXPIRES = 11,
	BGP_FSM_TCP_CR_ACKED = 16,
	BGP_FSM_TCP_CONFIRMED = 17,
	BGP_FSM_TCP_FAILS = 18,
	BGP_FSM_OPEN = 19,
	BGP_FSM_HEADER_ERR = 21,
	BGP_FSM_OPEN_ERR = 22,
	BGP_FSM_OPEN_COLLISION_DUMP = 23,
	BGP_FSM_NOTIF_VER_ERR = 24,
	BGP_FSM_NOTIF = 25,
	BGP_FSM_KEEPALIVE = 26,
	BGP_FSM_UPDATE = 27,
	BGP_FSM_UPDATE_ERR = 28,
	BGP_FSM_SEND_HOLD_EXPIRES = 29,
	BGP_FSM_ROUTE_REFRESH = 30,
};

/* An event with what it carries. */
struct bgp_fsm_input {
	enum bgp_fsm_event event;
	const struct bgp_error *error;   /* to send (*_ERR) or received (NOTIF*) */
	const struct bgp_open *open;     /* OPEN */
	const struct bgp_update *update; /* UPDATE; verdict OK or WITHDRAW */
	uint8_t message;                 /* type of the message; 0 = no message */
	bool refresh;                    /* ROUTE_REFRESH: of IPv4 unicast */
};

/* RFC 4271 section 8.2.1: one state machine a connection, two connections at most for a moment. */
struct bgp_conn {
	enum bgp_state state; /* assigned by bgp_fsm.c alone */
	bool outgoing;
	uint32_t id;          /* 0 = no connection */
	bool unsent;          /* something is queued since the last BGP_EV_WRITABLE */
	struct bgp_open open; /* the neighbour's; from OpenConfirm on */
	uint32_t hold_time_sec, keepalive_sec;
	mono_t timer[BGP_TIMERS];
	size_t rx_bytes;
	uint8_t rx[BGP_MESSAGE_BYTES]; /* at most one message, not yet whole */
};

struct bgp_peer {
	struct bgp_config config;
	struct bgp_env env;
	struct bgp_rib *rib;
	struct bgp_source source;
	struct bgp_export export;

	struct bgp_conn out, in; /* by who opened it */
	mono_t idle_hold;        /* IdleHoldTimer */
	uint32_t failures;       /* ConnectRetryCounter */
	uint32_t conns_made;

	struct bgp_status status; /* its counters and times; the rest is filled on demand */
	bool near_limit;          /* the 80 % warning is out */
	mono_t log_after;         /* malformed UPDATEs are told again from here on */
	uint64_t log_held;        /* and so many were not */

	/* During bgp_input(). */
	mono_t now;
	struct bgp_actions *actions;
	bool rib_changed;
};

static inline struct bgp_conn *bgp_other_conn(struct bgp_peer *peer, const struct bgp_conn *conn)
{
	return conn == &peer->out ? &peer->in : &peer->out;
}

/* bgp_peer.c */
void bgp_log(struct bgp_peer *peer, bool debug, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Next free action, or NULL: see there why it is always there. */
struct bgp_action *bgp_act(struct bgp_peer *peer, enum bgp_action_type type, uint32_t conn);
/* 75 to 100 % of `sec` in milliseconds (RFC 4271 section 10). */
int64_t bgp_jitter_msec(struct bgp_peer *peer, uint32_t sec);
/* The state a person is shown: of the connection that got furthest. */
enum bgp_state bgp_peer_state(const struct bgp_peer *peer);

/* bgp_fsm.c */
void bgp_fsm(struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_fsm_input *in);

/* bgp_receive.c: takes bytes off a connection until they or the connection end. */
void bgp_receive(struct bgp_peer *peer, struct bgp_conn *conn, const uint8_t *data, size_t bytes);

/* bgp_import.c: 0, -EDQUOT (prefix limit) or -ENOMEM. */
int bgp_import_update(
    struct bgp_peer *peer, const struct bgp_conn *conn, const struct bgp_update *update);
/* Drops what the neighbour brought. */
void bgp_import_clear(struct bgp_peer *peer);

/* bgp_conn.c */
void bgp_conn_init(struct bgp_conn *conn, bool outgoing);
/* Begins an attempt under a new name. */
void bgp_conn_connect(struct bgp_peer *peer, struct bgp_conn *conn);
/* Closes what is open and forgets all but the state. */
void bgp_conn_close(struct bgp_peer *peer, struct bgp_conn *conn);
void bgp_conn_send_open(struct bgp_peer *peer, struct bgp_conn *conn);
void bgp_conn_send_keepalive(struct bgp_peer *peer, struct bgp_conn *conn);
void bgp_conn_send_notification(
    struct bgp_peer *peer, struct bgp_conn *conn, const struct bgp_error *error);
/* Sends UPDATEs as far as there are some and actions are free. */
void bgp_conn_send_updates(struct bgp_peer *peer, struct bgp_conn *conn);
/* (Re)starts from the negotiated times; a hold time of 0 leaves it stopped. */
void bgp_conn_restart_hold(struct bgp_peer *peer, struct bgp_conn *conn);
void bgp_conn_restart_keepalive(struct bgp_peer *peer, struct bgp_conn *conn);
void bgp_conn_stop_timers(struct bgp_conn *conn);
