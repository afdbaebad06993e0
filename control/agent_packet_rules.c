/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What filters and address translation would make of a packet at an interface, by the model that
 * the tables and the ruleset are made of. */
#include "control/agent_packet_internal.h"
#include "control/service/filter_compile.h"

#define NAT_MAX 64

/* False: `about` is dropped there. What is ESP (`outer`) belongs to no connection: static filters
 * alone judge it, and a list without any lets it pass; unless the kernel does not judge, which
 * alone follows connections. */
static bool judge(struct look *l, const struct agent_packet *about, bool outer, struct place place,
    bool out, struct agent_packet_filter *result)
{
	const struct config_filter_list *list =
	    place.lan || place.tunnel ? config_filter_list(l->agent->model, place.tunnel != 0,
					    place.tunnel ? place.tunnel : place.lan, out)
				      : NULL;
	const struct filter_packet packet = {
	    .source = ip_addr_v4_host(&about->source),
	    .destination = ip_addr_v4_host(&about->destination),
	    .protocol = about->protocol,
	    .sport = about->sport,
	    .dport = about->dport,
	    .flags = about->protocol == PACKET_TCP ? 0x02 : 0, /* SYN */
	};
	struct filter_verdict verdict = {.pass = false};
	bool kernel;

	if (!list)
		return true;
	kernel = agent_filters_by_kernel(l->agent, list->tunnel, list->interface);
	if (outer && kernel && config_list_only_follows(list))
		return true;
	(void)filter_judge(l->agent->model, list, &packet, &verdict);
	*result = (struct agent_packet_filter){.there = true,
	    .pass = verdict.pass,
	    .dynamic = !outer && kernel && list->dynamic_count != 0,
	    .number = verdict.number};
	if (verdict.pass || result->dynamic)
		return true;
	packet_finish(l, AGENT_PACKET_DROPPED, "filter");
	return false;
}

bool packet_filter(struct look *l, struct place place, bool out, struct agent_packet_filter *result)
{
	return judge(l, &l->packet, false, place, out, result);
}

bool packet_filter_outer(struct look *l, uint32_t number, bool out)
{
	struct agent_tunnel_status status;
	struct agent_packet outer = {.protocol = PACKET_ESP};
	struct agent_path path;
	struct place place = {0};
	uint32_t self;

	if (!agent_tunnel(l->agent, number, &status))
		return true;
	outer.source = out ? status.local : status.remote;
	outer.destination = out ? status.remote : status.local;
	if (status.ike.nat_local || status.ike.nat_remote) {
		outer.protocol = PACKET_UDP;
		outer.sport = out ? IKE_NATT_PORT : status.ike.remote_port;
		outer.dport = out ? status.ike.remote_port : IKE_NATT_PORT;
	}
	agent_path_to(l->agent, &status.remote, &path);
	place.lan = path.lan;
	packet_name_place(place, l->way->outer);
	self = place.lan ? agent_filter_self(l->agent, l->agent->model, place.lan) : 0;
	if (self)
		*(out ? &outer.source : &outer.destination) = ip_addr_v4(self);
	return judge(l, &outer, true, place, out, out ? &l->way->outer_out : &l->way->outer_in);
}

static bool has_ports(uint8_t protocol)
{
	return protocol == PACKET_TCP || protocol == PACKET_UDP;
}

static bool forwards(const struct config_forward *f, const struct agent_packet *packet)
{
	return f->protocol == packet->protocol &&
	       (f->all_ports || !has_ports(packet->protocol) ||
		   (packet->dport >= f->outer_low && packet->dport <= f->outer_high));
}

void packet_translate_in(struct look *l)
{
	struct nat_applied applied[NAT_MAX];
	size_t count = l->from.lan ? agent_nat(l->agent, applied, NAT_MAX) : 0;

	for (size_t i = 0; i < count && i < NAT_MAX; i++) {
		const struct config_nat *nat = applied[i].nat;

		if (applied[i].lan != l->from.lan || nat->type < CONFIG_MASQUERADE ||
		    applied[i].outer != ip_addr_v4_host(&l->packet.destination))
			continue;
		for (uint32_t f = 0; f < nat->forward_count; f++) {
			const struct config_forward *entry = &nat->forward[f];

			if (!forwards(entry, &l->packet))
				continue;
			if (!entry->all_ports && has_ports(l->packet.protocol))
				l->packet.dport = (uint16_t)(entry->inner_low +
							     (l->packet.dport - entry->outer_low));
			l->packet.destination = entry->inner;
			if (agent_owns_address(l->agent, &entry->inner))
				return;
			l->way->forwarded_to = entry->inner;
			l->way->forwarded_port =
			    has_ports(l->packet.protocol) ? l->packet.dport : 0;
			return;
		}
	}
}

static bool is_inner(const struct config_nat *nat, uint32_t source)
{
	for (uint32_t i = 0; i < nat->inner_count; i++)
		if (source >= nat->inner[i].low && source <= nat->inner[i].high)
			return true;
	return nat->inner_count == 0;
}

void packet_translate_out(struct look *l)
{
	struct nat_applied applied[NAT_MAX];
	size_t count = agent_nat(l->agent, applied, NAT_MAX);
	uint32_t source = ip_addr_v4_host(&l->packet.source);

	for (size_t i = 0; i < count && i < NAT_MAX; i++) {
		if (applied[i].lan != l->to.lan || applied[i].nat->type == CONFIG_NAT_NONE ||
		    !is_inner(applied[i].nat, source))
			continue;
		l->way->nat = applied[i].nat->number;
		if (applied[i].nat->type != CONFIG_NAT)
			l->way->nat_source = ip_addr_v4(applied[i].outer);
		return;
	}
}
