/* SPDX-License-Identifier: BSD-3-Clause
 *
 * When each worker was seen last between two polls: one that has nothing to do polls and is seen
 * all the time, one that stands still is not. Housekeeping thread only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "dataplane/counters.h"

struct state;
struct worker;

struct worker_watch {
	uint64_t heard[WORKERS_MAX]; /* the cue that it heeded last */
	mono_t seen[WORKERS_MAX];
	bool still[WORKERS_MAX];
};

/* Looks at all workers, which are asked for their counters at least every STATE_WORKER_STILL_MSEC
 * (a cue, worker.h); writes into state.v1 when each was seen, and a line into the log when one
 * stands still or goes on. */
void worker_watch(struct worker_watch *watch, const struct worker *workers, unsigned count,
    const struct state *state, mono_t now);
