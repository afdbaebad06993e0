/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which lists are to be compiled anew: those that changed, and those that name a filter that did.
 */
#include "dataplane/sync_filter.h"

#include <errno.h>
#include <string.h>

#include "dataplane/filter_list.h"
#include "dataplane/sync.h"
#include "dataplane/sync_read.h"
#include "dataplane/sync_scan.h"

static bool names_stale(const struct sync *sync, const struct cfg_filter_list *list)
{
	const struct slot_set *stale = &sync->stale.filter;

	for (uint32_t i = 0; i < list->count && i < CFG_FILTER_LISTED; i++) {
		uint32_t first = list->filter[i];

		if (slot_set_next(stale, &first) && first == list->filter[i])
			return true;
	}
	return false;
}

static void find_stale(struct sync *sync)
{
	uint32_t first = 0;

	if (sync->all)
		slot_set_fill(&sync->stale.filter_list);
	if (!slot_set_next(&sync->stale.filter, &first))
		return;
	for (uint32_t i = 0; i < sync->sizes.filter_lists; i++)
		if (names_stale(sync, &sync->copies.filter_list[i]))
			slot_set_add(&sync->stale.filter_list, i);
}

/* The records of a list's filters; false when one is not there or not right. */
static bool gather(const struct sync *sync, const struct cfg_filter_list *list,
    const struct cfg_filter **filter, const char **why)
{
	*why = "how many filters";
	if (list->count > CFG_FILTER_LISTED)
		return false;
	for (uint32_t i = 0; i < list->count; i++) {
		*why = "no such filter slot";
		if (list->filter[i] >= sync->filter_max)
			return false;
		filter[i] = &sync->copies.filter[list->filter[i]];
		if (!filter_check(filter[i], why))
			return false;
	}
	return true;
}

/* NULL: no memory. */
static struct filter_list *compile(
    struct sync *sync, uint32_t slot, const struct cfg_filter *const *filter, uint32_t count)
{
	uint32_t number[CFG_FILTER_LISTED];
	struct filter_tally *tally;

	for (uint32_t i = 0; i < count; i++)
		number[i] = filter[i]->number;
	tally = filter_report_tally(&sync->filters, slot, number, count);
	return tally ? filter_list_new(slot, filter, count, tally) : NULL;
}

/* 0, or -ENOMEM: it is to be tried again. */
static int compile_list(struct sync *sync, uint32_t slot)
{
	const struct cfg_filter_list *cfg = &sync->copies.filter_list[slot];
	const struct cfg_filter *filter[CFG_FILTER_LISTED];
	struct filter_list *list = NULL;
	const char *why = "";
	int rc = 0;

	if (cfg->flags & CFG_FILTER_LIST_PRESENT) {
		if (gather(sync, cfg, filter, &why)) {
			list = compile(sync, slot, filter, cfg->count);
			rc = list ? 0 : -ENOMEM;
			why = "no memory to compile it";
		}
		if (!list)
			sync_note_invalid(sync, "filter-list", slot, why);
	}
	snapshot_set_filter_list(sync->domain, slot, list);
	return rc;
}

void sync_filters(struct sync *sync, struct sync_outcome *outcome)
{
	find_stale(sync);
	slot_set_clear(&sync->stale.filter);
	for (uint32_t i = 0; slot_set_next(&sync->stale.filter_list, &i); i++) {
		if (compile_list(sync, i) < 0)
			outcome->starved = true;
		else
			slot_set_remove(&sync->stale.filter_list, i);
	}
}
