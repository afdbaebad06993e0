/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How long the kernel remembers connections, in this network namespace: `ip filter dynamic timer`.
 */
#pragma once

#include <stdbool.h>

#include "control/config/model_filter.h"

#define CONNTRACK_TIMES 6

/* What was there before us, in seconds; 0 = not known. */
struct conntrack_times {
	bool ours;
	unsigned before[CONNTRACK_TIMES];
};

/* Puts the times in force, or what was there before when `timers` is NULL. Writes what differs; a
 * kernel without a time keeps its own. */
void conntrack_times_set(struct conntrack_times *times, const struct config_dynamic_timers *timers);
