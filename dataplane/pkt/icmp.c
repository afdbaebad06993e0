/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading "fragmentation needed" and "packet too big" about our outer packets (RFC 1191, RFC 8201,
 * RFC 4301 section 8.2). Such a message is not authenticated: the SPI in the quote shows that its
 * sender saw a packet of ours, and a floor bounds what a forger on the path can do. */
#include "dataplane/pkt/icmp.h"

#include "common/buf.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

/* The quoted transport header as far as the SPI; no SPI is 0. */
static bool read_spi(struct rd *r, uint8_t protocol, struct icmp_too_big *out)
{
	if (protocol == IP_PROTO_UDP) {
		out->udp_source = rd_u16(r);
		out->udp_destination = rd_u16(r);
		rd_skip(r, 4); /* length and checksum */
	} else if (protocol != IP_PROTO_ESP) {
		return false;
	}
	out->spi = rd_u32(r);
	return rd_ok(r) && out->spi != 0;
}

static void read_addr(struct rd *r, uint8_t family, struct ip_addr *out)
{
	*out = (struct ip_addr){.family = family};
	rd_copy(r, out->bytes, family == IP_FAMILY_V4 ? 4 : 16);
}

static bool read_quote4(struct rd *r, struct icmp_too_big *out)
{
	unsigned header_bytes;
	uint16_t flags_offset;
	uint8_t first, protocol;

	first = rd_u8(r);
	header_bytes = (first & 0x0f) * 4u;
	if (first >> 4 != 4 || header_bytes < IP4_HEADER_BYTES)
		return false;
	rd_skip(r, 5); /* TOS, length, identification */
	flags_offset = rd_u16(r);
	rd_skip(r, 1); /* TTL */
	protocol = rd_u8(r);
	rd_skip(r, 2); /* checksum */
	read_addr(r, IP_FAMILY_V4, &out->source);
	read_addr(r, IP_FAMILY_V4, &out->destination);
	rd_skip(r, header_bytes - IP4_HEADER_BYTES);
	return !(flags_offset & IP4_OFFSET_MASK) && read_spi(r, protocol, out);
}

/* We send no extension headers: what does not follow directly is not ours. */
static bool read_quote6(struct rd *r, struct icmp_too_big *out)
{
	uint8_t next;

	if (rd_u32(r) >> 28 != 6)
		return false;
	rd_skip(r, 2); /* payload length */
	next = rd_u8(r);
	rd_skip(r, 1); /* hop limit */
	read_addr(r, IP_FAMILY_V6, &out->source);
	read_addr(r, IP_FAMILY_V6, &out->destination);
	return read_spi(r, next, out);
}

static bool read_too_big4(const uint8_t *ip, size_t bytes, struct icmp_too_big *out)
{
	struct ip4_info info;
	struct rd r;

	if (ip4_check_lengths(ip, bytes, &info) != PKT_OK || info.protocol != IP_PROTO_ICMP ||
	    ip4_is_fragment(info.flags_offset))
		return false;
	r = rd_init(ip + info.header_bytes, info.total_bytes - info.header_bytes);
	if (rd_u8(&r) != ICMP4_UNREACHABLE || rd_u8(&r) != ICMP4_NEED_FRAG)
		return false;
	if (checksum(ip + info.header_bytes, info.total_bytes - info.header_bytes) != 0)
		return false;
	rd_skip(&r, 4); /* checksum, unused */
	out->mtu = rd_u16(&r);
	return read_quote4(&r, out);
}

static bool read_too_big6(const uint8_t *ip, size_t bytes, struct icmp_too_big *out)
{
	struct ip6_info info;
	uint32_t icmp_bytes;
	struct rd r;
	uint64_t sum;

	if (ip6_check(ip, bytes, &info) != PKT_OK || info.next_header != IP_PROTO_ICMPV6)
		return false;
	icmp_bytes = info.total_bytes - IP6_HEADER_BYTES;
	r = rd_init(ip + IP6_HEADER_BYTES, icmp_bytes);
	if (rd_u8(&r) != ICMP6_TOO_BIG)
		return false;
	sum = checksum_pseudo(
	    ip + IP6_OFFSET_SOURCE, ip + IP6_OFFSET_DEST, 16, IP_PROTO_ICMPV6, icmp_bytes);
	if (checksum_fold(checksum_add(sum, ip + IP6_HEADER_BYTES, icmp_bytes)) != 0xffff)
		return false;
	rd_skip(&r, 3); /* code, checksum */
	out->mtu = rd_u32(&r);
	return read_quote6(&r, out);
}

bool icmp_read_too_big(const uint8_t *ip, size_t bytes, struct icmp_too_big *out)
{
	*out = (struct icmp_too_big){0};
	if (bytes == 0)
		return false;
	return IP_VERSION(ip) == 4 ? read_too_big4(ip, bytes, out) : read_too_big6(ip, bytes, out);
}

uint32_t icmp_believable_mtu(uint32_t reported, uint32_t current, uint8_t outer_family)
{
	/* RFC 1191 table 7-1, as far as it lies above the floors. */
	static const uint32_t plateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006};
	uint32_t floor_mtu = outer_family == IP_FAMILY_V6 ? 1280 : 576;
	uint32_t mtu = reported;

	if (!reported) {
		mtu = floor_mtu;
		for (unsigned i = 0; i < sizeof(plateaus) / sizeof(plateaus[0]); i++)
			if (plateaus[i] < current && plateaus[i] > mtu)
				mtu = plateaus[i];
	}
	if (mtu < floor_mtu)
		mtu = floor_mtu;
	return mtu < current ? mtu : current;
}
