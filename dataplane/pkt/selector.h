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
	bool allow4, allow6;
	/* Addresses as they lie in a packet: of IPv4 the source and the destination together. */
	uint64_t pair4, pair4_mask;
	uint64_t source6[2], source6_mask[2], dest6[2], dest6_mask[2];
};

/* `source` and `destination` as the packets bear them: inbound the peer's prefix first. Both are of
 * one family, else nothing is allowed. -EINVAL: a prefix is longer than its family. */
int selector_init(
    struct selector *s, const struct ip_prefix *source, const struct ip_prefix *destination);

/* `ip` is an IPv4 packet of at least 20 bytes. */
static inline bool selector_match4(const struct selector *s, const uint8_t *ip)
{
	uint64_t pair;

	memcpy(&pair, ip + IP4_OFFSET_SOURCE, sizeof(pair));
	return s->allow4 && !((pair ^ s->pair4) & s->pair4_mask);
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
