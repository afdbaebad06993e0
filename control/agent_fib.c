/* SPDX-License-Identifier: BSD-3-Clause
 *
 * agent->routes into next-hop groups and the banks of routes.
 *
 * Groups stand before the routes that name them; those that nothing names any more are retired,
 * which lasts until the new routes are applied. Where routes are missing, as there was no memory
 * or no room for all, those before stay in force, and with them their groups. */
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_internal.h"

static void index_groups(struct agent *agent)
{
	for (size_t i = 0; i < AGENT_GROUP_BUCKETS; i++)
		agent->group_bucket[i] = SHM_INDEX_NONE;
	for (size_t i = 0; i < agent->group_count; i++) {
		uint32_t bucket = routes_hash_hops(&agent->group[i].key) % AGENT_GROUP_BUCKETS;

		agent->group[i].used = false;
		agent->group[i].next = agent->group_bucket[bucket];
		agent->group_bucket[bucket] = (uint32_t)i;
	}
}

static struct agent_group *group_new(
    struct agent *agent, const struct routes_entry *key, uint32_t bucket, mono_t now)
{
	struct agent_group *g;

	if (agent->group_count == agent->group_room) {
		size_t room = agent->group_room ? agent->group_room * 2 : 64;
		struct agent_group *p = reallocarray(agent->group, room, sizeof(*p));

		if (!p)
			return NULL;
		agent->group = p;
		agent->group_room = room;
	}
	g = &agent->group[agent->group_count];
	*g = (struct agent_group){.key = *key, .next = agent->group_bucket[bucket]};
	g->slot = publish_alloc(agent->publish, CFG_TABLE_GROUPS, now);
	if (g->slot == SHM_INDEX_NONE)
		return NULL;
	agent->group_bucket[bucket] = (uint32_t)agent->group_count++;
	return g;
}

/* The slot of the group of `entry`, its members as they are now. SHM_INDEX_NONE: no room. */
static uint32_t group_for(struct agent *agent, const struct routes_entry *entry, mono_t now)
{
	uint32_t bucket = routes_hash_hops(entry) % AGENT_GROUP_BUCKETS;
	struct agent_group *g = NULL;
	struct cfg_group record = {0};

	for (uint32_t i = agent->group_bucket[bucket]; i != SHM_INDEX_NONE;
	     i = agent->group[i].next) {
		if (routes_same_hops(&agent->group[i].key, entry)) {
			g = &agent->group[i];
			break;
		}
	}
	if (!g)
		g = group_new(agent, entry, bucket, now);
	if (!g)
		return SHM_INDEX_NONE;
	if (!g->used) {
		g->used = true;
		routes_members(entry, agent_hop_up, agent, &record);
		publish_put(agent->publish, CFG_TABLE_GROUPS, g->slot, &record);
	}
	return g->slot;
}

static void sweep(struct agent *agent)
{
	for (size_t i = 0; i < agent->group_count;) {
		if (agent->group[i].used) {
			i++;
			continue;
		}
		publish_retire(agent->publish, CFG_TABLE_GROUPS, agent->group[i].slot);
		agent->group[i] = agent->group[--agent->group_count];
	}
}

void agent_fib_sync(struct agent *agent, mono_t now)
{
	const struct routes_set *set = &agent->routes;
	struct cfg_route *routes = calloc(set->count ? set->count : 1, sizeof(*routes));
	size_t n = 0;
	int rc;

	if (!routes || set->incomplete) {
		free(routes);
		return;
	}
	index_groups(agent);
	for (size_t i = 0; i < set->count; i++) {
		const struct ip_prefix *prefix = &set->entry[i].prefix;
		struct cfg_route *route = &routes[n];

		route->group = group_for(agent, &set->entry[i], now);
		if (route->group == SHM_INDEX_NONE)
			continue;
		memcpy(route->prefix.bytes, prefix->addr.bytes, sizeof(route->prefix.bytes));
		route->prefix.family = prefix->addr.family;
		route->prefix.prefix_length = prefix->length;
		n++;
	}
	if (n < set->count) {
		memset(&routes[n], 0, sizeof(routes[n]));
		log_error("routes groups=full left-out=%zu", set->count - n);
	}
	rc = publish_routes(agent->publish, routes, n);
	if (rc)
		log_error("routes count=%zu error=%s", n, strerror(-rc));
	else
		sweep(agent);
	free(routes);
}
