/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compiling by difference: after any series of changes, what is in force is what a scan of the
 * whole tables makes, and the copy beside it is the same. */
#include <stdlib.h>

#include "common/log.h"
#include "common/shm_addr.h"
#include "common/shm_fault.h"
#include "tests/unit/dataplane/rig.h"

#define SAS     24u /* the slots that are played with */
#define TUNNELS 6u
#define ADJS    6u
#define GROUPS  8u
#define LISTS   5u
#define FILTERS 6u
#define ADDRS   10u /* half of them IPv6 */

/* What of a snapshot can be compared: its values, with slots in place of pointers. */
struct picture {
	struct {
		uint64_t instance, hard_packets;
		uint32_t spi, tunnel;
		struct shm_addr local, remote;
	} sa[SAS];
	struct tunnel tunnel[TUNNELS];
	struct group group[GROUPS];
	struct adj adj[ADJS];
	struct link link[3];
	uint16_t mss4[PORTS_MAX], mss6[PORTS_MAX];
	struct filter_place place[PORTS_MAX];
	uint32_t rule[LISTS][8]; /* number and action of the rules; UINT32_MAX: there is no list */
	uint32_t group_of[ADDRS];
	struct guard_network4 network4[GUARD_NETWORKS_MAX];
	struct ip_prefix network6[GUARD_NETWORKS_MAX];
	bool outer[ADDRS], peer[ADDRS], guarded[ADDRS];
	uint32_t outers, peers, guardeds; /* how many there are in all */
};

static struct shm_addr outer_addr(unsigned n)
{
	/* Two of IPv4 in each /16. */
	struct shm_addr addr = rig_addr(0xc6006400 + (n / 4 << 16) + n, 32);

	if (n % 2) {
		addr = (struct shm_addr){.family = IP_FAMILY_V6, .prefix_length = 128};
		memcpy(addr.bytes, "\x20\x01\x0d\xb8", 4);
		addr.bytes[15] = (uint8_t)n;
	}
	return addr;
}

static void take_sas(const struct snapshot *s, struct picture *p)
{
	for (unsigned i = 0; i < SAS; i++) {
		const struct sa *sa = s->sa[i];

		if (!sa)
			continue;
		p->sa[i].instance = sa->instance;
		p->sa[i].hard_packets = sa->hard_packets;
		p->sa[i].spi = sa->spi;
		p->sa[i].tunnel = sa->tunnel;
		p->sa[i].local = sa->outer_local;
		p->sa[i].remote = sa->outer_remote;
	}
}

static bool sends_by_its_spi(const struct snapshot *s, uint32_t tunnel)
{
	const struct sa *sa = s->tunnel[tunnel].sa_out;
	uint32_t slot = sa ? spi_index_first(&s->senders, sa->spi) : SPI_INDEX_END;

	while (slot != SPI_INDEX_END && slot != tunnel)
		slot = spi_index_next(&s->senders, slot);
	return slot == tunnel;
}

static void take_tunnels(const struct rig *rig, const struct snapshot *s, struct picture *p)
{
	for (unsigned i = 0; i < TUNNELS; i++) {
		p->tunnel[i] = s->tunnel[i];
		if (s->tunnel[i].sa_out) {
			assert_ptr_equal(s->sa[s->tunnel[i].sa_out->slot], s->tunnel[i].sa_out);
			p->tunnel[i].sa_out =
			    (struct sa *)((uintptr_t)s->tunnel[i].sa_out->slot + 1);
		}
		assert_int_equal(sends_by_its_spi(s, i), s->tunnel[i].usable);
		assert_ptr_equal(
		    s->tunnel[i].counters, &rig->state.tunnel[(size_t)i * WORKERS_MAX]);
	}
}

static void take_lists(const struct snapshot *s, struct picture *p)
{
	for (unsigned i = 0; i < LISTS; i++) {
		const struct filter_list *list = s->filter_list[i];

		p->rule[i][0] = UINT32_MAX;
		for (unsigned k = 0; list && k <= list->span.count; k++)
			p->rule[i][k] = k < list->span.count ? list->pools.rule[k].number * 8 +
								   list->pools.rule[k].action
							     : 0;
	}
}

