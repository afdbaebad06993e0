/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The same routes in the kernel's main table, for what it sends or forwards itself: packets of this
 * machine, and packets that the fast path punted.
 *
 * Behind every route into a tunnel stands a blackhole of worse metric, and it stays while the
 * tunnel is down. So it does behind the network inside each tunnel, whose route comes and goes with
 * the TUN: an answer to what still came through it would follow the default route. Endpoints that a
 * tunnel route would swallow are pinned to their way through the port. All our routes bear
 * NETLINK_PROTOCOL; what bears it and is not wanted is removed. Where there was no memory for all
 * that is wanted, nothing is: a blackhole would be among what goes. */
#include "control/agent_kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/tunnel.h"

struct wanted {
	struct netlink_route *route;
	size_t count, room;
	bool incomplete; /* there was no memory for one */
};

static void want(struct wanted *w, const struct netlink_route *route)
{
	if (w->count == w->room) {
		size_t room = w->room ? w->room * 2 : 64;
		struct netlink_route *p = reallocarray(w->route, room, sizeof(*p));

		if (!p) {
			w->incomplete = true;
			return;
		}
		w->route = p;
		w->room = room;
	}
	w->route[w->count] = *route;
	w->route[w->count].protocol = NETLINK_PROTOCOL;
	w->count++;
}

static void want_blackhole(struct wanted *w, const struct ip_prefix *prefix, uint32_t metric)
{
	struct netlink_route route = {
	    .prefix = ip_prefix_mask(prefix), .type = NETLINK_BLACKHOLE, .metric = metric};

	want(w, &route);
}

static void add_hop(
    struct netlink_route *route, uint32_t index, const struct ip_addr *gateway, uint32_t weight)
{
	struct netlink_hop *hop;

	if (route->hop_count == NETLINK_HOPS)
		return;
	hop = &route->hop[route->hop_count++];
	hop->index = index;
	if (gateway)
		hop->gateway = *gateway;
	hop->weight = (uint16_t)(weight == 0 ? 1 : weight > 256 ? 256 : weight);
}

/* A way through a tunnel, when its TUN is there and up. A single way weighs 1: the kernel does not
 * keep a weight that means nothing. */
static void add_tunnel_hop(
    struct agent *agent, struct netlink_route *route, const struct tunnel *t, uint32_t weight)
{
	const struct netlink_link *link =
	    t ? netlink_link_by_index(agent->netlink, t->prepared) : NULL;

	if (t && t->up && link && link->up)
		add_hop(route, link->index, NULL, weight);
}

static void finish(struct agent *agent, struct wanted *w, struct netlink_route *route, bool tunnel)
{
	if (tunnel)
		want_blackhole(w, &route->prefix, KERNEL_METRIC_BLACKHOLE);
	if (route->hop_count == 0)
		return;
	if (route->hop_count == 1)
		route->hop[0].weight = 1;
	if (tunnel)
		route->source = agent_lan_source(agent);
	want(w, route);
}

static void want_static(struct agent *agent, struct wanted *w, const struct config_route *config)
{
	struct netlink_route route = {
	    .prefix = ip_prefix_mask(&config->destination), .metric = KERNEL_METRIC_ROUTE};
	bool tunnel = false;

	for (uint32_t i = 0; i < config->gateway_count; i++) {
		const struct config_route_gateway *gateway = &config->gateway[i];
		uint32_t lan;

		switch (gateway->kind) {
		case CONFIG_VIA_NULL: tunnel = true; break;
		case CONFIG_VIA_TUNNEL:
			tunnel = true;
			if (gateway->tunnel <= config_tunnels())
				add_tunnel_hop(
				    agent, &route, agent->tunnel[gateway->tunnel], gateway->weight);
			break;
		case CONFIG_VIA_ADDRESS:
			lan = agent_lan_towards(agent, &gateway->address);
			if (lan && agent->lan[lan].up)
				add_hop(&route, agent->lan[lan].index, &gateway->address,
				    gateway->weight);
			break;
		case CONFIG_VIA_DHCP: break;
		}
	}
	finish(agent, w, &route, tunnel);
}

/* Routes learnt by BGP, and guarded prefixes, which have no way at all. */
static void want_learnt(struct agent *agent, struct wanted *w, const struct routes_entry *entry)
{
	struct netlink_route route = {.prefix = entry->prefix, .metric = KERNEL_METRIC_ROUTE};
	struct cfg_group group = {0};

	routes_members(entry, agent_hop_up, agent, &group);
	for (uint32_t i = 0; i < group.member_count; i++)
		if (group.member[i].kind == CFG_NH_TUNNEL)
			add_tunnel_hop(agent, &route,
			    agent_tunnel_by_slot(agent, group.member[i].index),
			    group.member[i].weight);
	finish(agent, w, &route, true);
}

static bool is_tunnel(const struct netlink_link *link)
{
	uint32_t number;
	int end = 0;

	return link && sscanf(link->name, "tunnel%" SCNu32 "%n", &number, &end) == 1 &&
	       link->name[end] == '\0';
}

