/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The second half of outbound: packets of the right size for one tunnel, gathered, get sequence
 * numbers, headers and a place in the lanes together. */
#pragma once

#include "dataplane/worker.h"

/* Room that encapsulation and link header may need in front. */
#define OUTBOUND_HEADROOM 112

/* Counts a drop for the tunnel and its SA, which other workers may be counting for too. */
void outbound_count_drop(struct worker *w, const struct tunnel *tunnel);

/* Drops a packet on its way into that tunnel. */
void outbound_drop(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel,
    enum drop_reason reason) __attribute__((cold));

/* Makes room for one packet of `tunnel` among those gathered: what is gathered for another one gets
 * its headers, and when the lanes' burst is full it is submitted. */
void outbound_turn_to(struct worker *w, const struct tunnel *tunnel);

/* The same for an IPv4 packet that fits and has neither before nor behind it one of its tunnel: its
 * headers are made at once. */
void outbound_alone(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel);

static inline bool outbound_has_room(const struct rte_mbuf *m)
{
	return likely(rte_pktmbuf_headroom(m) >= OUTBOUND_HEADROOM &&
		      rte_pktmbuf_tailroom(m) >= ESP_ENCAP_TAILROOM);
}

/* Takes up a packet that fits: IPv4 or IPv6, data at its header, `ip_bytes` right. */
static inline void outbound_gather(
    struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel, bool v4)
{
	struct outbound *out = &w->outbound;

	if (unlikely(!outbound_has_room(m))) {
		outbound_drop(w, m, tunnel, DROP_SEGMENTS);
		return;
	}
	if (unlikely(out->tunnel != tunnel || out->count == out->room))
		outbound_turn_to(w, tunnel);
	out->any6 |= !v4;
	out->packet[out->count++] = m;
}
