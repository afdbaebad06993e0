/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Counters of one thread. The owner alone adds, so nothing is shared for writing and no addition is
 * locked.
 *
 * A thread's books balance whenever it is between two polls: what it took up it has either ended,
 * given to another thread's ring, or still holds. A worker that is asked copies its counters at
 * such a moment (worker_show_counters()), and the housekeeping thread sums the copies: so the sum
 * balances too, under any load, and what is in flight is known exactly. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/drop.h"

#define PORTS_MAX 16

typedef _Atomic uint64_t counter_t;

struct port_counters {
	counter_t rx_packets, rx_bytes, tx_packets, tx_bytes, tx_failed, punted, injected;
};

struct counters {
	counter_t rx, tx, punt, made, consumed, forwarded_punt, src_moved, handed;
	counter_t taken, given; /* from and into the rings between threads */
	counter_t held;         /* no counter: in crypto lanes and reassembly just now */
	/* Polls that brought packets, and the time they took, each up to the next poll. */
	counter_t busy_polls, busy_nsec;
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

/* How one thread's packets, or the sum of all threads', came and went. */
struct balance {
	uint64_t in;        /* rx + made */
	uint64_t ended;     /* tx + punt + drop + consumed */
	uint64_t in_flight; /* held, and given to rings but not taken from them: may be below 0 for
			       one thread, never for the sum */
};

static inline void counter_add(counter_t *counter, uint64_t n)
{
	atomic_store_explicit(
	    counter, atomic_load_explicit(counter, memory_order_relaxed) + n, memory_order_relaxed);
}

static inline uint64_t counter_get(const counter_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* All drops of a thread. */
static inline uint64_t counters_dropped(const struct counters *c)
{
	uint64_t dropped = 0;

	for (unsigned i = 1; i < DROP_COUNT; i++)
		dropped += counter_get(&c->drop[i]);
	return dropped;
}

static inline struct balance counters_balance(const struct counters *c)
{
	return (struct balance){
	    .in = counter_get(&c->rx) + counter_get(&c->made),
	    .ended = counter_get(&c->tx) + counter_get(&c->punt) + counters_dropped(c) +
		     counter_get(&c->consumed),
	    .in_flight = counter_get(&c->held) + counter_get(&c->given) - counter_get(&c->taken),
	};
}

static inline bool balance_ok(struct balance b)
{
	return b.in == b.ended + b.in_flight;
}
