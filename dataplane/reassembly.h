/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outer fragments: ESP that was cut on its way is put together before anything looks at it (RFC
 * 4303 section 3.4.1), in a table of bounded size and age. */
#pragma once

#include <stdint.h>

struct rte_ip_frag_tbl;
struct rte_mbuf;
struct worker;

/* NULL: no memory. */
struct rte_ip_frag_tbl *reassembly_new(void);

/* Takes an IPv4 fragment to one of our outer addresses; a packet that it completes goes back to
 * classify_ip4(). */
void reassembly_add4(struct worker *w, struct rte_mbuf *m);

/* Drops the fragments that are too old; now and then, in quiet moments. */
void reassembly_expire(struct worker *w);

/* Frees the worker's table; the fragments in it are dropped as `shutdown`. */
void reassembly_free(struct worker *w);
