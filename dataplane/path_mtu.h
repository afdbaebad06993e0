/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the network says of the size of our outer packets: ICMP "fragmentation needed" and "packet
 * too big" about them lower the outer MTU of their tunnel for ten minutes (RFC 1191, RFC 8201, RFC
 * 4301 section 8.2).
 *
 * Such a message is believed when it quotes an ESP packet of the tunnel's outbound SA, addresses,
 * ports and SPI, and that packet could not have been cut on its way. A worker reads it and leaves a
 * report; the housekeeping thread keeps it and has the tunnel compiled anew. To look at a message
 * costs the same, however many tunnels there are: anybody can send them. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"

#define PATH_MTUS_MAX    64 /* tunnels with a lowered MTU at a time */
#define PATH_MTU_AGE_SEC 600

struct rte_mbuf;
struct worker;

/* One report on its way, from the worker that owns it to the housekeeping thread. */
struct path_report {
	_Atomic uint64_t instance; /* of the tunnel; 0 = none: the worker may write */
	_Atomic uint32_t mtu;
};

struct path_mtu {
	uint64_t instance; /* of the tunnel; 0 = free */
	uint32_t mtu;      /* IP bytes of an outer packet */
	mono_t until;
};

/* Of the housekeeping thread; all zero at the beginning. */
struct path_mtus {
	struct path_mtu path[PATH_MTUS_MAX];
};

/* Looks at an ICMP or ICMPv6 packet to an outer address; data at its IP header, which is checked.
 * The packet stays the caller's. Worker only. */
void path_mtu_read(struct worker *w, struct rte_mbuf *m);

/* Takes the report, if there is one. True when a path has become smaller. */
bool path_mtus_take(struct path_mtus *paths, struct path_report *report, mono_t now);

/* Forgets what is too old. True when there was something. */
bool path_mtus_age(struct path_mtus *paths, mono_t now);

/* The outer MTU of the tunnel `instance`, whose link takes `mtu`. */
uint32_t path_mtus_limit(const struct path_mtus *paths, uint64_t instance, uint32_t mtu);
