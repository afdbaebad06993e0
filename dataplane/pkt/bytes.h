/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Unaligned loads and stores of network-order integers. No bounds: the caller has checked lengths.
 *
 * For the paths where a cursor of common/buf.h costs too much; everything that is not per packet
 * reads through a cursor. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t get_be16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap16(v);
}

static inline uint32_t get_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void put_be64(uint8_t *p, uint64_t v)
{
	v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof(v));
}

/* True when two addresses as they lie in packets are equal: 4 bytes each, or 16. Sizes that the
 * compiler knows: no call. */
static inline bool same_address(const uint8_t *a, const uint8_t *b, bool v4)
{
	return v4 ? memcmp(a, b, 4) == 0 : memcmp(a, b, 16) == 0;
}
