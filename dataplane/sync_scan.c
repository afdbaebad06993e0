/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scanning and compiling. A record that is not right is as good as absent; one that is being
 * written all the time keeps its last good copy. Nothing that was read is read again, but for the
 * guards (slot sequence, route stamp) that say whether the copy is whole. */
#include "dataplane/sync_scan.h"

#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "common/shm_addr.h"
#include "common/shm_slot.h"
#include "dataplane/moves.h"
#include "dataplane/spread.h"
#include "dataplane/sync.h"

static uint32_t slot_sequence(const void *slot)
{
	const struct shm_slot_head *head = slot;

	return atomic_load_explicit(&head->sequence, memory_order_acquire);
}

static void note_invalid(struct sync *sync, const char *what, uint32_t slot, const char *why)
{
	sync->stats.invalid++;
	if (mono_before(sync->now, sync->log_at))
		return;
	sync->log_at = mono_add_sec(sync->now, 1);
	log_error("sync %s=%u event=invalid reason=\"%s\"", what, slot, why);
}

/* Brings the private copies of one table up to date. True when one changed. */
static bool copy_table(struct sync *sync, uint32_t table, void *copies, uint32_t count,
    size_t bytes, struct sync_outcome *outcome)
{
	bool changed = sync->all;

	for (uint32_t i = 0; i < count; i++) {
		struct shm_slot_head *copy = (void *)((uint8_t *)copies + i * bytes);
		const void *slot = shm_map_at(&sync->cfg, table, i);
		union {
			struct shm_slot_head head;
			uint8_t bytes[256];
		} record;

		if (!sync->all && slot_sequence(slot) == copy->sequence)
			continue;
		if (shm_slot_read(slot, &record, bytes) < 0) {
			outcome->torn++;
			continue;
		}
		record.head.reserved = 0;
		memcpy(copy, &record, bytes);
		changed = true;
	}
	return changed;
}

_Static_assert(sizeof(struct cfg_tunnel) <= 256, "a record fits the copy");
_Static_assert(sizeof(struct cfg_group) <= 256, "a record fits the copy");

