/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Clamping of the TCP maximum segment size (RFC 9293 section 3.7.1, RFC 6691): lowered in SYN
 * segments, never raised, never added; the checksum is updated incrementally, so that one that was
 * wrong stays wrong. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/pkt/ip4_hdr.h"

#define TCP_OFFSET_FLAGS 13
#define TCP_FLAG_SYN     0x02

/* `tcp` points at a TCP header with `bytes` bytes of the packet from there on (a first fragment may
 * hold less than the segment). Returns true when the segment was changed; malformed options are
 * left as they are from the first bad one on. `limit` 0: nothing is done. */
bool mss_clamp(uint8_t *tcp, size_t bytes, uint16_t limit);

/* The same for a whole IP packet that ip4_check() or ip6_check() has passed; anything but TCP, and
 * fragments other than the first, are left alone. */
static inline bool mss_clamp_ip4(uint8_t *ip, size_t bytes, uint16_t limit);
bool mss_clamp_ip6(uint8_t *ip, size_t bytes, uint16_t limit);

/* True for the first segment of a TCP connection in each direction, of which the first `bytes`
 * bytes are there. Inline: all other packets come by here, too. */
static inline bool ip4_is_syn(const uint8_t *ip, size_t bytes)
{
	unsigned header_bytes = (ip[IP4_OFFSET_VERSION] & 0x0f) * 4u;

	return ip[IP4_OFFSET_PROTOCOL] == IP_PROTO_TCP &&
	       bytes >= header_bytes + TCP_HEADER_BYTES &&
	       (ip[header_bytes + TCP_OFFSET_FLAGS] & TCP_FLAG_SYN) &&
	       !(get_be16(ip + IP4_OFFSET_FRAG) & IP4_OFFSET_MASK);
}

static inline bool mss_clamp_ip4(uint8_t *ip, size_t bytes, uint16_t limit)
{
	unsigned header_bytes = (ip[IP4_OFFSET_VERSION] & 0x0f) * 4u;
	unsigned total_bytes = get_be16(ip + IP4_OFFSET_TOTAL);

	if (!ip4_is_syn(ip, bytes) || total_bytes > bytes ||
	    total_bytes < header_bytes + TCP_HEADER_BYTES)
		return false;
	return mss_clamp(ip + header_bytes, total_bytes - header_bytes, limit);
}
