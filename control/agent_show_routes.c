/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Snapshot of the routes for the console: all of them, and those of one BGP neighbor.
 *
 * Every source of a prefix is listed; agent->routes, which the tables were made from, says which of
 * them forwards. The others are hidden, and a prefix whose best source has no way that is up is
 * shown as dropped: nothing worse takes its place. The prefixes that are dropped because nothing is
 * known of them (guards, private networks) come last. */
#include <stdio.h>
#include <string.h>

#include "control/agent_internal.h"
#include "control/tunnel.h"

struct route_list {
	struct agent *agent;
	struct agent_route *out;
	size_t count, max;
};

static struct agent_route *route_new(
    struct route_list *list, const struct ip_prefix *prefix, enum agent_route_kind kind)
{
	static struct agent_route beyond; /* counted, not kept */
	struct agent_route *r = list->count < list->max ? &list->out[list->count] : &beyond;

	list->count++;
	*r = (struct agent_route){.prefix = ip_prefix_mask(prefix), .kind = kind};
	return r;
}

static void name_lan(const struct route_list *list, struct agent_route *r, uint32_t lan)
{
	if (lan)
		(void)snprintf(r->interface, sizeof(r->interface), "LAN%u%s", lan,
		    list->agent->model->lan[lan].dhcp ? "(DHCP)" : "");
	else
		(void)snprintf(r->interface, sizeof(r->interface), "-");
}

static void name_tunnel(struct agent_route *r, uint32_t number)
{
	if (number)
		(void)snprintf(r->interface, sizeof(r->interface), "TUNNEL[%u]", number);
	else
		(void)snprintf(r->interface, sizeof(r->interface), "-");
}

/* Another way of the source of `r`, the last of the list, stands there and is shown. */
static bool shown_already(const struct route_list *list, const struct agent_route *r)
{
	for (size_t i = list->count - 1; i > 0 && i < list->max; i--) {
		const struct agent_route *other = &list->out[i - 1];

		if (other->kind != r->kind || !ip_prefix_equal(&other->prefix, &r->prefix))
			return false;
		if (!other->hidden)
			return true;
	}
	return false;
}

/* Marks the route, the last of the list, by what becomes of it, with the way it stands for. */
static void mark(const struct route_list *list, struct agent_route *r, uint32_t preference,
    uint8_t kind, uint32_t index)
{
	size_t bytes = strlen(r->info);

	switch (routes_use(
	    &list->agent->routes, &r->prefix, preference, kind, index, agent_hop_up, list->agent)) {
	case ROUTES_USED: return;
	case ROUTES_UNUSED: r->hidden = true; return;
	case ROUTES_DROPPING:
		r->hidden = shown_already(list, r);
		(void)snprintf(r->info + bytes, sizeof(r->info) - bytes, "%sunusable: dropped",
		    bytes ? " " : "");
		return;
	}
}

static uint32_t slot_of(const struct agent *agent, uint32_t number)
{
	const struct tunnel *t = number <= config_tunnels() ? agent->tunnel[number] : NULL;

	return t ? t->slot : SHM_INDEX_NONE;
}

static void mark_by_address(const struct route_list *list, struct agent_route *r,
    const struct config_route_gateway *gateway, uint32_t lan)
{
	struct agent *agent = list->agent;
	uint32_t adj;

	if (!agent_gateway_active(agent, gateway)) {
		r->hidden = true;
		return;
	}
	if (!routes_find(&agent->routes, &r->prefix))
		return; /* the kernel's: a plain default route through a port */
	adj = agent_lan_is_kernels(agent, lan)
		  ? SHM_INDEX_NONE
		  : agent_adj_slot(agent, lan, &gateway->address, false);
	if (adj != SHM_INDEX_NONE)
		mark(list, r, ROUTES_STATIC, CFG_NH_ADJ, adj);
	else
		mark(list, r, ROUTES_STATIC, CFG_NH_PUNT, 0);
}

