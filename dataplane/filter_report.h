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

/* What stood in a list when its counters began, and what the counters were then. */
struct filter_base {
	uint32_t count;
	uint32_t number[CFG_FILTER_LISTED];
	uint64_t at[CFG_FILTER_LISTED + 1];
};

struct filter_report {
	uint32_t lists;
	struct filter_counters *counters; /* [lists * WORKERS_MAX], written by the workers */
	struct filter_base *base;         /* [lists] */
	uint64_t event;                   /* the number of the last one that was told */
	uint64_t untold;                  /* since then */
	uint64_t lost_before[WORKERS_MAX];
	uint32_t tokens;
	mono_t filled, publish_at;
};

/* 0 or -ENOMEM. Nobody may hold counters of the one before. */
int filter_report_init(struct filter_report *report, uint32_t lists);
void filter_report_fini(struct filter_report *report);

/* The counters of a list, one for each worker. They begin anew when other filters are listed. */
struct filter_counters *filter_report_counters(
    struct filter_report *report, uint32_t slot, const struct filter_list *list);

/* Takes what the workers have to tell, as much of it as the rate allows, and shows the counters ten
 * times a second. `state`: the region, writable. */
void filter_report_tick(struct filter_report *report, struct worker *workers, unsigned worker_count,
    const struct shm_map *state, mono_t now);
