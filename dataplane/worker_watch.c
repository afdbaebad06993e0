/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The workers' heartbeats. A worker does nothing for it that it does not do anyway: it heeds the
 * cue to show its counters. Whatever keeps it from that keeps it from packets too. */
#include "dataplane/worker_watch.h"

#include "common/log.h"
#include "dataplane/state.h"
#include "dataplane/worker.h"

static void tell(struct worker_watch *watch, unsigned i, mono_t now)
{
	bool still = mono_before(mono_add_msec(watch->seen[i], STATE_WORKER_STILL_MSEC), now);

	if (still && !watch->still[i])
		log_error("worker number=%u event=still reason=\"not seen for %d ms\"", i,
		    STATE_WORKER_STILL_MSEC);
	if (!still && watch->still[i])
		log_notice("worker number=%u event=goes-on", i);
	watch->still[i] = still;
}

void worker_watch(struct worker_watch *watch, const struct worker *workers, unsigned count,
    const struct state *state, mono_t now)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t heard = atomic_load_explicit(&workers[i].heard, memory_order_acquire);

		if (heard != watch->heard[i] || !watch->seen[i].nsec) {
			watch->heard[i] = heard;
			watch->seen[i] = now;
			state_write_worker(state, i, now, counter_get(&workers[i].shown.rx));
		}
		tell(watch, i, now);
	}
}
