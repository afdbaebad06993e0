/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What memory is used for: told in the log at start, and by telemetry. Bytes. */
#pragma once

#include <stdint.h>

struct rte_mempool;
struct state;
struct sync;

struct memory {
	uint64_t per_sa;     /* in use: record, state, compiled, with its run and replay window */
	uint64_t per_tunnel; /* in use: record, state, copy, compiled, counters; without its TUN */
	uint64_t per_route;  /* room for one: two banks, copies, both tables but what is fixed */
	uint64_t tables;     /* cfg.v1 and state.v1 */
	uint64_t fib;        /* both copies, routes and look-up tables */
	uint64_t fib_fixed;  /* of it, however few routes there is room for */
	uint64_t packets;    /* the pool of packet buffers */
	uint64_t heap;       /* of DPDK, in use: fib and packets are in it */
	uint64_t resident;   /* of the process: what it has touched, without hugepages */
};

/* Bytes of DPDK's memory in use, of all sockets. Not exact while other threads allocate. */
uint64_t memory_heap(void);

void memory_measure(const struct state *state, const struct sync *sync,
    const struct rte_mempool *pool, struct memory *out);

/* One line of it in the log. */
void memory_log(const struct memory *memory);
