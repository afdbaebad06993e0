/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From tables to snapshots: waiting, adopting, torn and scribbled slots, restarts, slots that
 * change hands, the order of what is reported. */
#include <stdlib.h>

#include "common/log.h"
#include "common/shm_fault.h"
#include "common/shm_sum.h"
#include "tests/unit/dataplane/rig.h"

static const struct snapshot *current(const struct rig *rig)
{
	return atomic_load(&rig->domain.current);
}

static const struct sa *sa_at(const struct rig *rig, uint32_t slot)
{
	return current(rig)->sa[slot];
}

/* Steps of both threads, whether or not something settles. */
static void turns(struct rig *rig, int n)
{
	for (int i = 0; i < n; i++) {
		rig->now = mono_add_msec(rig->now, 2);
		sync_tick(&rig->sync, rig->now);
		worker_poll(&rig->worker);
	}
}

static void test_tables_come_into_force(void **state)
{
	struct rig *rig = *state;
	uint32_t addr = RIG_VPC_HOST, group;

	rig_tunnel_up(rig, 1, 2);
	assert_true(current(rig)->tunnel[0].usable);
	assert_int_equal(current(rig)->tunnel[0].inner_mtu, 1422);
	assert_int_equal(current(rig)->tunnel[0].mss4, 1382);
	assert_true(addr_set_has4(&current(rig)->outer, RIG_OUR));
	assert_false(addr_set_has4(&current(rig)->outer, RIG_PEER));
	fib_lookup4(current(rig)->fib, &addr, &group, 1);
	assert_int_equal(group, 2);
	assert_int_equal(current(rig)->cfg_epoch, shm_map_header(&rig->cfg)->epoch);
}

static void test_a_generation_is_reported_after_the_workers_let_go(void **state)
{
	struct rig *rig = *state;
	const struct shm_header *header = shm_map_header(&rig->state.map);
	uint64_t before = atomic_load(&header->generation);

	rig_commit(rig);
	for (int i = 0; i < 20; i++) {
		rig->now = mono_add_msec(rig->now, 2);
		sync_tick(&rig->sync, rig->now);
	}
	assert_int_equal(atomic_load(&header->generation), before);
	assert_non_null(rig->domain.retiring);
	assert_true(rig_settle(rig));
	assert_int_equal(atomic_load(&header->generation), before + 1);
}

static void test_unchanged_sas_are_kept_as_they_are(void **state)
{
	struct rig *rig = *state;
	const struct sa *before;

	rig_tunnel_up(rig, 1, 2);
	before = sa_at(rig, RIG_SLOT_OUT);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_ptr_equal(sa_at(rig, RIG_SLOT_OUT), before);
	assert_int_equal(before->users, 2); /* in force, and in the copy beside it */
}

static void test_a_changed_sa_keeps_its_run(void **state)
{
	struct rig *rig = *state;
	struct cfg_sa out = rig_sa(2, false);
	const struct sa_run *run;

	rig_tunnel_up(rig, 1, 2);
	run = sa_at(rig, RIG_SLOT_OUT)->run;
	sa_run_promise(sa_at(rig, RIG_SLOT_OUT)->run, 1);
	out.udp_remote_be = __builtin_bswap16(20248);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->udp_remote, 20248);
	assert_ptr_equal(sa_at(rig, RIG_SLOT_OUT)->run, run);
	assert_int_equal(atomic_load(&run->state->sequence), 1 + SA_SEQ_BLOCK);
	assert_int_equal(run->users, 1);
}

static void test_a_slot_that_changes_hands_begins_anew_after_the_old_one_is_gone(void **state)
{
	struct rig *rig = *state;
	struct state_sa *record = state_sa_at(&rig->state, RIG_SLOT_OUT);

	rig_tunnel_up(rig, 1, 2);
	atomic_store(&record->sequence, 9999);
	rig_tunnel_up(rig, 3, 4);
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->instance, 4);
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->run->seq.next, 1);
	assert_int_equal(record->instance, 4);
	assert_int_equal(atomic_load(&record->sequence), 0);
}

/* An inbound SA has no sequence numbers to send: as an outbound one it begins with its own. */
static void test_an_sa_that_changes_its_direction_begins_anew(void **state)
{
	struct rig *rig = *state;
	struct cfg_sa turned = rig_sa(1, false);
	uint64_t first;

	rig_tunnel_up(rig, 1, 2);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &turned);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_false(sa_at(rig, RIG_SLOT_IN)->inbound);
	assert_int_equal(seq_reserve(&sa_at(rig, RIG_SLOT_IN)->run->seq, 1, &first, false), 1);
	assert_int_equal(first, 1);
	assert_int_equal(seq_reserve(&sa_at(rig, RIG_SLOT_IN)->run->seq, 1, &first, false), 1);
}

