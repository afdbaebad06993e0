/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two rings for each row: the samples of an hour, and the averages of the minutes of a day. */
#include "control/statistics.h"

#include <stdlib.h>

#define PER_MINUTE (60 / STATISTICS_SAMPLE_SEC)

struct row {
	uint32_t hour[STATISTICS_HOUR], day[STATISTICS_DAY];
};

struct statistics {
	size_t rows;
	uint64_t samples; /* so far */
	struct row row[];
};

struct statistics *statistics_new(size_t rows)
{
	struct statistics *statistics = calloc(1, sizeof(*statistics) + rows * sizeof(struct row));

	if (statistics)
		statistics->rows = rows;
	return statistics;
}

void statistics_free(struct statistics *statistics)
{
	free(statistics);
}

/* Of the newest `count` values of a ring that `written` values were put into, rounded down. */
static uint32_t average(const uint32_t *ring, size_t size, uint64_t written, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 1; i <= count; i++)
		sum += ring[(written - i) % size];
	return count ? (uint32_t)(sum / count) : 0;
}

static uint32_t most(const uint32_t *ring, size_t size, uint64_t written, size_t count)
{
	uint32_t highest = 0;

	for (size_t i = 1; i <= count; i++)
		if (ring[(written - i) % size] > highest)
			highest = ring[(written - i) % size];
	return highest;
}

void statistics_add(struct statistics *statistics, const uint32_t *values)
{
	uint64_t samples = ++statistics->samples;

	for (size_t i = 0; i < statistics->rows; i++) {
		struct row *row = &statistics->row[i];

		row->hour[(samples - 1) % STATISTICS_HOUR] = values[i];
		if (samples % PER_MINUTE == 0)
			row->day[(samples / PER_MINUTE - 1) % STATISTICS_DAY] =
			    average(row->hour, STATISTICS_HOUR, samples, PER_MINUTE);
	}
}

static size_t within(uint64_t count, size_t size)
{
	return count < size ? (size_t)count : size;
}

void statistics_begin(struct statistics_due *due, mono_t now)
{
	due->next = mono_add_sec(now, STATISTICS_SAMPLE_SEC);
}

unsigned statistics_take(struct statistics_due *due, mono_t now)
{
	unsigned count = 0;

	for (; !mono_before(now, due->next) && count < STATISTICS_KEPT; count++)
		due->next = mono_add_sec(due->next, STATISTICS_SAMPLE_SEC);
	if (!mono_before(now, due->next))
		statistics_begin(due, now);
	return count;
}

bool statistics_summary(
    const struct statistics *statistics, size_t index, struct statistics_summary *out)
{
	uint64_t samples = statistics->samples, minutes = samples / PER_MINUTE;
	const struct row *row = &statistics->row[index];
	size_t hour = within(samples, STATISTICS_HOUR), day = within(minutes, STATISTICS_DAY);

	*out = (struct statistics_summary){0};
	if (!samples || index >= statistics->rows)
		return false;
	out->now = row->hour[(samples - 1) % STATISTICS_HOUR];
	out->hour_average = average(row->hour, STATISTICS_HOUR, samples, hour);
	out->hour_most = most(row->hour, STATISTICS_HOUR, samples, hour);
	out->day_average =
	    day ? average(row->day, STATISTICS_DAY, minutes, day) : out->hour_average;
	out->day_most = most(row->day, STATISTICS_DAY, minutes, day);
	/* The hour is part of the day, and its peaks are sharper. */
	if (out->hour_most > out->day_most)
		out->day_most = out->hour_most;
	return true;
}
