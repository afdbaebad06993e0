/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Choosing among routes.
 *
 * A group is named by the ways a prefix has, in order of rank, and not by those that are up: when a
 * tunnel fails, the members of one group change and no route does. */
#include "control/routes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

int routes_add(struct routes_set *set, const struct routes_entry *entry)
{
	if (set->count == set->room) {
		size_t room = set->room ? set->room * 2 : 64;
		struct routes_entry *p = reallocarray(set->entry, room, sizeof(*p));

		if (!p) {
			set->incomplete = true;
			return -ENOMEM;
		}
		set->entry = p;
		set->room = room;
	}
	set->entry[set->count] = *entry;
	set->entry[set->count].prefix = ip_prefix_mask(&entry->prefix);
	set->count++;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct routes_entry *x = a, *y = b;
	int order = ip_prefix_compare(&x->prefix, &y->prefix);

	if (order)
		return order;
	return (x->preference < y->preference) - (x->preference > y->preference);
}

void routes_settle(struct routes_set *set)
{
	size_t kept = 0;

	if (set->count)
		qsort(set->entry, set->count, sizeof(*set->entry), compare);
	for (size_t i = 0; i < set->count; i++) {
		if (kept && ip_prefix_equal(&set->entry[kept - 1].prefix, &set->entry[i].prefix))
			continue;
		if (kept != i)
			set->entry[kept] = set->entry[i];
		kept++;
	}
	set->count = kept;
}

void routes_clear(struct routes_set *set)
{
	set->count = 0;
	set->incomplete = false;
}

void routes_free(struct routes_set *set)
{
	free(set->entry);
	*set = (struct routes_set){0};
}

void routes_hop_add(
    struct routes_entry *entry, uint8_t kind, uint32_t index, uint32_t weight, uint8_t rank)
{
	if (entry->hop_count == CFG_GROUP_MEMBERS)
		return;
	entry->hop[entry->hop_count++] = (struct routes_hop){
	    .index = index,
	    .weight = (uint16_t)(weight > UINT16_MAX ? UINT16_MAX : weight),
	    .kind = kind,
	    .rank = rank,
	};
}

static bool is_up(const struct routes_hop *hop, routes_up_fn *up, void *ctx)
{
	if (hop->kind == CFG_NH_TUNNEL || hop->kind == CFG_NH_ADJ)
		return up(ctx, hop->kind, hop->index);
	return true;
}

/* Appends the hops of `rank` that are up, with a weight or on standby. */
static void take(const struct routes_entry *entry, uint8_t rank, bool standby, routes_up_fn *up,
    void *ctx, struct cfg_group *group)
{
	for (uint32_t i = 0; i < entry->hop_count; i++) {
		const struct routes_hop *hop = &entry->hop[i];

		if (hop->rank != rank || (hop->weight == 0) != standby || !is_up(hop, up, ctx))
			continue;
		group->member[group->member_count++] = (struct cfg_next_hop){
		    .index = hop->index, .weight = standby ? 1 : hop->weight, .kind = hop->kind};
	}
}

void routes_members(
    const struct routes_entry *entry, routes_up_fn *up, void *ctx, struct cfg_group *group)
{
	memset(group->member, 0, sizeof(group->member));
	group->member_count = 0;
	for (unsigned rank = 0; rank <= UINT8_MAX && group->member_count == 0; rank++) {
		take(entry, (uint8_t)rank, false, up, ctx, group);
		if (group->member_count == 0)
			take(entry, (uint8_t)rank, true, up, ctx, group);
	}
	if (group->member_count == 0) {
		group->member[0] = (struct cfg_next_hop){.kind = CFG_NH_DROP, .weight = 1};
		group->member_count = 1;
	}
}

const struct routes_entry *routes_find(const struct routes_set *set, const struct ip_prefix *prefix)
{
	size_t from = 0, to = set->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = ip_prefix_compare(prefix, &set->entry[middle].prefix);

		if (order == 0)
			return &set->entry[middle];
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

const struct routes_entry *routes_cover(
    const struct routes_set *set, const struct ip_addr *addr, int length)
{
	const struct routes_entry *entry = NULL;

	for (; !entry && length >= 0; length--) {
		struct ip_prefix prefix = {.addr = *addr, .length = (uint8_t)length};

		prefix = ip_prefix_mask(&prefix);
		entry = routes_find(set, &prefix);
	}
	return entry;
}

enum routes_use routes_use(const struct routes_set *set, const struct ip_prefix *prefix,
    uint32_t preference, uint8_t kind, uint32_t index, routes_up_fn *up, void *ctx)
{
	const struct routes_entry *entry = routes_find(set, prefix);
	struct cfg_group group;

	if (!entry || entry->preference != preference)
		return ROUTES_UNUSED;
	routes_members(entry, up, ctx, &group);
	for (uint32_t i = 0; i < group.member_count; i++)
		if (group.member[i].kind == kind && group.member[i].index == index)
			return ROUTES_USED;
	return group.member[0].kind == CFG_NH_DROP ? ROUTES_DROPPING : ROUTES_UNUSED;
}

bool routes_same_hops(const struct routes_entry *a, const struct routes_entry *b)
{
	return a->hop_count == b->hop_count &&
	       (a->hop_count == 0 || memcmp(a->hop, b->hop, a->hop_count * sizeof(a->hop[0])) == 0);
}

uint32_t routes_hash_hops(const struct routes_entry *entry)
{
	return hash_bytes(HASH_START, entry->hop, entry->hop_count * sizeof(entry->hop[0]));
}
