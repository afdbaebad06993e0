/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The two banks of routes: the idle one is written, then the settings flip to it.
 *
 * A bank that the dataplane may be reading is never written: the last flip must have been applied
 * first. While no dataplane follows the region, the stamp alone protects a reader that comes along
 * in the middle: it finds the stamp changed after its copy and copies again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/shm_slot.h"
#include "control/publish_internal.h"

static bool flip_allowed(const struct publish *p)
{
	if (!publish_attached(p))
		return true;
	return !p->flip_uncommitted && publish_is_applied(p, p->flip_generation);
}

bool publish_routes_settled(const struct publish *p)
{
	return !p->pending && flip_allowed(p);
}

static void write_bank(struct publish *p, const struct cfg_route *routes, size_t count)
{
	uint32_t bank = !p->settings.route_bank;
	struct cfg_route *shared = shm_map_at(&p->cfg, CFG_TABLE_ROUTES_A + bank, 0);

	if (count)
		memcpy(shared, routes, count * sizeof(*routes));
	p->settings.route_bank = bank;
	p->settings.route_count = (uint32_t)count;
	p->settings.route_stamp++;
	shm_slot_write(
	    shm_map_at(&p->cfg, CFG_TABLE_SETTINGS, 0), &p->settings, sizeof(p->settings));
	p->dirty = true;
	p->flip_uncommitted = true;
}

static bool bank_equals(const struct publish *p, const struct cfg_route *routes, size_t count)
{
	const struct cfg_route *shared =
	    shm_map_at(&p->cfg, CFG_TABLE_ROUTES_A + p->settings.route_bank, 0);

	return count == p->settings.route_count &&
	       (count == 0 || memcmp(shared, routes, count * sizeof(*routes)) == 0);
}

static void drop_pending(struct publish *p)
{
	free(p->pending);
	p->pending = NULL;
	p->pending_count = 0;
}

int publish_routes(struct publish *p, const struct cfg_route *routes, size_t count)
{
	struct cfg_route *copy;

	if (count > shm_map_count(&p->cfg, CFG_TABLE_ROUTES_A))
		return -ENOSPC;
	if (bank_equals(p, routes, count)) {
		drop_pending(p);
		return 0;
	}
	if (flip_allowed(p)) {
		drop_pending(p);
		write_bank(p, routes, count);
		return 0;
	}
	copy = calloc(count ? count : 1, sizeof(*copy));
	if (!copy)
		return -ENOMEM;
	if (count)
		memcpy(copy, routes, count * sizeof(*copy));
	drop_pending(p);
	p->pending = copy;
	p->pending_count = count;
	return 0;
}

void publish_routes_move(struct publish *p)
{
	if (!p->pending || !flip_allowed(p))
		return;
	write_bank(p, p->pending, p->pending_count);
	drop_pending(p);
	(void)publish_commit(p);
}
