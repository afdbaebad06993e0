/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ESP out: from an inner packet to an outer one on its way (RFC 4303 section 3.3). */
#pragma once

#include <stdint.h>

struct rte_mbuf;
struct tunnel;
struct worker;

/* Takes a packet that the routes send into the tunnel in that slot, which is usable. */
void outbound_add(struct worker *w, struct rte_mbuf *m, uint32_t tunnel);

/* The same for `n` packets in a row; `tunnel` is of the snapshot. */
void outbound_add_run(
    struct worker *w, struct rte_mbuf *const *packets, unsigned n, const struct tunnel *tunnel);

/* The same for one that has no neighbour of its tunnel. */
void outbound_add_alone(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel);

/* Takes a packet that the kernel sent into its twin of a tunnel, which may be gone or down. */
void outbound_add_local(struct worker *w, struct rte_mbuf *m);

/* Takes a packet that another worker handed over for its tunnel. */
void outbound_add_handed(struct worker *w, struct rte_mbuf *m);

/* Submits what was gathered; packets that are done go to their port. */
void outbound_submit(struct worker *w);

/* Finishes what is in the lanes. */
void outbound_flush(struct worker *w);
