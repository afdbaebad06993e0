/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From an SPI to its SA: by index, since we have chosen the SPI (RFC 4301 section 4.1). */
#pragma once

#include <rte_mbuf.h>
#include <string.h>

#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/snapshot.h"

/* The inbound SA of that SPI (host order), if it is for the address the packet was sent to; `m` has
 * its data at the outer IP header. NULL: there is none. */
static inline struct sa *inbound_find_sa(
    const struct snapshot *s, const struct rte_mbuf *m, uint8_t family, uint32_t spi)
{
	uint32_t slot = spi & s->spi_slot_mask;
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);
	struct sa *sa;

	if (slot >= s->sa_count)
		return NULL;
	sa = s->sa[slot];
	if (!sa || !sa->inbound || sa->spi != spi || sa->outer_local.family != family)
		return NULL;
	if (family == IP_FAMILY_V4)
		return memcmp(ip + IP4_OFFSET_DEST, sa->outer_local.bytes, 4) ? NULL : sa;
	return memcmp(ip + IP6_OFFSET_DEST, sa->outer_local.bytes, 16) ? NULL : sa;
}
