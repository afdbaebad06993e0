/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Static filters in the chain of a list: each becomes the rules that filter_print() makes of it,
 * and where it logs, the same once more in front of them. */
#include <inttypes.h>

#include "control/service/filter_chain.h"
#include "control/service/filter_log.h"
#include "control/service/filter_print.h"

static bool holds(const struct config_ranges *ranges, uint32_t value)
{
	for (uint32_t i = 0; i < ranges->count; i++)
		if (value >= ranges->range[i].low && value <= ranges->range[i].high)
			return true;
	return ranges->count == 0;
}

static bool logs(const struct config_filter *filter)
{
	return filter->log == FILTER_LOG_ALWAYS ||
	       (filter->log == FILTER_LOG_DROPS && filter->action == FILTER_REJECT);
}

/* A rule of its own in front of the one that decides: what is beyond its limit is not logged, and
 * decided about all the same. */
static void print_log(
    const struct chain *chain, const struct config_filter *filter, const struct text *prefix)
{
	const struct filter_told told = {
	    .tunnel = chain->list->tunnel,
	    .out = chain->list->out,
	    .interface = chain->list->interface,
	    .number = filter->number,
	    .passed = filter->action != FILTER_REJECT,
	};
	struct text what = {0};

	filter_log_print(&told, &what);
	chain->out->bad |= what.bad;
	if (!what.bad)
		filter_print(filter, prefix, what.data, chain->out);
	text_free(&what);
}

/* With `self` in the place of the address on our side, which the rules then do not ask about. */
static void print_static(
    const struct chain *chain, const struct config_filter *filter, uint32_t self)
{
	const struct config_ranges *ours =
	    chain->list->out ? &filter->source : &filter->destination;
	struct text prefix = {0}, verdict = {0};

	if (!self || chain->list->out)
		filter_print_hosts("ip daddr", &filter->destination, &prefix);
	if (!self || !chain->list->out)
		filter_print_hosts("ip saddr", &filter->source, &prefix);
	if (filter->action == FILTER_REJECT)
		text_printf(&verdict, "counter drop comment \"%" PRIu32 "\"", filter->number);
	else
		text_printf(&verdict, "counter goto %s_pass comment \"%" PRIu32 "\"", chain->name,
		    filter->number);
	chain->out->bad |= verdict.bad;
	if (!verdict.bad && (!self || holds(ours, self))) {
		if (logs(filter))
			print_log(chain, filter, &prefix);
		filter_print(filter, &prefix, verdict.data, chain->out);
	}
	text_free(&prefix);
	text_free(&verdict);
}

void filter_chain_statics(const struct chain *chain, uint32_t self)
{
	for (uint32_t i = 0; i < chain->list->count; i++) {
		const struct config_filter *filter =
		    config_filter(chain->model, chain->list->number[i]);

		if (filter)
			print_static(chain, filter, self);
	}
}
