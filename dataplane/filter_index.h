/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which rules of a list may fit a packet, found field by field: for each stretch of addresses or
 * ports between two ends of ranges, the set of rules that take it. What all fields of a packet
 * agree on is asked in order. To make it takes milliseconds whatever the rules are, and no rule
 * becomes several. */
#pragma once

#include <stdint.h>

#include "common/filter.h"

#define FILTER_INDEX_RULES 129 /* at most, of a list */

struct filter_index;

/* Of the rules of `list`. NULL: no memory. */
struct filter_index *filter_index_new(const struct filter_pools *pools, struct filter_span list);
void filter_index_free(struct filter_index *index);

/* What filter_evaluate() makes of the packet. Any thread. */
struct filter_verdict filter_index_evaluate(const struct filter_index *index,
    const struct filter_pools *pools, struct filter_span list, const struct filter_packet *packet,
    bool line_up);
