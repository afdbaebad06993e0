/* SPDX-License-Identifier: BSD-3-Clause
 *
 * To the kernel: what the fast path does not finish goes to the twin of the port or tunnel it came
 * from, policed by class and by where it came from, so that a flood leaves the other classes, ports
 * and tunnels alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "dataplane/counters.h"

struct rte_mbuf;
struct worker;

enum punt_class {
	PUNT_L2,       /* ARP and all that is not IP; multicast and broadcast */
	PUNT_IKE,      /* UDP 500 and 4500 from anywhere */
	PUNT_PEER,     /* the same from the address of a peer, whoever floods the other */
	PUNT_LOCAL,    /* to an address that the routes say is the kernel's */
	PUNT_ERROR,    /* the kernel is to send an ICMP error: hop limit, size */
	PUNT_FORWARD,  /* the kernel forwards or delivers it: not policed */
	PUNT_FRAGMENT, /* no punt yet: a stranger's fragment, to be put together */
	PUNT_CLASSES
};

struct punt_bucket {
	uint64_t tokens;
	int64_t filled_nsec;
};

/* Tunnels, or peers, beyond so many share with another one. */
#define PUNT_TUNNELS 128

/* Token buckets of the policed classes, for each port and then for each tunnel; in the class of the
 * peers for each of these. */
struct punt_buckets {
	struct punt_bucket bucket[PORTS_MAX + PUNT_TUNNELS][PUNT_CLASSES];
};

void punt_init(struct punt_buckets *buckets);

/* Whether the class has a packet left for where this one came from, and takes it. */
bool punt_allows(struct worker *w, struct rte_mbuf *m, enum punt_class class);

/* Takes the packet: into the ring to the housekeeping thread, or dropped by its name. The mbuf's
 * data is the IP packet, unchanged since it came (frames: its link header still stands in front of
 * it), except with punt_frame(), where it is the whole frame. */
void punt_packet(struct worker *w, struct rte_mbuf *m, enum punt_class class);

/* The same for a packet to one of our own addresses: the class is seen from its ports and source.
 */
void punt_local(struct worker *w, struct rte_mbuf *m);

void punt_frame(struct worker *w, struct rte_mbuf *m, enum punt_class class);
