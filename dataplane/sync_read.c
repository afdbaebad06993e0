/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Copying out of cfg.v1. Nothing that was read is read again, but for the guards (slot sequence,
 * route stamp) that say whether the copy is whole. What a slot's sequence was is kept apart from
 * the copies: to look for changes touches a line of each slot and little more. */
#include "dataplane/sync_read.h"

#include <string.h>

#include "common/log.h"
#include "common/shm_slot.h"
#include "dataplane/sync.h"
#include "dataplane/sync_scan.h"

void sync_note_invalid(struct sync *sync, const char *what, uint32_t slot, const char *why)
{
	sync->stats.invalid++;
	if (mono_before(sync->now, sync->log_at))
		return;
	sync->log_at = mono_add_sec(sync->now, 1);
	log_error("sync %s=%u event=invalid reason=\"%s\"", what, slot, why);
}

/* A table and what is kept of it. */
struct copied {
	uint32_t table, count;
	uint32_t *seen; /* [count]: the slots' sequences when they were copied */
	void *copies;
	size_t bytes; /* of a record */
	struct slot_set *stale;
};

static void copy_table(struct sync *sync, const struct copied *t, struct sync_outcome *outcome)
{
	const uint8_t *slot = shm_map_at(&sync->cfg, t->table, 0);
	uint32_t stride = sync->cfg.table[t->table].stride;

	for (uint32_t i = 0; i < t->count; i++, slot += stride) {
		union {
			struct shm_slot_head head;
			uint8_t bytes[512];
		} record;

		if (!sync->all && slot_sequence(slot) == t->seen[i])
			continue;
		if (shm_slot_read(slot, &record, t->bytes) < 0) {
			outcome->torn++;
			continue;
		}
		t->seen[i] = atomic_load_explicit(&record.head.sequence, memory_order_relaxed);
		record.head.reserved = 0;
		memcpy((uint8_t *)t->copies + i * t->bytes, &record, t->bytes);
		slot_set_add(t->stale, i);
	}
}

_Static_assert(sizeof(struct cfg_tunnel) <= 512, "a record fits the copy");
_Static_assert(sizeof(struct cfg_group) <= 512, "a record fits the copy");
_Static_assert(sizeof(struct cfg_filter) <= 512, "a record fits the copy");
_Static_assert(sizeof(struct cfg_filter_list) <= 512, "a record fits the copy");

void sync_read_tables(struct sync *sync, struct sync_outcome *outcome)
{
	struct sync_copies *c = &sync->copies;
	const struct snapshot_sizes *sizes = &sync->sizes;
	const struct copied tables[] = {
	    {CFG_TABLE_LINKS, sizes->links, sync->seen.link, c->link, sizeof(*c->link),
		&sync->stale.link},
	    {CFG_TABLE_ADJS, sizes->adjs, sync->seen.adj, c->adj, sizeof(*c->adj),
		&sync->stale.adj},
	    {CFG_TABLE_TUNNELS, sizes->tunnels, sync->seen.tunnel, c->tunnel, sizeof(*c->tunnel),
		&sync->stale.tunnel},
	    {CFG_TABLE_FILTERS, sync->filter_max, sync->seen.filter, c->filter, sizeof(*c->filter),
		&sync->stale.filter},
	    {CFG_TABLE_FILTER_LISTS, sizes->filter_lists, sync->seen.filter_list,
		c->filter_list, sizeof(*c->filter_list), &sync->stale.filter_list},
	    {CFG_TABLE_GROUPS, sizes->groups, sync->seen.group, c->group, sizeof(*c->group),
		&sync->stale.group},
	};
	/* While a bank is refused the routes before it are in force, and so are the groups that
	 * they were made for: those slots may be others' already. */
	unsigned count = sizeof(tables) / sizeof(tables[0]) - sync->routes_refused;

	for (unsigned i = 0; i < count; i++)
		copy_table(sync, &tables[i], outcome);
}

/* Copies the bank in force when it is another than the one looked at last. The number of routes in
 * `bank`, or -1: nothing new. */
static int64_t copy_bank(struct sync *sync, struct sync_outcome *outcome)
{
	const void *slot = shm_map_at(&sync->cfg, CFG_TABLE_SETTINGS, 0);
	struct sync_copies *c = &sync->copies;
	struct cfg_settings settings, after;
	const void *bank;

	if (!slot || shm_slot_read(slot, &settings, sizeof(settings)) < 0) {
		outcome->torn++;
		return -1;
	}
	c->settings = settings;
	if (!sync->all && settings.route_stamp == c->route_stamp)
		return -1;
	if (settings.route_bank > 1 || settings.route_count > sync->route_max) {
		sync_note_invalid(sync, "settings", 0, "route bank or count");
		c->route_stamp = settings.route_stamp;
		return -1;
	}
	bank = shm_map_at(&sync->cfg, CFG_TABLE_ROUTES_A + settings.route_bank, 0);
	if (bank)
		memcpy(c->bank, bank, settings.route_count * sizeof(*c->bank));
	atomic_thread_fence(memory_order_acquire);
	if (shm_slot_read(slot, &after, sizeof(after)) < 0 ||
	    after.route_stamp != settings.route_stamp) {
		outcome->torn++;
		return -1;
	}
	c->route_stamp = settings.route_stamp;
	return settings.route_count;
}

void sync_read_routes(struct sync *sync, struct sync_outcome *outcome)
{
	struct sync_copies *c = &sync->copies;
	int64_t count = copy_bank(sync, outcome);
	struct cfg_route *taken = c->bank;
	uint32_t bad;
	int rc;

	if (count < 0)
		return;
	sync->routes_refused = true;
	bad = fib_check(c->bank, (uint32_t)count, sync->sizes.groups);
	if (bad != count) {
		sync_note_invalid(sync, "route", bad, "prefix, order or group");
		return;
	}
	rc = fib_prepare(sync->fib, c->bank, (uint32_t)count);
	sync->fib_flip = rc == 0;
	if (rc < 0) {
		log_error("sync event=routes-refused count=%u reason=\"%s\"", (unsigned)count,
		    strerror(-rc));
		return;
	}
	c->bank = c->route;
	c->route = taken;
	c->route_count = (uint32_t)count;
	sync->networks_stale = true;
	sync->routes_refused = false;
}
