/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The part of the model that speaks of time: `schedule at` and `statistics`. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* `schedule at ID [DATE] TIME *|tunnel N COMMAND`. A bit for each number that fits. */
struct config_schedule {
	uint32_t id;
	uint32_t tunnel;  /* selected for the command, 0 = none */
	bool startup;     /* once when the program starts; the rest means nothing then */
	uint16_t months;  /* bit 1 = January */
	uint32_t days;    /* of the month, bit 1 = the first */
	uint8_t weekdays; /* besides: bit 0 = Sunday */
	uint32_t hours;
	uint64_t minutes, seconds;
	char *command; /* a line of the dialect; owned */
};

/* What is collected. */
enum config_statistics {
	CONFIG_STATISTICS_CPU,
	CONFIG_STATISTICS_MEMORY,
	CONFIG_STATISTICS_TRAFFIC,
	CONFIG_STATISTICS_KINDS
};

/* True when that second of local time is one of the schedule's. */
bool config_schedule_fits(const struct config_schedule *schedule, const struct tm *local);
