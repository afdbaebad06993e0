/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lakshman and Stiliadis, "High-Speed Policy-based Packet Forwarding Using Efficient
 * Multi-dimensional Range Matching" (SIGCOMM 1998): a set of rules for each field, ANDed. What a
 * field says is never too little and may be too much (flags of TCP, ports that are not asked of
 * this protocol): filter_fits() decides. */
#include "dataplane/filter_index.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX     (FILTER_INDEX_RULES / 64 + 1)
#define PROTOCOLS     256
#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP  6
#define PROTOCOL_UDP  17

/* A field: where its stretches begin, from 0 on, and whom each of them fits. */
struct axis {
	uint32_t count;
	uint32_t *from;
	uint64_t *set; /* [count * words] */
};

enum { SOURCE, DESTINATION, SPORT, DPORT, AXES };

struct filter_index {
	uint32_t words; /* of a set */
	struct axis axis[AXES];
	uint64_t protocol[PROTOCOLS * WORDS_MAX];
};

/* ---- making ---------------------------------------------------------------------------------- */

/* One field of all rules. */
struct field {
	const struct filter_pools *pools;
	struct filter_span list;
	size_t member; /* the struct filter_span of a rule */
	bool ports;
};

/* Types and codes of ICMP are no ports. */
static struct filter_span span_of(const struct field *field, unsigned rule)
{
	const struct filter_rule *at = &field->pools->rule[field->list.first + rule];

	if (field->ports && at->icmp_only)
		return (struct filter_span){0};
	return *(const struct filter_span *)((const uint8_t *)at + field->member);
}

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void find_ends(const struct field *field, struct axis *axis)
{
	uint32_t kept = 1;

	axis->from[axis->count++] = 0;
	for (unsigned r = 0; r < field->list.count; r++) {
		struct filter_span span = span_of(field, r);

		for (unsigned i = 0; i < span.count; i++) {
			const struct filter_range *range = &field->pools->range[span.first + i];

			axis->from[axis->count++] = range->low;
			if (range->high < UINT32_MAX)
				axis->from[axis->count++] = range->high + 1;
		}
	}
	qsort(axis->from, axis->count, sizeof(*axis->from), by_value);
	for (uint32_t i = 1; i < axis->count; i++)
		if (axis->from[i] != axis->from[kept - 1])
			axis->from[kept++] = axis->from[i];
	axis->count = kept;
}

static bool takes(const struct field *field, unsigned rule, uint32_t value)
{
	struct filter_span span = span_of(field, rule);
	const struct filter_range *range = &field->pools->range[span.first];

	for (unsigned i = 0; i < span.count; i++)
		if (value >= range[i].low && value <= range[i].high)
			return true;
	return !span.count;
}

static bool make_axis(const struct field *field, uint32_t words, struct axis *axis)
{
	size_t ends = 1;

	for (unsigned r = 0; r < field->list.count; r++)
		ends += 2 * (size_t)span_of(field, r).count;
	axis->from = calloc(ends, sizeof(*axis->from));
	axis->set = calloc(ends * words, sizeof(*axis->set));
	if (!axis->from || !axis->set)
		return false;
	find_ends(field, axis);
	for (uint32_t i = 0; i < axis->count; i++)
		for (unsigned r = 0; r < field->list.count; r++)
			if (takes(field, r, axis->from[i]))
				axis->set[i * words + r / 64] |= UINT64_C(1) << r % 64;
	return true;
}

static bool may_fit_protocol(const struct filter_rule *rule, unsigned protocol)
{
	return rule->any_protocol || memchr(rule->protocol, (int)protocol, rule->protocol_count) ||
	       (protocol == PROTOCOL_TCP && rule->flags.count) ||
	       (protocol == PROTOCOL_ICMP && rule->icmp_types);
}

struct filter_index *filter_index_new(const struct filter_pools *pools, struct filter_span list)
{
	struct filter_index *index = calloc(1, sizeof(*index));
	const uint32_t words = list.count / 64u + 1;
	struct field field = {.pools = pools, .list = list};
	static const size_t member[AXES] = {
	    [SOURCE] = offsetof(struct filter_rule, source),
	    [DESTINATION] = offsetof(struct filter_rule, destination),
	    [SPORT] = offsetof(struct filter_rule, sport),
	    [DPORT] = offsetof(struct filter_rule, dport),
	};

	if (!index || words > WORDS_MAX) {
		free(index);
		return NULL;
	}
	index->words = words;
	for (unsigned i = 0; i < AXES; i++) {
		field.member = member[i];
		field.ports = i == SPORT || i == DPORT;
		if (!make_axis(&field, words, &index->axis[i])) {
			filter_index_free(index);
			return NULL;
		}
	}
	for (unsigned p = 0; p < PROTOCOLS; p++)
		for (unsigned r = 0; r < list.count; r++)
			if (may_fit_protocol(&pools->rule[list.first + r], p))
				index->protocol[p * words + r / 64] |= UINT64_C(1) << r % 64;
	return index;
}

void filter_index_free(struct filter_index *index)
{
	for (unsigned i = 0; index && i < AXES; i++) {
		free(index->axis[i].from);
		free(index->axis[i].set);
	}
	free(index);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static const uint64_t *set_of(const struct axis *axis, uint32_t value, uint32_t words)
{
	const uint32_t *base = axis->from;
	uint32_t left = axis->count;

	while (left > 1) {
		uint32_t half = left / 2;

		base += base[half] <= value ? half : 0;
		left -= half;
	}
	return &axis->set[(size_t)(base - axis->from) * words];
}

struct filter_verdict filter_index_evaluate(const struct filter_index *index,
    const struct filter_pools *pools, struct filter_span list, const struct filter_packet *packet,
    bool line_up)
{
	struct filter_verdict verdict = {.at = list.count};
	const uint32_t words = index->words;
	const bool ports = packet->head == FILTER_HEAD_WHOLE &&
			   (packet->protocol == PROTOCOL_TCP || packet->protocol == PROTOCOL_UDP);
	const uint64_t *source, *destination, *protocol, *sport, *dport;

	if (packet->head == FILTER_HEAD_BAD)
		return verdict;
	protocol = &index->protocol[packet->protocol * words];
	source = set_of(&index->axis[SOURCE], packet->source, words);
	destination = set_of(&index->axis[DESTINATION], packet->destination, words);
	sport = ports ? set_of(&index->axis[SPORT], packet->sport, words) : protocol;
	dport = ports ? set_of(&index->axis[DPORT], packet->dport, words) : protocol;
	for (uint32_t word = 0; word < words; word++) {
		uint64_t may =
		    protocol[word] & source[word] & destination[word] & sport[word] & dport[word];

		for (; may; may &= may - 1) {
			uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(may);
			const struct filter_rule *rule = &pools->rule[list.first + at];

			if (!filter_fits(pools, rule, packet))
				continue;
			verdict = filter_decide(rule, line_up);
			verdict.at = (uint16_t)at;
			return verdict;
		}
	}
	return verdict;
}
