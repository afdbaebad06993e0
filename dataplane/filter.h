/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packet filters where packets pass: at a port when they come and when they leave, at a tunnel
 * when they have come out of it and before they go in. Worker threads.
 *
 * Only interfaces with filters come here: elsewhere a burst of a port costs one branch, a packet of
 * a tunnel none. IPv4 alone is filtered. What is judged by itself:
 *
 *   in, port      every frame, before anything else is done with it, ESP to us included
 *   in, tunnel    after the checks of RFC 4301, before the routes and before the kernel
 *   out, tunnel   before encryption; what the kernel sends into the twin as well
 *   out, port     as it is about to be sent: forwarded packets, ESP, and the kernel's own
 *
 * Where all IPv4 passes the kernel (CFG_LINK_KERNEL), the kernel judges it, and here only ESP is.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/shm_abi.h"

struct rte_mbuf;
struct tunnel;
struct worker;

#define FILTER_EVENTS 64 /* a power of two */

/* Where packets are filtered at a link; zero: nowhere. Slots are one more, 0 = none. */
struct filter_place {
	uint32_t in, out;
	uint32_t self; /* the address our outer ones are known by, host order; 0 = themselves */
	bool kernel;   /* its IPv4 but ESP is the kernel's */
	bool up;
};

static inline bool filter_place_in(const struct filter_place *place)
{
	return place->in || place->kernel;
}

/* What a worker tells of packets, for the housekeeping thread to take: one writer, one reader. */
struct filter_events {
	_Atomic uint32_t written, taken;
	_Atomic uint64_t untold; /* there was no room */
	struct state_filter_event event[FILTER_EVENTS];
};

/* Frames that the port received, of one segment each: those that the list lets through, in front;
 * returns how many. The others were dropped. */
unsigned filter_frames_in(struct worker *w, struct rte_mbuf **frames, unsigned n, unsigned port);

/* The same for frames that are about to be sent by the port. */
unsigned filter_frames_out(struct worker *w, struct rte_mbuf **frames, unsigned n, unsigned port);

/* A packet that came out of the tunnel. True: it does not go on, and was dropped. */
bool filter_stops_in(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel);

/* A packet that is to go into the tunnel. True: it was dropped, or given to the kernel. */
bool filter_stops_out(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel);
