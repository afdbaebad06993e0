/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The underlay: which port and neighbour lead to an address, and the adjacencies of neighbours.
 *
 * Routes through tunnels are left aside, so that the outer path of a tunnel never leads through a
 * tunnel, and so are our own host routes that pin the endpoints (agent_kernel.c), which follow from
 * what is found here. Neighbours in use carry no traffic of the kernel's own and would go stale:
 * they are asked again every half minute. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/agent_kernel.h"

#define REFRESH_SEC   30
#define REFRESH_BURST 256

/* True when the route leads out of a port and may carry the outer packets of tunnels. */
static bool is_underlay(const struct agent *agent, const struct netlink_route *route)
{
	return route->type == NETLINK_UNICAST && route->hop_count &&
	       !(route->protocol == NETLINK_PROTOCOL && route->metric == KERNEL_METRIC_PIN) &&
	       agent_lan_by_index(agent, route->hop[0].index) != 0;
}

/* False: no memory. */
static bool make_room(struct agent *agent)
{
	size_t room = agent->underlay_room ? agent->underlay_room * 2 : 16;
	struct netlink_route *p;

	if (agent->underlay_count < agent->underlay_room)
		return true;
	p = reallocarray(agent->underlay, room, sizeof(*p));
	if (!p)
		return false;
	agent->underlay = p;
	agent->underlay_room = room;
	return true;
}

void agent_underlay_sync(struct agent *agent)
{
	size_t count;
	const struct netlink_route *routes = netlink_routes(agent->netlink, &count);

	agent->underlay_count = 0;
	agent->asked_lan = 0;
	for (size_t i = 0; i < count; i++) {
		if (!is_underlay(agent, &routes[i]))
			continue;
		if (!make_room(agent)) {
			log_error("routes underlay error=no-memory");
			return;
		}
		agent->underlay[agent->underlay_count++] = routes[i];
	}
}

void agent_path_to(struct agent *agent, const struct ip_addr *remote, struct agent_path *out)
{
	const struct netlink_route *routes = agent->underlay, *best = NULL;

	*out = (struct agent_path){.adj = SHM_INDEX_NONE};
	for (size_t i = 0; i < agent->underlay_count; i++) {
		if (!ip_prefix_contains(&routes[i].prefix, remote))
			continue;
		if (!best || routes[i].prefix.length > best->prefix.length ||
		    (routes[i].prefix.length == best->prefix.length &&
			routes[i].metric < best->metric))
			best = &routes[i];
	}
	if (!best)
		return;
	out->lan = agent_lan_by_index(agent, best->hop[0].index);
	out->next = best->hop[0].gateway.family ? best->hop[0].gateway : *remote;
	out->via = best->prefix;
	out->adj = agent_adj_slot(agent, out->lan, &out->next, true);
}

static struct agent_adj *find(struct agent *agent, uint32_t lan, const struct ip_addr *addr)
{
	for (size_t i = 0; i < agent->adj_count; i++)
		if (agent->adj[i].lan == lan && ip_addr_equal(&agent->adj[i].addr, addr))
			return &agent->adj[i];
	return NULL;
}

/* Thousands of tunnels wait for the same router: it is asked for once in a look. */
static void ask_for(struct agent *agent, uint32_t lan, const struct ip_addr *addr)
{
	if (agent->asked_lan == lan && ip_addr_equal(&agent->asked, addr))
		return;
	agent->asked_lan = lan;
	agent->asked = *addr;
	(void)netlink_neigh_use(agent->netlink, agent->lan[lan].index, addr);
}

uint32_t agent_adj_slot(struct agent *agent, uint32_t lan, const struct ip_addr *addr, bool ask)
{
	const struct agent_adj *adj = find(agent, lan, addr);

	if (adj && adj->resolved)
		return adj->slot;
	if (ask && lan && agent->lan[lan].up)
		ask_for(agent, lan, addr);
	return SHM_INDEX_NONE;
}

