/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ICMP errors to the senders of inner packets: what may be answered (RFC 1812 section 4.3.2.7, RFC
 * 4443 section 2.4) and how much of the packet is quoted. Reading errors is in icmp_quote.c. */
#include "dataplane/pkt/icmp.h"

#include <string.h>

#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

#define ICMP4_TOS            0xc0 /* internetwork control (RFC 1812 section 4.3.2.5) */
#define ICMP_TTL             64
#define ICMP6_INFORMATIONAL  128 /* types below are errors */
#define ICMP6_REDIRECT       137
#define ICMP_OFFSET_CHECKSUM 2
#define ICMP_OFFSET_MTU      4 /* 32 bits; IPv4 uses the low 16 */

/* Destination unreachable, source quench, redirect, time exceeded, parameter problem. */
static bool is_error4(uint8_t type)
{
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* An address that names a single host: not 0/8, 127/8, nor multicast and above. */
static bool is_host4(uint32_t addr)
{
	return addr >> 24 != 0 && addr >> 24 != 127 && addr >> 28 < 0xe;
}

static bool may_answer4(const uint8_t *packet, size_t bytes, struct ip4_info *info)
{
	if (ip4_check_lengths(packet, bytes, info) != PKT_OK)
		return false;
	if ((info->flags_offset & IP4_OFFSET_MASK) || !is_host4(info->source) ||
	    !is_host4(info->destination))
		return false;
	return info->protocol != IP_PROTO_ICMP ||
	       (info->total_bytes > info->header_bytes && !is_error4(packet[info->header_bytes]));
}

size_t icmp4_error(uint8_t *out, uint8_t type, uint8_t code, uint16_t mtu, uint32_t source,
    const uint8_t *packet, size_t bytes)
{
	uint8_t *icmp = out + IP4_HEADER_BYTES;
	struct ip4_info info;
	size_t quoted, total;

	if (!may_answer4(packet, bytes, &info))
		return 0;
	quoted = ICMP4_ERROR_BYTES_MAX - IP4_HEADER_BYTES - ICMP_HEADER_BYTES;
	if (quoted > info.total_bytes)
		quoted = info.total_bytes;
	total = IP4_HEADER_BYTES + ICMP_HEADER_BYTES + quoted;

	memset(out, 0, IP4_HEADER_BYTES + ICMP_HEADER_BYTES);
	out[IP4_OFFSET_VERSION] = 0x45;
	out[IP4_OFFSET_TOS] = ICMP4_TOS;
	put_be16(out + IP4_OFFSET_TOTAL, (uint16_t)total);
	put_be16(out + IP4_OFFSET_FRAG, IP4_FLAG_DF);
	out[IP4_OFFSET_TTL] = ICMP_TTL;
	out[IP4_OFFSET_PROTOCOL] = IP_PROTO_ICMP;
	put_be32(out + IP4_OFFSET_SOURCE, source);
	put_be32(out + IP4_OFFSET_DEST, info.source);
	ip4_write_checksum(out, IP4_HEADER_BYTES);

	icmp[0] = type;
	icmp[1] = code;
	put_be32(icmp + ICMP_OFFSET_MTU, mtu);
	memcpy(icmp + ICMP_HEADER_BYTES, packet, quoted);
	put_be16(icmp + ICMP_OFFSET_CHECKSUM, checksum(icmp, ICMP_HEADER_BYTES + quoted));
	return total;
}

static bool is_unspecified6(const uint8_t *addr)
{
	static const uint8_t zero[16];

	return !memcmp(addr, zero, sizeof(zero));
}

static bool may_answer6(const uint8_t *packet, size_t bytes, uint8_t type, struct ip6_info *info)
{
	struct ip6_upper upper;
	uint8_t icmp_type;

	if (ip6_check(packet, bytes, info) != PKT_OK ||
	    ip6_find_upper(packet, info, &upper) != PKT_OK)
		return false;
	if (packet[IP6_OFFSET_SOURCE] == 0xff || is_unspecified6(packet + IP6_OFFSET_SOURCE))
		return false;
	/* Only "packet too big" answers what was sent to many. */
	if (packet[IP6_OFFSET_DEST] == 0xff && type != ICMP6_TOO_BIG)
		return false;
	if (upper.protocol != IP_PROTO_ICMPV6 || upper.later)
		return true;
	if (upper.offset >= info->total_bytes)
		return false;
	icmp_type = packet[upper.offset];
	return icmp_type >= ICMP6_INFORMATIONAL && icmp_type != ICMP6_REDIRECT;
}

size_t icmp6_error(uint8_t *out, uint8_t type, uint8_t code, uint32_t mtu, const uint8_t *source,
    const uint8_t *packet, size_t bytes)
{
	uint8_t *icmp = out + IP6_HEADER_BYTES;
	struct ip6_info info;
	size_t quoted, upper_bytes;
	uint64_t sum;

	if (!may_answer6(packet, bytes, type, &info))
		return 0;
	quoted = ICMP6_ERROR_BYTES_MAX - IP6_HEADER_BYTES - ICMP_HEADER_BYTES;
	if (quoted > info.total_bytes)
		quoted = info.total_bytes;
	upper_bytes = ICMP_HEADER_BYTES + quoted;

	memset(out, 0, IP6_HEADER_BYTES + ICMP_HEADER_BYTES);
	out[0] = 0x60;
	put_be16(out + IP6_OFFSET_PAYLOAD, (uint16_t)upper_bytes);
	out[IP6_OFFSET_NEXT] = IP_PROTO_ICMPV6;
	out[IP6_OFFSET_HOP_LIMIT] = ICMP_TTL;
	memcpy(out + IP6_OFFSET_SOURCE, source, 16);
	memcpy(out + IP6_OFFSET_DEST, packet + IP6_OFFSET_SOURCE, 16);

	icmp[0] = type;
	icmp[1] = code;
	put_be32(icmp + ICMP_OFFSET_MTU, mtu);
	memcpy(icmp + ICMP_HEADER_BYTES, packet, quoted);
	sum = checksum_pseudo(out + IP6_OFFSET_SOURCE, out + IP6_OFFSET_DEST, 16, IP_PROTO_ICMPV6,
	    (uint32_t)upper_bytes);
	put_be16(icmp + ICMP_OFFSET_CHECKSUM,
	    (uint16_t)~checksum_fold(checksum_add(sum, icmp, upper_bytes)));
	return IP6_HEADER_BYTES + upper_bytes;
}
