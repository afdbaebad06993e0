/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The traffic selectors of an SA, as prefixes, ready for comparison by mask (RFC 4301 section
 * 4.4.1). A family that has no prefix in both directions matches nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/ip.h"
#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

struct selector {
	uint32_t source4, source4_mask, dest4, dest4_mask;             /* host order */
	uint64_t source6[2], source6_mask[2], dest6[2], dest6_mask[2]; /* as in memory */
	bool allow4, allow6;
};

/* `source` and `destination` as the packets bear them: inbound the peer's prefix first. Both are of
 * one family, else nothing is allowed. -EINVAL: a prefix is longer than its family. */
int selector_init(
    struct selector *s, const struct ip_prefix *source, const struct ip_prefix *destination);

/* `ip` is an IPv4 packet of at least 20 bytes. */
static inline bool selector_match4(const struct selector *s, const uint8_t *ip)
{
	return s->allow4 && !((ip4_source(ip) ^ s->source4) & s->source4_mask) &&
	       !((ip4_destination(ip) ^ s->dest4) & s->dest4_mask);
}

/* `ip` is an IPv6 packet of at least 40 bytes. */
static inline bool selector_match6(const struct selector *s, const uint8_t *ip)
{
	uint64_t a[4];

	memcpy(a, ip + IP6_OFFSET_SOURCE, sizeof(a));
	return s->allow6 && !(((a[0] ^ s->source6[0]) & s->source6_mask[0]) |
				((a[1] ^ s->source6[1]) & s->source6_mask[1]) |
				((a[2] ^ s->dest6[0]) & s->dest6_mask[0]) |
				((a[3] ^ s->dest6[1]) & s->dest6_mask[1]));
}
