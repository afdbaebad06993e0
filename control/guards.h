/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The guards: prefixes that BGP once led into a tunnel. What is meant for them never follows the
 * default route in the clear when their routes are gone.
 *
 * Each sync is a round: it adds what BGP carries now and settles. A neighbor that announces ever
 * other prefixes is held to a limit: of the prefixes without a route those are forgotten that have
 * been without one for longest. Pure: no clock, no log. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"

#define GUARDS_IDLE_MAX 16384 /* guards of prefixes that have no route now */

struct guards_entry {
	struct ip_prefix prefix;
	uint64_t round; /* the last one that carried it */
};

struct guards {
	struct guards_entry *entry; /* in order and unique after guards_settle() */
	size_t count, room;
	size_t sorted; /* the first so many are in order; behind them, those added since */
	uint64_t round;
};

/* Guards a masked prefix that has a route in this round. O(log n). 0 or -ENOMEM. */
int guards_add(struct guards *guards, const struct ip_prefix *prefix);

/* Ends the round. Returns how many guards were forgotten for the limit. */
size_t guards_settle(struct guards *guards);

void guards_clear(struct guards *guards); /* keeps the memory */
void guards_free(struct guards *guards);
