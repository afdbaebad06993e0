/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What `statistics` collects: rows of numbers that are sampled together, kept for an hour as they
 * were and for a day by the minute. Pure: no clock, no files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"

#define STATISTICS_SAMPLE_SEC 10
#define STATISTICS_HOUR       360  /* samples */
#define STATISTICS_DAY        1440 /* minutes */
#define STATISTICS_KEPT       (STATISTICS_DAY * 60 / STATISTICS_SAMPLE_SEC)

struct statistics;

/* `rows` rows without a sample. NULL = no memory. */
struct statistics *statistics_new(size_t rows);
void statistics_free(struct statistics *statistics);

/* When samples are due: every STATISTICS_SAMPLE_SEC from the beginning on, however late the ones
 * before were taken. */
struct statistics_due {
	mono_t next;
};

void statistics_begin(struct statistics_due *due, mono_t now);
/* How many samples are due: 0, 1, or after a standstill one for each that was missed. */
unsigned statistics_take(struct statistics_due *due, mono_t now);

/* One sample of all rows, STATISTICS_SAMPLE_SEC after the last. */
void statistics_add(struct statistics *statistics, const uint32_t *values);

struct statistics_summary {
	uint32_t now; /* the newest sample */
	uint32_t hour_average, hour_most, day_average, day_most;
};

/* False before the first sample. The day is of whole minutes; before the first it is as the hour.
 */
bool statistics_summary(
    const struct statistics *statistics, size_t row, struct statistics_summary *out);
