/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The life of the region: waiting for it, adopting it, following its generation, reporting what is
 * applied. A generation is reported only after the grace period: no worker uses anything older
 * then. When the region disappears, everything stays in force; SAs end by their own limits. */
#include "dataplane/sync.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/shm_fault.h"
#include "dataplane/sync_scan.h"

#define LOOK_MSEC      50
#define TORN_SCANS_MAX 100 /* in a row; then its writer counts as dead */
#define WANT_SEC       60  /* between two lines about memory that is not there */
#define WAIT_MSEC      500 /* until what could not be taken is looked at again */

int sync_init(struct sync *sync, const char *instance, const struct port *ports,
    unsigned port_count, struct snapshot_domain *domain, struct state *state, enum esp_arch arch)
{
	memset(sync, 0, sizeof(*sync));
	sync->cfg.fd = -1;
	sync->instance = instance;
	sync->ports = ports;
	sync->port_count = port_count;
	sync->domain = domain;
	sync->state = state;
	return esp_crypto_new(&sync->crypto, ESP_ENCRYPT, arch);
}

static void free_tables(struct sync *sync)
{
	void *const arrays[] = {sync->copies.link, sync->copies.adj, sync->copies.group,
	    sync->copies.tunnel, sync->copies.filter, sync->copies.filter_list, sync->copies.route,
	    sync->copies.bank, sync->seen.link, sync->seen.adj, sync->seen.group, sync->seen.tunnel,
	    sync->seen.sa, sync->seen.filter, sync->seen.filter_list, sync->peer};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		free(arrays[i]);
	memset(&sync->copies, 0, sizeof(sync->copies));
	memset(&sync->seen, 0, sizeof(sync->seen));
	sync->peer = NULL;
	slot_set_fini(&sync->stale.link);
	slot_set_fini(&sync->stale.adj);
	slot_set_fini(&sync->stale.group);
	slot_set_fini(&sync->stale.tunnel);
	slot_set_fini(&sync->stale.filter);
	slot_set_fini(&sync->stale.filter_list);
	filter_report_fini(&sync->filters);
	homes_fini(&sync->homes);
	fib_free(sync->fib);
	sync->fib = NULL;
}

void sync_fini(struct sync *sync)
{
	shm_map_close(&sync->cfg);
	free_tables(sync);
	esp_crypto_free(sync->crypto);
	sync->crypto = NULL;
}

static void *zeroed(uint32_t count, size_t bytes)
{
	return calloc(count ? count : 1, bytes);
}

static struct snapshot_sizes sizes_of(const struct shm_map *cfg)
{
	return (struct snapshot_sizes){
	    .sas = shm_map_count(cfg, CFG_TABLE_SAS),
	    .tunnels = shm_map_count(cfg, CFG_TABLE_TUNNELS),
	    .groups = shm_map_count(cfg, CFG_TABLE_GROUPS),
	    .adjs = shm_map_count(cfg, CFG_TABLE_ADJS),
	    .links = shm_map_count(cfg, CFG_TABLE_LINKS),
	    .filter_lists = shm_map_count(cfg, CFG_TABLE_FILTER_LISTS),
	};
}

static uint32_t routes_of(const struct shm_map *cfg)
{
	uint32_t a = shm_map_count(cfg, CFG_TABLE_ROUTES_A);
	uint32_t b = shm_map_count(cfg, CFG_TABLE_ROUTES_B);

	return a < b ? a : b;
}

static bool make_copies(struct sync *sync)
{
	const struct snapshot_sizes *sizes = &sync->sizes;
	struct sync_copies *copies = &sync->copies;

	copies->link = zeroed(sizes->links, sizeof(*copies->link));
	copies->adj = zeroed(sizes->adjs, sizeof(*copies->adj));
	copies->group = zeroed(sizes->groups, sizeof(*copies->group));
	copies->tunnel = zeroed(sizes->tunnels, sizeof(*copies->tunnel));
	copies->filter = zeroed(sync->filter_max, sizeof(*copies->filter));
	copies->filter_list = zeroed(sizes->filter_lists, sizeof(*copies->filter_list));
	copies->route = zeroed(sync->route_max, sizeof(*copies->route));
	copies->bank = zeroed(sync->route_max, sizeof(*copies->bank));
	return copies->link && copies->adj && copies->group && copies->tunnel && copies->filter &&
	       copies->filter_list && copies->route && copies->bank;
}

