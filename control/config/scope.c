/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A pool as the ranges that its exceptions leave of it. */
#include "control/config/scope.h"

#include <stddef.h>

uint32_t scope_mask(uint8_t length)
{
	return length ? UINT32_MAX << (32 - length) : 0;
}

/* The exception with the lowest beginning among those that reach into from..high; NULL = none. */
static const struct config_range *next_except(
    const struct config_scope *scope, uint64_t from, uint32_t high)
{
	const struct config_range *best = NULL;

	for (uint32_t i = 0; i < scope->except_count; i++) {
		const struct config_range *except = &scope->except[i];

		if (except->high >= from && except->low <= high &&
		    (!best || except->low < best->low))
			best = except;
	}
	return best;
}

bool scope_next(const struct config_scope *scope, uint64_t *from, struct config_range *out)
{
	uint32_t mask = scope_mask(scope->length), network = scope->pool.low & mask;
	uint64_t low = scope->pool.low, high = scope->pool.high;

	if (scope->length < 31 && low == network)
		low++;
	if (scope->length < 31 && high == (network | ~mask))
		high--;
	if (*from > low)
		low = *from;
	while (low <= high) {
		const struct config_range *except = next_except(scope, low, (uint32_t)high);

		if (!except || except->low > low) {
			*out = (struct config_range){
			    (uint32_t)low, except ? except->low - 1 : (uint32_t)high};
			*from = (uint64_t)out->high + 1;
			return true;
		}
		low = (uint64_t)except->high + 1;
	}
	return false;
}