static void test_S03_restart_begins_at_the_ceiling(void **state)
{
	struct rig *rig = *state;
	uint8_t ip[100];
	uint64_t first;

	rig_tunnel_up(rig, 1, 2);
	rig_inject(rig, rig_frame(rig, ip, rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, 100)));
	assert_int_equal(rig_poll(rig), 1);
	rig_free_frames(rig);
	first = atomic_load(&state_sa_at(&rig->state, RIG_SLOT_OUT)->sequence);
	assert_int_equal(first, 1 + SA_SEQ_BLOCK);
	rig_stop_dataplane(rig);
	rig_start_dataplane(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->run->seq.next, first);
	assert_int_equal(atomic_load(&sa_at(rig, RIG_SLOT_OUT)->run->state->packets), 1);
}

static void test_S03_restart_takes_nothing_at_or_below_the_last_top(void **state)
{
	struct rig *rig = *state;
	uint8_t inner[100], outer[300];
	unsigned bytes;

	rig_tunnel_up(rig, 1, 2);
	rig_packet(inner, RIG_VPC_HOST, RIG_LAN_HOST, 100);
	bytes = rig_seal(rig, 50, inner, 100, outer);
	rig_inject(rig, rig_frame(rig, outer, bytes));
	assert_int_equal(rig_poll(rig), 1);
	rig_free_frames(rig);
	rig_stop_dataplane(rig);
	rig_start_dataplane(rig);
	assert_true(rig_settle(rig));
	for (uint64_t sequence = 48; sequence <= 50; sequence++) {
		bytes = rig_seal(rig, sequence, inner, 100, outer);
		rig_inject(rig, rig_frame(rig, outer, bytes));
		assert_int_equal(rig_poll(rig), 0);
	}
	bytes = rig_seal(rig, 51, inner, 100, outer);
	rig_inject(rig, rig_frame(rig, outer, bytes));
	assert_int_equal(rig_poll(rig), 1);
}

/* As another instance it would begin at 1 with the same keys. */
static void test_S05_an_sa_with_a_flipped_instance_sends_no_number_twice(void **state)
{
	struct rig *rig = *state;
	struct cfg_sa out = rig_sa(2, false), *shared;
	struct cfg_tunnel tunnel = rig_tunnel(2);

	rig_tunnel_up(rig, 1, 2);
	out.checksum = shm_sa_sum(&out);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 1);
	rig_free_frames(rig);
	shared = shm_map_at(&rig->cfg, CFG_TABLE_SAS, RIG_SLOT_OUT);
	shared->instance ^= 1;
	tunnel.sa_out_instance = shared->instance; /* the worst of luck */
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_stop_dataplane(rig);
	rig_start_dataplane(rig);
	assert_true(rig_settle(rig));
	assert_null(sa_at(rig, RIG_SLOT_OUT));
	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_NO_SA), 1);
	rig_tunnel_up(rig, 1, 2);
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->run->seq.next, 1 + SA_SEQ_BLOCK);
}

static void test_sas_of_an_unknown_past_are_not_used(void **state)
{
	struct rig *rig = *state;
	char path[128];

	rig_tunnel_up(rig, 1, 2);
	rig_stop_dataplane(rig);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance, SHM_STATE_FILE);
	assert_int_equal(unlink(path), 0);
	rig_start_dataplane(rig);
	assert_true(rig_settle(rig));
	assert_true(sa_at(rig, RIG_SLOT_OUT)->run->ended);
	assert_true(sa_at(rig, RIG_SLOT_IN)->run->ended);
	rig_tunnel_up(rig, 3, 4);
	assert_false(sa_at(rig, RIG_SLOT_OUT)->run->ended);
}