static void take(const struct rig *rig, const struct snapshot *s, struct picture *p)
{
	memset(p, 0, sizeof(*p));
	take_sas(s, p);
	take_tunnels(rig, s, p);
	take_lists(s, p);
	memcpy(p->place, s->port_filter, sizeof(p->place));
	memcpy(p->group, s->group, sizeof(p->group));
	memcpy(p->adj, s->adj, sizeof(p->adj));
	memcpy(p->link, s->link, sizeof(p->link));
	memcpy(p->mss4, s->port_mss4, sizeof(p->mss4));
	memcpy(p->mss6, s->port_mss6, sizeof(p->mss6));
	memcpy(p->network4, s->guard.network4, s->guard.network4_count * sizeof(p->network4[0]));
	memcpy(p->network6, s->guard.network6, s->guard.network6_count * sizeof(p->network6[0]));
	for (unsigned i = 0; i < ADDRS; i++) {
		struct shm_addr addr = outer_addr(i);
		struct ip_addr ip = shm_addr_ip(&addr);
		uint32_t route = 0x0a000000 + (i << 16) + 1;

		p->outer[i] = addr_set_has(&s->outer, &ip);
		p->peer[i] = addr_set_has(&s->peer, &ip);
		p->guarded[i] = addr_set_has(&s->guard.outer, &ip);
		fib_lookup4(s->fib, &route, &p->group_of[i], 1);
	}
	p->outers = s->outer.v4.count + s->outer.v6.count;
	p->peers = s->peer.v4.count + s->peer.v6.count;
	p->guardeds = s->guard.outer.v4.count + s->guard.outer.v6.count;
}

#define SAME(field) assert_memory_equal(&a->field, &b->field, sizeof(a->field))

static void assert_same(const struct picture *a, const struct picture *b)
{
	SAME(sa);
	for (unsigned i = 0; i < TUNNELS; i++)
		SAME(tunnel[i]);
	SAME(group);
	SAME(adj);
	SAME(link);
	SAME(mss4);
	SAME(mss6);
	SAME(place);
	SAME(rule);
	SAME(group_of);
	SAME(network4);
	SAME(network6);
	SAME(outer);
	SAME(peer);
	SAME(guarded);
	assert_int_equal(a->outers, b->outers);
	assert_int_equal(a->peers, b->peers);
	assert_int_equal(a->guardeds, b->guardeds);
}

/* The guard suspects whom it would if it had been made for what is there now. */
static void check_suspects(const struct snapshot *s, const struct picture *p)
{
	static struct guard anew;

	guard_init(&anew);
	for (unsigned i = 0; i < s->guard.network4_count; i++) {
		const struct guard_network4 *network = &s->guard.network4[i];
		struct ip_prefix prefix = {.addr = ip_addr_v4(network->network),
		    .length = (uint8_t)__builtin_popcount(network->mask)};

		assert_int_equal(guard_add_network(&anew, &prefix), 0);
	}
	for (unsigned i = 0; i < ADDRS; i++) {
		struct shm_addr addr = outer_addr(i);
		struct ip_addr ip = shm_addr_ip(&addr);

		if (p->guarded[i])
			assert_int_equal(guard_add_outer(&anew, &ip), 0);
	}
	assert_memory_equal(
	    &s->guard.suspect_source, &anew.suspect_source, sizeof(anew.suspect_source));
	assert_memory_equal(&s->guard.suspect_dest, &anew.suspect_dest, sizeof(anew.suspect_dest));
	guard_fini(&anew);
}

/* Both copies, and what a scan of all there is makes of it. */
static void check(struct rig *rig, bool all)
{
	static struct picture in_force, beside, anew;
	const struct snapshot *s;

	assert_true(rig_settle(rig));
	s = atomic_load(&rig->domain.current);
	take(rig, s, &in_force);
	take(rig, rig->domain.idle, &beside);
	assert_same(&in_force, &beside);
	check_suspects(s, &in_force);
	check_suspects(rig->domain.idle, &beside);
	for (unsigned i = 0; i < s->sa_count; i++) {
		assert_ptr_equal(s->sa[i], rig->domain.idle->sa[i]);
		if (s->sa[i])
			assert_int_equal(s->sa[i]->users, 2);
	}
	for (unsigned i = 0; i < s->filter_list_count; i++) {
		assert_ptr_equal(s->filter_list[i], rig->domain.idle->filter_list[i]);
		if (s->filter_list[i])
			assert_int_equal(s->filter_list[i]->uses, 2);
	}
	if (!all)
		return;
	rig->sync.all = rig->sync.rescan = true;
	rig_commit(rig);
	assert_true(rig_settle(rig));
	take(rig, atomic_load(&rig->domain.current), &anew);
	assert_same(&in_force, &anew);
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)random() % n;
}

static void change_sa(struct rig *rig)
{
	uint32_t slot = below(SAS);
	/* Few instances, so that a slot often goes on with the same. */
	struct cfg_sa sa = rig_sa(1 + below(3), slot % 2 == 0);
	unsigned family = below(2);

	sa.spi_be = __builtin_bswap32(slot % 2 ? 0xc0000000 + below(9) : 0x5a000000u | slot);
	sa.tunnel = below(TUNNELS);
	sa.outer_local = outer_addr(2 * below(ADDRS / 2) + family);
	sa.outer_remote = outer_addr(2 * below(ADDRS / 2) + family);
	sa.hard_packets = below(2);
	switch (below(8)) {
	case 0: sa.encr_key_bytes = 7; break; /* wrong */
	case 1: sa = (struct cfg_sa){0}; break;
	default: break;
	}
	rig_put(rig, CFG_TABLE_SAS, slot, &sa);
}