static void list_static(struct route_list *list, const struct config_route *route)
{
	for (uint32_t i = 0; i < route->gateway_count; i++) {
		const struct config_route_gateway *gateway = &route->gateway[i];
		struct agent_route *r = route_new(list, &route->destination, AGENT_ROUTE_STATIC);
		uint32_t lan;

		switch (gateway->kind) {
		case CONFIG_VIA_NULL:
			(void)snprintf(r->interface, sizeof(r->interface), "NULL");
			mark(list, r, ROUTES_STATIC, CFG_NH_DROP, 0);
			break;
		case CONFIG_VIA_TUNNEL:
			name_tunnel(r, gateway->tunnel);
			mark(list, r, ROUTES_STATIC, CFG_NH_TUNNEL,
			    slot_of(list->agent, gateway->tunnel));
			break;
		case CONFIG_VIA_ADDRESS:
			lan = agent_lan_towards(list->agent, &gateway->address);
			r->gateway = gateway->address;
			name_lan(list, r, lan);
			mark_by_address(list, r, gateway, lan);
			break;
		case CONFIG_VIA_DHCP: break; /* filled in */
		}
	}
}

/* What the kernel has a default route for that is not ours. */
static void list_learnt_default(struct route_list *list)
{
	size_t n;
	const struct netlink_route *routes = netlink_routes(list->agent->netlink, &n);

	for (size_t i = 0; i < n; i++) {
		uint32_t lan = routes[i].hop_count
				   ? agent_lan_by_index(list->agent, routes[i].hop[0].index)
				   : 0;
		struct agent_route *r;

		if (!lan || routes[i].prefix.length || routes[i].protocol == NETLINK_PROTOCOL)
			continue;
		r = route_new(list, &routes[i].prefix, AGENT_ROUTE_STATIC);
		r->gateway = routes[i].hop[0].gateway;
		r->hidden = routes_find(&list->agent->routes, &r->prefix) != NULL;
		name_lan(list, r, lan);
	}
}

static void list_implicit(struct route_list *list)
{
	struct agent *agent = list->agent;
	size_t n;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &n);

	for (size_t i = 0; i < n; i++) {
		uint32_t lan = agent_lan_by_index(agent, addrs[i].index);
		struct agent_route *r;

		if (!lan || ip_addr_is_link_local(&addrs[i].address.addr))
			continue;
		r = route_new(list, &addrs[i].address, AGENT_ROUTE_IMPLICIT);
		r->gateway = addrs[i].address.addr;
		name_lan(list, r, lan);
	}
	for (uint32_t t = 1; t <= config_tunnels(); t++) {
		const struct config_tunnel *config = &agent->model->tunnel[t];

		if (agent->tunnel[t] && config->address_set)
			name_tunnel(route_new(list, &config->address, AGENT_ROUTE_IMPLICIT), t);
	}
}

static void list_bgp(void *ctx, const struct bgp_path *path)
{
	struct route_list *list = ctx;
	uint32_t number = agent_bgp_tunnel(list->agent, path->peer);
	struct agent_route *r = route_new(list, &path->prefix, AGENT_ROUTE_BGP);
	int at = snprintf(r->info, sizeof(r->info), "path=");

	r->gateway = path->next_hop;
	name_tunnel(r, number);
	for (uint32_t i = 0; i < path->path_count && (size_t)at < sizeof(r->info); i++)
		at += snprintf(r->info + at, sizeof(r->info) - (size_t)at, "%s%u", i ? " " : "",
		    path->path[i]);
	mark(list, r, ROUTES_BGP, CFG_NH_TUNNEL, slot_of(list->agent, number));
}

