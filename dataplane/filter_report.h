/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What filters did, for state.v1: how many packets each place of a list decided about, and the
 * packets that a filter wants told. Housekeeping thread only. */
#pragma once

#include <stdint.h>

#include "common/mono.h"
#include "common/shm_map.h"
#include "dataplane/filter_list.h"

struct worker;

#define FILTER_EVENTS_BURST 50 /* told at once, and then */
#define FILTER_EVENTS_RATE  10 /* a second */

struct filter_report {
	uint32_t lists;
	struct filter_tally **tally; /* [lists]: of the list that came last; NULL: there was none */
	uint64_t event;              /* the number of the last one that was told */
	uint64_t untold;             /* since then */
	uint64_t lost_before[WORKERS_MAX];
	uint32_t tokens;
	mono_t filled, publish_at;
};

/* 0 or -ENOMEM. */
int filter_report_init(struct filter_report *report, uint32_t lists);
void filter_report_fini(struct filter_report *report);

/* What counts for a list of these filters in that slot, and is shown from now on: that of the list
 * before when it had the same; the report's own. NULL: no memory. */
struct filter_tally *filter_report_tally(
    struct filter_report *report, uint32_t slot, const uint32_t *number, uint32_t count);

/* Takes what the workers have to tell, as much of it as the rate allows, and shows the counters ten
 * times a second. `state`: the region, writable. */
void filter_report_tick(struct filter_report *report, struct worker *workers, unsigned worker_count,
    const struct shm_map *state, mono_t now);
