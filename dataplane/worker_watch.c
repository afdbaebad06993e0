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

static void measure_load(struct worker_watch *watch, unsigned i, uint64_t busy_nsec, mono_t now)
{
	int64_t since = now.nsec - watch->second_at[i].nsec;
	uint64_t permille;

	if (watch->second_at[i].nsec && since < MONO_NSEC_PER_SEC)
		return;
	if (watch->second_at[i].nsec) {
		permille = (busy_nsec - watch->busy_before[i]) * 1000 / (uint64_t)since;
		watch->busy_permille[i] = permille < 1000 ? (uint32_t)permille : 1000;
	}
	watch->second_at[i] = now;
	watch->busy_before[i] = busy_nsec;
}

/* Both its ends may move meanwhile: the far end is read first, so that it is never ahead. */
static uint32_t ring_holds(const struct rte_ring *ring)
{
	uint32_t out, in;

	if (!ring)
		return 0;
	out = __atomic_load_n(&ring->cons.tail, __ATOMIC_ACQUIRE);
	in = __atomic_load_n(&ring->prod.tail, __ATOMIC_RELAXED);
	return in - out < ring->capacity ? in - out : ring->capacity;
}

static void write_worker(struct worker_watch *watch, const struct worker *w, unsigned i,
    const struct state *state, mono_t now)
{
	const struct counters *shown = &w->shown;
	struct state_seen seen = {
	    .seen = now,
	    .received = counter_get(&shown->rx),
	    .polled = counter_get(&shown->rx) + counter_get(&shown->taken),
	    .busy_polls = counter_get(&shown->busy_polls),
	    .busy_nsec = counter_get(&shown->busy_nsec),
	    .ring_to_kernel = ring_holds(w->to_kernel),
	    .ring_from_kernel = ring_holds(w->from_kernel),
	};

	measure_load(watch, i, seen.busy_nsec, now);
	seen.busy_permille = watch->busy_permille[i];
	for (unsigned from = 0; from < WORKERS_MAX; from++)
		seen.ring_handover += ring_holds(w->handover.in[from]);
	state_write_worker(state, i, &seen);
}

void worker_watch(struct worker_watch *watch, const struct worker *workers, unsigned count,
    const struct state *state, mono_t now)
{
	for (unsigned i = 0; i < count; i++) {
		uint64_t heard = atomic_load_explicit(&workers[i].heard, memory_order_acquire);

		if (heard != watch->heard[i] || !watch->seen[i].nsec) {
			watch->heard[i] = heard;
			watch->seen[i] = now;
			write_worker(watch, &workers[i], i, state, now);
		}
		tell(watch, i, now);
	}
}