static void list_guards(struct route_list *list)
{
	const struct routes_set *set = &list->agent->routes;

	for (size_t i = 0; i < set->count; i++) {
		bool private = set->entry[i].preference == ROUTES_PRIVATE;
		struct agent_route *r;

		if (!private && set->entry[i].preference != ROUTES_GUARD)
			continue;
		r = route_new(list, &set->entry[i].prefix, AGENT_ROUTE_IMPLICIT);
		r->guard = true;
		(void)snprintf(r->interface, sizeof(r->interface), "NULL");
		(void)snprintf(r->info, sizeof(r->info), "%s",
		    private ? "private, no route names it: dropped"
			    : "a tunnel's until BGP lost it: dropped");
	}
}

size_t agent_routes(struct agent *agent, struct agent_route *out, size_t max)
{
	struct route_list list = {.agent = agent, .out = out, .max = max};
	const struct config_route *statics;
	size_t count;

	if (!agent->model)
		return 0;
	agent_settle(agent);
	statics = agent_statics(agent, &count);
	for (size_t i = 0; i < count; i++)
		list_static(&list, &statics[i]);
	list_learnt_default(&list);
	list_implicit(&list);
	bgp_rib_each(agent_bgp_rib(agent), list_bgp, &list);
	list_guards(&list);
	for (size_t i = 0; i < list.count && i < max; i++)
		out[i].silent = !out[i].prefix.length && out[i].gateway.family != IP_FAMILY_NONE &&
				agent_neigh_is_silent(agent, &out[i].gateway);
	return list.count;
}

/* ---- one neighbor ---- */

struct neighbor_list {
	const struct ip_addr *neighbor;
	const struct bgp_config *config;
	struct agent_bgp_route *out;
	size_t count, max;
};

static struct agent_bgp_route *neighbor_route(
    struct neighbor_list *list, const struct ip_prefix *prefix)
{
	static struct agent_bgp_route beyond; /* counted, not kept */
	struct agent_bgp_route *r = list->count < list->max ? &list->out[list->count] : &beyond;

	list->count++;
	*r = (struct agent_bgp_route){.prefix = *prefix, .origin = "IGP"};
	return r;
}

static void list_received(void *ctx, const struct bgp_path *path)
{
	static const char *const origins[] = {"IGP", "EGP", "incomplete"};
	struct neighbor_list *list = ctx;
	struct agent_bgp_route *r;
	int at = 0;

	if (!ip_addr_equal(&path->peer->remote, list->neighbor))
		return;
	r = neighbor_route(list, &path->prefix);
	r->next_hop = path->next_hop;
	r->med_set = path->med_present;
	r->med = path->med;
	r->local_pref_set = path->peer->local_as == path->peer->remote_as;
	r->local_pref = path->local_pref;
	r->origin = origins[path->origin < 3 ? path->origin : 2];
	r->used = path->best;
	for (uint32_t i = 0;
	     i < path->path_count && i < BGP_PATH_ASNS && (size_t)at < sizeof(r->path); i++)
		at += snprintf(r->path + at, sizeof(r->path) - (size_t)at, "%s%u", i ? " " : "",
		    path->path[i]);
}

static void list_advertised(void *ctx, const struct ip_prefix *prefix)
{
	struct neighbor_list *list = ctx;
	struct agent_bgp_route *r = neighbor_route(list, prefix);

	r->next_hop = ip_addr_v4(0);
	r->med_set = list->config->med_set;
	r->med = list->config->med;
	r->used = true;
}

size_t agent_bgp_routes(struct agent *agent, const struct ip_addr *neighbor,
    enum agent_bgp_routes which, struct agent_bgp_route *out, size_t max)
{
	struct neighbor_list list = {.neighbor = neighbor, .out = out, .max = max};
	const struct bgp_peer *peer = agent_bgp_peer(agent, neighbor);

	if (which == AGENT_BGP_RECEIVED) {
		bgp_rib_each(agent_bgp_rib(agent), list_received, &list);
	} else if (peer) {
		list.config = bgp_peer_config(peer);
		bgp_peer_each_export(peer, list_advertised, &list);
	}
	return list.count;
}
