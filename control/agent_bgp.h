/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the agent's BGP: sessions and their TCP connections. */
#pragma once

#include "control/agent_internal.h"
#include "control/sys/tcp.h"

#define BGP_CONNS        4  /* of one session: two in a collision, two of them just being closed */
#define BGP_DEVICE_BYTES 24 /* "tunnel100" */

struct bgp_session;

struct bgp_conn {
	struct bgp_session *session;
	uint32_t id;          /* the engine's name for it, 0 = unused */
	struct tcp_conn *tcp; /* NULL once it is gone */
};

struct bgp_session {
	struct agent *agent;
	struct config_neighbor neighbor;
	uint32_t tunnel; /* that it runs through, 0 = through a port */

	struct bgp_peer *peer; /* NULL: an address of ours is not known yet */
	struct bgp_config config;
	struct bgp_env env;
	bool started;
	uv_timer_t timer;

	struct tcp_listener *listener;
	uint32_t listener_index; /* kernel index of the interface it was made for */
	struct bgp_conn conn[BGP_CONNS];
	int tcp_error; /* positive, of the last connection to fail; 0 once one stands */

	struct ip_prefix *announced; /* as given to the engine */
	size_t announced_count;
};

struct agent_bgp {
	struct agent *agent;
	struct bgp_rib *rib;
	struct config_bgp config; /* a copy, of the last `bgp configure refresh` */
	uint32_t router_id;       /* of all sessions, host order; 0 = to be chosen */
	uint32_t next_conn;
	struct bgp_session *session[CONFIG_NEIGHBORS];
	size_t session_count;
};

/* Hands an event to the session's engine and carries out what it answers. */
void bgp_session_event(struct bgp_session *session, const struct bgp_event *event);
/* Connections and listener end; the engine stays. */
void bgp_session_close_all(struct bgp_session *session);
/* Listens where the peer is expected, and only there: on our address, through its interface. */
void bgp_session_listen(struct bgp_session *session);
/* Name of the interface the session is bound to, NULL = any. `name` is room for it. */
const char *bgp_session_device(const struct bgp_session *session, char name[BGP_DEVICE_BYTES]);
