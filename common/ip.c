/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Addresses and prefixes: text, order, containment. Texts are parsed by inet_pton, which takes no
 * shorthand ("10.1", "010.0.0.1"), so what a person typed means one thing. */
#include "common/ip.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

unsigned ip_family_bits(uint8_t family)
{
	switch (family) {
	case IP_FAMILY_V4: return 32;
	case IP_FAMILY_V6: return 128;
	default: return 0;
	}
}

int ip_addr_parse(const char *text, struct ip_addr *out)
{
	struct ip_addr addr = {0};

	if (inet_pton(AF_INET, text, addr.bytes) == 1) {
		addr.family = IP_FAMILY_V4;
	} else {
		memset(addr.bytes, 0, sizeof(addr.bytes));
		if (inet_pton(AF_INET6, text, addr.bytes) != 1)
			return -EINVAL;
		addr.family = IP_FAMILY_V6;
	}
	*out = addr;
	return 0;
}

/* Decimal digits only, no sign, no leading zero, at most `max`. */
static int parse_bits(const char *text, unsigned max, uint8_t *out)
{
	unsigned v = 0;

	if (!text[0] || (text[0] == '0' && text[1]))
		return -EINVAL;
	for (const char *p = text; *p; p++) {
		if (*p < '0' || *p > '9' || p - text > 2)
			return -EINVAL;
		v = v * 10 + (unsigned)(*p - '0');
	}
	if (v > max)
		return -EINVAL;
	*out = (uint8_t)v;
	return 0;
}

/* 255.255.255.0 or 0xffffff00 to 24. */
static int parse_mask(const char *text, uint8_t *out)
{
	uint32_t mask;

	if (!strncmp(text, "0x", 2) || !strncmp(text, "0X", 2)) {
		char *end;

		if (strlen(text) != 10 || strspn(text + 2, "0123456789abcdefABCDEF") != 8)
			return -EINVAL;
		mask = (uint32_t)strtoul(text + 2, &end, 16);
	} else {
		struct in_addr in;

		if (inet_pton(AF_INET, text, &in) != 1)
			return -EINVAL;
		mask = ntohl(in.s_addr);
	}
	if (~mask & (~mask + 1)) /* the zeros must be one run at the low end */
		return -EINVAL;
	*out = (uint8_t)__builtin_popcount(mask);
	return 0;
}

int ip_prefix_parse(const char *text, struct ip_prefix *out)
{
	char addr[IP_ADDR_TEXT_BYTES];
	const char *slash = strchr(text, '/');
	size_t addr_bytes = slash ? (size_t)(slash - text) : strlen(text);
	struct ip_prefix prefix = {0};

	if (addr_bytes >= sizeof(addr))
		return -EINVAL;
	memcpy(addr, text, addr_bytes);
	addr[addr_bytes] = '\0';
	if (ip_addr_parse(addr, &prefix.addr))
		return -EINVAL;
	prefix.length = (uint8_t)ip_family_bits(prefix.addr.family);
	if (slash && parse_bits(slash + 1, prefix.length, &prefix.length) &&
	    (prefix.addr.family != IP_FAMILY_V4 || parse_mask(slash + 1, &prefix.length)))
		return -EINVAL;
	*out = prefix;
	return 0;
}

char *ip_addr_format(const struct ip_addr *addr, char text[IP_ADDR_TEXT_BYTES])
{
	int family = addr->family == IP_FAMILY_V4 ? AF_INET : AF_INET6;

	if (!ip_family_bits(addr->family) ||
	    !inet_ntop(family, addr->bytes, text, IP_ADDR_TEXT_BYTES)) {
		text[0] = '-';
		text[1] = '\0';
	}
	return text;
}

char *ip_prefix_format(const struct ip_prefix *prefix, char text[IP_PREFIX_TEXT_BYTES])
{
	char addr[IP_ADDR_TEXT_BYTES];

	if (!ip_family_bits(prefix->addr.family))
		return ip_addr_format(&prefix->addr, text);
	snprintf(text, IP_PREFIX_TEXT_BYTES, "%s/%u", ip_addr_format(&prefix->addr, addr),
	    (unsigned)prefix->length);
	return text;
}

/* The bytes of an address that its family uses. */
static size_t family_bytes(uint8_t family)
{
	return ip_family_bits(family) / 8;
}

bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, family_bytes(a->family));
}

