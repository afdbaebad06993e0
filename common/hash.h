/* SPDX-License-Identifier: BSD-3-Clause
 *
 * FNV-1a of 32 bits, for the chains of tables. Whoever chooses the keys can have them all in one
 * chain: of those that come from outside there are no more than such a chain may hold. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT32_C(2166136261)

/* The hash of what `hash` is of, followed by these bytes. */
static inline uint32_t hash_bytes(uint32_t hash, const void *data, size_t bytes)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ p[i]) * UINT32_C(16777619);
	return hash;
}
