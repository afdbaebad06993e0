/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which routes there are: connected prefixes, neighbours, static routes, what BGP has chosen.
 *
 * A prefix that BGP once led into a tunnel stays guarded when its routes are gone: dropped here and
 * in the kernel, so that nothing meant for the VPN follows the default route in the clear. The
 * guard ends when no BGP session is configured any more (guards.h: or past a limit). A plain
 * default route through a port is not taken in: such packets are the kernel's, and so are all that
 * leave by a port that translates addresses. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/agent_kernel.h"
#include "control/tunnel.h"

struct tunnel *agent_tunnel_by_slot(const struct agent *agent, uint32_t slot)
{
	return slot < SHM_TUNNELS_MAX ? agent->tunnel_at[slot] : NULL;
}

bool agent_lan_is_kernels(const struct agent *agent, uint32_t lan)
{
	return config_lan_translates(agent->model, lan);
}

bool agent_hop_up(void *ctx, uint8_t kind, uint32_t index)
{
	const struct tunnel *t;

	if (kind != CFG_NH_TUNNEL)
		return true;
	t = agent_tunnel_by_slot(ctx, index);
	return t && t->up;
}

uint32_t agent_lan_towards(const struct agent *agent, const struct ip_addr *addr)
{
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &count);

	for (size_t i = 0; i < count; i++) {
		uint32_t lan = agent_lan_by_index(agent, addrs[i].index);

		if (lan && ip_prefix_contains(&addrs[i].address, addr))
			return lan;
	}
	return 0;
}

static void add(struct agent *agent, const struct routes_entry *entry)
{
	if (routes_add(&agent->routes, entry))
		log_error("routes error=no-memory");
}

static void add_connected(struct agent *agent)
{
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &count);

	for (size_t i = 0; i < count; i++) {
		struct routes_entry entry = {
		    .prefix = addrs[i].address, .preference = ROUTES_CONNECTED};

		if (!agent_lan_by_index(agent, addrs[i].index) ||
		    ip_addr_is_link_local(&addrs[i].address.addr))
			continue;
		routes_hop_add(&entry, CFG_NH_PUNT, 0, 1, 0);
		add(agent, &entry);
	}
}

static void add_neighbours(struct agent *agent)
{
	for (size_t i = 0; i < agent->adj_count; i++) {
		const struct agent_adj *adj = &agent->adj[i];
		struct routes_entry entry = {
		    .prefix = {adj->addr, (uint8_t)ip_family_bits(adj->addr.family)},
		    .preference = ROUTES_NEIGHBOUR};

		if (agent_lan_towards(agent, &adj->addr) != adj->lan ||
		    ip_addr_is_link_local(&adj->addr) || agent_lan_is_kernels(agent, adj->lan))
			continue;
		routes_hop_add(&entry, CFG_NH_ADJ, adj->slot, 1, 0);
		add(agent, &entry);
	}
}

bool agent_gateway_active(const struct agent *agent, const struct config_route_gateway *gateway)
{
	const struct tunnel *t;
	uint32_t lan;

	switch (gateway->kind) {
	case CONFIG_VIA_NULL: return true;
	case CONFIG_VIA_ADDRESS:
		lan = agent_lan_towards(agent, &gateway->address);
		return lan && agent->lan[lan].up;
	case CONFIG_VIA_TUNNEL:
		t = gateway->tunnel <= config_tunnels() ? agent->tunnel[gateway->tunnel] : NULL;
		return t && (t->up || !gateway->hide);
	case CONFIG_VIA_DHCP: return false; /* one that DHCP told is an address */
	}
	return false;
}

/* False: the entry has no meaning for the fast path. */
static bool make_static(
    struct agent *agent, const struct config_route *route, struct routes_entry *entry)
{
	bool ours = false;

	*entry = (struct routes_entry){.prefix = route->destination, .preference = ROUTES_STATIC};
	for (uint32_t i = 0; i < route->gateway_count; i++) {
		const struct config_route_gateway *gateway = &route->gateway[i];
		const struct tunnel *t;
		uint32_t lan, adj;

		switch (gateway->kind) {
		case CONFIG_VIA_NULL: ours = true; break;
		case CONFIG_VIA_TUNNEL:
			ours = true;
			t = gateway->tunnel <= config_tunnels() ? agent->tunnel[gateway->tunnel]
							      : NULL;
			if (t)
				routes_hop_add(entry, CFG_NH_TUNNEL, t->slot, gateway->weight, 0);
			break;
		case CONFIG_VIA_ADDRESS:
			lan = agent_lan_towards(agent, &gateway->address);
			if (!lan || !agent->lan[lan].up)
				break;
			ours = ours || route->destination.length != 0;
			adj = agent_lan_is_kernels(agent, lan)
				  ? SHM_INDEX_NONE
				  : agent_adj_slot(agent, lan, &gateway->address, true);
			if (adj != SHM_INDEX_NONE)
				routes_hop_add(entry, CFG_NH_ADJ, adj, gateway->weight, 0);
			else
				routes_hop_add(entry, CFG_NH_PUNT, 0, gateway->weight, 0);
			break;
		case CONFIG_VIA_DHCP: break;
		}
	}
	return ours;
}

