/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Scanning and compiling, by difference: the idle copy of the snapshot is as the one in force, and
 * what the tables say otherwise is compiled into it. A record that is not right is as good as
 * absent; one that is being written all the time keeps its last good copy. What a record is
 * compiled from besides itself decides what else is compiled anew: links -> adjacencies -> tunnels
 * (their path) <- SAs (their outbound one). */
#include "dataplane/sync_scan.h"

#include <errno.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "common/shm_addr.h"
#include "common/shm_slot.h"
#include "dataplane/sync.h"
#include "dataplane/sync_filter.h"
#include "dataplane/sync_outer.h"
#include "dataplane/sync_read.h"

static void compile_links(struct sync *sync, struct snapshot *s)
{
	memset(s->port_mss4, 0, sizeof(s->port_mss4));
	memset(s->port_mss6, 0, sizeof(s->port_mss6));
	memset(s->port_filter, 0, sizeof(s->port_filter));
	for (uint32_t i = 0; i < s->link_count; i++) {
		if (!link_compile(
			&sync->copies.link[i], sync->ports, sync->port_count, &s->link[i]))
			sync_note_invalid(sync, "link", i, "name, MTU or MSS limit");
		if (s->link[i].port == PORT_NONE)
			continue;
		s->port_mss4[s->link[i].port] = s->link[i].mss4;
		s->port_mss6[s->link[i].port] = s->link[i].mss6;
		s->port_filter[s->link[i].port] = s->link[i].filter;
	}
}

/* A link that is half written may be that of any port. */
static void close_all(struct snapshot *s, unsigned port_count)
{
	for (unsigned i = 0; i < port_count; i++)
		s->port_filter[i] = (struct filter_place){.in = 1, .out = 1};
}

void sync_close_ports(
    struct snapshot *s, const struct shm_map *cfg, const struct port *ports, unsigned port_count)
{
	memset(s->port_filter, 0, sizeof(s->port_filter));
	for (uint32_t i = 0; i < shm_map_count(cfg, CFG_TABLE_LINKS); i++) {
		struct cfg_link record;
		struct link link;

		if (shm_slot_read(shm_map_at(cfg, CFG_TABLE_LINKS, i), &record, sizeof(record)) <
		    0) {
			close_all(s, port_count);
			return;
		}
		if (link_compile(&record, ports, port_count, &link) && link.port != PORT_NONE)
			s->port_filter[link.port] = link.filter;
	}
}

static void compile_adjs(struct sync *sync, struct snapshot *s)
{
	uint32_t first = 0;

	if (slot_set_next(&sync->stale.link, &first)) {
		compile_links(sync, s);
		slot_set_fill(&sync->stale.adj);
	}
	for (uint32_t i = 0; slot_set_next(&sync->stale.adj, &i); i++) {
		struct adj *adj = snapshot_change_adj(sync->domain, i);

		if (!adj_compile(&sync->copies.adj[i], s->link, s->link_count, adj))
			sync_note_invalid(sync, "adj", i, "link, rewrite or MTU");
		sync->paths_stale = true;
	}
}

/* What our own networks are found by: that a group leaves packets to the kernel, or that a tunnel
 * is among its members. */
static unsigned group_nature(const struct group *group)
{
	unsigned nature = group->count && group->hop[0].kind == CFG_NH_PUNT;

	for (uint32_t i = 0; i < group->count; i++)
		if (group->hop[i].kind == CFG_NH_TUNNEL)
			nature |= 2;
	return nature;
}

static void compile_groups(struct sync *sync, struct snapshot *s)
{
	for (uint32_t i = 0; slot_set_next(&sync->stale.group, &i); i++) {
		struct group *group = snapshot_change_group(sync->domain, i);
		unsigned before = group_nature(group);

		if (!group_compile(&sync->copies.group[i], s->adj_count, s->tunnel_count, group))
			sync_note_invalid(sync, "group", i, "member count, kind, slot or weight");
		sync->networks_stale |= group_nature(group) != before;
	}
}

/* ---- SAs ------------------------------------------------------------------------------------- */

/* Puts an SA, or NULL, into its slot, and follows it up where its outer addresses, its tunnel and
 * its home are known. -ENOMEM: nothing has changed, and the SA is not taken over. */
static int put_sa(struct sync *sync, struct snapshot *s, uint32_t slot, struct sa *sa)
{
	struct sa *old = s->sa[slot];

	if (!sa && !old)
		return 0;
	if (!sa || !old || !outer_same(sa, old)) {
		snapshot_change_addresses(sync->domain);
		if (sa && outer_add_sa(s, sa) < 0)
			return -ENOMEM;
		if (old)
			outer_remove_sa(s, old);
	}
	if (old)
		slot_set_add(&sync->stale.tunnel, old->tunnel);
	if (old && old->inbound)
		homes_left(&sync->homes, old);
	if (sa)
		slot_set_add(&sync->stale.tunnel, sa->tunnel);
	if (sa && sa->inbound)
		homes_came(&sync->homes, sa);
	snapshot_set_sa(sync->domain, slot, sa);
	return 0;
}

