/* SPDX-License-Identifier: BSD-3-Clause
 *
 * IP addresses and prefixes of both families, their texts, and the lists of special addresses.
 *
 * An address carries its family from the first day, so nothing above this file needs to be written
 * twice. Bytes are in network order, an IPv4 address in bytes[0..3] with the rest zero. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IP_FAMILY_NONE 0
#define IP_FAMILY_V4   4
#define IP_FAMILY_V6   6

#define IP_ADDR_TEXT_BYTES   46 /* longest IPv6 text with its NUL */
#define IP_PREFIX_TEXT_BYTES 50 /* the same with "/128" */

struct ip_addr {
	uint8_t family; /* IP_FAMILY_* */
	uint8_t bytes[16];
};

struct ip_prefix {
	struct ip_addr addr; /* host bits may be set; ip_prefix_mask() clears them */
	uint8_t length;      /* 0..32 or 0..128 */
};

/* Bits of a family's address: 32, 128, or 0 for IP_FAMILY_NONE. */
unsigned ip_family_bits(uint8_t family);

/* Parses exactly one numeric address, nothing before or after it. 0 or -EINVAL. */
int ip_addr_parse(const char *text, struct ip_addr *out);

/* Parses ADDR/LENGTH, or ADDR alone as a host prefix; a dotted or 0x-hexadecimal IPv4 mask is taken
 * in place of LENGTH when it is contiguous. 0 or -EINVAL. */
int ip_prefix_parse(const char *text, struct ip_prefix *out);

/* Writes the canonical text (RFC 5952 for IPv6, "-" for IP_FAMILY_NONE) and returns `text`. */
char *ip_addr_format(const struct ip_addr *addr, char text[IP_ADDR_TEXT_BYTES]);
char *ip_prefix_format(const struct ip_prefix *prefix, char text[IP_PREFIX_TEXT_BYTES]);

bool ip_addr_equal(const struct ip_addr *a, const struct ip_addr *b);
bool ip_prefix_equal(const struct ip_prefix *a, const struct ip_prefix *b);

/* Total order: family, address bytes, then length. The order of the routes in shared memory. */
int ip_prefix_compare(const struct ip_prefix *a, const struct ip_prefix *b);

/* The prefix with its host bits cleared. */
struct ip_prefix ip_prefix_mask(const struct ip_prefix *prefix);

bool ip_prefix_contains(const struct ip_prefix *prefix, const struct ip_addr *addr);

/* True when every address of `inner` is in `outer`. */
bool ip_prefix_covers(const struct ip_prefix *outer, const struct ip_prefix *inner);

/* IPv4 from and to host byte order; the caller has checked the family. */
struct ip_addr ip_addr_v4(uint32_t host_order);
uint32_t ip_addr_v4_host(const struct ip_addr *addr);

bool ip_addr_is_unspecified(const struct ip_addr *addr);
bool ip_addr_is_loopback(const struct ip_addr *addr);
/* 224/4 and the limited broadcast; ff00::/8 */
bool ip_addr_is_multicast(const struct ip_addr *addr);
bool ip_addr_is_link_local(const struct ip_addr *addr); /* 169.254/16, fe80::/10 */
bool ip_addr_is_private(const struct ip_addr *addr);    /* RFC 1918, fc00::/7 */
