/* SPDX-License-Identifier: BSD-3-Clause
 *
 * rte_acl compares fields of fixed size, each with one range or one mask, and gives the rule of the
 * highest priority. So a rule that has lists becomes one for each combination, and what it asks of
 * ports "if there are any" becomes two: for what has ports, and for what has none. What a packet
 * has is a field of one bit for each kind.
 *
 * Bounds: ENTRIES_MAX such rules and MEMORY_MAX bytes of tables; many ranges that overlap in many
 * fields can exceed any bound in rte_acl, and a list that does is asked rule by rule. */
#include "dataplane/filter_acl.h"

#include <errno.h>
#include <rte_acl.h>
#include <rte_byteorder.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define ENTRIES_MAX 4096
#define MEMORY_MAX  (4u << 20)

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP  6
#define PROTOCOL_UDP  17

#define FLAGS_MASK 0x0fff
#define FLAG_BITS  12

/* What a packet has, one bit set. */
#define KIND_PORTS       1u /* TCP or UDP with its header */
#define KIND_PORTS_LATER 2u /* a later fragment of them */
#define KIND_ICMP        4u /* ICMP with its header */
#define KIND_OTHER       8u
#define KIND_HAS_PORTS   (KIND_PORTS | KIND_PORTS_LATER)

enum field {
	FIELD_PROTOCOL,
	FIELD_SOURCE,
	FIELD_DESTINATION,
	FIELD_SPORT,
	FIELD_DPORT,
	FIELD_FLAGS,
	FIELD_KIND,
	FIELDS
};

RTE_ACL_RULE_DEF(acl_rule, FIELDS);

/* clang-format off */
#define DEF(name, kind, bytes, group, member) \
	[name] = {.type = RTE_ACL_FIELD_TYPE_##kind, .size = bytes, .field_index = name, \
	    .input_index = group, .offset = offsetof(struct filter_key, member)}

static const struct rte_acl_config layout = {
	.num_categories = 1,
	.num_fields = FIELDS,
	.defs = {
		DEF(FIELD_PROTOCOL, BITMASK, 1, 0, protocol),
		DEF(FIELD_SOURCE, RANGE, 4, 1, source_be),
		DEF(FIELD_DESTINATION, RANGE, 4, 2, destination_be),
		DEF(FIELD_SPORT, RANGE, 2, 3, sport_be),
		DEF(FIELD_DPORT, RANGE, 2, 3, dport_be),
		DEF(FIELD_FLAGS, BITMASK, 2, 4, flags_be),
		DEF(FIELD_KIND, BITMASK, 2, 4, kind_be),
	},
	.max_size = MEMORY_MAX,
};
/* clang-format on */

static uint16_t kind_of(const struct filter_packet *packet)
{
	bool whole = packet->head == FILTER_HEAD_WHOLE;

	switch (packet->protocol) {
	case PROTOCOL_TCP:
	case PROTOCOL_UDP: return whole ? KIND_PORTS : KIND_PORTS_LATER;
	case PROTOCOL_ICMP: return whole ? KIND_ICMP : KIND_OTHER;
	default: return KIND_OTHER;
	}
}

void filter_acl_key(const struct filter_packet *packet, struct filter_key *key)
{
	*key = (struct filter_key){
	    .protocol = packet->protocol,
	    .source_be = rte_cpu_to_be_32(packet->source),
	    .destination_be = rte_cpu_to_be_32(packet->destination),
	    .sport_be = rte_cpu_to_be_16(packet->sport),
	    .dport_be = rte_cpu_to_be_16(packet->dport),
	    .flags_be = rte_cpu_to_be_16(packet->flags),
	    .kind_be = rte_cpu_to_be_16(kind_of(packet)),
	};
}

/* ---- one rule as several --------------------------------------------------------------------- */

struct expansion {
	const struct filter_pools *pools;
	const struct filter_rule *rule;
	uint32_t index;          /* of the rule in its list */
	struct rte_acl_ctx *ctx; /* NULL: they are counted only */
	unsigned entries;
	int rc;
};

