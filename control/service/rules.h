/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ruleset in the kernel: handed over when it differs from what is there, in force or refused,
 * and what it has counted. */
#pragma once

#include <stdbool.h>

#include "control/config/text.h"
#include "control/service/facts.h"
#include "control/service/filter_counts.h"

struct nft;

/* Zeroed, nothing was handed over. */
struct rules {
	struct nft *nft;          /* NULL: not opened yet */
	struct text text;         /* as it was wanted last */
	char refused[256];        /* what nft said of that; "" = it is in force */
	struct interfaces judged; /* whose rules are in force; none while it is refused */
	bool no_helpers;          /* the kernel has none */
};

/* The first call replaces what a former run left, or takes it away. What was refused is tried
 * again, and said once: the ruleset before it is in force then, which is not what is wanted.
 * True when one was handed over. */
bool rules_sync(
    struct rules *rules, const struct config_model *model, const struct service_facts *facts);

/* Something of the table is gone. True: it is wanted, and to be handed over again. */
bool rules_lost(struct rules *rules);

/* True when some of what is wanted logs packets. */
bool rules_log(const struct rules *rules);

/* What the rules of that list have counted since they were loaded. False: there are none. */
bool rules_counts(
    struct rules *rules, const struct config_filter_list *list, struct filter_counts *out);

/* Takes the ruleset away, unless there are filters in it: the kernel goes on forwarding, and what
 * was not to pass is not to pass then. */
void rules_close(struct rules *rules);