static bool make_seen(struct sync *sync)
{
	const struct snapshot_sizes *sizes = &sync->sizes;
	struct sync_seen *seen = &sync->seen;

	seen->link = zeroed(sizes->links, sizeof(*seen->link));
	seen->adj = zeroed(sizes->adjs, sizeof(*seen->adj));
	seen->group = zeroed(sizes->groups, sizeof(*seen->group));
	seen->tunnel = zeroed(sizes->tunnels, sizeof(*seen->tunnel));
	seen->sa = zeroed(sizes->sas, sizeof(*seen->sa));
	seen->filter = zeroed(sync->filter_max, sizeof(*seen->filter));
	seen->filter_list = zeroed(sizes->filter_lists, sizeof(*seen->filter_list));
	return seen->link && seen->adj && seen->group && seen->tunnel && seen->sa && seen->filter &&
	       seen->filter_list;
}

static bool make_stale(struct sync *sync)
{
	const struct snapshot_sizes *sizes = &sync->sizes;
	struct sync_stale *stale = &sync->stale;

	return slot_set_init(&stale->link, sizes->links) == 0 &&
	       slot_set_init(&stale->adj, sizes->adjs) == 0 &&
	       slot_set_init(&stale->group, sizes->groups) == 0 &&
	       slot_set_init(&stale->tunnel, sizes->tunnels) == 0 &&
	       slot_set_init(&stale->filter, sync->filter_max) == 0 &&
	       slot_set_init(&stale->filter_list, sizes->filter_lists) == 0;
}

/* Tables of the size of the region; nothing points into the old ones. */
static int make_tables(struct sync *sync)
{
	const struct snapshot_sizes *sizes = &sync->sizes;

	free_tables(sync);
	sync->peer = zeroed(sizes->tunnels, sizeof(*sync->peer));
	sync->fib = fib_create(sync->route_max, sizes->groups);
	if (!make_copies(sync) || !make_seen(sync) || !make_stale(sync) || !sync->peer ||
	    !sync->fib || homes_init(&sync->homes, sizes->tunnels) < 0 ||
	    filter_report_init(&sync->filters, sizes->filter_lists) < 0)
		return -ENOMEM;
	return state_grow(sync->state, sizes->tunnels, sizes->sas);
}

/* While there are no tables of their size, the filters of the ports are in force, and nothing else
 * is. False: there is no memory even for that. */
static bool publish_ports(struct sync *sync, const struct shm_map *cfg)
{
	struct snapshot *s = snapshot_begin(sync->domain, &(struct snapshot_sizes){0});

	if (!s)
		return false;
	sync_close_ports(s, cfg, sync->ports, sync->port_count);
	snapshot_publish(sync->domain);
	return true;
}

/* Takes a newly opened region. Tables of other sizes go by way of a snapshot without tables. */
static void adopt(struct sync *sync, struct shm_map *cfg)
{
	const struct shm_header *header = shm_map_header(cfg);
	struct snapshot_sizes sizes = sizes_of(cfg);
	uint32_t routes = routes_of(cfg), filters = shm_map_count(cfg, CFG_TABLE_FILTERS);

	if (memcmp(&sizes, &sync->sizes, sizeof(sizes)) != 0 || routes != sync->route_max ||
	    filters != sync->filter_max) {
		if (!publish_ports(sync, cfg)) {
			shm_map_close(cfg);
			return;
		}
		sync->resizing = true;
		sync->make_at = sync->now;
		sync->sizes = sizes;
		sync->route_max = routes;
		sync->filter_max = filters;
	}
	shm_map_close(&sync->cfg);
	sync->cfg = *cfg;
	shm_fault_watch(&sync->cfg);
	sync->faults = shm_faults();
	sync->slot_mask = (1u << sync->cfg.spi_slot_bits) - 1;
	sync->all = true;
	sync->rescan = true;
	sync->report = false;
	log_info("sync event=adopted epoch=%016llx tunnels=%u sas=%u routes=%u",
	    (unsigned long long)header->epoch, sizes.tunnels, sizes.sas, routes);
}

