/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What would happen to a packet: the decisions of the dataplane and of the kernel's slow path made
 * once more, by the tables that both of them go by. Ports do translation before filters on the way
 * in and after them on the way out, as the router this follows. TTL, policing and what a look at
 * the packet's bytes decides (checksums, options) are left aside. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "control/agent_packet_internal.h"
#include "control/tunnel.h"

#define IP4_BYTES     20
#define IP6_BYTES     40
#define UDP_BYTES     8
#define ESP_BYTES     8
#define TRAILER_BYTES 2
#define FRAGMENT_UNIT 8u

void packet_name_place(struct place place, char out[PACKET_INTERFACE_ROOM])
{
	if (place.tunnel)
		(void)snprintf(out, PACKET_INTERFACE_ROOM, "TUNNEL[%u]", place.tunnel);
	else if (place.lan)
		(void)snprintf(out, PACKET_INTERFACE_ROOM, "LAN%u", place.lan);
	else
		out[0] = '\0';
}

void packet_finish(struct look *l, enum agent_packet_end end, const char *drop)
{
	l->way->end = end;
	l->way->drop = drop;
}

/* ---- routes ---- */

/* The route of the tables for the address, NULL = they have none. */
static const struct routes_entry *route_of(const struct agent *agent, const struct ip_addr *addr)
{
	return routes_cover(&agent->routes, addr, (int)ip_family_bits(addr->family));
}

static const char *source_of(const struct routes_entry *entry)
{
	switch (entry->preference) {
	case ROUTES_CONNECTED:
	case ROUTES_NEIGHBOUR: return "implicit";
	case ROUTES_STATIC: return "static";
	case ROUTES_BGP: return "bgp";
	case ROUTES_GUARD: return "guard";
	default: return "private";
	}
}

/* Where a member leads, and to which neighbour; `addr` is the packet's. */
static struct place place_of(const struct agent *agent, uint8_t kind, uint32_t index,
    const struct ip_addr *addr, struct ip_addr *next)
{
	const struct tunnel *tunnel =
	    kind == CFG_NH_TUNNEL ? agent_tunnel_by_slot(agent, index) : NULL;
	struct place place = {0};

	if (tunnel)
		place.tunnel = tunnel->number;
	else if (kind == CFG_NH_PUNT)
		place.lan = agent_lan_towards(agent, addr);
	for (size_t i = 0; kind == CFG_NH_ADJ && i < agent->adj_count; i++)
		if (agent->adj[i].slot == index) {
			place.lan = agent->adj[i].lan;
			*next = agent->adj[i].addr;
		}
	return place;
}

static bool is_member(const struct cfg_group *group, const struct routes_hop *hop)
{
	for (uint32_t i = 0; i < group->member_count; i++)
		if (group->member[i].kind == hop->kind && group->member[i].index == hop->index)
			return true;
	return false;
}

/* The route of the destination with its ways; false when the tables have none. */
static bool find_route(struct look *l)
{
	struct agent_packet_way *way = l->way;
	const struct routes_entry *entry = route_of(l->agent, &l->packet.destination);
	struct cfg_group group = {0};

	if (!entry)
		return false;
	way->routed = true;
	way->route = entry->prefix;
	way->source = source_of(entry);
	routes_members(entry, agent_hop_up, l->agent, &group);
	for (uint32_t i = 0; i < entry->hop_count; i++) {
		const struct routes_hop *hop = &entry->hop[i];
		struct agent_packet_member *member = &way->member[way->member_count++];
		bool asked = hop->kind == CFG_NH_TUNNEL || hop->kind == CFG_NH_ADJ;

		packet_name_place(place_of(l->agent, hop->kind, hop->index, &l->packet.destination,
				      &member->next),
		    member->interface);
		member->up = !asked || agent_hop_up(l->agent, hop->kind, hop->index);
		member->used = is_member(&group, hop);
	}
	l->hop = group.member[0];
	return true;
}

/* The tunnel in whose inside network an address is, 0 = none: that network is connected to the TUN,
 * so the kernel gives such packets back to the dataplane there. */
static uint32_t inside_of(const struct agent *agent, const struct ip_addr *addr)
{
	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		const struct config_tunnel *config = &agent->model->tunnel[n];

		if (agent->tunnel[n] && config->address_set &&
		    ip_prefix_contains(&config->address, addr))
			return n;
	}
	return 0;
}

