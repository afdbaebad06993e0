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
	/* Its load: of the second that began then, with so much work done before it. */
	mono_t second_at[WORKERS_MAX];
	uint64_t busy_before[WORKERS_MAX];
	uint32_t busy_permille[WORKERS_MAX]; /* of the one before */
};

/* Looks at all workers, which are asked for their counters at least every STATE_WORKER_STILL_MSEC
 * (a cue, worker.h); writes into state.v1 when each was seen, how busy it was and what its
 * rings hold, and a line into the log when one stands still or goes on. */
void worker_watch(struct worker_watch *watch, const struct worker *workers, unsigned count,
    const struct state *state, mono_t now);
