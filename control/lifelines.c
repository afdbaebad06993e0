/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The packets that this router lives by, one after the other, through the filters of the port they
 * take. A list that may follow their connection by a dynamic filter is not blamed, and neither is
 * one whose dynamic filters are not looked into: what is said here is certain. */
#include "control/lifelines.h"

#include <stdbool.h>

#include "control/agent_packet_internal.h"
#include "control/service/filter_compile.h"

#define PORT_HTTPS 443
#define PORT_OURS  50000 /* some port of a client */
#define TCP_SYN    0x02
#define TCP_ACK    0x10

static const struct kind {
	uint32_t bit;
	uint8_t protocol;
	uint16_t sport, dport; /* on the way out */
	bool followed;         /* by dynamic filters, where the kernel judges */
} kinds[AGENT_LIFELINE_KINDS] = {
    {AGENT_LIFELINE_IKE, PACKET_UDP, IKE_PORT, IKE_PORT, true},
    {AGENT_LIFELINE_NAT_T, PACKET_UDP, IKE_NATT_PORT, IKE_NATT_PORT, true},
    {AGENT_LIFELINE_ESP, PACKET_ESP, 0, 0, false},
    {AGENT_LIFELINE_HTTPS, PACKET_TCP, PORT_OURS, PORT_HTTPS, true},
};

static bool has_dynamic(const struct config_filter_list *list)
{
	return list && list->dynamic_count;
}

/* True: that list drops it, by filter `*number` or, 0, because none lets it pass. */
static bool drops(const struct lifelines *l, const struct kind *kind, bool out, uint32_t *number)
{
	const struct config_filter_list *list = config_filter_list(l->model, false, l->lan, out);
	const struct filter_packet packet = {
	    .source = ip_addr_v4_host(out ? &l->local : &l->remote),
	    .destination = ip_addr_v4_host(out ? &l->remote : &l->local),
	    .protocol = kind->protocol,
	    .sport = out ? kind->sport : kind->dport,
	    .dport = out ? kind->dport : kind->sport,
	    .flags = kind->protocol != PACKET_TCP ? 0
		     : out                        ? TCP_SYN
						  : TCP_SYN | TCP_ACK,
	};
	struct filter_verdict verdict;
	bool followed =
	    l->kernel && kind->followed &&
	    (has_dynamic(list) || has_dynamic(config_filter_list(l->model, false, l->lan, !out)));

	if (!list || followed || (l->kernel && config_list_only_follows(list)))
		return false;
	if (!filter_judge(l->model, list, &packet, &verdict) || verdict.pass)
		return false;
	*number = verdict.number;
	return true;
}

static void add(const struct lifelines *l, const struct kind *kind, bool out, uint32_t number,
    struct agent_shut *shut, size_t *count)
{
	size_t i = 0;

	while (i < *count && (shut[i].out != out || shut[i].number != number))
		i++;
	if (i == *count)
		shut[(*count)++] = (struct agent_shut){.tunnel = l->tunnel,
		    .lan = l->lan,
		    .out = out,
		    .number = number,
		    .remote = l->remote};
	shut[i].what |= kind->bit;
}

/* What of `dropped`, either way, the router misses. */
static uint32_t missed(const struct lifelines *l, uint32_t dropped)
{
	const uint32_t ways = AGENT_LIFELINE_NAT_T | AGENT_LIFELINE_ESP;
	uint32_t asked = AGENT_LIFELINE_HTTPS;

	if (!l->tunnel)
		return dropped & asked;
	asked = AGENT_LIFELINE_IKE;
	if (l->esp == LIFELINES_ESP_PLAIN)
		asked |= AGENT_LIFELINE_ESP;
	else if (l->esp == LIFELINES_ESP_IN_UDP || (dropped & ways) == ways)
		asked |= l->esp == LIFELINES_ESP_IN_UDP ? AGENT_LIFELINE_NAT_T : ways;
	return dropped & asked;
}

size_t lifelines_shut(const struct lifelines *l, struct agent_shut out[LIFELINES_SHUT])
{
	uint32_t number, dropped = 0, asked;
	size_t count = 0;

	for (size_t i = 0; i < AGENT_LIFELINE_KINDS; i++)
		if (drops(l, &kinds[i], false, &number) || drops(l, &kinds[i], true, &number))
			dropped |= kinds[i].bit;
	asked = missed(l, dropped);
	for (size_t i = 0; i < 2 * AGENT_LIFELINE_KINDS; i++) {
		const struct kind *kind = &kinds[i % AGENT_LIFELINE_KINDS];
		bool way = i >= AGENT_LIFELINE_KINDS;

		if ((kind->bit & asked) && drops(l, kind, way, &number))
			add(l, kind, way, number, out, &count);
	}
	return count;
}