static void add_static(struct agent *agent)
{
	for (size_t i = 0; i < agent->static_count; i++) {
		struct routes_entry entry;

		if (make_static(agent, &agent->statics[i], &entry))
			add(agent, &entry);
	}
}

/* ---- BGP ---- */

struct bgp_collect {
	struct agent *agent;
	struct routes_entry entry; /* of the prefix under way; hop_count 0: none */
};

static void guard(struct agent *agent, const struct ip_prefix *prefix)
{
	if (guards_add(&agent->guards, prefix))
		log_error("routes guard error=no-memory");
}

static void finish_prefix(struct bgp_collect *c)
{
	if (!c->entry.hop_count)
		return;
	add(c->agent, &c->entry);
	guard(c->agent, &c->entry.prefix);
	c->entry.hop_count = 0;
}

/* Paths come prefix by prefix, the best first: rank is the order. */
static void visit_path(void *ctx, const struct bgp_path *path)
{
	struct bgp_collect *c = ctx;
	uint32_t number = agent_bgp_tunnel(c->agent, path->peer);
	const struct tunnel *t = number ? c->agent->tunnel[number] : NULL;

	if (c->entry.hop_count && !ip_prefix_equal(&c->entry.prefix, &path->prefix))
		finish_prefix(c);
	if (!t)
		return;
	if (!c->entry.hop_count)
		c->entry = (struct routes_entry){.prefix = path->prefix, .preference = ROUTES_BGP};
	routes_hop_add(&c->entry, CFG_NH_TUNNEL, t->slot, 1, (uint8_t)c->entry.hop_count);
}

/* Prefixes that a former run left behind as blackholes: they were a tunnel's. */
static void adopt_guards(struct agent *agent)
{
	size_t count;
	const struct netlink_route *routes = netlink_routes(agent->netlink, &count);

	for (size_t i = 0; i < count; i++)
		if (routes[i].protocol == NETLINK_PROTOCOL && routes[i].type == NETLINK_BLACKHOLE &&
		    routes[i].metric == KERNEL_METRIC_BLACKHOLE)
			guard(agent, &routes[i].prefix);
	agent->guards_adopted = true;
}

static void add_private(struct agent *agent)
{
	static const struct ip_prefix private[] = {{{IP_FAMILY_V4, {10}}, 8},
	    {{IP_FAMILY_V4, {172, 16}}, 12}, {{IP_FAMILY_V4, {192, 168}}, 16}};

	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
		struct routes_entry entry = {.prefix = private[i], .preference = ROUTES_PRIVATE};

		add(agent, &entry);
	}
}

static void add_guards(struct agent *agent)
{
	size_t forgotten = guards_settle(&agent->guards);

	if (forgotten)
		log_error("routes guards=full forgotten=%zu", forgotten);
	for (size_t i = 0; i < agent->guards.count; i++) {
		struct routes_entry entry = {
		    .prefix = agent->guards.entry[i].prefix, .preference = ROUTES_GUARD};

		add(agent, &entry);
	}
}

static void add_bgp(struct agent *agent)
{
	struct bgp_collect collect = {.agent = agent};

	if (!agent->guards_adopted)
		adopt_guards(agent);

	if (!agent_bgp_in_use(agent)) {
		guards_clear(&agent->guards);
		return;
	}
	bgp_rib_each(agent_bgp_rib(agent), visit_path, &collect);
	finish_prefix(&collect);
	add_private(agent);
	add_guards(agent);
}

void agent_routes_sync(struct agent *agent)
{
	routes_clear(&agent->routes);
	add_connected(agent);
	add_neighbours(agent);
	add_static(agent);
	add_bgp(agent);
	routes_settle(&agent->routes);
}

size_t agent_routes_static(struct agent *agent, struct ip_prefix *out, size_t max)
{
	size_t count, n = 0;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &count);

	for (size_t i = 0; i < agent->static_count; i++) {
		const struct config_route *route = &agent->statics[i];
		bool active = false;

		for (uint32_t g = 0; g < route->gateway_count; g++)
			active = active || agent_gateway_active(agent, &route->gateway[g]);
		if (active && n < max)
			out[n++] = ip_prefix_mask(&route->destination);
	}
	for (size_t i = 0; i < count && n < max; i++) {
		uint32_t lan = agent_lan_by_index(agent, addrs[i].index);
		bool outer =
		    config_lan_translates(agent->model, lan) &&
		    addrs[i].address.length == ip_family_bits(addrs[i].address.addr.family);

		if (lan && agent->lan[lan].up && !outer)
			out[n++] = ip_prefix_mask(&addrs[i].address);
	}
	return n;
}