/* True when the record goes on with that SA: what has its numbers or its window has no other. */
static bool same_sa(const struct sa *sa, const struct cfg_sa *cfg)
{
	return sa->instance == cfg->instance && sa->inbound == !!(cfg->flags & CFG_SA_INBOUND);
}

/* A present record that was read whole. 0, or -EAGAIN: it is to be looked at again. */
static int take_record(struct sync *sync, struct snapshot *s, uint32_t slot,
    const struct cfg_sa *cfg, struct sync_outcome *outcome)
{
	struct sa *old = s->sa[slot], *sa;
	const char *why;

	if (!sa_check(cfg, slot, sync->slot_mask, sync->sizes.tunnels, &why)) {
		sync_note_invalid(sync, "sa", slot, why);
		return put_sa(sync, s, slot, NULL);
	}
	if (old && !same_sa(old, cfg)) {
		outcome->again = true;
		(void)put_sa(sync, s, slot, NULL);
		return -EAGAIN;
	}
	sa = sa_compile(
	    cfg, slot, old ? old->run : NULL, state_sa_at(sync->state, slot), sync->crypto);
	if (sa && sa->inbound && !old)
		homes_place(&sync->homes, s, sync->domain->workers, sa);
	if (sa && put_sa(sync, s, slot, sa) == 0)
		return 0;
	sa_put(sa);
	(void)put_sa(sync, s, slot, NULL);
	sync_note_invalid(sync, "sa", slot, "no memory to compile it");
	outcome->starved = true;
	return -EAGAIN;
}

static void scan_sa(struct sync *sync, struct snapshot *s, uint32_t slot, const void *record,
    struct sync_outcome *outcome)
{
	struct cfg_sa cfg;
	int rc;

	if (shm_slot_read(record, &cfg, sizeof(cfg)) < 0) {
		outcome->torn++;
		return;
	}
	if (cfg.flags & CFG_SA_PRESENT)
		rc = take_record(sync, s, slot, &cfg, outcome);
	else
		rc = put_sa(sync, s, slot, NULL);
	/* What was not settled is looked at again, also if an old region's record, which the
	 * sequence is of, had the very number. */
	sync->seen.sa[slot] =
	    rc == 0 ? atomic_load_explicit(&cfg.head.sequence, memory_order_relaxed) : 0;
	secret_wipe(&cfg, sizeof(cfg));
}

static void scan_sas(struct sync *sync, struct snapshot *s, struct sync_outcome *outcome)
{
	const uint8_t *record = shm_map_at(&sync->cfg, CFG_TABLE_SAS, 0);
	uint32_t stride = sync->cfg.table[CFG_TABLE_SAS].stride;

	for (uint32_t i = 0; i < s->sa_count; i++, record += stride)
		if (sync->all || slot_sequence(record) != sync->seen.sa[i])
			scan_sa(sync, s, i, record, outcome);
}

/* ---- tunnels --------------------------------------------------------------------------------- */

/* A path is as wide as its link and the network behind it. */
static struct adj path_of(const struct sync *sync, const struct snapshot *s, uint32_t slot)
{
	const struct cfg_tunnel *cfg = &sync->copies.tunnel[slot];
	struct adj path = {.port = PORT_NONE};

	if (cfg->outer_adj < s->adj_count)
		path = s->adj[cfg->outer_adj];
	path.mtu = (uint16_t)path_mtus_limit(&sync->paths, cfg->instance, path.mtu);
	return path;
}

static void find_stale_paths(struct sync *sync, const struct snapshot *s)
{
	for (uint32_t i = 0; i < s->tunnel_count; i++) {
		struct adj path = path_of(sync, s, i);

		if (s->tunnel[i].instance && memcmp(&path, &s->tunnel[i].outer, sizeof(path)) != 0)
			slot_set_add(&sync->stale.tunnel, i);
	}
}

/* Its IKE peer counts as a peer before there is an SA. -ENOMEM: it does not yet. */
static int follow_peer(struct sync *sync, struct snapshot *s, uint32_t slot)
{
	const struct cfg_tunnel *cfg = &sync->copies.tunnel[slot];
	struct ip_addr *known = &sync->peer[slot], peer = shm_addr_ip(&cfg->outer_remote);

	if (!(cfg->flags & CFG_TUNNEL_PRESENT) || !ip_family_bits(peer.family))
		peer = (struct ip_addr){0};
	if (memcmp(&peer, known, sizeof(peer)) == 0)
		return 0;
	snapshot_change_addresses(sync->domain);
	if (known->family)
		addr_set_remove(&s->peer, known);
	*known = peer;
	if (!peer.family || addr_set_add(&s->peer, &peer) == 0)
		return 0;
	*known = (struct ip_addr){0};
	sync_note_invalid(sync, "tunnel", slot, "no memory for its peer");
	return -ENOMEM;
}