static void copy_tables(struct sync *sync, struct sync_outcome *outcome)
{
	struct sync_copies *c = &sync->copies;

	copy_table(sync, CFG_TABLE_LINKS, c->link, sync->sizes.links, sizeof(*c->link), outcome);
	copy_table(sync, CFG_TABLE_ADJS, c->adj, sync->sizes.adjs, sizeof(*c->adj), outcome);
	/* While a bank is refused the routes before it are in force, and so are the groups that
	 * they were made for: those slots may be others' already. */
	if (sync->routes_refused)
		sync->groups_changed = false;
	else
		sync->groups_changed = copy_table(sync, CFG_TABLE_GROUPS, c->group,
		    sync->sizes.groups, sizeof(*c->group), outcome);
	sync->networks_stale |= sync->groups_changed;
	copy_table(
	    sync, CFG_TABLE_TUNNELS, c->tunnel, sync->sizes.tunnels, sizeof(*c->tunnel), outcome);
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
		note_invalid(sync, "settings", 0, "route bank or count");
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

/* A bank that is not right as a whole, or that the FIB has no room for, changes nothing: half a
 * bank could send in the clear what a missing route would have encrypted. */
static void scan_routes(struct sync *sync, struct sync_outcome *outcome)
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
		note_invalid(sync, "route", bad, "prefix, order or group");
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

static void compile_links(struct sync *sync, struct snapshot *s)
{
	for (uint32_t i = 0; i < s->link_count; i++) {
		if (!link_compile(
			&sync->copies.link[i], sync->ports, sync->port_count, &s->link[i]))
			note_invalid(sync, "link", i, "name, MTU or MSS limit");
		if (s->link[i].port == PORT_NONE)
			continue;
		s->port_mss4[s->link[i].port] = s->link[i].mss4;
		s->port_mss6[s->link[i].port] = s->link[i].mss6;
	}
	for (uint32_t i = 0; i < s->adj_count; i++)
		if (!adj_compile(&sync->copies.adj[i], s->link, s->link_count, &s->adj[i]))
			note_invalid(sync, "adj", i, "link, rewrite or MTU");
}

static void compile_groups(struct sync *sync, struct snapshot *s)
{
	const struct snapshot *old = atomic_load(&sync->domain->current);

	if (!sync->groups_changed && old->group_count == s->group_count) {
		memcpy(s->group, old->group, s->group_count * sizeof(*s->group));
		return;
	}
	for (uint32_t i = 0; i < s->group_count; i++)
		if (!group_compile(
			&sync->copies.group[i], s->adj_count, s->tunnel_count, &s->group[i]))
			note_invalid(sync, "group", i, "member count, kind, slot or weight");
}

static struct sa *keep(struct sa *sa)
{
	if (sa)
		sa->users++;
	return sa;
}

/* A new inbound SA is at home where the tunnel's others are; the first one's home is the worker
 * that has the fewest tunnels. */
static void place(struct sync *sync, struct sa *sa)
{
	uint8_t *owner = &sync->owner[sa->tunnel];
	const struct spread spread = {
	    .workers = sync->domain->workers, .tunnels = sync->sizes.tunnels, .owner = sync->owner};

	/* Asks every SA: only when a new one has come. */
	if (!sync->owners_known)
		moves_owners(atomic_load(&sync->domain->current), sync->owner, sync->sizes.tunnels);
	sync->owners_known = true;
	if (*owner == SPREAD_NONE)
		*owner = (uint8_t)spread_least(&spread);
	atomic_store_explicit(&sa->run->place, SA_PLACE(*owner, *owner), memory_order_relaxed);
}

/* True when the record goes on with that SA: what has its numbers or its window has no other. */
static bool same_sa(const struct sa *sa, const struct cfg_sa *cfg)
{
	return sa->instance == cfg->instance && sa->inbound == !!(cfg->flags & CFG_SA_INBOUND);
}

/* What stands in an SA slot from now on; a use of it is the caller's. */
static struct sa *scan_sa(
    struct sync *sync, uint32_t slot, struct sa *old, struct sync_outcome *outcome)
{
	const void *record = shm_map_at(&sync->cfg, CFG_TABLE_SAS, slot);
	struct state_sa *state = state_sa_at(sync->state, slot);
	struct cfg_sa cfg;
	struct sa *sa = NULL;
	const char *why;

	if (!sync->all && old && slot_sequence(record) == old->slot_sequence)
		return keep(old);
	if (!sync->all && !old && slot_sequence(record) == 0)
		return NULL;
	if (shm_slot_read(record, &cfg, sizeof(cfg)) < 0) {
		outcome->torn++;
		return keep(old);
	}
	if (cfg.flags & CFG_SA_PRESENT) {
		if (!sa_check(&cfg, slot, sync->slot_mask, sync->sizes.tunnels, &why)) {
			note_invalid(sync, "sa", slot, why);
		} else if (old && !same_sa(old, &cfg)) {
			outcome->again = true;
		} else {
			sa = sa_compile(&cfg, slot, old ? old->run : NULL, state, sync->crypto);
			if (!sa)
				note_invalid(sync, "sa", slot, "no memory to compile it");
		}
		if (sa && sa->inbound && !old)
			place(sync, sa);
	}
	secret_wipe(&cfg, sizeof(cfg));
	return sa;
}

static void scan_sas(struct sync *sync, struct snapshot *s, struct sync_outcome *outcome)
{
	const struct snapshot *old = atomic_load(&sync->domain->current);

	sync->owners_known = false;
	for (uint32_t i = 0; i < s->sa_count; i++) {
		struct sa *before = i < old->sa_count ? old->sa[i] : NULL;
		struct sa *sa = scan_sa(sync, i, before, outcome);
		struct ip_addr local, remote;

		snapshot_set_sa(s, i, sa);
		if (!sa)
			continue;
		local = shm_addr_ip(&sa->outer_local);
		remote = shm_addr_ip(&sa->outer_remote);
		if (addr_set_add(&s->outer, &local) < 0 || guard_add_outer(&s->guard, &local) < 0 ||
		    guard_add_outer(&s->guard, &remote) < 0 || addr_set_add(&s->peer, &remote) < 0)
			note_invalid(sync, "sa", i, "no memory for its outer addresses");
	}
}

/* True when a part of route `i`'s prefix is behind a tunnel. In the order of the bank, what a
 * prefix covers stands right behind it. */
static bool reaches_into_tunnel(const struct sync *sync, const struct snapshot *s, uint32_t i)
{
	const struct sync_copies *c = &sync->copies;
	struct ip_prefix outer = shm_addr_prefix(&c->route[i].prefix);

	for (uint32_t k = i + 1; k < c->route_count; k++) {
		const struct group *group = &s->group[c->route[k].group];
		struct ip_prefix inner = shm_addr_prefix(&c->route[k].prefix);

		if (!ip_prefix_covers(&outer, &inner))
			return false;
		for (uint32_t hop = 0; hop < group->count; hop++)
			if (group->hop[hop].kind == CFG_NH_TUNNEL)
				return true;
	}
	return false;
}

/* Our own networks and addresses: what the routes leave to the kernel, whole. */
static void find_networks(struct sync *sync, const struct snapshot *s)
{
	const struct sync_copies *c = &sync->copies;
	const uint32_t max = sizeof(sync->network) / sizeof(sync->network[0]);

	sync->network_count = 0;
	sync->networks_stale = false;
	for (uint32_t i = 0; i < c->route_count; i++) {
		const struct group *group = &s->group[c->route[i].group];
		struct ip_prefix prefix;

		if (c->route[i].prefix.prefix_length == 0 || group->count == 0 ||
		    group->hop[0].kind != CFG_NH_PUNT || reaches_into_tunnel(sync, s, i))
			continue;
		prefix = shm_addr_prefix(&c->route[i].prefix);
		if (sync->network_count == max) {
			note_invalid(sync, "route", i, "too many networks of ours to guard");
			return;
		}
		sync->network[sync->network_count++] = prefix;
	}
}

static void compile_guard(struct sync *sync, struct snapshot *s)
{
	if (sync->networks_stale)
		find_networks(sync, s);
	for (uint32_t i = 0; i < sync->network_count; i++)
		if (guard_add_network(&s->guard, &sync->network[i]) < 0)
			note_invalid(sync, "network", i, "too many networks of ours to guard");
}

/* True when all that the tunnel in force was compiled from is as it was. */
static bool as_before(const struct sync *sync, const struct cfg_tunnel *cfg, uint32_t slot,
    const struct sa *sa, const struct adj *path)
{
	const struct snapshot *old = atomic_load(&sync->domain->current);
	const struct tunnel *before = slot < old->tunnel_count ? &old->tunnel[slot] : NULL;

	return before && !sync->all && before->instance == cfg->instance &&
	       before->cfg_sequence ==
		   atomic_load_explicit(&cfg->head.sequence, memory_order_relaxed) &&
	       before->sa_out == sa && sa && memcmp(&before->outer, path, sizeof(*path)) == 0;
}

/* A checked record with the SA and the path it names; a path is as wide as its link and the network
 * behind it. */
static void compile_tunnel(struct sync *sync, struct snapshot *s, uint32_t slot)
{
	const struct cfg_tunnel *cfg = &sync->copies.tunnel[slot];
	struct sa *sa = cfg->sa_out == SHM_INDEX_NONE ? NULL : s->sa[cfg->sa_out];
	struct adj path = {.port = PORT_NONE};

	if (cfg->outer_adj != SHM_INDEX_NONE)
		path = s->adj[cfg->outer_adj];
	path.mtu = (uint16_t)path_mtus_limit(&sync->paths, cfg->instance, path.mtu);
	if (as_before(sync, cfg, slot, sa, &path)) {
		s->tunnel[slot] = atomic_load(&sync->domain->current)->tunnel[slot];
		return;
	}
	tunnel_compile(cfg, slot, sa, &path, &s->tunnel[slot]);
	tunnel_share(&s->tunnel[slot], slot, sync->domain->workers);
}

/* Its IKE peer counts as a peer before there is an SA. */
static void add_peer(struct sync *sync, struct snapshot *s, uint32_t slot)
{
	const struct shm_addr *remote = &sync->copies.tunnel[slot].outer_remote;
	struct ip_addr peer = shm_addr_ip(remote);

	if (ip_family_bits(remote->family) && addr_set_add(&s->peer, &peer) < 0)
		note_invalid(sync, "tunnel", slot, "no memory for its peer");
}

static void compile_tunnels(struct sync *sync, struct snapshot *s)
{
	for (uint32_t i = 0; i < s->tunnel_count; i++) {
		const struct cfg_tunnel *cfg = &sync->copies.tunnel[i];
		const char *why;

		if (cfg->flags & CFG_TUNNEL_PRESENT) {
			add_peer(sync, s, i);
			if (tunnel_check(cfg, s->sa_count, s->adj_count, &why))
				compile_tunnel(sync, s, i);
			else
				note_invalid(sync, "tunnel", i, why);
		}
		s->tunnel[i].counters = &sync->state->tunnel[(size_t)i * WORKERS_MAX];
	}
}

struct snapshot *sync_scan(struct sync *sync, struct sync_outcome *outcome)
{
	struct snapshot *s = snapshot_new(&sync->sizes);

	if (!s)
		return NULL;
	s->spi_slot_mask = sync->slot_mask;
	scan_routes(sync, outcome);
	copy_tables(sync, outcome);
	compile_links(sync, s);
	compile_groups(sync, s);
	scan_sas(sync, s, outcome);
	compile_tunnels(sync, s);
	compile_guard(sync, s);
	return s;
}
