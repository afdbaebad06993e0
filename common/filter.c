/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The interpreter of compiled packet filters. It keeps nothing, and puts no fragments together: a
 * rule that asks for what stands in a header of TCP, UDP or ICMP fits no later fragment, and a
 * fragment that could write over such a header is dropped (RFC 1858, RFC 3128). */
#include "common/filter.h"

#include <errno.h>
#include <string.h>

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP  6
#define PROTOCOL_UDP  17

#define IP_BYTES   20
#define IP_OFFSET  0x1fff
#define ICMP_BYTES 8
#define UDP_BYTES  8
#define TCP_BYTES  20
#define FLAGS_MASK 0x0fff

_Static_assert(sizeof(struct filter_rule) == 64, "a cache line");

static uint16_t be16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t be32(const uint8_t *at)
{
	return (uint32_t)be16(at) << 16 | be16(at + 2);
}

static size_t head_bytes(uint8_t protocol)
{
	switch (protocol) {
	case PROTOCOL_ICMP: return ICMP_BYTES;
	case PROTOCOL_UDP: return UDP_BYTES;
	case PROTOCOL_TCP: return TCP_BYTES;
	default: return 0;
	}
}

static void read_head(const uint8_t *head, size_t bytes, struct filter_packet *out)
{
	size_t need = head_bytes(out->protocol);

	if (bytes < need) {
		out->head = FILTER_HEAD_BAD;
		return;
	}
	if (!need)
		return;
	if (out->protocol == PROTOCOL_ICMP) {
		out->sport = head[0];
		out->dport = head[1];
		return;
	}
	out->sport = be16(head);
	out->dport = be16(head + 2);
	if (out->protocol == PROTOCOL_TCP)
		out->flags = be16(head + 12) & FLAGS_MASK;
}

int filter_read(const uint8_t *packet, size_t bytes, struct filter_packet *out)
{
	size_t header, total, offset;

	memset(out, 0, sizeof(*out));
	if (bytes < IP_BYTES || packet[0] >> 4 != 4)
		return -EINVAL;
	header = (size_t)(packet[0] & 15) * 4;
	total = be16(packet + 2);
	if (header < IP_BYTES || header > total || total > bytes)
		return -EINVAL;
	out->protocol = packet[9];
	out->source = be32(packet + 12);
	out->destination = be32(packet + 16);
	offset = (size_t)(be16(packet + 6) & IP_OFFSET) * 8;
	if (!offset)
		read_head(packet + header, total - header, out);
	else
		out->head =
		    offset < head_bytes(out->protocol) ? FILTER_HEAD_BAD : FILTER_HEAD_LATER;
	return 0;
}

static bool span_valid(struct filter_span span, uint32_t size)
{
	return (uint32_t)span.first + span.count <= size;
}

static bool rule_valid(const struct filter_rule *rule, const struct filter_pools *pools)
{
	return rule->action <= FILTER_RESTRICT && rule->log <= FILTER_LOG_ALWAYS &&
	       rule->protocol_count <= FILTER_PROTOCOLS &&
	       span_valid(rule->source, pools->ranges) &&
	       span_valid(rule->destination, pools->ranges) &&
	       span_valid(rule->sport, pools->ranges) && span_valid(rule->dport, pools->ranges) &&
	       span_valid(rule->flags, pools->flag_words);
}

bool filter_pools_valid(const struct filter_pools *pools)
{
	for (uint32_t i = 0; i < pools->rules; i++)
		if (!rule_valid(&pools->rule[i], pools))
			return false;
	return true;
}

static bool in_span(const struct filter_pools *pools, struct filter_span span, uint32_t value)
{
	for (unsigned i = 0; i < span.count; i++) {
		const struct filter_range *range = &pools->range[span.first + i];

		if (value >= range->low && value <= range->high)
			return true;
	}
	return !span.count;
}

static bool flags_fit(const struct filter_pools *pools, struct filter_span span, uint16_t flags)
{
	for (unsigned i = 0; i < span.count; i++) {
		const struct filter_flags *word = &pools->flags[span.first + i];

		if (((flags & word->mask) == word->value) == !word->differs)
			return true;
	}
	return false;
}

/* By the number alone, or by what the header says. */
static bool protocol_fits(const struct filter_pools *pools, const struct filter_rule *rule,
    const struct filter_packet *packet)
{
	if (rule->any_protocol)
		return true;
	for (unsigned i = 0; i < rule->protocol_count; i++)
		if (rule->protocol[i] == packet->protocol)
			return true;
	if (packet->head != FILTER_HEAD_WHOLE)
		return false;
	if (packet->protocol == PROTOCOL_TCP)
		return flags_fit(pools, rule->flags, packet->flags);
	return packet->protocol == PROTOCOL_ICMP && packet->sport < FILTER_TYPES &&
	       rule->icmp_types >> packet->sport & 1;
}

/* Ports of TCP and UDP; types and codes where the rule speaks of ICMP alone; nothing of others. */
static bool ports_fit(const struct filter_pools *pools, const struct filter_rule *rule,
    const struct filter_packet *packet)
{
	bool has_ports = packet->protocol == PROTOCOL_TCP || packet->protocol == PROTOCOL_UDP;

	if (rule->icmp_only ? packet->protocol != PROTOCOL_ICMP : !has_ports)
		return true;
	if (!rule->sport.count && !rule->dport.count)
		return true;
	return packet->head == FILTER_HEAD_WHOLE && in_span(pools, rule->sport, packet->sport) &&
	       in_span(pools, rule->dport, packet->dport);
}

bool filter_fits(const struct filter_pools *pools, const struct filter_rule *rule,
    const struct filter_packet *packet)
{
	return in_span(pools, rule->source, packet->source) &&
	       in_span(pools, rule->destination, packet->destination) &&
	       protocol_fits(pools, rule, packet) && ports_fit(pools, rule, packet);
}

struct filter_verdict filter_decide(const struct filter_rule *rule, bool line_up)
{
	bool pass = rule->action == FILTER_PASS || (rule->action == FILTER_RESTRICT && line_up);

	return (struct filter_verdict){
	    .pass = pass,
	    .log = rule->log == FILTER_LOG_ALWAYS || (rule->log == FILTER_LOG_DROPS && !pass),
	    .number = rule->number,
	};
}

struct filter_verdict filter_evaluate(const struct filter_pools *pools, struct filter_span list,
    const struct filter_packet *packet, bool line_up)
{
	struct filter_verdict verdict = {.at = list.count};

	if (packet->head == FILTER_HEAD_BAD)
		return verdict;
	for (unsigned i = 0; i < list.count; i++) {
		const struct filter_rule *rule = &pools->rule[list.first + i];

		if (!filter_fits(pools, rule, packet))
			continue;
		verdict = filter_decide(rule, line_up);
		verdict.at = (uint16_t)i;
		break;
	}
	return verdict;
}