/* 0, or -ENOMEM: not all of it is in force, and it is to be compiled again. */
static int compile_tunnel(struct sync *sync, struct snapshot *s, uint32_t slot)
{
	const struct cfg_tunnel *cfg = &sync->copies.tunnel[slot];
	struct tunnel *tunnel = snapshot_change_tunnel(sync->domain, slot);
	struct adj path = path_of(sync, s, slot);
	const char *why;
	int rc = follow_peer(sync, s, slot);

	memset(tunnel, 0, sizeof(*tunnel));
	if (cfg->flags & CFG_TUNNEL_PRESENT) {
		if (tunnel_check(cfg, s->sa_count, s->adj_count, &why)) {
			tunnel_compile(cfg, slot,
			    cfg->sa_out == SHM_INDEX_NONE ? NULL : s->sa[cfg->sa_out], &path,
			    tunnel);
			tunnel_share(tunnel, slot, sync->domain->workers);
		} else {
			sync_note_invalid(sync, "tunnel", slot, why);
		}
	}
	tunnel->counters = &sync->state->tunnel[(size_t)slot * WORKERS_MAX];
	snapshot_set_spi(sync->domain, slot, tunnel->usable ? tunnel->sa_out->spi : 0);
	return rc;
}

static void compile_tunnels(struct sync *sync, struct snapshot *s, struct sync_outcome *outcome)
{
	if (sync->paths_stale)
		find_stale_paths(sync, s);
	for (uint32_t i = 0; slot_set_next(&sync->stale.tunnel, &i); i++) {
		if (compile_tunnel(sync, s, i) < 0)
			outcome->starved = true;
		else
			slot_set_remove(&sync->stale.tunnel, i);
	}
}

/* ---- our own networks ------------------------------------------------------------------------ */

/* True when a part of route `i`'s prefix is behind a tunnel. In the order of the bank, what a
 * prefix covers stands right behind it. */
static bool reaches_into_tunnel(const struct sync *sync, const struct snapshot *s, uint32_t i)
{
	const struct sync_copies *c = &sync->copies;
	struct ip_prefix outer = shm_addr_prefix(&c->route[i].prefix);

	for (uint32_t k = i + 1; k < c->route_count; k++) {
		struct ip_prefix inner = shm_addr_prefix(&c->route[k].prefix);

		if (!ip_prefix_covers(&outer, &inner))
			return false;
		if (group_nature(&s->group[c->route[k].group]) & 2)
			return true;
	}
	return false;
}

/* Our own networks and addresses: what the routes leave to the kernel, whole. */
static void find_networks(struct sync *sync, struct snapshot *s)
{
	const struct sync_copies *c = &sync->copies;

	guard_clear_networks(&s->guard);
	for (uint32_t i = 0; i < c->route_count; i++) {
		struct ip_prefix prefix;

		if (c->route[i].prefix.prefix_length == 0 ||
		    !(group_nature(&s->group[c->route[i].group]) & 1) ||
		    reaches_into_tunnel(sync, s, i))
			continue;
		prefix = shm_addr_prefix(&c->route[i].prefix);
		if (guard_add_network(&s->guard, &prefix) < 0)
			sync_note_invalid(sync, "route", i, "too many networks of ours to guard");
	}
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Everything is to be read and compiled: also what is kept besides the snapshot, which may be of
 * one that never came into force. */
static void forget(struct sync *sync, struct snapshot *s)
{
	slot_set_fill(&sync->stale.link);
	slot_set_fill(&sync->stale.adj);
	slot_set_fill(&sync->stale.group);
	slot_set_fill(&sync->stale.tunnel);
	sync->networks_stale = true;
	memset(sync->peer, 0, sync->sizes.tunnels * sizeof(*sync->peer));
	snapshot_change_addresses(sync->domain);
	outer_clear(s);
	for (uint32_t i = 0; i < s->sa_count; i++) {
		if (s->sa[i] && outer_add_sa(s, s->sa[i]) < 0) {
			sync_note_invalid(sync, "sa", i, "no memory for its outer addresses");
			snapshot_set_sa(sync->domain, i, NULL);
		}
	}
	homes_recount(&sync->homes, s);
}

struct snapshot *sync_scan(struct sync *sync, struct sync_outcome *outcome)
{
	struct snapshot *s = snapshot_begin(sync->domain, &sync->sizes);

	if (!s)
		return NULL;
	if (sync->all)
		forget(sync, s);
	s->spi_slot_mask = sync->slot_mask;
	sync_read_routes(sync, outcome);
	sync_read_tables(sync, outcome);
	sync_filters(sync, outcome);
	compile_adjs(sync, s);
	compile_groups(sync, s);
	scan_sas(sync, s, outcome);
	compile_tunnels(sync, s, outcome);
	if (sync->networks_stale)
		find_networks(sync, s);
	if (sync->domain->changes.addresses)
		guard_suspect_outer(&s->guard);
	slot_set_clear(&sync->stale.link);
	slot_set_clear(&sync->stale.adj);
	slot_set_clear(&sync->stale.group);
	sync->networks_stale = sync->paths_stale = false;
	return s;
}
