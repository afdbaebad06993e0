/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a VPN connection costs. Pure; amounts are millionths of a dollar. A GB is 2^30 bytes, a TB
 * 1024 GB, and every hour that has begun is paid for, as AWS counts. */
#pragma once

#include <stdint.h>

#include "control/config/model.h"

struct cost {
	uint64_t hours;
	uint64_t bytes;
	uint64_t hours_usd, data_usd; /* millionths */
};

struct cost cost_of(const struct config_price *price, uint64_t seconds, uint64_t bytes);

/* Of a whole month of `month_seconds` of which `past_seconds` are over, when the connection has
 * been there for `seconds` and goes on as it did; what came in less than a day counts as that of
 * one, since the first minutes say little of a month. */
struct cost cost_forecast(const struct config_price *price, uint64_t seconds, uint64_t bytes,
    uint64_t past_seconds, uint64_t month_seconds);

/* To the cent: "34.56". */
#define COST_TEXT 32
const char *cost_usd(uint64_t millionths, char text[COST_TEXT]);

/* In another currency, of which a dollar is `rate` millionths: each of the two amounts is first
 * rounded to whole dollars, as on a bill. In whole units. */
uint64_t cost_currency(const struct cost *cost, uint64_t rate);