static uint64_t generation_of(const struct shm_map *cfg)
{
	return atomic_load_explicit(&shm_map_header(cfg)->generation, memory_order_acquire);
}

/* Of a region that was made anew nothing is believed before its first commit: until then the one
 * before says who may pass. */
static void look_for_region(struct sync *sync, mono_t now)
{
	struct shm_region_spec spec = shm_cfg_spec();
	struct shm_map cfg = {.fd = -1};

	if (mono_before(now, sync->look_at))
		return;
	sync->look_at = mono_add_msec(now, LOOK_MSEC);
	if (sync->cfg.base && !shm_map_replaced(sync->instance, &spec, &sync->cfg))
		return;
	if (shm_map_open(sync->instance, &spec, &cfg) < 0)
		return;
	if (generation_of(&cfg))
		adopt(sync, &cfg);
	else
		shm_map_close(&cfg);
}

/* SAs of a region that was there before us, while our own memory of them is lost: their sequence
 * numbers may have been sent. Control sees them ended and negotiates anew. The slot's guard is not
 * asked: of a record that is half written, the instance as it stands is still the best guess. */
static void end_unknown_sas(struct sync *sync)
{
	for (uint32_t i = 0; i < sync->sizes.sas; i++) {
		const struct cfg_sa *sa = shm_map_at(&sync->cfg, CFG_TABLE_SAS, i);

		if (sa->flags & CFG_SA_PRESENT)
			state_end_sa(sync->state, i, sa->instance);
	}
}

static uint64_t cfg_generation(const struct sync *sync)
{
	return generation_of(&sync->cfg);
}

/* The file of the region has become shorter than it was: nothing of it is believed any more, and
 * what is in force stays until there is a whole one by that name. */
static void leave_region(struct sync *sync)
{
	log_error("sync event=region-damaged reason=\"the file was cut short\"");
	snapshot_undo(sync->domain);
	shm_fault_watch(NULL);
	shm_map_close(&sync->cfg);
	sync->fib_flip = false;
	sync->report = false;
	sync->stats.damaged++;
}

static uint64_t cpu_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

static void note_duration(struct sync *sync, uint64_t begun_usec)
{
	uint64_t usec = cpu_usec() - begun_usec;

	sync->stats.scan_usec = usec;
	if (usec > sync->stats.scan_usec_max)
		sync->stats.scan_usec_max = usec;
}

/* What is half written will be whole at once, unless its writer is dead; memory takes its time. An
 * SA that is not there for want of it is not applied, however long that takes. */
static void when_to_look_again(struct sync *sync, const struct sync_outcome *outcome)
{
	bool dead = sync->torn_scans > TORN_SCANS_MAX;
	bool soon = outcome->again || (outcome->torn && !dead);

	sync->rescan = outcome->torn || outcome->again || outcome->starved;
	sync->scan_at = mono_add_msec(sync->now, sync->rescan && !soon ? WAIT_MSEC : 0);
	sync->report = !soon && !outcome->starved;
}

/* Nothing of a generation could be brought into force; the log is told once a minute. */
static void tell_starved(struct sync *sync, uint64_t generation)
{
	if (mono_before(sync->now, sync->want_at))
		return;
	sync->want_at = mono_add_sec(sync->now, WANT_SEC);
	log_error("sync event=no-memory generation=%llu reason=\"none is left on this machine to "
		  "make tables of it: those before it stay in force\"",
	    (unsigned long long)generation);
}

