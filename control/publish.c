/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Slots, generations and waiting. See common/shm_abi.h for the rules kept here: one writer, a slot
 * re-used only after its removal was applied, SA slots quarantined, keys wiped with the slot.
 *
 * When no dataplane follows the region nobody can hold an old slot, so a freed one is free at once;
 * the quarantine of SAs stands anyway. */
#include "control/publish.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/secret.h"
#include "common/shm_slot.h"
#include "control/publish_internal.h"

#define SPI_TRIES 64

static bool is_slot_table(uint32_t table)
{
	return (table >= CFG_TABLE_LINKS && table <= CFG_TABLE_SAS) || table == CFG_TABLE_FILTERS ||
	       table == CFG_TABLE_FILTER_LISTS;
}

static int init_tables(struct publish *p)
{
	const struct shm_header *header = shm_map_header(&p->cfg);

	for (uint32_t t = 0; t < CFG_TABLES; t++) {
		if (!is_slot_table(t))
			continue;
		p->table[t].count = header->table[t].count;
		p->table[t].stride = header->table[t].stride;
		p->table[t].slot = calloc(p->table[t].count, sizeof(struct publish_slot));
		if (!p->table[t].slot)
			return -ENOMEM;
	}
	return 0;
}

int publish_open(const char *instance, const struct shm_region_spec *spec,
    void (*random)(void *ctx, uint8_t *out, size_t bytes), struct publish **out)
{
	struct publish *p = calloc(1, sizeof(*p));
	int rc;

	if (!p)
		return -ENOMEM;
	p->random = random;
	(void)snprintf(p->instance, sizeof(p->instance), "%s", instance);
	p->lock = shm_map_lock(instance, SHM_CONTROL_LOCK);
	rc = p->lock < 0 ? p->lock : shm_map_create(instance, spec, &p->cfg);
	if (rc == 0)
		rc = init_tables(p);
	if (rc) {
		publish_discard(p);
		return rc;
	}
	*out = p;
	return 0;
}

void publish_close(struct publish *p)
{
	if (!p)
		return;
	if (p->cfg.base)
		shm_map_close(&p->cfg);
	if (p->state.base)
		shm_map_close(&p->state);
	for (uint32_t t = 0; t < CFG_TABLES; t++)
		free(p->table[t].slot);
	free(p->waits);
	free(p->retired);
	free(p->pending);
	if (p->lock >= 0)
		close(p->lock);
	free(p);
}

void publish_discard(struct publish *p)
{
	const struct shm_region_spec spec = shm_cfg_spec();

	if (!p)
		return;
	shm_map_remove(p->instance, &spec, &p->cfg);
	shm_map_unlock(p->instance, SHM_CONTROL_LOCK, p->lock);
	p->lock = -1;
	publish_close(p);
}

void publish_clear(struct publish *p, mono_t now)
{
	static const uint32_t order[] = {
	    CFG_TABLE_SAS, CFG_TABLE_TUNNELS, CFG_TABLE_GROUPS, CFG_TABLE_ADJS};

	(void)publish_routes(p, NULL, 0);
	for (unsigned n = 0; n < sizeof(order) / sizeof(order[0]); n++)
		for (uint32_t t = order[n], i = 0; i < p->table[t].count; i++)
			if (p->table[t].slot[i].state == SLOT_TAKEN)
				publish_free(p, t, i, now);
	(void)publish_commit(p);
}

/* ---- slots ---- */

static bool slot_usable(const struct publish *p, const struct publish_slot *slot, mono_t now)
{
	if (slot->state == SLOT_FREE)
		return true;
	return slot->state == SLOT_LEAVING && !mono_before(now, slot->free_at) &&
	       (!publish_attached(p) || publish_is_applied(p, slot->free_generation));
}

uint32_t publish_alloc(struct publish *p, uint32_t table, mono_t now)
{
	struct publish_table *t = &p->table[table];
	uint32_t best = SHM_INDEX_NONE;

	if (!is_slot_table(table))
		return SHM_INDEX_NONE;
	for (uint32_t i = 0; i < t->count; i++) {
		if (!slot_usable(p, &t->slot[i], now))
			continue;
		if (best == SHM_INDEX_NONE || t->slot[i].free_order < t->slot[best].free_order)
			best = i;
		if (t->slot[best].free_order == 0)
			break;
	}
	if (best != SHM_INDEX_NONE)
		t->slot[best].state = SLOT_TAKEN;
	return best;
}

void publish_put(struct publish *p, uint32_t table, uint32_t slot, const void *record)
{
	struct publish_table *t = &p->table[table];
	const size_t head = sizeof(struct shm_slot_head);
	uint8_t *shared;

	if (!is_slot_table(table) || slot >= t->count || t->slot[slot].state != SLOT_TAKEN)
		return;
	shared = shm_map_at(&p->cfg, table, slot);
	/* Nobody else writes here: what stands in the region is what was put last. */
	if (memcmp(shared + head, (const uint8_t *)record + head, t->stride - head) == 0)
		return;
	shm_slot_write(shared, record, t->stride);
	t->slot[slot].put = true;
	p->dirty = true;
}