/* Of every tunnel that is configured, enabled or not, and of every TUN that is still there. */
static void want_inside(struct agent *agent, struct wanted *w)
{
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &count);

	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		const struct config_tunnel *tunnel = &agent->model->tunnel[n];
		struct ip_prefix remote = {
		    tunnel->remote, (uint8_t)ip_family_bits(tunnel->remote.family)};

		if (tunnel->address_set)
			want_blackhole(w, &tunnel->address, KERNEL_METRIC_INSIDE);
		if (tunnel->remote_set &&
		    !(tunnel->address_set && ip_prefix_contains(&tunnel->address, &tunnel->remote)))
			want_blackhole(w, &remote, KERNEL_METRIC_INSIDE);
	}
	for (size_t i = 0; i < count; i++)
		if (addrs[i].address.addr.family == IP_FAMILY_V4 &&
		    is_tunnel(netlink_link_by_index(agent->netlink, addrs[i].index)))
			want_blackhole(w, &addrs[i].address, KERNEL_METRIC_INSIDE);
}

static bool leads_into_tunnel(const struct routes_entry *entry)
{
	for (uint32_t i = 0; i < entry->hop_count; i++)
		if (entry->hop[i].kind == CFG_NH_TUNNEL)
			return true;
	return entry->preference == ROUTES_GUARD;
}

static void want_pin(struct agent *agent, struct wanted *w, const struct tunnel *t)
{
	const struct ip_addr *remote = &t->config.remote;
	struct netlink_route route = {.prefix = {*remote, (uint8_t)ip_family_bits(remote->family)},
	    .metric = KERNEL_METRIC_PIN};
	const struct routes_entry *entry;

	if (!t->complete || !t->path.lan)
		return;
	entry = routes_cover(&agent->routes, remote, route.prefix.length);
	while (entry && !leads_into_tunnel(entry))
		entry = routes_cover(&agent->routes, remote, entry->prefix.length - 1);
	if (!entry)
		return;
	add_hop(&route, agent->lan[t->path.lan].index,
	    ip_addr_equal(&t->path.next, remote) ? NULL : &t->path.next, 1);
	want(w, &route);
}

static int by_name(const void *a, const void *b)
{
	const struct netlink_route *x = a, *y = b;
	int order = ip_prefix_compare(&x->prefix, &y->prefix);

	if (order)
		return order;
	return (x->metric > y->metric) - (x->metric < y->metric);
}

static void report(const char *what, const struct netlink_route *route, int rc)
{
	char text[IP_PREFIX_TEXT_BYTES];

	ip_prefix_format(&route->prefix, text);
	if (rc)
		log_notice("kernel-route prefix=%s metric=%u %s=failed error=%s", text,
		    route->metric, what, strerror(-rc));
	else
		log_debug("kernel-route prefix=%s metric=%u %s=done", text, route->metric, what);
}

static bool same(const struct netlink_route *a, const struct netlink_route *b)
{
	return a->type == b->type && ip_addr_equal(&a->source, &b->source) &&
	       a->hop_count == b->hop_count &&
	       memcmp(a->hop, b->hop, a->hop_count * sizeof(a->hop[0])) == 0;
}

/* In order; what is wanted twice, once. */
static void settle(struct wanted *w)
{
	size_t kept = 0;

	if (w->count)
		qsort(w->route, w->count, sizeof(*w->route), by_name);
	for (size_t i = 0; i < w->count; i++)
		if (!kept || by_name(&w->route[kept - 1], &w->route[i]))
			w->route[kept++] = w->route[i];
	w->count = kept;
}

/* Removes first what nobody wants, then adds and replaces. */
static void reconcile(struct agent *agent, struct wanted *w)
{
	size_t count;
	const struct netlink_route *have = netlink_routes(agent->netlink, &count);

	for (size_t i = 0; i < count; i++) {
		if (have[i].protocol == NETLINK_PROTOCOL &&
		    !(w->count && bsearch(&have[i], w->route, w->count, sizeof(*have), by_name)))
			report("remove", &have[i], netlink_del_route(agent->netlink, &have[i]));
	}
	for (size_t i = 0; i < w->count; i++)
		w->route[i].protocol = 0; /* from here on: in place */
	for (size_t i = 0; i < count; i++) {
		struct netlink_route *found =
		    w->count ? bsearch(&have[i], w->route, w->count, sizeof(*have), by_name) : NULL;

		if (found && have[i].protocol == NETLINK_PROTOCOL && same(found, &have[i]))
			found->protocol = NETLINK_PROTOCOL;
	}
	for (size_t i = 0; i < w->count; i++)
		if (w->route[i].protocol == 0)
			report(
			    "put", &w->route[i], netlink_put_route(agent->netlink, &w->route[i]));
}

void agent_kernel_sync(struct agent *agent)
{
	struct wanted w = {.incomplete = agent->routes.incomplete};
	size_t statics;
	const struct config_route *route = agent_statics(agent, &statics);

	for (size_t i = 0; i < statics; i++)
		want_static(agent, &w, &route[i]);
	for (size_t i = 0; i < agent->routes.count; i++) {
		const struct routes_entry *entry = &agent->routes.entry[i];

		if (entry->preference == ROUTES_BGP || entry->preference == ROUTES_GUARD)
			want_learnt(agent, &w, entry);
	}
	for (uint32_t n = 1; n <= config_tunnels(); n++)
		if (agent->tunnel[n])
			want_pin(agent, &w, agent->tunnel[n]);
	want_inside(agent, &w);
	settle(&w);
	if (w.incomplete)
		log_error("kernel-route error=no-memory");
	else
		reconcile(agent, &w);
	free(w.route);
}