static void test_a_region_made_anew_is_adopted_and_keeps_what_is_the_same(void **state)
{
	struct rig *rig = *state;
	const struct sa_run *run;

	rig_tunnel_up(rig, 1, 2);
	run = sa_at(rig, RIG_SLOT_OUT)->run;
	{
		struct cfg_sa in = rig_sa(1, true), out = rig_sa(2, false);
		struct cfg_tunnel tunnel = rig_tunnel(2);

		rig_create_cfg(rig);
		rig_basic_tables(rig);
		rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &in);
		rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
		rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	}
	/* It may be looked at between the rename and the last write: level-triggered, so no matter.
	 */
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(current(rig)->cfg_epoch, shm_map_header(&rig->cfg)->epoch);
	assert_ptr_equal(sa_at(rig, RIG_SLOT_OUT)->run, run);
	assert_true(current(rig)->tunnel[0].usable);
}

static void test_a_region_with_larger_tables_is_adopted_and_sequence_numbers_go_on(void **state)
{
	struct rig *rig = *state;
	struct shm_region_spec spec = shm_cfg_spec();
	struct cfg_sa in = rig_sa(1, true), out = rig_sa(2, false);
	struct cfg_tunnel tunnel = rig_tunnel(2);

	rig_tunnel_up(rig, 1, 2);
	sa_run_promise(sa_at(rig, RIG_SLOT_OUT)->run, 1);
	spec.table[CFG_TABLE_SAS].count = 4096;
	spec.table[CFG_TABLE_TUNNELS].count = 512;
	spec.spi_slot_bits = 12;
	shm_map_close(&rig->cfg);
	assert_int_equal(shm_map_create(rig->instance, &spec, &rig->cfg), 0);
	rig_basic_tables(rig);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &in);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(current(rig)->sa_count, 4096);
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->run->seq.next, 1 + SA_SEQ_BLOCK);
	assert_non_null(state_sa_at(&rig->state, 4095));
}

static void test_the_region_vanishes_and_all_stays_in_force(void **state)
{
	struct rig *rig = *state;
	char path[128];

	rig_tunnel_up(rig, 1, 2);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance, SHM_CFG_FILE);
	assert_int_equal(unlink(path), 0);
	turns(rig, 200);
	assert_true(current(rig)->tunnel[0].usable);
}

static void test_S05_torn_slot_keeps_its_last_good_copy_and_is_read_when_repaired(void **state)
{
	struct rig *rig = *state;
	struct shm_slot_head *slot = shm_map_at(&rig->cfg, CFG_TABLE_SAS, RIG_SLOT_OUT);
	struct cfg_sa out = rig_sa(2, false);
	uint64_t torn;

	rig_tunnel_up(rig, 1, 2);
	torn = rig->sync.stats.torn;
	atomic_store(&slot->sequence, atomic_load(&slot->sequence) | 1u);
	memset((uint8_t *)slot + 16, 0xff, 40);
	rig_commit(rig);
	turns(rig, 20);
	assert_true(rig->sync.stats.torn > torn);
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->instance, 2);
	assert_true(current(rig)->tunnel[0].usable);
	/* A writer that never comes back does not hold up the others for ever. */
	assert_true(rig_settle(rig));
	out.hard_packets = 7;
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->hard_packets, 7);
}

/* A slot of a region made anew that is found half written may end at the very sequence that the
 * last good copy, of the old region, bears. */
static void test_S05_torn_slot_of_a_new_region_is_not_taken_for_the_old_copy(void **state)
{
	struct rig *rig = *state;
	struct cfg_sa in = rig_sa(1, true), out = rig_sa(2, false);
	struct cfg_tunnel tunnel = rig_tunnel(2);
	struct shm_slot_head *tunnel_slot, *sa_slot;

	rig_tunnel_up(rig, 1, 2);
	rig_create_cfg(rig);
	rig_basic_tables(rig);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &in);
	out.hard_packets = 7;
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	tunnel.inner_mtu = 1300;
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	tunnel_slot = shm_map_at(&rig->cfg, CFG_TABLE_TUNNELS, 0);
	sa_slot = shm_map_at(&rig->cfg, CFG_TABLE_SAS, RIG_SLOT_OUT);
	atomic_fetch_sub(&tunnel_slot->sequence, 1);
	atomic_fetch_sub(&sa_slot->sequence, 1);
	rig_commit(rig);
	turns(rig, 40);
	assert_int_equal(current(rig)->cfg_epoch, shm_map_header(&rig->cfg)->epoch);
	assert_int_equal(current(rig)->tunnel[0].inner_mtu, 1422);
	atomic_fetch_add(&tunnel_slot->sequence, 1);
	atomic_fetch_add(&sa_slot->sequence, 1);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(current(rig)->tunnel[0].inner_mtu, 1300);
	assert_int_equal(sa_at(rig, RIG_SLOT_OUT)->hard_packets, 7);
}

