/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The first stage: what a frame is, and which stage takes it. */
#pragma once

struct rte_mbuf;
struct worker;

/* Takes `n` frames received by the port of that index. */
void classify_frames(struct worker *w, struct rte_mbuf **frames, unsigned n, unsigned port);

/* Takes `n` frames and packets from the kernel twins, as the housekeeping thread marked them. */
void classify_injected(struct worker *w, struct rte_mbuf **packets, unsigned n);

/* Take an IP packet from a port, its data at the IP header: a frame's, or one put together again
 * from fragments. */
void classify_ip4(struct worker *w, struct rte_mbuf *m);
void classify_ip6(struct worker *w, struct rte_mbuf *m);
