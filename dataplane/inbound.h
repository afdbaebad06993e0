/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ESP in: from an outer packet to the inner one (RFC 4303 section 3.4). */
#pragma once

#include "dataplane/worker.h"

/* Submits what was gathered; packets that are done go on to the routes. */
void inbound_submit(struct worker *w);

/* Finishes what is in the lanes. */
void inbound_flush(struct worker *w);

/* Takes a packet to one of our outer addresses whose data is at the outer IP header. The ESP packet
 * begins `offset` bytes behind it and is `bytes` long. */
static inline void inbound_add(
    struct worker *w, struct rte_mbuf *m, unsigned offset, unsigned bytes)
{
	packet_meta(m)->esp_offset = (uint16_t)offset;
	packet_meta(m)->esp_bytes = (uint16_t)bytes;
	w->inbound.packet[w->inbound.count++] = m;
	if (w->inbound.count == ESP_CRYPTO_BURST_MAX)
		inbound_submit(w);
}