static void test_S05_indexes_out_of_range_are_as_absent(void **state)
{
	struct rig *rig = *state;
	struct cfg_tunnel tunnel = rig_tunnel(2);
	struct cfg_group group = {.member_count = 17};
	struct cfg_adj adj = {
	    .flags = CFG_ADJ_VALID, .link = 9999, .mtu = 1500, .rewrite_bytes = 14};
	struct cfg_sa sa = rig_sa(2, false);
	uint64_t invalid;

	rig_tunnel_up(rig, 1, 2);
	invalid = rig->sync.stats.invalid;
	tunnel.sa_out = 100000;
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	tunnel.sa_out = RIG_SLOT_OUT;
	tunnel.outer_adj = 1u << 30;
	rig_put(rig, CFG_TABLE_TUNNELS, 1, &tunnel);
	rig_put(rig, CFG_TABLE_GROUPS, 3, &group);
	group.member_count = 1;
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_ADJ, .index = 77777, .weight = 1};
	rig_put(rig, CFG_TABLE_GROUPS, 4, &group);
	group.member[0] = (struct cfg_next_hop){.kind = 9, .index = 0, .weight = 1};
	rig_put(rig, CFG_TABLE_GROUPS, 5, &group);
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_PUNT, .weight = 0};
	rig_put(rig, CFG_TABLE_GROUPS, 6, &group);
	rig_put(rig, CFG_TABLE_ADJS, 3, &adj);
	adj.link = 0;
	adj.rewrite_bytes = 33;
	rig_put(rig, CFG_TABLE_ADJS, 4, &adj);
	sa.tunnel = 5000;
	rig_put(rig, CFG_TABLE_SAS, 9, &sa);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(rig->sync.stats.invalid - invalid, 9);
	assert_int_equal(current(rig)->tunnel[0].instance, 0);
	assert_int_equal(current(rig)->tunnel[1].instance, 0);
	for (int i = 3; i <= 6; i++)
		assert_int_equal(current(rig)->group[i].count, 0);
	assert_false(current(rig)->adj[3].valid);
	assert_false(current(rig)->adj[4].valid);
	assert_null(sa_at(rig, 9));
}

static void test_S05_a_bank_that_is_wrong_leaves_the_routes_in_force(void **state)
{
	struct rig *rig = *state;
	struct cfg_route wrong[2] = {
	    {.prefix = rig_addr(0x0b000000, 8), .group = 1},
	    {.prefix = rig_addr(0x0a000000, 8), .group = 1},
	};
	uint32_t addr = RIG_VPC_HOST, group;

	rig_put_routes(rig, wrong, 2);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	fib_lookup4(current(rig)->fib, &addr, &group, 1);
	assert_int_equal(group, 2);
	wrong[1] = (struct cfg_route){.prefix = rig_addr(0x0c000000, 8), .group = 1};
	rig_put_routes(rig, wrong, 2);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	fib_lookup4(current(rig)->fib, &addr, &group, 1);
	assert_int_equal(group, FIB_MISS);
}

/* A group of a region made anew may bear the very sequence of the copy from the old one. */
static void test_S05_groups_of_a_new_region_are_read_when_its_bank_is_right_at_last(void **state)
{
	struct rig *rig = *state;
	struct cfg_group group = {
	    .member_count = 1, .member[0] = {.kind = CFG_NH_PUNT, .weight = 1}};
	struct cfg_route routes[2] = {
	    {.prefix = rig_addr(0x0a000000, 16), .group = 2},
	    {.prefix = rig_addr(0x0a000000, 8), .group = 2},
	};

	assert_int_equal(current(rig)->group[2].hop[0].kind, CFG_NH_TUNNEL);
	rig_create_cfg(rig);
	rig_put(rig, CFG_TABLE_GROUPS, 2, &group);
	rig_put_routes(rig, routes, 2);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(current(rig)->group[2].hop[0].kind, CFG_NH_TUNNEL);
	rig_put_routes(rig, routes, 1);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(current(rig)->group[2].hop[0].kind, CFG_NH_PUNT);
}