static void change_tunnel(struct rig *rig)
{
	uint32_t slot = below(TUNNELS);
	struct cfg_tunnel tunnel = rig_tunnel(1 + below(3));

	tunnel.instance = 100 + slot;
	tunnel.sa_out = below(4) ? 1 + 2 * below(SAS / 2) : SHM_INDEX_NONE;
	tunnel.outer_adj = below(4) ? below(ADJS) : SHM_INDEX_NONE;
	tunnel.mss_limit = below(3);
	if (below(2))
		tunnel.outer_remote = outer_addr(below(ADDRS));
	switch (below(8)) {
	case 0: tunnel.df = 99; break; /* wrong */
	case 1: tunnel = (struct cfg_tunnel){0}; break;
	default: break;
	}
	rig_put(rig, CFG_TABLE_TUNNELS, slot, &tunnel);
}

static void change_adj(struct rig *rig)
{
	struct cfg_adj adj = {.flags = below(4) ? CFG_ADJ_VALID : 0,
	    .link = below(4),
	    .mtu = 1400 + below(3),
	    .rewrite_bytes = (uint16_t)(below(8) ? 14 : 40)};

	rig_put(rig, CFG_TABLE_ADJS, below(ADJS), &adj);
}

static void change_link(struct rig *rig)
{
	struct cfg_link link = {.flags = CFG_LINK_PRESENT | (below(4) ? CFG_LINK_UP : 0) |
					 (below(2) ? CFG_LINK_WAN : 0),
	    .mtu = below(2) * 1400,
	    .mss_limit = below(3) * 600,
	    .filter_in = below(LISTS + 1),
	    .filter_out = below(LISTS + 1)};

	snprintf(link.name, sizeof(link.name), "lan%u", 1 + below(2));
	rig_put(rig, CFG_TABLE_LINKS, below(3), &link);
}

static void change_filter(struct rig *rig)
{
	struct cfg_filter filter = {
	    .number = below(3),          /* 0: there is none, and so no list that names it */
	    .action = (uint8_t)below(4), /* 3 is wrong */
	    .any_protocol = 1,
	};

	rig_put(rig, CFG_TABLE_FILTERS, below(FILTERS), &filter);
}

static void change_list(struct rig *rig)
{
	struct cfg_filter_list list = {.flags = below(8) ? CFG_FILTER_LIST_PRESENT : 0,
	    .count = below(16) ? below(4) : CFG_FILTER_LISTED + 1};

	for (unsigned i = 0; i < 4; i++)
		list.filter[i] = (uint16_t)(below(32) ? below(FILTERS) : UINT16_MAX);
	rig_put(rig, CFG_TABLE_FILTER_LISTS, below(LISTS), &list);
}

static void change_group(struct rig *rig)
{
	struct cfg_group group = {.member_count = 1 + below(2)};

	for (unsigned i = 0; i < group.member_count; i++)
		group.member[i] = (struct cfg_next_hop){.kind = (uint8_t)(1 + below(4)),
		    .index = below(TUNNELS),
		    .weight = (uint16_t)(below(16) != 0)};
	rig_put(rig, CFG_TABLE_GROUPS, below(GROUPS), &group);
}

static void change_routes(struct rig *rig)
{
	struct cfg_route route[1 + ADDRS];
	uint32_t count = 0;

	if (below(2))
		route[count++] =
		    (struct cfg_route){.prefix = rig_addr(0x0a000000, 8), .group = below(GROUPS)};
	for (unsigned i = 0; i < ADDRS; i++)
		if (below(3))
			route[count++] = (struct cfg_route){
			    .prefix = rig_addr(0x0a000000 + (i << 16), 16), .group = below(GROUPS)};
	if (count > 1 && below(8) == 0)
		route[0].prefix = rig_addr(0x0b000000, 8); /* out of order: refused */
	rig_put_routes(rig, route, count);
}

static void change_path(struct rig *rig)
{
	struct path_report report = {.instance = 100 + below(TUNNELS), .mtu = 1000 + below(300)};

	if (below(4) == 0)
		rig->now = mono_add_sec(rig->now, PATH_MTU_AGE_SEC + 1);
	sync_follow_paths(&rig->sync, &report, rig->now);
}

static void change_port(struct rig *rig)
{
	rig->port.mtu = 1300 + below(3);
	sync_follow_ports(&rig->sync);
}

