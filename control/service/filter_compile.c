/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A filter that several lists name is compiled once more for each, so that the rules of a list
 * stand side by side; its ranges are shared. */
#include "control/service/filter_compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` elements behind `count`; 0, -ENOMEM or -E2BIG. */
static int grow(void *array, uint32_t count, uint32_t more, size_t element)
{
	void **at = array, *grown;

	if (count + more > UINT16_MAX)
		return -E2BIG;
	grown = realloc(*at, (count + more) * element);
	if (!grown)
		return -ENOMEM;
	*at = grown;
	return 0;
}

static int add_ranges(
    struct filter_tables *tables, const struct config_ranges *from, struct filter_span *out)
{
	int rc;

	*out = (struct filter_span){0};
	if (!from->count)
		return 0;
	rc = grow(&tables->range, tables->ranges, from->count, sizeof(*tables->range));
	if (rc)
		return rc;
	*out = (struct filter_span){(uint16_t)tables->ranges, (uint16_t)from->count};
	memcpy(&tables->range[tables->ranges], from->range, from->count * sizeof(*from->range));
	tables->ranges += from->count;
	return 0;
}

static int add_flags(
    struct filter_tables *tables, const struct config_protocols *from, struct filter_span *out)
{
	int rc;

	*out = (struct filter_span){0};
	if (!from->flags_count)
		return 0;
	rc = grow(&tables->flags, tables->flag_words, from->flags_count, sizeof(*tables->flags));
	if (rc)
		return rc;
	*out = (struct filter_span){(uint16_t)tables->flag_words, (uint16_t)from->flags_count};
	memcpy(&tables->flags[tables->flag_words], from->flags,
	    from->flags_count * sizeof(*from->flags));
	tables->flag_words += from->flags_count;
	return 0;
}

static int compile(
    struct filter_tables *tables, const struct config_filter *filter, struct filter_rule *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	out->number = filter->number;
	out->action = filter->action;
	out->log = filter->log;
	out->any_protocol = filter->protocol.any;
	out->icmp_only = filter->protocol.icmp_only;
	out->protocol_count = (uint8_t)filter->protocol.count;
	memcpy(out->protocol, filter->protocol.number, filter->protocol.count);
	out->icmp_types = filter->protocol.icmp_types;
	rc = add_flags(tables, &filter->protocol, &out->flags);
	if (!rc)
		rc = add_ranges(tables, &filter->source, &out->source);
	if (!rc)
		rc = add_ranges(tables, &filter->destination, &out->destination);
	if (!rc)
		rc = add_ranges(tables, &filter->sport, &out->sport);
	if (!rc)
		rc = add_ranges(tables, &filter->dport, &out->dport);
	return rc;
}

static int append(struct filter_tables *tables, const struct config_filter *filter)
{
	struct filter_rule rule;
	uint32_t i = 0;
	int rc = 0;

	while (i < tables->rules && tables->rule[i].number != filter->number)
		i++;
	if (i < tables->rules)
		rule = tables->rule[i];
	else
		rc = compile(tables, filter, &rule);
	if (!rc)
		rc = grow(&tables->rule, tables->rules, 1, sizeof(*tables->rule));
	if (!rc)
		tables->rule[tables->rules++] = rule;
	return rc;
}

int filter_compile(const struct config_model *model, const struct config_filter_list *list,
    struct filter_tables *tables, struct filter_span *out)
{
	out->first = (uint16_t)tables->rules;
	out->count = 0;
	for (uint32_t i = 0; i < list->count; i++) {
		const struct config_filter *filter = config_filter(model, list->number[i]);
		int rc = filter ? append(tables, filter) : 0;

		if (rc)
			return rc;
		out->count += filter != NULL;
	}
	return 0;
}

struct filter_pools filter_tables_pools(const struct filter_tables *tables)
{
	return (struct filter_pools){.rule = tables->rule,
	    .range = tables->range,
	    .flags = tables->flags,
	    .rules = tables->rules,
	    .ranges = tables->ranges,
	    .flag_words = tables->flag_words};
}

void filter_tables_free(struct filter_tables *tables)
{
	free(tables->rule);
	free(tables->range);
	free(tables->flags);
	memset(tables, 0, sizeof(*tables));
}

bool filter_judge(const struct config_model *model, const struct config_filter_list *list,
    const struct filter_packet *packet, struct filter_verdict *out)
{
	struct filter_tables tables = {0};
	struct filter_pools pools;
	struct filter_span span;
	bool judged = filter_compile(model, list, &tables, &span) == 0;

	if (judged) {
		pools = filter_tables_pools(&tables);
		*out = filter_evaluate(&pools, span, packet, true);
	}
	filter_tables_free(&tables);
	return judged;
}
