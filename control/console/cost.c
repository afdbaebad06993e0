/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Integers throughout; rounding takes place where something is shown. */
#include "control/console/cost.h"

#include <inttypes.h>
#include <stdio.h>

#define GB_BYTES    (UINT64_C(1) << 30)
#define TB_BYTES    (UINT64_C(1) << 40)
#define HOUR_SEC    3600
#define DAY_SEC     86400
#define CENT        10000
#define DOLLAR      1000000
#define TWO(amount) ((amount) / 2)

/* Bytes times a price of a GB, rounded to the nearest millionth. */
static uint64_t priced(uint64_t bytes, uint32_t gb)
{
	unsigned __int128 product = (unsigned __int128)bytes * gb;

	return (uint64_t)((product + TWO(GB_BYTES)) / GB_BYTES);
}

static uint64_t data_usd(const struct config_price *price, uint64_t bytes)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < price->tier_count; i++) {
		uint64_t from = price->tier[i].past_tb * TB_BYTES, to = UINT64_MAX;

		if (i + 1 < price->tier_count)
			to = price->tier[i + 1].past_tb * TB_BYTES;
		if (bytes > from)
			sum += priced((bytes < to ? bytes : to) - from, price->tier[i].gb);
	}
	return sum;
}

struct cost cost_of(const struct config_price *price, uint64_t seconds, uint64_t bytes)
{
	const uint64_t hours = (seconds + HOUR_SEC - 1) / HOUR_SEC;

	return (struct cost){.hours = hours,
	    .bytes = bytes,
	    .hours_usd = hours * price->hour,
	    .data_usd = data_usd(price, bytes)};
}

struct cost cost_forecast(const struct config_price *price, uint64_t seconds, uint64_t bytes,
    uint64_t past_seconds, uint64_t month_seconds)
{
	const uint64_t left = month_seconds > past_seconds ? month_seconds - past_seconds : 0;
	const uint64_t over = seconds > DAY_SEC ? seconds : DAY_SEC;
	unsigned __int128 more = (unsigned __int128)bytes * left / over;

	return cost_of(price, seconds + left, bytes + (uint64_t)more);
}

const char *cost_usd(uint64_t millionths, char text[COST_TEXT])
{
	uint64_t cents = (millionths + TWO(CENT)) / CENT;

	(void)snprintf(text, COST_TEXT, "%" PRIu64 ".%02" PRIu64, cents / 100, cents % 100);
	return text;
}

uint64_t cost_currency(const struct cost *cost, uint64_t rate)
{
	uint64_t hours = (cost->hours_usd + TWO(DOLLAR)) / DOLLAR;
	uint64_t data = (cost->data_usd + TWO(DOLLAR)) / DOLLAR;

	return (hours * rate + TWO(DOLLAR)) / DOLLAR + (data * rate + TWO(DOLLAR)) / DOLLAR;
}
