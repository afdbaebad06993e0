/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Destination address -> next-hop group.
 *
 * Which structure answers is hidden here: rte_fib (DIR24_8) for IPv4, rte_fib6 (TRIE) for IPv6, the
 * latter made with the first IPv6 route. Neither is safe to change while it is read, so there are
 * two copies of everything (left-right): workers read one through their snapshot, the housekeeping
 * thread brings the other up to date by the difference of the two route lists. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/shm_abi.h"

/* "No route", in every answer. */
#define FIB_MISS UINT32_MAX

/* One copy. Read-only for workers. */
struct fib_table;

struct fib;

/* Makes both copies, empty. `routes` and `groups` are the largest numbers that will come.
 * NULL with rte_errno: no memory. Housekeeping thread only, as all but the look-ups. */
struct fib *fib_create(uint32_t routes, uint32_t groups);
void fib_free(struct fib *fib);

/* Bytes of DPDK's memory that the IPv4 tables take for so many routes and groups, roughly and not
 * too little; those of IPv6 take as much again with the first such route. */
uint64_t fib_wanted_bytes(uint32_t routes, uint32_t groups);

/* Memory of both copies; and the part of it that is there however few routes there is room for. */
uint64_t fib_bytes(const struct fib *fib);
uint64_t fib_fixed_bytes(const struct fib *fib);

/* The copy that is in force. */
const struct fib_table *fib_current(const struct fib *fib);

/* Brings the idle copy to exactly `routes`: validated, sorted by ip_prefix_compare(), without
 * duplicates, copied by this call. No worker may be reading the idle copy: the grace period after
 * the last fib_flip() has passed. 0, or -errno and the copy in force is untouched and stays. */
int fib_prepare(struct fib *fib, const struct cfg_route *routes, uint32_t count);

/* Makes the copy prepared last the one in force. */
void fib_flip(struct fib *fib);

/* Checks a bank as copied from shared memory: families, lengths, host bits, group slots, order.
 * Returns `count`, or the index of the first record that is not in order. */
uint32_t fib_check(const struct cfg_route *routes, uint32_t count, uint32_t groups);

/* Looks up `n` (<= FIB_BURST) IPv4 addresses in host byte order; group or FIB_MISS each. */
#define FIB_BURST 64
void fib_lookup4(const struct fib_table *table, const uint32_t *addr, uint32_t *group, unsigned n);

/* Looks up one IPv6 address. */
uint32_t fib_lookup6(const struct fib_table *table, const uint8_t addr[16]);