static void test_a_network_of_ours_with_a_tunnel_inside_is_no_proof_of_a_spoofed_source(
    void **state)
{
	struct rig *rig = *state;
	const struct cfg_route routes[] = {
	    {.prefix = rig_addr(0x0a000000, 8), .group = 1},  /* left to the kernel ... */
	    {.prefix = rig_addr(0x0a000000, 16), .group = 2}, /* ... but for the VPC */
	    {.prefix = rig_addr(RIG_LAN_HOST & ~0xffu, 24), .group = 1},
	    {.prefix = rig_addr(RIG_LAN_HOST, 32), .group = 0},
	};
	uint8_t inner[100], outer[300];

	rig_put_routes(rig, routes, 4);
	rig_tunnel_up(rig, 1, 2);
	for (uint64_t i = 1; i <= 2; i++) {
		uint32_t source = i == 1 ? RIG_VPC_HOST : RIG_LAN_HOST + 1;
		unsigned bytes;

		rig_packet(inner, source, RIG_LAN_HOST, 100);
		bytes = rig_seal(rig, i, inner, 100, outer);
		rig_inject(rig, rig_frame(rig, outer, bytes));
		assert_int_equal(rig_poll(rig), i == 1);
	}
	assert_int_equal(rig_dropped(rig, DROP_MARTIAN), 1);
}

/* Writes random bytes over random records, with and without a right slot sequence. */
static void scribble(struct rig *rig)
{
	for (int i = 0; i < 20; i++) {
		uint32_t table = (uint32_t)random() % CFG_TABLES;
		uint32_t slot =
		    (uint32_t)random() % (random() % 2 ? 8 : shm_map_count(&rig->cfg, table));
		uint32_t stride = rig->cfg.table[table].stride;
		uint8_t *record = shm_map_at(&rig->cfg, table, slot);
		uint32_t at = (uint32_t)random() % (stride - 8);

		if (!record)
			continue;
		for (int k = 0; k < 8; k++)
			record[at + (uint32_t)k] =
			    (uint8_t)(random() % 3 ? random() : random() % 2 * 255);
		if (table < CFG_TABLE_ROUTES_A && random() % 2)
			atomic_fetch_add(&((struct shm_slot_head *)record)->sequence, 2);
	}
}

static void test_S05_random_writes_crash_nothing(void **state)
{
	struct rig *rig = *state;
	uint8_t ip[100], outer[300];
	unsigned bytes;

	log_set_level(LOG_LEVEL_ERROR);
	for (unsigned seed = 0; seed < 40; seed++) {
		srandom(seed);
		rig_create_cfg(rig);
		rig_basic_tables(rig);
		rig_tunnel_up(rig, 1000 + seed * 2, 1001 + seed * 2);
		for (int i = 0; i < 30; i++) {
			scribble(rig);
			rig_commit(rig);
			rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, 100);
			rig_inject(rig, rig_frame(rig, ip, 100));
			rig_packet(ip, RIG_VPC_HOST, RIG_LAN_HOST, 100);
			bytes = rig_seal(rig, (uint64_t)i + 1, ip, 100, outer);
			rig_inject(rig, rig_frame(rig, outer, bytes));
			turns(rig, 2);
			rig_poll(rig);
		}
		rig_free_frames(rig);
	}
	rig_create_cfg(rig);
	rig_basic_tables(rig);
	rig_tunnel_up(rig, 5001, 5002);
	rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, 100);
	rig_poll(rig);
	rig_inject(rig, rig_frame(rig, ip, 100));
	assert_int_equal(rig_poll(rig), 1);
	log_set_level(LOG_LEVEL_ERROR);
	while (rte_ring_count(rig->worker.to_kernel)) {
		void *m;

		rte_ring_dequeue(rig->worker.to_kernel, &m);
		rte_pktmbuf_free(m);
	}
}

/* A region that does not validate is not opened; the one in use stays. */
static void test_S05_a_region_with_a_wrong_header_is_not_adopted(void **state)
{
	struct rig *rig = *state;
	const size_t offsets[] = {offsetof(struct shm_header, magic),
	    offsetof(struct shm_header, abi_major), offsetof(struct shm_header, region_bytes),
	    offsetof(struct shm_header, table[CFG_TABLE_SAS].stride),
	    /* More than any file has room for, whatever comes behind that table. */
	    offsetof(struct shm_header, table[CFG_TABLE_SAS].count) + 3};

	rig_tunnel_up(rig, 1, 2);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		uint64_t epoch = current(rig)->cfg_epoch;

		rig_create_cfg(rig);
		((uint8_t *)rig->cfg.base)[offsets[i]] ^= 0xff;
		turns(rig, 100);
		assert_int_equal(current(rig)->cfg_epoch, epoch);
		assert_true(current(rig)->tunnel[0].usable);
	}
}

