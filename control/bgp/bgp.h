/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The BGP-4 engine: a session (struct bgp_peer) and the routes of all sessions (struct bgp_rib).
 *
 * Events in, actions out, next wake; no socket, clock, log or global. Sources: RFC 4271, 4486,
 * 5492, 6286, 6608, 6793, 7606, 7607, 8654 (not offered), 9003, 9687. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "common/mono.h"

#define BGP_PORT                     179
#define BGP_MESSAGE_BYTES            4096
#define BGP_ACTIONS                  16
#define BGP_PATH_ASNS                64 /* kept for show; a longer path counts in full */
#define BGP_PREFIX_LIMIT_DEFAULT     10000
#define BGP_PREFIX_OUT_LIMIT_DEFAULT 100 /* AWS ends a session at the 101st prefix */

/* Connections are named by 32-bit numbers, never 0 and never reused while open. Those of
 * BGP_ACT_CONNECT are made by the engine and have this bit set; those of BGP_EV_ACCEPTED are made
 * by the caller and have it clear. */
#define BGP_CONN_OURS UINT32_C(0x80000000)

struct bgp_config {
	uint32_t neighbor; /* id of `bgp neighbor ID`: the subject of log lines */
	uint32_t local_as, remote_as;
	struct ip_addr local, remote; /* IPv4 */
	uint32_t router_id;           /* host order */
	uint32_t hold_time_sec;       /* 0 = off, else 3.. */
	bool med_set;
	uint32_t med;              /* sent with every route when med_set */
	bool passive;              /* do not connect, only accept */
	uint32_t prefix_limit;     /* most prefixes taken in; past it Cease 6/1; 0 = the default */
	uint32_t prefix_out_limit; /* most prefixes announced; the rest is refused locally; 0 =
				      default */
};

struct bgp_env {
	void *ctx;
	void (*random)(void *ctx, uint8_t *out, size_t bytes); /* jitter */
	void (*log)(void *ctx, bool debug, const char *line);
};

/* RFC 4271 section 8.2.2. */
enum bgp_state {
	BGP_IDLE,
	BGP_CONNECT,
	BGP_ACTIVE,
	BGP_OPENSENT,
	BGP_OPENCONFIRM,
	BGP_ESTABLISHED
};

/* A session has at most two TCP connections for a moment (collision); the caller names them. */
enum bgp_event_type {
	BGP_EV_START,     /* ManualStart */
	BGP_EV_STOP,      /* ManualStop: Cease 6/2 when established */
	BGP_EV_TIMER,     /* now >= bgp_next_wake() */
	BGP_EV_CONNECTED, /* our connect of `conn` succeeded */
	BGP_EV_ACCEPTED,  /* the peer connected to us; `conn` is a new name */
	BGP_EV_CLOSED,    /* `conn` failed, was refused or ended; not needed after BGP_ACT_CLOSE */
	BGP_EV_BYTES,     /* from `conn`, in any pieces */
	BGP_EV_WRITABLE,  /* the caller's queue of `conn` is empty again. Owed once after each call
			   * that had BGP_ACT_SEND: more UPDATEs wait for it, and its absence for
			   * 8 minutes ends the session (RFC 9687) */
	BGP_EV_EXPORT_CHANGED, /* bgp_peer_set_export() was called */
};

struct bgp_event {
	enum bgp_event_type type;
	uint32_t conn;
	const uint8_t *data;
	size_t bytes;
};

enum bgp_action_type {
	BGP_ACT_CONNECT,     /* open a TCP connection named `conn` from local to remote:179 */
	BGP_ACT_SEND,        /* queue the bytes on `conn` */
	BGP_ACT_CLOSE,       /* flush what is queued, then close `conn` */
	BGP_ACT_STATE,       /* the session's state changed */
	BGP_ACT_RIB_CHANGED, /* Loc-RIB of the bgp_rib may have changed: read it again */
};

struct bgp_action {
	enum bgp_action_type type;
	uint32_t conn;
	enum bgp_state state;
	size_t bytes;
	uint8_t data[BGP_MESSAGE_BYTES];
	char reason[120];
};