void publish_free(struct publish *p, uint32_t table, uint32_t slot, mono_t now)
{
	static const uint64_t zero[128];
	struct publish_table *t = &p->table[table];
	struct publish_slot *s;

	if (!is_slot_table(table) || slot >= t->count || t->slot[slot].state != SLOT_TAKEN)
		return;
	s = &t->slot[slot];
	_Static_assert(sizeof(struct cfg_sa) <= sizeof(zero), "an emptied record");
	_Static_assert(sizeof(struct cfg_group) <= sizeof(zero), "an emptied record");
	_Static_assert(sizeof(struct cfg_tunnel) <= sizeof(zero), "an emptied record");
	_Static_assert(sizeof(struct cfg_filter) <= sizeof(zero), "an emptied record");
	_Static_assert(sizeof(struct cfg_filter_list) <= sizeof(zero), "an emptied record");
	if (s->put) {
		shm_slot_write(shm_map_at(&p->cfg, table, slot), zero, t->stride);
		p->dirty = true;
	}
	s->put = false;
	s->state = SLOT_LEAVING;
	s->free_generation = p->generation + 1;
	s->free_order = ++p->free_order;
	s->free_at =
	    table == CFG_TABLE_SAS ? mono_add_msec(now, PUBLISH_SA_QUARANTINE_MSEC) : (mono_t){0};
}

void publish_retire(struct publish *p, uint32_t table, uint32_t slot)
{
	if (!is_slot_table(table) || slot >= p->table[table].count)
		return;
	if (p->retired_count == p->retired_room) {
		size_t room = p->retired_room ? p->retired_room * 2 : 16;
		struct publish_retired *retired = reallocarray(p->retired, room, sizeof(*retired));

		if (!retired)
			return; /* the slot stays taken: less room, nothing wrong */
		p->retired = retired;
		p->retired_room = room;
	}
	p->retired[p->retired_count++] =
	    (struct publish_retired){table, slot, p->generation + (p->dirty ? 1 : 0)};
}

static void free_retired(struct publish *p, mono_t now)
{
	size_t kept = 0;

	if (p->dirty || !publish_routes_settled(p))
		return;
	for (size_t i = 0; i < p->retired_count; i++) {
		struct publish_retired *r = &p->retired[i];

		if (publish_attached(p) && !publish_is_applied(p, r->generation))
			p->retired[kept++] = *r;
		else
			publish_free(p, r->table, r->slot, now);
	}
	p->retired_count = kept;
	(void)publish_commit(p);
}

void publish_unalloc(struct publish *p, uint32_t table, uint32_t slot)
{
	struct publish_table *t = &p->table[table];

	if (!is_slot_table(table) || slot >= t->count || t->slot[slot].state != SLOT_TAKEN ||
	    t->slot[slot].put)
		return;
	t->slot[slot].state = SLOT_FREE;
	t->slot[slot].free_order = ++p->free_order;
}

uint32_t publish_alloc_spi(struct publish *p, mono_t now, uint32_t *spi)
{
	const struct shm_header *header = shm_map_header(&p->cfg);
	uint32_t bits = header->spi_slot_bits;
	uint32_t slot = publish_alloc(p, CFG_TABLE_SAS, now);

	if (slot == SHM_INDEX_NONE)
		return slot;
	for (int try = 0; try < SPI_TRIES; try++) {
		uint32_t random;

		p->random(NULL, (uint8_t *)&random, sizeof(random));
		*spi = random << bits | slot;
		/* RFC 4303 section 2.1: 0 is local, 1..255 are reserved. */
		if (*spi > 255)
			return slot;
	}
	publish_unalloc(p, CFG_TABLE_SAS, slot);
	return SHM_INDEX_NONE;
}

uint32_t publish_spi_slot(const struct publish *p, uint32_t spi)
{
	const struct shm_header *header = shm_map_header(&p->cfg);

	return spi & ((1u << header->spi_slot_bits) - 1u);
}

void publish_capture(struct publish *p, const struct cfg_settings *wanted)
{
	struct cfg_settings *s = &p->settings;

	s->capture_run = wanted->capture_run;
	s->capture_what = wanted->capture_what;
	s->capture_filter = wanted->capture_filter;
	s->capture_snap = wanted->capture_snap;
	s->capture_index = wanted->capture_index;
	s->capture_packets = wanted->capture_packets;
	s->capture_bytes = wanted->capture_bytes;
	s->capture_msec = wanted->capture_msec;
	shm_slot_write(shm_map_at(&p->cfg, CFG_TABLE_SETTINGS, 0), s, sizeof(*s));
	p->dirty = true;
}

/* ---- generations ---- */

bool publish_attached(const struct publish *p)
{
	const struct shm_header *cfg = shm_map_header(&p->cfg);
	struct shm_header *state;

	if (!p->state.base)
		return false;
	state = shm_map_header(&p->state);
	return atomic_load_explicit(&state->cfg_epoch, memory_order_acquire) == cfg->epoch;
}