static void test_S05_a_region_cut_short_leaves_what_is_in_force(void **state)
{
	static const off_t sizes[] = {0, 4096, 40960, 65536};
	struct rig *rig = *state;
	char path[128];

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct snapshot *before;

		rig_tunnel_up(rig, 10 + i * 2, 11 + i * 2);
		shm_fault_watch(&rig->sync.cfg); /* cmocka took the signal for itself */
		before = current(rig);
		snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance, SHM_CFG_FILE);
		assert_int_equal(truncate(path, sizes[i]), 0);
		rig->sync.rescan = true;
		turns(rig, 100);
		assert_ptr_equal(current(rig), before);
		assert_true(current(rig)->tunnel[0].usable);
		assert_int_equal(rig->sync.stats.damaged, i + 1);
		assert_null(rig->sync.cfg.base);
		rig_create_cfg(rig);
		rig_basic_tables(rig);
	}
	rig_tunnel_up(rig, 1, 2);
	assert_true(current(rig)->tunnel[0].usable);
}

static void test_S05_a_region_cut_short_ends_no_memory_of_unknown_sas(void **state)
{
	struct cfg_sa out = rig_sa(2, false);
	struct rig *rig = *state;
	char path[128];

	rig_tunnel_up(rig, 1, 2);
	rig_stop_dataplane(rig);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance, SHM_STATE_FILE);
	assert_int_equal(unlink(path), 0);
	rig_start_dataplane(rig);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance, SHM_CFG_FILE);
	/* Adopted, and cut before it is read: what could not be read is not forgotten. */
	rig->now = mono_add_msec(rig->now, 100);
	(void)sync_tick(&rig->sync, rig->now);
	assert_non_null(rig->sync.cfg.base);
	assert_int_equal(rig->sync.stats.scans, 0);
	assert_int_equal(truncate(path, 4096), 0);
	turns(rig, 100);
	assert_int_equal(rig->sync.stats.damaged, 1);
	rig_create_cfg(rig);
	rig_basic_tables(rig);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_true(sa_at(rig, RIG_SLOT_OUT)->run->ended);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_S05_a_region_cut_short_leaves_what_is_in_force),
	    RIG_TEST(test_S05_a_region_cut_short_ends_no_memory_of_unknown_sas),
	    RIG_TEST(test_tables_come_into_force),
	    RIG_TEST(test_a_generation_is_reported_after_the_workers_let_go),
	    RIG_TEST(test_unchanged_sas_are_kept_as_they_are),
	    RIG_TEST(test_a_changed_sa_keeps_its_run),
	    RIG_TEST(test_a_slot_that_changes_hands_begins_anew_after_the_old_one_is_gone),
	    RIG_TEST(test_an_sa_that_changes_its_direction_begins_anew),
	    RIG_TEST(test_S03_restart_begins_at_the_ceiling),
	    RIG_TEST(test_S03_restart_takes_nothing_at_or_below_the_last_top),
	    RIG_TEST(test_S05_an_sa_with_a_flipped_instance_sends_no_number_twice),
	    RIG_TEST(test_sas_of_an_unknown_past_are_not_used),
	    RIG_TEST(test_a_region_made_anew_is_adopted_and_keeps_what_is_the_same),
	    RIG_TEST(test_a_region_with_larger_tables_is_adopted_and_sequence_numbers_go_on),
	    RIG_TEST(test_the_region_vanishes_and_all_stays_in_force),
	    RIG_TEST(test_S05_torn_slot_keeps_its_last_good_copy_and_is_read_when_repaired),
	    RIG_TEST(test_S05_torn_slot_of_a_new_region_is_not_taken_for_the_old_copy),
	    RIG_TEST(test_S05_indexes_out_of_range_are_as_absent),
	    RIG_TEST(test_S05_a_bank_that_is_wrong_leaves_the_routes_in_force),
	    RIG_TEST(test_S05_groups_of_a_new_region_are_read_when_its_bank_is_right_at_last),
	    RIG_TEST(test_a_network_of_ours_with_a_tunnel_inside_is_no_proof_of_a_spoofed_source),
	    RIG_TEST(test_S05_random_writes_crash_nothing),
	    RIG_TEST(test_S05_a_region_with_a_wrong_header_is_not_adopted),
	};
	int rc;

	eal_start(RIG_VDEV);
	log_set_level(LOG_LEVEL_ERROR);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