static const struct filter_range any_host = {0, UINT32_MAX};
static const struct filter_range any_port = {0, UINT16_MAX};

static const struct filter_range *nth(
    const struct expansion *e, struct filter_span span, unsigned i, const struct filter_range *any)
{
	return span.count ? &e->pools->range[span.first + i] : any;
}

static unsigned at_least_one(struct filter_span span)
{
	return span.count ? span.count : 1;
}

static void set_range(struct acl_rule *rule, enum field field, const struct filter_range *range)
{
	rule->field[field].value.u32 = range->low;
	rule->field[field].mask_range.u32 = range->high;
}

static void set_port(struct acl_rule *rule, enum field field, const struct filter_range *range)
{
	rule->field[field].value.u16 = (uint16_t)range->low;
	rule->field[field].mask_range.u16 =
	    (uint16_t)(range->high < UINT16_MAX ? range->high : UINT16_MAX);
}

static void set_mask(struct acl_rule *rule, enum field field, uint16_t value, uint16_t mask)
{
	rule->field[field].value.u16 = value;
	rule->field[field].mask_range.u16 = mask;
}

static void set_protocol(struct acl_rule *rule, uint8_t protocol)
{
	rule->field[FIELD_PROTOCOL].value.u8 = protocol;
	rule->field[FIELD_PROTOCOL].mask_range.u8 = UINT8_MAX;
}

/* With each pair of addresses. */
static void add(struct expansion *e, struct acl_rule *rule)
{
	for (unsigned i = 0; i < at_least_one(e->rule->source); i++) {
		for (unsigned k = 0; k < at_least_one(e->rule->destination); k++) {
			e->entries++;
			if (!e->ctx || e->rc < 0)
				continue;
			set_range(rule, FIELD_SOURCE, nth(e, e->rule->source, i, &any_host));
			set_range(
			    rule, FIELD_DESTINATION, nth(e, e->rule->destination, k, &any_host));
			e->rc = rte_acl_add_rules(e->ctx, (const struct rte_acl_rule *)rule, 1);
		}
	}
}

static void add_with_ports(struct expansion *e, struct acl_rule *rule)
{
	for (unsigned i = 0; i < at_least_one(e->rule->sport); i++) {
		for (unsigned k = 0; k < at_least_one(e->rule->dport); k++) {
			const struct filter_range *sport = nth(e, e->rule->sport, i, &any_port);
			const struct filter_range *dport = nth(e, e->rule->dport, k, &any_port);

			if (sport->low > UINT16_MAX || dport->low > UINT16_MAX)
				continue;
			set_port(rule, FIELD_SPORT, sport);
			set_port(rule, FIELD_DPORT, dport);
			add(e, rule);
		}
	}
	set_port(rule, FIELD_SPORT, &any_port);
	set_port(rule, FIELD_DPORT, &any_port);
}

static struct acl_rule blank(const struct expansion *e)
{
	struct acl_rule rule = {0};

	rule.data.category_mask = 1;
	rule.data.priority = (int32_t)(RTE_ACL_MAX_PRIORITY - e->index);
	rule.data.userdata = e->index + 1;
	set_port(&rule, FIELD_SPORT, &any_port);
	set_port(&rule, FIELD_DPORT, &any_port);
	return rule;
}

static bool asks_ports(const struct filter_rule *rule)
{
	return rule->sport.count || rule->dport.count;
}

static void expand_any(struct expansion *e)
{
	struct acl_rule rule = blank(e);

	if (!asks_ports(e->rule)) {
		add(e, &rule);
		return;
	}
	set_mask(&rule, FIELD_KIND, 0, KIND_HAS_PORTS);
	add(e, &rule);
	set_mask(&rule, FIELD_KIND, KIND_PORTS, KIND_PORTS);
	add_with_ports(e, &rule);
}

