/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Routing: from an IP packet to a tunnel, a port, the kernel or its end. */
#pragma once

#include "dataplane/worker.h"

/* Routes what was gathered. */
void forward_run(struct worker *w);

/* Takes an IPv4 packet that the kernel is to forward or to deliver. */
void forward_by_kernel(struct worker *w, struct rte_mbuf *m);

/* Adds a packet that classify or inbound has checked: data at the IP header, meta filled. */
static inline void forward_add(struct worker *w, struct rte_mbuf *m)
{
	if (w->forward.count == BATCH_MAX)
		forward_run(w);
	w->forward.packet[w->forward.count++] = m;
}
