/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Spoofed and circular inner addresses. Whether a source may use this tunnel at all is the
 * selector's question, and where a destination leads is the routing table's. */
#include "dataplane/pkt/guard.h"

#include <errno.h>
#include <string.h>

#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

#define THIS_NETWORK4 0x00000000 /* 0/8 */
#define LOOPBACK4     0x7f000000 /* 127/8 */
#define LINK_LOCAL4   0xa9fe0000 /* 169.254/16 */

static void suspect(struct guard_map4 *map, uint32_t network, unsigned length)
{
	uint32_t first = network >> 16, count = length < 16 ? 1u << (16 - length) : 1;

	for (uint32_t i = first; i < first + count; i++)
		map->word[i / 64] |= UINT64_C(1) << (i % 64);
}

/* What guard_check4() looks at for every packet. */
static void suspect_always(struct guard_map4 *map)
{
	memset(map, 0, sizeof(*map));
	suspect(map, THIS_NETWORK4, 8);
	suspect(map, LOOPBACK4, 8);
	suspect(map, LINK_LOCAL4, 16);
}

void guard_init(struct guard *g)
{
	memset(g, 0, sizeof(*g));
	guard_clear_networks(g);
	guard_suspect_outer(g);
}

void guard_fini(struct guard *g)
{
	addr_set_fini(&g->outer);
	guard_init(g);
}

static uint32_t mask4(unsigned length)
{
	return length ? UINT32_MAX << (32 - length) : 0;
}

int guard_add_network(struct guard *g, const struct ip_prefix *network)
{
	if (network->addr.family == IP_FAMILY_V4) {
		uint32_t mask = mask4(network->length);

		if (g->network4_count == GUARD_NETWORKS_MAX)
			return -ENOSPC;
		g->network4[g->network4_count++] =
		    (struct guard_network4){get_be32(network->addr.bytes) & mask, mask};
		suspect(&g->suspect_source, get_be32(network->addr.bytes) & mask, network->length);
	} else {
		if (g->network6_count == GUARD_NETWORKS_MAX)
			return -ENOSPC;
		g->network6[g->network6_count++] = *network;
	}
	return 0;
}

void guard_clear_networks(struct guard *g)
{
	g->network4_count = g->network6_count = 0;
	suspect_always(&g->suspect_source);
	suspect(&g->suspect_source, IP4_MULTICAST, 3);
}

void guard_suspect_outer(struct guard *g)
{
	uint32_t addr;

	suspect_always(&g->suspect_dest);
	for (uint32_t place = 0; addr_set_next4(&g->outer, &place, &addr); place++)
		suspect(&g->suspect_dest, addr, 32);
}

int guard_add_outer(struct guard *g, const struct ip_addr *addr)
{
	if (addr->family == IP_FAMILY_V4)
		suspect(&g->suspect_dest, get_be32(addr->bytes), 32);
	return addr_set_add(&g->outer, addr);
}

static bool is_this_host4(uint32_t addr)
{
	return addr >> 24 == THIS_NETWORK4 >> 24 || addr >> 24 == LOOPBACK4 >> 24;
}

static bool is_link_local4(uint32_t addr)
{
	return addr >> 16 == LINK_LOCAL4 >> 16;
}

static bool in_prefix4(const struct ip_prefix *prefix, uint32_t addr)
{
	return prefix && prefix->addr.family == IP_FAMILY_V4 &&
	       !((addr ^ get_be32(prefix->addr.bytes)) & mask4(prefix->length));
}

enum pkt_verdict guard_check4(
    const struct guard *g, const uint8_t *ip, const struct ip_prefix *inside)
{
	uint32_t source = ip4_source(ip), destination = ip4_destination(ip);
	bool from_inside = in_prefix4(inside, source);

	/* 224/4 and all above are multicast, reserved or broadcast: never a source. */
	if (is_this_host4(source) || source >= IP4_MULTICAST || is_this_host4(destination) ||
	    source == destination)
		return PKT_DROP_MARTIAN;
	if (from_inside && source == get_be32(inside->addr.bytes))
		return PKT_DROP_MARTIAN;
	if ((is_link_local4(source) && !from_inside) ||
	    (is_link_local4(destination) && !in_prefix4(inside, destination)))
		return PKT_DROP_MARTIAN;
	for (uint32_t i = 0; i < g->network4_count; i++)
		if (!((source ^ g->network4[i].network) & g->network4[i].mask))
			return PKT_DROP_MARTIAN;
	return addr_set_has4(&g->outer, destination) ? PKT_DROP_LOOP : PKT_OK;
}

/* ::/96 and ::ffff:0:0/96: unspecified, loopback, IPv4 in disguise (RFC 4291 section 2.5.5). */
static bool is_this_host6(const uint8_t *addr)
{
	static const uint8_t zero[10];

	return !memcmp(addr, zero, 10) &&
	       (get_be16(addr + 10) == 0xffff || get_be16(addr + 10) == 0);
}

static bool is_link_local6(const uint8_t *addr)
{
	return addr[0] == 0xfe && (addr[1] & 0xc0) == 0x80;
}

static bool in_prefix6(const struct ip_prefix *prefix, const uint8_t *addr)
{
	unsigned whole, rest;

	if (!prefix || prefix->addr.family != IP_FAMILY_V6)
		return false;
	whole = prefix->length / 8;
	rest = prefix->length % 8;
	if (memcmp(prefix->addr.bytes, addr, whole))
		return false;
	return !rest || (prefix->addr.bytes[whole] ^ addr[whole]) >> (8 - rest) == 0;
}

enum pkt_verdict guard_check6(
    const struct guard *g, const uint8_t *ip, const struct ip_prefix *inside)
{
	const uint8_t *source = ip + IP6_OFFSET_SOURCE, *destination = ip + IP6_OFFSET_DEST;
	bool from_inside = in_prefix6(inside, source);

	if (is_this_host6(source) || source[0] == 0xff || is_this_host6(destination) ||
	    !memcmp(source, destination, 16))
		return PKT_DROP_MARTIAN;
	if (from_inside && !memcmp(source, inside->addr.bytes, 16))
		return PKT_DROP_MARTIAN;
	if ((is_link_local6(source) && !from_inside) ||
	    (is_link_local6(destination) && !in_prefix6(inside, destination)))
		return PKT_DROP_MARTIAN;
	for (uint32_t i = 0; i < g->network6_count; i++)
		if (in_prefix6(&g->network6[i], source))
			return PKT_DROP_MARTIAN;
	return addr_set_has6(&g->outer, destination) ? PKT_DROP_LOOP : PKT_OK;
}