/* Where a packet from that address comes in: by the route back, else from the internet. */
static void find_from(struct look *l)
{
	const struct ip_addr *source = &l->packet.source;
	const struct routes_entry *entry;
	struct ip_addr ignored;

	if (agent_owns_address(l->agent, source))
		return;
	entry = route_of(l->agent, source);
	if (entry && entry->hop_count) {
		struct cfg_group group = {0};

		routes_members(entry, agent_hop_up, l->agent, &group);
		l->from = place_of(
		    l->agent, group.member[0].kind, group.member[0].index, source, &ignored);
	}
	if (!l->from.tunnel && (!entry || !entry->prefix.length))
		l->from.tunnel = inside_of(l->agent, source);
	if (l->from.tunnel)
		l->from.lan = 0;
	if (!l->from.lan && !l->from.tunnel)
		l->from.lan = agent_wan(l->agent);
	packet_name_place(l->from, l->way->from);
}

/* ---- ways out ---- */

static uint32_t outer_bytes(const struct agent_packet_way *way, uint32_t inner)
{
	uint32_t block = names_encr_block_bytes(way->encr);
	uint32_t head = (way->remote.family == IP_FAMILY_V6 ? IP6_BYTES : IP4_BYTES) +
			(way->udp ? UDP_BYTES : 0) + ESP_BYTES + names_encr_iv_bytes(way->encr);

	if (!block)
		return 0;
	return head + (inner + TRAILER_BYTES + block - 1) / block * block +
	       names_icv_bytes(way->encr, way->auth);
}

/* How many packets it becomes where at most `mtu` fit, and how large the first of them is. */
static uint32_t cut(uint32_t bytes, uint32_t mtu, uint32_t *largest)
{
	uint32_t each;

	*largest = bytes;
	if (bytes <= mtu || mtu < IP4_BYTES + FRAGMENT_UNIT)
		return 1;
	each = (mtu - IP4_BYTES) / FRAGMENT_UNIT * FRAGMENT_UNIT;
	*largest = each + IP4_BYTES;
	return (bytes - IP4_BYTES + each - 1) / each;
}

static void read_tunnel(struct look *l, const struct agent_tunnel_status *status)
{
	struct agent_packet_way *way = l->way;

	way->local = status->local;
	way->remote = status->remote;
	way->mtu = status->inner_mtu;
	way->mss = status->mss_limit;
	if (way->mtu > 40 && way->mss > way->mtu - 40)
		way->mss = way->mtu - 40;
	way->udp = status->ike.nat_local || status->ike.nat_remote;
	way->clear_df = l->agent->model->tunnel[way->tunnel].df == CONFIG_DF_CLEAR;
	for (uint32_t i = 0; i < status->ike.child_count && i < IKE_STATUS_SAS; i++) {
		if (!status->ike.child[i].sending)
			continue;
		way->spi = status->ike.child[i].spi_out;
		way->encr = status->ike.child[i].encr;
		way->auth = status->ike.child[i].auth;
	}
}

/* True when the SAs of the tunnel are for such addresses. */
static bool is_selected(const struct look *l)
{
	const struct config_gateway *gateway =
	    config_tunnel_gateway(l->agent->model, l->way->tunnel);

	if (!gateway)
		return true;
	return (!gateway->local_id_set ||
		   ip_prefix_contains(&gateway->local_id, &l->packet.source)) &&
	       (!gateway->remote_id_set ||
		   ip_prefix_contains(&gateway->remote_id, &l->packet.destination));
}

static void leave_by_tunnel(struct look *l)
{
	struct agent_packet_way *way = l->way;
	struct agent_tunnel_status status = {0};
	uint32_t largest;

	way->tunnel = l->to.tunnel;
	if (!agent_tunnel(l->agent, way->tunnel, &status)) {
		packet_finish(l, AGENT_PACKET_DROPPED, "no_sa");
		return;
	}
	read_tunnel(l, &status);
	/* In the order of the dataplane, which first looks for a tunnel that is up. */
	if (!status.up) {
		packet_finish(l, AGENT_PACKET_DROPPED, "no_sa");
	} else if (l->from.tunnel == way->tunnel ||
		   ip_addr_equal(&way->remote, &l->packet.destination)) {
		packet_finish(l, AGENT_PACKET_DROPPED, "loop");
	} else if (!is_selected(l)) {
		packet_finish(l, AGENT_PACKET_DROPPED, "selector");
	} else if (!packet_filter(l, l->to, true, &way->out)) {
		return;
	} else if (l->packet.bytes > way->mtu && l->packet.dont_fragment && !way->clear_df) {
		packet_finish(l, AGENT_PACKET_TOO_BIG, "");
	} else {
		way->pieces = cut(l->packet.bytes, way->mtu, &largest);
		way->outer_bytes = outer_bytes(way, largest);
		if (packet_filter_outer(l, way->tunnel, true))
			packet_finish(l, AGENT_PACKET_ENCRYPTED, "");
	}
}

