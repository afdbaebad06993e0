/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of publish: shared by publish.c and publish_routes.c. */
#pragma once

#include "control/publish.h"

#define PUBLISH_ALIVE_SEC 3

enum publish_slot_state { SLOT_FREE, SLOT_TAKEN, SLOT_LEAVING };

struct publish_slot {
	uint8_t state;            /* enum publish_slot_state */
	bool put;                 /* the region holds something else than zeroes */
	uint64_t free_generation; /* LEAVING: usable once this was applied ... */
	mono_t free_at;           /* ... and not before */
	uint64_t free_order;      /* the longest free first */
};

struct publish_table {
	struct publish_slot *slot;
	uint32_t count;
	uint32_t stride;
};

struct publish_retired {
	uint32_t table, slot;
	uint64_t generation; /* of the commit that no longer names it */
};

struct publish_wait_entry {
	uint64_t generation, tag;
	publish_applied_fn *applied;
	void *ctx;
};

struct publish {
	char instance[64];
	int lock; /* held for life, -1 = not */
	struct shm_map cfg, state;
	bool was_alive;      /* at the last poll */
	uint32_t was_wanted; /* the same: megabytes, as publish_wanted_mb() says */
	void (*random)(void *ctx, uint8_t *out, size_t bytes);
	struct publish_table table[CFG_TABLES]; /* SETTINGS and ROUTES_* unused */
	bool dirty;
	uint64_t generation;
	uint64_t free_order;

	struct publish_wait_entry *waits;
	size_t wait_count, wait_room;

	struct publish_retired *retired;
	size_t retired_count, retired_room;

	/* Routes: the bank in force, the generation of its flip (0: not committed yet). */
	struct cfg_settings settings;
	bool flip_uncommitted;
	uint64_t flip_generation;
	struct cfg_route *pending; /* a set that waits for the flip, NULL = none */
	size_t pending_count;
};

/* Whether a reader follows this region at all, and has applied `generation`. */
bool publish_attached(const struct publish *p);
bool publish_is_applied(const struct publish *p, uint64_t generation);

/* No set waits and the last flip has been applied: nothing but the bank in force is in use. */
bool publish_routes_settled(const struct publish *p);
/* Writes the pending set if the last flip allows it. */
void publish_routes_move(struct publish *p);
