/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A tunnel interface, compiled: with its outbound SA and its path resolved, so that a packet needs
 * one record and one copy of the outer header. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/ip.h"
#include "common/shm_abi.h"
#include "dataplane/adj.h"
#include "dataplane/pkt/esp_encap.h"
#include "dataplane/sadb.h"

/* The greatest MTU of a tunnel that has no SA or no path to compute it from. */
#define TUNNEL_MTU_DEFAULT 1280

struct tunnel_counters;

/* How many numbers of an SA a worker may have taken and not yet sent: two bursts and the lanes. */
#define TUNNEL_SENDER_DEPTH 128

/* What every packet needs comes first: one cache line, and the two of the template. */
struct tunnel {
	uint64_t instance; /* 0 = no such tunnel */
	struct sa *sa_out; /* NULL = none: not usable */
	bool usable;       /* up, with SA and path */
	bool clear_df;     /* fragment before encryption even with DF set inside */
	bool sized;        /* inner_mtu comes from SA and path; else it is a guess */
	bool filtered;     /* packets are to be shown to filter_stops_*() */
	uint16_t inner_mtu;
	uint16_t mss4, mss6;              /* 0 = no clamping */
	uint32_t senders;                 /* bit n: worker n may encrypt for it */
	struct tunnel_counters *counters; /* one for each worker */
	struct adj outer;
	uint8_t sender_first, sender_count;
	bool kernel;                    /* what is IPv4 inside passes the kernel */
	uint32_t filter_in, filter_out; /* slots and one more, 0 = everything passes */
	bool has_inside;
	uint8_t inside_bytes[16]; /* our inside address */
	struct ip_prefix inside;  /* the prefix of the inside addresses */
	struct esp_encap encap;
};

/* True when the record is complete and consistent. Says what is wrong in `why`. */
bool tunnel_check(const struct cfg_tunnel *cfg, uint32_t sas, uint32_t adjs, const char **why);

/* Chooses which of `workers` may send by the outbound SA: as many as keep a packet that leaves late
 * within a quarter of the peer's anti-replay window, beginning with another one for each slot. */
void tunnel_share(struct tunnel *tunnel, uint32_t slot, unsigned workers);

/* Compiles a record that tunnel_check() passed. `sa` is what stands in its sa_out slot and `adj`
 * its path; either NULL for none. The SA counts only if it is the tunnel's own. */
void tunnel_compile(const struct cfg_tunnel *cfg, uint32_t slot, struct sa *sa,
    const struct adj *adj, struct tunnel *out);