static bool scan_and_publish(struct sync *sync)
{
	uint64_t generation = cfg_generation(sync);
	struct sync_outcome outcome = {0};
	struct snapshot *next;
	uint64_t begun;

	if (sync->state->fresh)
		end_unknown_sas(sync);
	begun = cpu_usec();
	next = sync_scan(sync, &outcome);
	if (shm_faults() != sync->faults) {
		leave_region(sync);
		return false;
	}
	sync->starved = !next;
	if (!next) {
		tell_starved(sync, generation);
		return false;
	}
	sync->state->fresh = false;
	note_duration(sync, begun);
	next->generation = generation;
	next->cfg_epoch = shm_map_header(&sync->cfg)->epoch;
	if (sync->fib_flip)
		fib_flip(sync->fib);
	sync->fib_flip = false;
	next->fib = fib_current(sync->fib);
	snapshot_publish(sync->domain);
	sync->stats.scans++;
	sync->stats.torn += outcome.torn;
	sync->torn_scans = outcome.torn ? sync->torn_scans + 1 : 0;
	/* A sequence says nothing about a slot of which there is no copy from this region yet: it
	 * was torn, or it is a group that the refused routes keep from being read. */
	sync->all = sync->all && (outcome.torn || sync->routes_refused);
	sync->scanned = generation;
	sync->applied = generation;
	when_to_look_again(sync, &outcome);
	return true;
}

void sync_follow_paths(struct sync *sync, struct path_report *report, mono_t now)
{
	bool smaller = path_mtus_take(&sync->paths, report, now);

	if (path_mtus_age(&sync->paths, now) || smaller)
		sync->rescan = sync->paths_stale = true;
}

void sync_follow_ports(struct sync *sync)
{
	slot_set_fill(&sync->stale.link);
	sync->rescan = true;
}

bool sync_is_due(const struct sync *sync)
{
	return sync->domain->retiring ||
	       (sync->cfg.base && !sync->starved && cfg_generation(sync) != sync->scanned);
}

/* Whether there is memory for the tables: to control at once, to the log once a minute. */
static void tell_wanted(struct sync *sync, mono_t now)
{
	uint32_t mb = (uint32_t)(fib_wanted_bytes(sync->route_max, sync->sizes.groups) >> 20);

	state_write_wanted(sync->state, sync->resizing ? mb : 0);
	if (!sync->resizing || mono_before(now, sync->want_at))
		return;
	sync->want_at = mono_add_sec(now, WANT_SEC);
	log_error(
	    "sync event=no-memory tunnels=%u routes=%u reason=\"their tables want about %u MB "
	    "besides the packet buffers: give DPDK more (-m with --no-huge, else "
	    "cgw-hugepages), or cgw-control less (--tunnels, --routes)\"",
	    sync->sizes.tunnels, sync->route_max, mb);
}

bool sync_begin(struct sync *sync, mono_t now)
{
	(void)sync_tick(sync, now);
	return sync->cfg.base && sync_tick(sync, now);
}

bool sync_tick(struct sync *sync, mono_t now)
{
	sync->now = now;
	if (!snapshot_retired(sync->domain))
		return false;
	if (sync->report) {
		state_write_applied(sync->state, shm_map_header(&sync->cfg)->epoch, sync->applied);
		sync->report = false;
	}
	if (sync->resizing && !mono_before(now, sync->make_at)) {
		sync->resizing = make_tables(sync) < 0;
		sync->make_at = mono_add_sec(now, 1);
		tell_wanted(sync, now);
		if (sync->resizing && sync->cfg.base && publish_ports(sync, &sync->cfg))
			return false;
	}
	/* Also while there is no memory for the tables of the one before. */
	look_for_region(sync, now);
	if (!sync->cfg.base || sync->resizing)
		return false;
	if (cfg_generation(sync) == sync->scanned &&
	    (!sync->rescan || mono_before(now, sync->scan_at)))
		return false;
	return scan_and_publish(sync);
}
