/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A set of interfaces: ports and tunnels by their numbers. All zero, it is empty. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "control/config/model.h"

struct interfaces {
	uint64_t bit[(CONFIG_LANS + 1 + CONFIG_TUNNELS_MAX) / 64 + 1];
};

static inline uint32_t interfaces_at(bool tunnel, uint32_t number)
{
	return tunnel ? CONFIG_LANS + number : number;
}

static inline bool interfaces_has(const struct interfaces *set, bool tunnel, uint32_t number)
{
	uint32_t at = interfaces_at(tunnel, number);

	return set->bit[at / 64] >> at % 64 & 1;
}

static inline void interfaces_add(struct interfaces *set, bool tunnel, uint32_t number)
{
	uint32_t at = interfaces_at(tunnel, number);

	set->bit[at / 64] |= UINT64_C(1) << at % 64;
}

static inline void interfaces_remove(struct interfaces *set, bool tunnel, uint32_t number)
{
	uint32_t at = interfaces_at(tunnel, number);

	set->bit[at / 64] &= ~(UINT64_C(1) << at % 64);
}

static inline bool interfaces_equal(const struct interfaces *a, const struct interfaces *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}
