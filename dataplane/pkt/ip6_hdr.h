/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The IPv6 header: validation of what came in, its chain of extension headers, and the fields a
 * gateway changes (RFC 8200). Jumbograms are refused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/ip_proto.h"
#include "dataplane/pkt/verdict.h"

#define IP6_OFFSET_PAYLOAD   4
#define IP6_OFFSET_NEXT      6
#define IP6_OFFSET_HOP_LIMIT 7
#define IP6_OFFSET_SOURCE    8
#define IP6_OFFSET_DEST      24
#define IP6_EXTENSIONS_MAX   8 /* headers followed in a chain; more is HEADER */

struct ip6_info {
	uint32_t total_bytes; /* header and payload; bytes behind it are link padding */
	uint8_t traffic_class;
	uint8_t next_header; /* of the fixed header */
	uint8_t hop_limit;
};

/* Where the upper-layer header of a packet is. */
struct ip6_upper {
	uint32_t offset;  /* from the IPv6 header, within total_bytes */
	uint8_t protocol; /* what is there; IP_PROTO_NONE: nothing */
	bool
	    fragment; /* it is one; a fragment header around a whole packet makes none (RFC 6946) */
	bool later;   /* a fragment other than the first: no upper-layer header in it */
};

static inline uint8_t ip6_traffic_class(const uint8_t *ip)
{
	return (uint8_t)(get_be16(ip) >> 4);
}

static inline void ip6_set_traffic_class(uint8_t *ip, uint8_t traffic_class)
{
	put_be16(ip, (uint16_t)((get_be16(ip) & 0xf00f) | traffic_class << 4));
}

/* Version and payload length within `bytes`. SHORT or HEADER; PKT_OK fills `info`. */
enum pkt_verdict ip6_check(const uint8_t *ip, size_t bytes, struct ip6_info *info);

/* Walks the extension headers of a packet that ip6_check() passed, at most IP6_EXTENSIONS_MAX of
 * them. HEADER when the chain is longer, or leaves the packet. */
enum pkt_verdict ip6_find_upper(
    const uint8_t *ip, const struct ip6_info *info, struct ip6_upper *upper);

/* One hop: hop limit minus 1. TTL and nothing changed when it is 0 or 1. */
static inline enum pkt_verdict ip6_decrement_hop_limit(uint8_t *ip)
{
	if (ip[IP6_OFFSET_HOP_LIMIT] <= 1)
		return PKT_DROP_TTL;
	ip[IP6_OFFSET_HOP_LIMIT]--;
	return PKT_OK;
}