bool ip_prefix_equal(const struct ip_prefix *a, const struct ip_prefix *b)
{
	return a->length == b->length && ip_addr_equal(&a->addr, &b->addr);
}

int ip_prefix_compare(const struct ip_prefix *a, const struct ip_prefix *b)
{
	int order;

	if (a->addr.family != b->addr.family)
		return a->addr.family < b->addr.family ? -1 : 1;
	order = memcmp(a->addr.bytes, b->addr.bytes, family_bytes(a->addr.family));
	if (order)
		return order < 0 ? -1 : 1;
	return (a->length > b->length) - (a->length < b->length);
}

struct ip_prefix ip_prefix_mask(const struct ip_prefix *prefix)
{
	struct ip_prefix out = *prefix;
	size_t whole = prefix->length / 8;

	if (whole >= sizeof(out.addr.bytes))
		return out;
	out.addr.bytes[whole] &= (uint8_t)(0xff00u >> (prefix->length % 8));
	memset(out.addr.bytes + whole + 1, 0, sizeof(out.addr.bytes) - whole - 1);
	return out;
}

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip_addr *addr)
{
	size_t whole = prefix->length / 8;
	uint8_t rest = (uint8_t)(0xff00u >> (prefix->length % 8));

	if (prefix->addr.family != addr->family || prefix->length > ip_family_bits(addr->family))
		return false;
	if (memcmp(prefix->addr.bytes, addr->bytes, whole))
		return false;
	return prefix->length % 8 == 0 ||
	       !((prefix->addr.bytes[whole] ^ addr->bytes[whole]) & rest);
}

bool ip_prefix_covers(const struct ip_prefix *outer, const struct ip_prefix *inner)
{
	return outer->length <= inner->length && ip_prefix_contains(outer, &inner->addr);
}

struct ip_addr ip_addr_v4(uint32_t host_order)
{
	uint32_t be = htonl(host_order);
	struct ip_addr addr = {.family = IP_FAMILY_V4};

	memcpy(addr.bytes, &be, sizeof(be));
	return addr;
}

uint32_t ip_addr_v4_host(const struct ip_addr *addr)
{
	uint32_t be;

	memcpy(&be, addr->bytes, sizeof(be));
	return ntohl(be);
}

bool ip_addr_is_unspecified(const struct ip_addr *addr)
{
	static const uint8_t zero[16];

	return !memcmp(addr->bytes, zero, family_bytes(addr->family));
}

/* A prefix in a table of special addresses: the leading `bits` of `bytes`. */
struct special {
	uint8_t family;
	uint8_t bits;
	uint8_t bytes[16];
};

static bool in_special(const struct ip_addr *addr, const struct special *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct ip_prefix prefix = {
		    .addr = {.family = list[i].family}, .length = list[i].bits};

		memcpy(prefix.addr.bytes, list[i].bytes, sizeof(prefix.addr.bytes));
		if (ip_prefix_contains(&prefix, addr))
			return true;
	}
	return false;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool ip_addr_is_loopback(const struct ip_addr *addr)
{
	static const struct special list[] = {
	    {IP_FAMILY_V4, 8, {127}},
	    {IP_FAMILY_V6, 128, {[15] = 1}},
	};

	return in_special(addr, list, COUNT(list));
}

bool ip_addr_is_multicast(const struct ip_addr *addr)
{
	static const struct special list[] = {
	    {IP_FAMILY_V4, 4, {224}},
	    {IP_FAMILY_V4, 32, {255, 255, 255, 255}},
	    {IP_FAMILY_V6, 8, {0xff}},
	};

	return in_special(addr, list, COUNT(list));
}

bool ip_addr_is_link_local(const struct ip_addr *addr)
{
	static const struct special list[] = {
	    {IP_FAMILY_V4, 16, {169, 254}},
	    {IP_FAMILY_V6, 10, {0xfe, 0x80}},
	};

	return in_special(addr, list, COUNT(list));
}

bool ip_addr_is_private(const struct ip_addr *addr)
{
	static const struct special list[] = {
	    {IP_FAMILY_V4, 8, {10}},
	    {IP_FAMILY_V4, 12, {172, 16}},
	    {IP_FAMILY_V4, 16, {192, 168}},
	    {IP_FAMILY_V6, 7, {0xfc}},
	};

	return in_special(addr, list, COUNT(list));
}