uint64_t publish_applied(const struct publish *p)
{
	struct shm_header *state = p->state.base ? shm_map_header(&p->state) : NULL;

	if (!state || !publish_attached(p))
		return 0;
	return atomic_load_explicit(&state->generation, memory_order_acquire);
}

bool publish_is_applied(const struct publish *p, uint64_t generation)
{
	return publish_attached(p) && publish_applied(p) >= generation;
}

/* A dataplane runs, whatever tables it follows. */
static bool has_beaten(const struct publish *p, mono_t now)
{
	mono_t beat;

	if (!p->state.base)
		return false;
	beat.nsec =
	    atomic_load_explicit(&shm_map_header(&p->state)->heartbeat_nsec, memory_order_relaxed);
	return mono_before(now, mono_add_sec(beat, PUBLISH_ALIVE_SEC));
}

bool publish_alive(const struct publish *p, mono_t now)
{
	return publish_attached(p) && has_beaten(p, now);
}

uint32_t publish_wanted_mb(const struct publish *p, mono_t now)
{
	if (publish_attached(p) || !has_beaten(p, now))
		return 0;
	return atomic_load(&shm_map_header(&p->state)->wanted_mb);
}

uint64_t publish_generation(const struct publish *p)
{
	return p->generation;
}

uint64_t publish_commit(struct publish *p)
{
	struct shm_header *cfg = shm_map_header(&p->cfg);

	if (!p->dirty)
		return p->generation;
	p->dirty = false;
	p->generation++;
	if (p->flip_uncommitted) {
		p->flip_uncommitted = false;
		p->flip_generation = p->generation;
	}
	atomic_store_explicit(&cfg->generation, p->generation, memory_order_release);
	return p->generation;
}

int publish_wait(
    struct publish *p, uint64_t generation, publish_applied_fn *applied, void *ctx, uint64_t tag)
{
	if (p->wait_count == p->wait_room) {
		size_t room = p->wait_room ? p->wait_room * 2 : 16;
		struct publish_wait_entry *waits = reallocarray(p->waits, room, sizeof(*waits));

		if (!waits)
			return -ENOMEM;
		p->waits = waits;
		p->wait_room = room;
	}
	p->waits[p->wait_count++] = (struct publish_wait_entry){generation, tag, applied, ctx};
	return 0;
}

void publish_cancel(struct publish *p, const void *ctx)
{
	for (size_t i = 0; i < p->wait_count;) {
		if (p->waits[i].ctx == ctx)
			p->waits[i] = p->waits[--p->wait_count];
		else
			i++;
	}
}

/* Calls what has waited for the applied generation, in the order of waiting; a callback may wait
 * for more, or cancel. */
static void call_waits(struct publish *p)
{
	for (;;) {
		struct publish_wait_entry entry;
		size_t i;

		for (i = 0; i < p->wait_count; i++)
			if (publish_is_applied(p, p->waits[i].generation))
				break;
		if (i == p->wait_count)
			return;
		entry = p->waits[i];
		p->wait_count--;
		memmove(&p->waits[i], &p->waits[i + 1], (p->wait_count - i) * sizeof(entry));
		entry.applied(entry.ctx, entry.tag);
	}
}

static void follow_state(struct publish *p)
{
	const struct shm_region_spec spec =
	    shm_state_spec(p->table[CFG_TABLE_TUNNELS].count, p->table[CFG_TABLE_SAS].count, 1);

	if (p->state.base && shm_map_replaced(p->instance, &spec, &p->state))
		shm_map_close(&p->state);
	if (p->state.base || shm_map_open(p->instance, &spec, &p->state))
		return;
	log_info("dataplane state=attached pid=%u", shm_map_header(&p->state)->writer_pid);
}

bool publish_has_reader(struct publish *p)
{
	follow_state(p);
	return p->state.base != NULL;
}

/* At info: `show log` has it whatever `syslog notice` says. */
static void log_alive(struct publish *p, mono_t now)
{
	bool alive = publish_alive(p, now);
	uint32_t wanted = publish_wanted_mb(p, now);

	if (wanted && wanted != p->was_wanted)
		log_error(
		    "dataplane state=no-memory reason=\"it runs, but wants about %u MB of memory "
		    "for the tables of %u tunnels and %u routes\"",
		    wanted, p->table[CFG_TABLE_TUNNELS].count, p->table[CFG_TABLE_ROUTES_A].count);
	p->was_wanted = wanted;
	if (alive != p->was_alive)
		log_info("dataplane state=%s", alive ? "running" : "lost");
	p->was_alive = alive;
}

bool publish_poll(struct publish *p, mono_t now)
{
	struct shm_header *cfg = shm_map_header(&p->cfg);

	atomic_store_explicit(&cfg->heartbeat_nsec, now.nsec, memory_order_relaxed);
	follow_state(p);
	log_alive(p, now);
	call_waits(p);
	publish_routes_move(p);
	free_retired(p, now);
	return publish_attached(p) && (p->wait_count || p->pending || p->retired_count);
}

const struct shm_map *publish_state(const struct publish *p)
{
	return p->state.base ? &p->state : NULL;
}