struct bgp_actions {
	size_t count;
	struct bgp_action action[BGP_ACTIONS];
};

struct bgp_peer;
struct bgp_rib;

/* All Adj-RIBs-In and the decision process (RFC 4271 section 9.1) over them. */
struct bgp_rib *bgp_rib_new(void);
void bgp_rib_free(struct bgp_rib *rib);

/* Copies `config` and `env`; `rib` outlives the peer. NULL: no memory, an AS that is reserved, a
 * router id of 0, or an address that is not IPv4. */
struct bgp_peer *bgp_peer_new(
    const struct bgp_config *config, const struct bgp_env *env, struct bgp_rib *rib);
void bgp_peer_free(struct bgp_peer *peer); /* removes its routes from the rib */

/* Handles one event. `out` is overwritten; its actions are to be carried out in order. Events of a
 * connection that the engine no longer knows are ignored. */
void bgp_input(
    struct bgp_peer *peer, mono_t now, const struct bgp_event *event, struct bgp_actions *out);
mono_t bgp_next_wake(const struct bgp_peer *peer); /* MONO_NEVER: no timer runs */

/* What to announce: whole set, copied; diffed against what was announced. Sorted by
 * ip_prefix_compare(). Follow with BGP_EV_EXPORT_CHANGED. Returns how many were refused (by
 * prefix_out_limit, where those already announced go first; or because they are not IPv4), or
 * -ENOMEM, and then the former set stays. */
int bgp_peer_set_export(struct bgp_peer *peer, const struct ip_prefix *prefixes, size_t count);

/* `import` policy of the dialect is on our own announcements; this one filters what comes in.
 * Returns true to accept. NULL = built-in martians only. Set it before the sessions start: routes
 * already taken in are not looked at again. */
typedef bool bgp_accept_fn(
    void *ctx, const struct bgp_config *from, const struct ip_prefix *prefix);
void bgp_rib_set_filter(struct bgp_rib *rib, bgp_accept_fn *accept, void *ctx);

/* One way to a prefix. */
struct bgp_path {
	struct ip_prefix prefix;
	struct ip_addr next_hop;
	const struct bgp_config *peer;
	uint32_t med;
	bool med_present;
	uint32_t local_pref;
	uint8_t origin;
	uint32_t path_length; /* RFC 4271 9.1.2.2: a set counts as one */
	uint32_t path_count;  /* ASNs in `path` */
	uint32_t path[BGP_PATH_ASNS];
	bool best; /* chosen by the decision process */
};

/* Calls `visit` for every path, prefixes in order, the best path of a prefix first. */
void bgp_rib_each(
    const struct bgp_rib *rib, void (*visit)(void *ctx, const struct bgp_path *path), void *ctx);
size_t bgp_rib_prefix_count(const struct bgp_rib *rib);

struct bgp_status {
	enum bgp_state state;
	mono_t since; /* of Established, else of the last reset; MONO_NEVER = never */
	mono_t last_read;
	uint32_t remote_router_id;             /* host order; 0 until an OPEN came */
	uint32_t hold_time_sec, keepalive_sec; /* in force */
	uint64_t received, received_notifications, sent, sent_notifications;
	uint64_t established, dropped;
	char last_reset[120]; /* "" = never */
	uint32_t prefixes_in, prefixes_out;
	bool four_octet_as;
	uint32_t conn; /* connection in use, 0 = none */
	/* RFC 7606, and what policy kept out of the Adj-RIB-In; since bgp_peer_new(). */
	uint64_t treated_as_withdraw;  /* UPDATEs */
	uint64_t attributes_discarded; /* attributes */
	uint64_t prefixes_refused;     /* martian, filtered, AS loop, next hop */
};
/* Calls `visit` for every prefix that the neighbour was told, in order. */
void bgp_peer_each_export(const struct bgp_peer *peer,
    void (*visit)(void *ctx, const struct ip_prefix *prefix), void *ctx);
void bgp_peer_status(const struct bgp_peer *peer, struct bgp_status *out);
const struct bgp_config *bgp_peer_config(const struct bgp_peer *peer);
const char *bgp_state_name(enum bgp_state state); /* "Established" */
