/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Counters of one thread. The owner alone adds; the housekeeping thread reads and sums them into
 * state.v1, so nothing is shared for writing and no addition is locked. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "dataplane/drop.h"

#define PORTS_MAX 16

typedef _Atomic uint64_t counter_t;

struct port_counters {
	counter_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_failed, punted, injected;
};

struct counters {
	counter_t rx, tx, punt, made, consumed, forwarded_punt, src_moved;
	counter_t drop[DROP_COUNT];
	struct port_counters port[PORTS_MAX];
	char end[]; /* all before it are counters */
} __attribute__((aligned(64)));

/* The counters of a tunnel, named as in struct state_tunnel. X(name) */
#define TUNNEL_COUNTERS(X)                                                                         \
	X(in_packets)                                                                              \
	X(in_bytes)                                                                                \
	X(out_packets)                                                                             \
	X(out_bytes)                                                                               \
	X(in6_packets)                                                                             \
	X(in6_bytes)                                                                               \
	X(out6_packets)                                                                            \
	X(out6_bytes)                                                                              \
	X(in_drops)                                                                                \
	X(out_drops)

#define TUNNEL_COUNTER_FIELD(name) counter_t name;

/* Of one tunnel slot and one worker. */
struct tunnel_counters {
	TUNNEL_COUNTERS(TUNNEL_COUNTER_FIELD)
} __attribute__((aligned(64)));

#undef TUNNEL_COUNTER_FIELD

#define WORKERS_MAX 16

static inline void counter_add(counter_t *counter, uint64_t n)
{
	atomic_store_explicit(
	    counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline uint64_t counter_get(const counter_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}
