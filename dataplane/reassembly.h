/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outer fragments: ESP that was cut on its way is put together before anything looks at it (RFC
 * 4303 section 3.4.1), in tables of bounded size and age: one for the peers' addresses, one for all
 * others. Strangers have a policer, and theirs go first where room is needed, then the oldest: what
 * belongs together comes close together, whoever fills the tables. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rte_mbuf;
struct worker;

/* The tables of a worker: 0 or -ENOMEM. */
int reassembly_init(struct worker *w);

/* True for an IPv6 packet, a fragment by ip6_find_upper(), that can be put together here: ESP or
 * UDP whose fragment header stands first. */
bool reassembly_takes6(const uint8_t *ip);

/* Takes a fragment to one of our outer addresses, of meta->family, as it came from a port: to the
 * worker that gathers its datagram. */
void reassembly_add(struct worker *w, struct rte_mbuf *m);

/* The same at that worker; a packet that the fragment completes goes back to classify_ip4() or
 * classify_ip6(). */
void reassembly_gather(struct worker *w, struct rte_mbuf *m);

/* Drops the fragments that are too old; now and then, in quiet moments. */
void reassembly_expire(struct worker *w);

/* Frees the worker's tables; the fragments in it are dropped as `shutdown`. */
void reassembly_free(struct worker *w);