static void leave_by_port(struct look *l)
{
	struct agent_packet_way *way = l->way;
	const struct agent_lan *lan = &l->agent->lan[l->to.lan];
	uint32_t mss = l->agent->model->lan[l->to.lan].mss_limit, largest;
	bool fast =
	    l->hop.kind == CFG_NH_ADJ && !lan->wan && !agent_lan_is_kernels(l->agent, l->to.lan);

	way->mtu = lan->mtu;
	way->mss = mss == CFG_MSS_AUTO && way->mtu > 40 ? way->mtu - 40 : mss;
	if (!packet_filter(l, l->to, true, &way->out))
		return;
	packet_translate_out(l);
	way->pieces = cut(l->packet.bytes, way->mtu, &largest);
	if (way->mtu && l->packet.bytes > way->mtu && l->packet.dont_fragment)
		packet_finish(l, AGENT_PACKET_TOO_BIG, "");
	else
		packet_finish(l, fast ? AGENT_PACKET_CLEAR : AGENT_PACKET_KERNEL, "");
}

/* False: the packet is not for the inside network of a tunnel. */
static bool leave_by_inside(struct look *l)
{
	uint32_t n = inside_of(l->agent, &l->packet.destination);

	if (!n)
		return false;
	l->to.tunnel = n;
	l->way->routed = true;
	l->way->route = ip_prefix_mask(&l->agent->model->tunnel[n].address);
	l->way->source = "implicit";
	l->way->member_count = 1;
	l->way->member[0] = (struct agent_packet_member){
	    .up = agent_hop_up(l->agent, CFG_NH_TUNNEL, l->agent->tunnel[n]->slot), .used = true};
	packet_name_place(l->to, l->way->member[0].interface);
	leave_by_tunnel(l);
	return true;
}

/* What the tables have nothing of is the kernel's, by its own routes. */
static void leave_by_kernel(struct look *l)
{
	struct agent_path path;

	if (leave_by_inside(l))
		return;
	agent_path_to(l->agent, &l->packet.destination, &path);
	if (!path.lan) {
		packet_finish(l, AGENT_PACKET_UNREACHED, "");
		return;
	}
	l->way->routed = true;
	l->way->route = path.via;
	l->way->source = path.via.length ? "implicit" : "static";
	l->way->member_count = 1;
	l->way->member[0] =
	    (struct agent_packet_member){.next = path.next, .up = true, .used = true};
	l->to.lan = path.lan;
	packet_name_place(l->to, l->way->member[0].interface);
	leave_by_port(l);
}

static void leave(struct look *l)
{
	struct ip_addr ignored;

	if (!find_route(l)) {
		leave_by_kernel(l);
	} else if (l->hop.kind == CFG_NH_DROP || l->hop.kind == CFG_NH_NONE) {
		packet_finish(l, AGENT_PACKET_DROPPED, "blackhole");
	} else {
		l->to =
		    place_of(l->agent, l->hop.kind, l->hop.index, &l->packet.destination, &ignored);
		if (l->to.tunnel)
			leave_by_tunnel(l);
		else
			leave_by_port(l);
	}
	packet_name_place(l->to, l->way->to);
}

void agent_packet_look(
    struct agent *agent, const struct agent_packet *packet, struct agent_packet_way *out)
{
	struct look l = {.agent = agent, .packet = *packet, .way = out};

	*out = (struct agent_packet_way){.drop = "", .source = "", .pieces = 1};
	if (!agent->model) {
		packet_finish(&l, AGENT_PACKET_UNREACHED, "");
		return;
	}
	agent_settle(agent);
	find_from(&l);
	if (l.from.tunnel && !packet_filter_outer(&l, l.from.tunnel, false))
		return;
	packet_translate_in(&l);
	if (!packet_filter(&l, l.from, false, &out->in))
		return;
	if (agent_owns_address(agent, &l.packet.destination) ||
	    ip_addr_is_multicast(&l.packet.destination))
		packet_finish(&l, AGENT_PACKET_LOCAL, "");
	else
		leave(&l);
}
