/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One tunnel: its IKE engine, its SAs, its record in the tables.
 *
 * A tunnel exists while it is configured and enabled. Its IKE peer runs while the configuration of
 * its gateway is complete and there is a way to the endpoint; `reason` says why not, else. What is
 * configured about the interface (MSS, DF, inside address) changes without touching IKE. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "control/agent_internal.h"
#include "control/ike/ike.h"

#define TUNNEL_CHILDREN 16 /* more than an engine has at a time */

/* A pair of SAs as the tables see it. */
struct tunnel_child {
	bool used;
	uint32_t spi_in;
	uint32_t slot_in;  /* in CFG_TABLE_SAS */
	uint32_t slot_out; /* SHM_INDEX_NONE until IKE_ACT_CHILD_USE_OUT */
	uint64_t instance_in, instance_out;
	bool out_wanted;   /* becomes the tunnel's SA once its record is applied */
	bool out_leaving;  /* removed once its successor is applied */
	int64_t seen_nsec; /* last_valid of the last IKE_EV_INBOUND_SEEN */
	mono_t seen_told;  /* when that event was given */
	bool soft_told;
	uint64_t soft_packets, soft_bytes; /* past these: IKE_EV_SOFT_LIMIT; 0 = none */
};

struct tunnel {
	struct agent *agent;
	uint32_t number, gateway;
	uint64_t instance; /* random: names this tunnel in callbacks and in the tables */
	uint32_t slot;     /* in CFG_TABLE_TUNNELS */
	uint32_t prepared; /* kernel index of the TUN whose settings were made */

	/* Wanted: from the model, by tunnel_config.c. */
	bool complete; /* `config` may be used */
	bool replay_check;
	struct ike_config config;

	/* Running. */
	struct ike_peer *peer; /* NULL: not negotiating */
	struct ike_config running;
	struct ike_env env;
	struct ip_addr source; /* of our datagrams: config.local, or what stands in for it */
	struct agent_udp *udp;
	struct tunnel *udp_next; /* of a chain there */
	uv_timer_t timer;
	struct tunnel_child child[TUNNEL_CHILDREN];
	uint32_t sa_out; /* index of the child that sends, SHM_INDEX_NONE */
	bool up;
	/* What changed, or its end, waits until BGP's last word is through the tunnel. */
	bool leaving;
	mono_t leave_at;
	int64_t since_unix;
	struct agent_path path;
	char reason[120];
	enum agent_tunnel_fault fault; /* what that is of */
	bool no_socket;    /* a port of IKE could not be had: `reason` says who has it */
	mono_t holder_at;  /* when to look again who that is */
	char refused[120]; /* what was logged of the last refusal, "" = none since it ran */
};

/* Up, and not on its way out: what is new may begin in it, and it is shown as up. */
static inline bool tunnel_is_open(const struct tunnel *tunnel)
{
	return tunnel->up && !tunnel->leaving;
}

/* The tunnel by that name in a callback, NULL when it is gone. */
struct tunnel *tunnel_by_instance(struct agent *agent, uint64_t instance);

/* False for one that is there only until BGP has said goodbye. */
bool tunnel_is_wanted(const struct agent *agent, uint32_t number);

/* Creates, changes and removes tunnels as the model wants them. 0, or -errno with a sentence. */
int tunnel_apply_all(struct agent *agent, char *error, size_t error_bytes);
/* Outer path, twin and record of every tunnel; starts IKE where everything needed is there. */
void tunnel_sync_all(struct agent *agent, mono_t now);
/* The same but for the twins, of which the kernel says when they change. */
void tunnel_look_all(struct agent *agent, mono_t now);
/* Looks at the dataplane's counters: first packets, limits. Several times a second. Returns true
 * while a new SA waits for its first packet, or a change for the end of BGP. */
bool tunnel_poll_all(struct agent *agent, mono_t now);
/* Deletes to all peers, records removed. */
void tunnel_stop_all(struct agent *agent);
/* Forgets all SAs and negotiates anew; `say`: the peers are told. */
void tunnel_restart_all(struct agent *agent, bool say);

/* ---- tunnel_config.c ---- */

/* Fills `config` from the model's chain of tunnel `number`; false with a sentence when the chain is
 * not complete or names what we do not do. `local` is left as configured (family none: none). The
 * caller wipes `config`. */
bool tunnel_config_make(const struct config_model *model, uint32_t number,
    struct ike_config *config, char *reason, size_t reason_bytes);
/* True when IKE has to start again to follow the difference. */
bool tunnel_config_equal(const struct ike_config *a, const struct ike_config *b);

/* ---- tunnel.c ---- */

/* Hands an event to the engine and carries out what it answers. */
void tunnel_event(struct tunnel *tunnel, const struct ike_event *event);
/* Puts the tunnel's record as it is now. */
void tunnel_publish(struct tunnel *tunnel);

/* ---- tunnel_sa.c ---- */

void tunnel_sa_add_in(struct tunnel *tunnel, const struct ike_child *child);
void tunnel_sa_use_out(struct tunnel *tunnel, const struct ike_child *child);
void tunnel_sa_del_out(struct tunnel *tunnel, uint32_t spi_in);
void tunnel_sa_del_in(struct tunnel *tunnel, uint32_t spi_in);
/* Removes every SA at once: the peer is gone. */
void tunnel_sa_clear(struct tunnel *tunnel);
bool tunnel_sa_poll(struct tunnel *tunnel, mono_t now);
/* Adds what the pair of SAs of that inbound SPI has counted; nothing while the dataplane has none.
 */
void tunnel_sa_count(const struct tunnel *tunnel, uint32_t spi_in, struct agent_sa_counts *in,
    struct agent_sa_counts *out);
/* Adds up the drops of all SAs there are now, in `sum`. */
void tunnel_sa_refused(const struct tunnel *tunnel, struct agent_sa_counts *sum);

/* ---- tunnel_udp.c ---- */

/* The sockets of UDP 500 and 4500 on `local`, shared by the tunnels that use it. 0 or -errno. */
int agent_udp_get(struct agent *agent, const struct ip_addr *local, struct agent_udp **out);
void agent_udp_put(struct agent *agent, struct agent_udp *udp);
/* From now on what running.remote sends there is the tunnel's, and not any more. Both while it has
 * its sockets, and the same address. */
void agent_udp_join(struct tunnel *tunnel);
void agent_udp_leave(struct tunnel *tunnel);
int agent_udp_send(struct agent_udp *udp, uint16_t local_port, const struct ip_addr *remote,
    uint16_t remote_port, bool keepalive, const void *data, size_t bytes);

/* ---- tunnel_dh.c ---- */

/* Computes off the loop; the answer goes to the tunnel if it still exists. 0 or -errno. */
int tunnel_dh_start(struct tunnel *tunnel, const struct ike_action *action);