static struct agent_adj *add(
    struct agent *agent, uint32_t lan, const struct ip_addr *addr, mono_t now)
{
	uint32_t slot;

	if (agent->adj_count == agent->adj_room) {
		size_t room = agent->adj_room ? agent->adj_room * 2 : 64;
		struct agent_adj *p = reallocarray(agent->adj, room, sizeof(*p));

		if (!p)
			return NULL;
		agent->adj = p;
		agent->adj_room = room;
	}
	slot = publish_alloc(agent->publish, CFG_TABLE_ADJS, now);
	if (slot == SHM_INDEX_NONE)
		return NULL;
	agent->adj[agent->adj_count] = (struct agent_adj){.lan = lan, .addr = *addr, .slot = slot};
	return &agent->adj[agent->adj_count++];
}

static void publish_adj(struct agent *agent, const struct agent_adj *adj, const uint8_t mac[6])
{
	const struct agent_lan *lan = &agent->lan[adj->lan];
	uint16_t type = htons(adj->addr.family == IP_FAMILY_V6 ? ETH_P_IPV6 : ETH_P_IP);
	struct cfg_adj record = {
	    .flags = CFG_ADJ_VALID,
	    .link = lan->slot,
	    .mtu = lan->mtu,
	    .rewrite_bytes = ETH_HLEN,
	    .ethertype_be = type,
	};

	memcpy(record.rewrite, mac, ETH_ALEN);
	memcpy(record.rewrite + ETH_ALEN, lan->mac, ETH_ALEN);
	memcpy(record.rewrite + 2 * ETH_ALEN, &type, sizeof(type));
	publish_put(agent->publish, CFG_TABLE_ADJS, adj->slot, &record);
}

static void sweep(struct agent *agent)
{
	for (size_t i = 0; i < agent->adj_count;) {
		if (agent->adj[i].seen) {
			i++;
			continue;
		}
		publish_retire(agent->publish, CFG_TABLE_ADJS, agent->adj[i].slot);
		agent->adj[i] = agent->adj[--agent->adj_count];
	}
}

void agent_neighs_refresh(struct agent *agent, mono_t now)
{
	size_t count, asked = 0;
	const struct netlink_neigh *neighs = netlink_neighs(agent->netlink, &count);

	if (mono_before(now, mono_add_sec(agent->neigh_refreshed, REFRESH_SEC)))
		return;
	agent->neigh_refreshed = now;
	for (size_t i = 0; i < count && asked < REFRESH_BURST; i++) {
		if (!neighs[i].stale || !agent_lan_by_index(agent, neighs[i].index))
			continue;
		(void)netlink_neigh_use(agent->netlink, neighs[i].index, &neighs[i].addr);
		asked++;
	}
}

void agent_adjs_sync(struct agent *agent, mono_t now)
{
	size_t count;
	const struct netlink_neigh *neighs = netlink_neighs(agent->netlink, &count);

	for (size_t i = 0; i < agent->adj_count; i++)
		agent->adj[i].seen = false;
	for (size_t i = 0; i < count; i++) {
		uint32_t lan = agent_lan_by_index(agent, neighs[i].index);
		struct agent_adj *adj;

		if (!lan || !neighs[i].usable || ip_addr_is_multicast(&neighs[i].addr))
			continue;
		adj = find(agent, lan, &neighs[i].addr);
		if (!adj)
			adj = add(agent, lan, &neighs[i].addr, now);
		if (!adj)
			continue;
		adj->seen = adj->resolved = true;
		publish_adj(agent, adj, neighs[i].mac);
	}
	sweep(agent);
}

bool agent_neigh_is_silent(const struct agent *agent, const struct ip_addr *addr)
{
	size_t count;
	const struct netlink_neigh *neighs = netlink_neighs(agent->netlink, &count);

	for (size_t i = 0; i < count; i++)
		if (neighs[i].silent && ip_addr_equal(&neighs[i].addr, addr) &&
		    agent_lan_by_index(agent, neighs[i].index))
			return true;
	return false;
}