static void expand_number(struct expansion *e, uint8_t protocol)
{
	bool ports = e->rule->icmp_only ? protocol == PROTOCOL_ICMP
					: protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP;
	uint16_t kind = protocol == PROTOCOL_ICMP ? KIND_ICMP : KIND_PORTS;
	struct acl_rule rule = blank(e);

	set_protocol(&rule, protocol);
	if (!ports || !asks_ports(e->rule)) {
		add(e, &rule);
		return;
	}
	set_mask(&rule, FIELD_KIND, kind, kind);
	add_with_ports(e, &rule);
}

/* A word differs where any bit of it does. */
static void expand_flags(struct expansion *e, const struct filter_flags *flags)
{
	uint16_t mask = flags->mask & FLAGS_MASK;
	bool never = (flags->value & ~mask) != 0;
	struct acl_rule rule = blank(e);

	set_protocol(&rule, PROTOCOL_TCP);
	set_mask(&rule, FIELD_KIND, KIND_PORTS, KIND_PORTS);
	if (never || !flags->differs) {
		if (never && !flags->differs)
			return;
		set_mask(&rule, FIELD_FLAGS, never ? 0 : flags->value, never ? 0 : mask);
		add_with_ports(e, &rule);
		return;
	}
	for (unsigned bit = 0; bit < FLAG_BITS; bit++) {
		uint16_t one = (uint16_t)(1u << bit);

		if (!(mask & one))
			continue;
		set_mask(&rule, FIELD_FLAGS, ~flags->value & one, one);
		add_with_ports(e, &rule);
	}
}

static void expand_types(struct expansion *e, uint64_t types)
{
	struct acl_rule rule = blank(e);

	set_protocol(&rule, PROTOCOL_ICMP);
	set_mask(&rule, FIELD_KIND, KIND_ICMP, KIND_ICMP);
	for (unsigned type = 0; type < FILTER_TYPES; type++) {
		if (!(types >> type & 1))
			continue;
		set_port(&rule, FIELD_SPORT, &(struct filter_range){type, type});
		add(e, &rule);
	}
}

static void expand(struct expansion *e)
{
	const struct filter_rule *rule = e->rule;

	if (rule->any_protocol) {
		expand_any(e);
		return;
	}
	for (unsigned i = 0; i < rule->protocol_count; i++)
		expand_number(e, rule->protocol[i]);
	for (unsigned i = 0; i < rule->flags.count; i++)
		expand_flags(e, &e->pools->flags[rule->flags.first + i]);
	/* With `icmp` alone its types and codes are asked as ports are. */
	expand_types(e, rule->icmp_types);
}

/* Counts the entries, or adds them to `ctx`. */
static int expand_all(const struct filter_pools *pools, struct filter_span list,
    struct rte_acl_ctx *ctx, unsigned *entries)
{
	struct expansion e = {.pools = pools, .ctx = ctx};

	for (; e.index < list.count && e.entries <= ENTRIES_MAX && e.rc == 0; e.index++) {
		e.rule = &pools->rule[list.first + e.index];
		expand(&e);
	}
	*entries = e.entries;
	return e.rc;
}

/* ---- the context ----------------------------------------------------------------------------- */

struct rte_acl_ctx *filter_acl_new(const struct filter_pools *pools, struct filter_span list)
{
	static unsigned made; /* a name that is known gives the context that has it */
	char name[32];
	struct rte_acl_param param = {
	    .name = name, .socket_id = SOCKET_ID_ANY, .rule_size = RTE_ACL_RULE_SZ(FIELDS)};
	struct rte_acl_config config = layout;
	struct rte_acl_ctx *ctx;
	unsigned entries;

	(void)expand_all(pools, list, NULL, &entries);
	if (entries == 0 || entries > ENTRIES_MAX)
		return NULL;
	(void)snprintf(name, sizeof(name), "filter%u", made++);
	param.max_rule_num = entries;
	ctx = rte_acl_create(&param);
	if (!ctx)
		return NULL;
	if (expand_all(pools, list, ctx, &entries) < 0 || rte_acl_build(ctx, &config) < 0) {
		rte_acl_free(ctx);
		return NULL;
	}
	return ctx;
}