/* A region made anew, and before it one that is cut short in the middle of what is changed. */
static void change_region(struct rig *rig)
{
	char path[128];

	if (below(2) && rig->sync.cfg.inode == rig->cfg.inode) {
		uint64_t damaged = rig->sync.stats.damaged;

		shm_fault_watch(&rig->sync.cfg); /* cmocka took the signal for itself */
		snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance, SHM_CFG_FILE);
		assert_int_equal(truncate(path, 4096 * (off_t)below(200)), 0);
		rig->sync.rescan = true;
		rig->now = mono_add_msec(rig->now, 2);
		sync_tick(&rig->sync, rig->now);
		assert_int_equal(rig->sync.stats.damaged, damaged + 1);
	}
	rig_create_cfg(rig);
	rig_basic_tables(rig);
}

static void change(struct rig *rig)
{
	static void (*const one_of[])(struct rig *) = {change_sa, change_sa, change_sa, change_sa,
	    change_tunnel, change_tunnel, change_tunnel, change_adj, change_link, change_group,
	    change_group, change_routes, change_path, change_port, change_filter, change_filter,
	    change_list, change_list};

	if (below(100) == 0)
		change_region(rig);
	else
		one_of[below(sizeof(one_of) / sizeof(one_of[0]))](rig);
}

/* A slot that is half written, for a while. */
static void tear(struct rig *rig, struct shm_slot_head **torn)
{
	uint32_t table = CFG_TABLE_LINKS + below(5);

	*torn = shm_map_at(&rig->cfg, table, below(3));
	atomic_fetch_or(&(*torn)->sequence, 1u);
}

static void test_any_series_of_changes_makes_what_a_whole_scan_makes(void **state)
{
	struct rig *rig = *state;

	for (unsigned seed = 1; seed <= 30; seed++) {
		srandom(seed);
		for (unsigned step = 0; step < 40; step++) {
			struct shm_slot_head *torn = NULL;

			for (unsigned n = below(4); n; n--)
				change(rig);
			if (below(10) == 0)
				tear(rig, &torn);
			rig_commit(rig);
			if (torn) {
				assert_true(rig_settle(rig));
				atomic_fetch_add(&torn->sequence, 1);
				rig_commit(rig);
			}
			check(rig, step % 8 == 7);
		}
	}
}

/* What is taken out is given up when the workers have let go, not with the change after it. */
static void test_keys_of_a_removed_sa_do_not_stay_in_the_copy_beside(void **state)
{
	struct rig *rig = *state;
	const struct cfg_tunnel no_tunnel = {0};
	const struct cfg_sa none = {0};
	struct sa *sa;

	rig_tunnel_up(rig, 1, 2);
	sa = sa_get(atomic_load(&rig->domain.current)->sa[RIG_SLOT_OUT]);
	assert_int_equal(sa->users, 3);
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &no_tunnel);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &none);
	rig_commit(rig);
	sync_tick(&rig->sync, rig->now);
	assert_int_equal(sa->users, 2);
	assert_true(rig_settle(rig));
	assert_int_equal(sa->users, 1);
	sa_put(sa);
}

/* A change costs what it changes: what was noted as changed is the one slot. */
static void test_one_sa_more_touches_its_slot_and_its_tunnel(void **state)
{
	struct rig *rig = *state;
	struct cfg_sa sa = rig_sa(9, false);
	uint32_t slot = 0;

	rig_tunnel_up(rig, 1, 2);
	sa.tunnel = 3;
	rig_put(rig, CFG_TABLE_SAS, 77, &sa);
	rig_commit(rig);
	rig->now = mono_add_msec(rig->now, 2);
	assert_true(sync_tick(&rig->sync, rig->now));
	assert_true(slot_set_next(&rig->domain.changes.sa, &slot));
	assert_int_equal(slot++, 77);
	assert_false(slot_set_next(&rig->domain.changes.sa, &slot));
	slot = 0;
	assert_true(slot_set_next(&rig->domain.changes.tunnel, &slot));
	assert_int_equal(slot++, 3);
	assert_false(slot_set_next(&rig->domain.changes.tunnel, &slot));
	slot = 0;
	assert_false(slot_set_next(&rig->domain.changes.group, &slot));
	assert_false(slot_set_next(&rig->domain.changes.adj, &slot));
	assert_true(rig_settle(rig));
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_any_series_of_changes_makes_what_a_whole_scan_makes),
	    RIG_TEST(test_keys_of_a_removed_sa_do_not_stay_in_the_copy_beside),
	    RIG_TEST(test_one_sa_more_touches_its_slot_and_its_tunnel),
	};
	int rc;

	eal_start(RIG_VDEV);
	log_set_level(LOG_LEVEL_ERROR);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
