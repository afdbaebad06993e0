/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Events are numbered on from what the region says, so that who has read it goes on after a restart
 * of ours. Those beyond the rate are counted, and the next one that is told says how many. */
#include "dataplane/filter_report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/shm_slot.h"
#include "dataplane/worker.h"

#define SHOW_MSEC 100

int filter_report_init(struct filter_report *report, uint32_t lists)
{
	report->tally = calloc(lists ? lists : 1, sizeof(*report->tally));
	report->lists = lists;
	return report->tally ? 0 : -ENOMEM;
}

void filter_report_fini(struct filter_report *report)
{
	for (uint32_t slot = 0; report->tally && slot < report->lists; slot++)
		filter_tally_put(report->tally[slot]);
	free(report->tally);
	report->tally = NULL;
	report->lists = 0;
}

static bool is_of(const struct filter_tally *tally, const uint32_t *number, uint32_t count)
{
	return tally && tally->count == count &&
	       memcmp(tally->number, number, count * sizeof(*number)) == 0;
}

struct filter_tally *filter_report_tally(
    struct filter_report *report, uint32_t slot, const uint32_t *number, uint32_t count)
{
	struct filter_tally *tally = report->tally[slot];

	if (is_of(tally, number, count))
		return tally;
	tally = filter_tally_new(number, count);
	if (!tally)
		return NULL;
	filter_tally_put(report->tally[slot]);
	report->tally[slot] = tally;
	return tally;
}

/* ---- showing --------------------------------------------------------------------------------- */

static uint64_t sum(const struct filter_tally *tally, unsigned place)
{
	uint64_t packets = 0;

	for (unsigned worker = 0; worker < WORKERS_MAX; worker++)
		packets += counter_get(&tally->worker[worker].packets[place]);
	return packets;
}

static void show_counters(const struct filter_report *report, const struct shm_map *state)
{
	for (uint32_t slot = 0; slot < report->lists; slot++) {
		const struct filter_tally *tally = report->tally[slot];
		struct state_filter_list *shown = shm_map_at(state, STATE_TABLE_FILTER_LISTS, slot);

		if (!shown || !tally)
			continue;
		for (unsigned i = 0; i < CFG_FILTER_LISTED; i++)
			atomic_store_explicit(
			    &shown->packets[i], sum(tally, i), memory_order_relaxed);
		atomic_store_explicit(
		    &shown->none, sum(tally, CFG_FILTER_LISTED), memory_order_relaxed);
	}
}

static void refill(struct filter_report *report, mono_t now)
{
	int64_t token_nsec = MONO_NSEC_PER_SEC / FILTER_EVENTS_RATE;
	int64_t since = now.nsec - report->filled.nsec;

	if (since < token_nsec)
		return;
	report->tokens = since / token_nsec > FILTER_EVENTS_BURST
			     ? FILTER_EVENTS_BURST
			     : report->tokens + (uint32_t)(since / token_nsec);
	if (report->tokens > FILTER_EVENTS_BURST)
		report->tokens = FILTER_EVENTS_BURST;
	report->filled.nsec = now.nsec - since % token_nsec;
}

static uint64_t last_event(const struct shm_map *state)
{
	struct state_filter_event event;
	uint64_t last = 0;

	for (uint32_t i = 0; i < shm_map_count(state, STATE_TABLE_FILTER_LOG); i++)
		if (shm_slot_read(
			shm_map_at(state, STATE_TABLE_FILTER_LOG, i), &event, sizeof(event)) == 0 &&
		    event.number > last)
			last = event.number;
	return last;
}

static void show_event(struct filter_report *report, const struct state_filter_event *told,
    const struct shm_map *state)
{
	struct state_filter_event event = *told;
	uint32_t slots = shm_map_count(state, STATE_TABLE_FILTER_LOG);

	if (!slots)
		return;
	if (report->tokens == 0) {
		report->untold++;
		return;
	}
	report->tokens--;
	if (report->event == 0)
		report->event = last_event(state);
	event.number = ++report->event;
	event.untold = report->untold;
	report->untold = 0;
	shm_slot_write(shm_map_at(state, STATE_TABLE_FILTER_LOG, (uint32_t)(event.number % slots)),
	    &event, sizeof(event));
}

static void take_events(struct filter_report *report, struct filter_events *events,
    uint64_t *lost_before, const struct shm_map *state)
{
	uint32_t written = atomic_load_explicit(&events->written, memory_order_acquire);
	uint32_t taken = atomic_load_explicit(&events->taken, memory_order_relaxed);
	uint64_t lost = counter_get(&events->untold);

	report->untold += lost - *lost_before;
	*lost_before = lost;
	for (; taken != written; taken++)
		show_event(report, &events->event[taken % FILTER_EVENTS], state);
	atomic_store_explicit(&events->taken, taken, memory_order_release);
}

void filter_report_tick(struct filter_report *report, struct worker *workers, unsigned worker_count,
    const struct shm_map *state, mono_t now)
{
	refill(report, now);
	for (unsigned i = 0; i < worker_count; i++)
		take_events(report, &workers[i].filter_events, &report->lost_before[i], state);
	if (!report->lists || mono_before(now, report->publish_at))
		return;
	report->publish_at = mono_add_msec(now, SHOW_MSEC);
	show_counters(report, state);
}
