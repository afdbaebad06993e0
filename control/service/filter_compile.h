/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `ip filter` and `secure filter` as the rules of common/filter.h: no pointers in them, in the
 * order in which they are asked. Pure. */
#pragma once

#include "common/filter.h"
#include "control/config/model.h"

/* Zeroed, it is empty. */
struct filter_tables {
	struct filter_rule *rule;
	struct filter_range *range;
	struct filter_flags *flags;
	uint32_t rules, ranges, flag_words;
};

/* Appends the rules of a list and says where they are; numbers that nothing is said of are left
 * out. -ENOMEM, or -E2BIG when the tables are full; they stay valid. */
int filter_compile(const struct config_model *model, const struct config_filter_list *list,
    struct filter_tables *tables, struct filter_span *out);

/* What a list makes of a packet. False: no memory, or no room in the tables. */
bool filter_judge(const struct config_model *model, const struct config_filter_list *list,
    const struct filter_packet *packet, struct filter_verdict *out);

struct filter_pools filter_tables_pools(const struct filter_tables *tables);
void filter_tables_free(struct filter_tables *tables);
