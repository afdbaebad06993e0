/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One list of packet filters, compiled: `secure filter in|out` of an interface.
 *
 * It is made and freed by the housekeeping thread and constant in between, so that both copies of
 * the snapshot share it. What it means is common/filter.h; an index finds the rule. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/filter.h"
#include "common/shm_abi.h"
#include "dataplane/counters.h"

struct filter_index;

/* How many packets each place of a list has decided about, and in the last, how many fitted none.
 * Of one worker. */
struct filter_counters {
	counter_t packets[CFG_FILTER_LISTED + 1];
} __attribute__((aligned(64)));

/* The same of all workers, for the lists of these filters that follow each other in a slot. */
struct filter_tally {
	struct filter_counters worker[WORKERS_MAX];
	uint32_t count;
	uint32_t number[CFG_FILTER_LISTED];
	unsigned uses;
};

struct filter_list {
	uint32_t slot;              /* in CFG_TABLE_FILTER_LISTS */
	struct filter_tally *tally; /* one use of it */
	struct filter_pools pools;  /* own memory */
	struct filter_span span;    /* all of the rules */
	struct filter_index *index;
	unsigned uses;
};

/* True when the record is complete and consistent. Says what is wrong in `why`. */
bool filter_check(const struct cfg_filter *cfg, const char **why);

/* Nothing counted yet; one use is the caller's. NULL: no memory. */
struct filter_tally *filter_tally_new(const uint32_t *number, uint32_t count);
/* One more use, and one less: the last frees it. NULL is nothing. */
struct filter_tally *filter_tally_get(struct filter_tally *tally);
void filter_tally_put(struct filter_tally *tally);

/* Compiles `count` records that filter_check() passed, in their order, as the list of that slot;
 * one use of it is the caller's, and one of `tally`, which is NULL where nobody counts, its own.
 * NULL: no memory. */
struct filter_list *filter_list_new(
    uint32_t slot, const struct cfg_filter *const *cfg, unsigned count, struct filter_tally *tally);

/* One more use, and one less: the last frees it. NULL is nothing. */
struct filter_list *filter_list_get(struct filter_list *list);
void filter_list_put(struct filter_list *list);

/* What the list makes of `n` packets. Any thread. */
void filter_list_judge(const struct filter_list *list, const struct filter_packet *packet,
    unsigned n, bool line_up, struct filter_verdict *verdict);
