/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the tests of pkt/ share: packets made to measure, and copies that end where their memory
 * ends, so that the sanitizer sees the first byte read too far. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* A copy with nothing behind it; the caller frees it. */
static inline uint8_t *exact_copy(const void *data, size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	if (bytes)
		memcpy(copy, data, bytes);
	return copy;
}

/* An IPv4 packet of `bytes` bytes, from 10.0.0.1 to 192.168.1.1, with a counting payload. */
static inline void make_ip4(uint8_t *ip, uint8_t protocol, uint32_t bytes)
{
	for (uint32_t i = 20; i < bytes; i++)
		ip[i] = (uint8_t)i;
	memset(ip, 0, 20);
	ip[0] = 0x45;
	put_be16(ip + IP4_OFFSET_TOTAL, (uint16_t)bytes);
	put_be16(ip + IP4_OFFSET_ID, 0x1234);
	ip[IP4_OFFSET_TTL] = 64;
	ip[IP4_OFFSET_PROTOCOL] = protocol;
	put_be32(ip + IP4_OFFSET_SOURCE, 0x0a000001);
	put_be32(ip + IP4_OFFSET_DEST, 0xc0a80101);
	ip4_write_checksum(ip, 20);
}

/* Writes a 16-bit field of an IPv4 header and makes the checksum right again. */
static inline void ip4_patch16(uint8_t *ip, unsigned offset, uint16_t value)
{
	put_be16(ip + offset, value);
	ip4_write_checksum(ip, (ip[0] & 0x0f) * 4u);
}

static inline void ip4_patch32(uint8_t *ip, unsigned offset, uint32_t value)
{
	put_be32(ip + offset, value);
	ip4_write_checksum(ip, (ip[0] & 0x0f) * 4u);
}

/* An IPv6 packet of `bytes` bytes, from 2001:db8::1 to 2001:db8::2, with a counting payload. */
static inline void make_ip6(uint8_t *ip, uint8_t next_header, uint32_t bytes)
{
	static const uint8_t prefix[4] = {0x20, 0x01, 0x0d, 0xb8};

	for (uint32_t i = 40; i < bytes; i++)
		ip[i] = (uint8_t)i;
	memset(ip, 0, 40);
	ip[0] = 0x60;
	put_be16(ip + IP6_OFFSET_PAYLOAD, (uint16_t)(bytes - 40));
	ip[IP6_OFFSET_NEXT] = next_header;
	ip[IP6_OFFSET_HOP_LIMIT] = 64;
	memcpy(ip + IP6_OFFSET_SOURCE, prefix, 4);
	memcpy(ip + IP6_OFFSET_DEST, prefix, 4);
	ip[IP6_OFFSET_SOURCE + 15] = 1;
	ip[IP6_OFFSET_DEST + 15] = 2;
}
