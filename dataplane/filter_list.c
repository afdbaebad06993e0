/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lists of packet filters: records checked and compiled, packets judged. */
#include "dataplane/filter_list.h"

#include <stdlib.h>
#include <string.h>

#include "dataplane/filter_index.h"

_Static_assert(sizeof(struct cfg_filter_range) == sizeof(struct filter_range), "the same");
_Static_assert(sizeof(struct cfg_filter_flags) == sizeof(struct filter_flags), "the same");
_Static_assert(CFG_FILTER_LISTED <= FILTER_INDEX_RULES, "room for the rules");
_Static_assert(CFG_FILTER_ITEMS <= FILTER_PROTOCOLS, "room for the protocols");

bool filter_check(const struct cfg_filter *cfg, const char **why)
{
	*why = NULL;
	if (cfg->number == 0)
		*why = "no number";
	else if (cfg->action > CFG_FILTER_RESTRICT || cfg->log > CFG_FILTER_LOG_ALWAYS)
		*why = "action or log";
	else if (cfg->source_count > CFG_FILTER_ITEMS ||
		 cfg->destination_count > CFG_FILTER_ITEMS || cfg->sport_count > CFG_FILTER_ITEMS ||
		 cfg->dport_count > CFG_FILTER_ITEMS || cfg->flags_count > CFG_FILTER_ITEMS ||
		 cfg->protocol_count > CFG_FILTER_ITEMS)
		*why = "how many items";
	return *why == NULL;
}

/* ---- compiling ------------------------------------------------------------------------------- */

/* The pools while they are filled: there is room for all. */
struct filling {
	struct filter_rule *rule;
	struct filter_range *range;
	struct filter_flags *flags;
	uint32_t rules, ranges, flag_words;
};

static struct filter_span add_ranges(
    struct filling *f, const struct cfg_filter_range *from, unsigned count)
{
	struct filter_span span = {(uint16_t)f->ranges, (uint16_t)count};

	memcpy(&f->range[f->ranges], from, count * sizeof(*from));
	f->ranges += count;
	return span;
}

static void add_rule(struct filling *f, const struct cfg_filter *cfg)
{
	struct filter_rule *rule = &f->rule[f->rules++];

	*rule = (struct filter_rule){
	    .number = cfg->number,
	    .action = cfg->action,
	    .log = cfg->log,
	    .any_protocol = cfg->any_protocol != 0,
	    .icmp_only = cfg->icmp_only != 0,
	    .source = add_ranges(f, cfg->source, cfg->source_count),
	    .destination = add_ranges(f, cfg->destination, cfg->destination_count),
	    .sport = add_ranges(f, cfg->sport, cfg->sport_count),
	    .dport = add_ranges(f, cfg->dport, cfg->dport_count),
	    .flags = {(uint16_t)f->flag_words, cfg->flags_count},
	    .protocol_count = cfg->protocol_count,
	    .icmp_types = cfg->icmp_types,
	};
	memcpy(rule->protocol, cfg->protocol, cfg->protocol_count);
	memcpy(&f->flags[f->flag_words], cfg->flags, cfg->flags_count * sizeof(*cfg->flags));
	f->flag_words += cfg->flags_count;
}

static bool make_room(struct filling *f, const struct cfg_filter *const *cfg, unsigned count)
{
	size_t ranges = 1, flags = 1;

	for (unsigned i = 0; i < count; i++) {
		ranges += (size_t)cfg[i]->source_count + cfg[i]->destination_count +
			  cfg[i]->sport_count + cfg[i]->dport_count;
		flags += cfg[i]->flags_count;
	}
	f->rule = aligned_alloc(64, (count + 1) * sizeof(*f->rule));
	f->range = calloc(ranges, sizeof(*f->range));
	f->flags = calloc(flags, sizeof(*f->flags));
	return f->rule && f->range && f->flags;
}

struct filter_tally *filter_tally_new(const uint32_t *number, uint32_t count)
{
	struct filter_tally *tally = aligned_alloc(_Alignof(struct filter_tally), sizeof(*tally));

	if (!tally)
		return NULL;
	memset(tally, 0, sizeof(*tally));
	memcpy(tally->number, number, count * sizeof(*number));
	tally->count = count;
	tally->uses = 1;
	return tally;
}

struct filter_tally *filter_tally_get(struct filter_tally *tally)
{
	if (tally)
		tally->uses++;
	return tally;
}

void filter_tally_put(struct filter_tally *tally)
{
	if (tally && --tally->uses == 0)
		free(tally);
}

static void free_all(struct filter_list *list)
{
	filter_tally_put(list->tally);
	filter_index_free(list->index);
	free((void *)list->pools.rule);
	free((void *)list->pools.range);
	free((void *)list->pools.flags);
	free(list);
}

struct filter_list *filter_list_new(
    uint32_t slot, const struct cfg_filter *const *cfg, unsigned count, struct filter_tally *tally)
{
	struct filter_list *list = calloc(1, sizeof(*list));
	struct filling f = {0};
	bool room;

	if (!list)
		return NULL;
	room = make_room(&f, cfg, count);
	for (unsigned i = 0; room && i < count; i++)
		add_rule(&f, cfg[i]);
	list->slot = slot;
	list->tally = filter_tally_get(tally);
	list->uses = 1;
	list->pools =
	    (struct filter_pools){f.rule, f.range, f.flags, f.rules, f.ranges, f.flag_words};
	list->span = (struct filter_span){0, (uint16_t)count};
	if (room)
		list->index = filter_index_new(&list->pools, list->span);
	if (list->index)
		return list;
	free_all(list);
	return NULL;
}

struct filter_list *filter_list_get(struct filter_list *list)
{
	if (list)
		list->uses++;
	return list;
}

void filter_list_put(struct filter_list *list)
{
	if (list && --list->uses == 0)
		free_all(list);
}

/* ---- judging --------------------------------------------------------------------------------- */

void filter_list_judge(const struct filter_list *list, const struct filter_packet *packet,
    unsigned n, bool line_up, struct filter_verdict *verdict)
{
	for (unsigned i = 0; i < n; i++)
		verdict[i] = filter_index_evaluate(
		    list->index, &list->pools, list->span, &packet[i], line_up);
}
