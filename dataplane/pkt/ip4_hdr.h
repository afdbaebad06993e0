/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The IPv4 header: validation of what came in (RFC 791 section 3.1, RFC 1812 section 5.2.2), and
 * the few fields a gateway changes (RFC 6864). Options, addresses and fragments are policy and not
 * looked at here. All inline: each packet comes by here two or three times. Every function that
 * takes only a pointer asks for a header that ip4_check() has passed. Values in host order,
 * addresses too. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/checksum.h"
#include "dataplane/pkt/ip_proto.h"
#include "dataplane/pkt/verdict.h"

#define IP4_FLAG_DF         0x4000 /* of the flags and offset word */
#define IP4_FLAG_MF         0x2000
#define IP4_OFFSET_MASK     0x1fff     /* in units of 8 bytes */
#define IP4_MULTICAST       0xe0000000 /* addresses from here on: multicast, reserved, broadcast */
#define IP4_OFFSET_VERSION  0
#define IP4_OFFSET_TOS      1
#define IP4_OFFSET_TOTAL    2
#define IP4_OFFSET_ID       4
#define IP4_OFFSET_FRAG     6
#define IP4_OFFSET_TTL      8
#define IP4_OFFSET_PROTOCOL 9
#define IP4_OFFSET_CHECKSUM 10
#define IP4_OFFSET_SOURCE   12
#define IP4_OFFSET_DEST     16

struct ip4_info {
	uint32_t source, destination;
	uint16_t total_bytes;  /* of the packet; bytes behind it are link padding */
	uint16_t flags_offset; /* IP4_FLAG_* and IP4_OFFSET_MASK */
	uint8_t header_bytes;  /* 20..60; more than 20: there are options */
	uint8_t protocol;
	uint8_t tos;
	uint8_t ttl;
};

static inline uint32_t ip4_source(const uint8_t *ip)
{
	return get_be32(ip + IP4_OFFSET_SOURCE);
}

static inline uint32_t ip4_destination(const uint8_t *ip)
{
	return get_be32(ip + IP4_OFFSET_DEST);
}

/* Any fragment, the first included. */
static inline bool ip4_is_fragment(uint16_t flags_offset)
{
	return flags_offset & (IP4_FLAG_MF | IP4_OFFSET_MASK);
}

/* Version, header length, total length within `bytes`, and the header checksum: everything but it
 * before any other field is read. SHORT, HEADER or CHECKSUM; PKT_OK fills `info`. */
static inline enum pkt_verdict ip4_check(const uint8_t *ip, size_t bytes, struct ip4_info *info);

/* The same without the checksum, for an inner packet whose bytes are authenticated. */
static inline enum pkt_verdict ip4_check_lengths(
    const uint8_t *ip, size_t bytes, struct ip4_info *info);

/* True for a header without options whose checksum is right: ten words at once, in whatever byte
 * order, since the sum of swapped words is the sum swapped. The sum of five 32-bit words, folded to
 * 32 bits, then added to itself turned by half: its upper half is the sum of 16-bit words. */
static inline bool ip4_plain_checksum_is_right(const uint8_t *ip)
{
	uint64_t first, second, sum;
	uint32_t third, folded;

	memcpy(&first, ip, 8);
	memcpy(&second, ip + 8, 8);
	memcpy(&third, ip + 16, 4);
	sum = (uint32_t)first + (first >> 32) + (uint32_t)second + (second >> 32) + third;
	folded = (uint32_t)sum + (uint32_t)(sum >> 32);
	folded += folded < (uint32_t)sum;
	folded += folded << 16 | folded >> 16;
	return folded >> 16 == 0xffff;
}

static inline enum pkt_verdict ip4_check_lengths(
    const uint8_t *ip, size_t bytes, struct ip4_info *info)
{
	unsigned header_bytes;

	if (bytes < IP4_HEADER_BYTES)
		return PKT_DROP_SHORT;
	header_bytes = (ip[IP4_OFFSET_VERSION] & 0x0f) * 4u;
	if (IP_VERSION(ip) != 4 || header_bytes < IP4_HEADER_BYTES)
		return PKT_DROP_HEADER;
	info->total_bytes = get_be16(ip + IP4_OFFSET_TOTAL);
	if (info->total_bytes < header_bytes)
		return PKT_DROP_HEADER;
	if (info->total_bytes > bytes)
		return PKT_DROP_SHORT;
	info->header_bytes = (uint8_t)header_bytes;
	info->tos = ip[IP4_OFFSET_TOS];
	info->flags_offset = get_be16(ip + IP4_OFFSET_FRAG);
	info->ttl = ip[IP4_OFFSET_TTL];
	info->protocol = ip[IP4_OFFSET_PROTOCOL];
	info->source = ip4_source(ip);
	info->destination = ip4_destination(ip);
	return PKT_OK;
}

static inline enum pkt_verdict ip4_check(const uint8_t *ip, size_t bytes, struct ip4_info *info)
{
	enum pkt_verdict verdict = ip4_check_lengths(ip, bytes, info);

	if (verdict != PKT_OK)
		return verdict;
	if (info->header_bytes == IP4_HEADER_BYTES)
		return ip4_plain_checksum_is_right(ip) ? PKT_OK : PKT_DROP_CHECKSUM;
	return checksum(ip, info->header_bytes) == 0 ? PKT_OK : PKT_DROP_CHECKSUM;
}

/* One hop: TTL minus 1, checksum brought up to date (RFC 1624). TTL and nothing changed when it is
 * 0 or 1. The word that holds the TTL becomes less by one in its TTL's byte, so its complement more
 * by it: as this machine reads both words, since a sum of swapped words is the sum swapped, the TTL
 * is the low byte. */
static inline enum pkt_verdict ip4_decrement_ttl(uint8_t *ip)
{
	uint16_t checksum;
	uint32_t sum;

	if (ip[IP4_OFFSET_TTL] <= 1)
		return PKT_DROP_TTL;
	ip[IP4_OFFSET_TTL]--;
	memcpy(&checksum, ip + IP4_OFFSET_CHECKSUM, sizeof(checksum));
	sum = checksum + 1u;
	checksum = (uint16_t)(sum + (sum >= 0xffff));
	memcpy(ip + IP4_OFFSET_CHECKSUM, &checksum, sizeof(checksum));
	return PKT_OK;
}

/* Writes the TOS byte, checksum brought up to date. */
static inline void ip4_set_tos(uint8_t *ip, uint8_t tos)
{
	uint16_t old_word = get_be16(ip), new_word = (uint16_t)((old_word & 0xff00) | tos);

	put_be16(ip, new_word);
	put_be16(ip + IP4_OFFSET_CHECKSUM,
	    checksum_update16(get_be16(ip + IP4_OFFSET_CHECKSUM), old_word, new_word));
}

/* Writes the checksum of a finished header. */
static inline void ip4_write_checksum(uint8_t *ip, unsigned header_bytes)
{
	put_be16(ip + IP4_OFFSET_CHECKSUM, 0);
	put_be16(ip + IP4_OFFSET_CHECKSUM, checksum(ip, header_bytes));
}
