/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Filters while tables come, grow and are not there: at no turn of either thread does a packet pass
 * a port unfiltered. */
#include "common/log.h"
#include "tests/unit/dataplane/rig.h"

#define LIST 5u

/* What is asked for of that size fails. */
static size_t none_left_for;

void *aligned_alloc(size_t alignment, size_t bytes)
{
	void *p;

	return bytes != none_left_for && posix_memalign(&p, alignment, bytes) == 0 ? p : NULL;
}

static const struct snapshot *current(const struct rig *rig)
{
	return atomic_load(&rig->domain.current);
}

/* UDP from the LAN host, which the filter below rejects, goes nowhere. */
static void assert_closed(struct rig *rig)
{
	uint64_t before = rig_dropped(rig, DROP_FILTER);

	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_FILTER), before + 1);
	assert_int_equal(rte_ring_count(rig->worker.to_kernel), 0);
}

static void assert_open(struct rig *rig)
{
	uint64_t before = rig_dropped(rig, DROP_FILTER);

	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 1);
	assert_int_equal(rig_dropped(rig, DROP_FILTER), before);
}

static void put_filter(struct rig *rig, uint8_t action)
{
	struct cfg_filter filter = {.number = 1, .action = action, .any_protocol = 1};
	struct cfg_filter_list list = {.flags = CFG_FILTER_LIST_PRESENT, .count = 1, .filter = {3}};
	struct cfg_link link = {
	    .name = "lan1", .flags = CFG_LINK_PRESENT | CFG_LINK_UP, .filter_in = LIST + 1};

	rig_put(rig, CFG_TABLE_FILTERS, 3, &filter);
	rig_put(rig, CFG_TABLE_FILTER_LISTS, LIST, &list);
	rig_put(rig, CFG_TABLE_LINKS, 0, &link);
}

/* Whatever is there passes, or nothing does. */
static void begin(struct rig *rig, uint8_t action)
{
	rig_tunnel_up(rig, 1, 2);
	put_filter(rig, action);
	rig_commit(rig);
	assert_true(rig_settle(rig));
}

static void turn(struct rig *rig)
{
	rig->now = mono_add_msec(rig->now, 2);
	sync_tick(&rig->sync, rig->now);
}

static void make_region(struct rig *rig, uint32_t tunnels, uint32_t routes)
{
	struct shm_region_spec spec = shm_cfg_spec_sized(tunnels, routes);

	shm_map_close(&rig->cfg);
	assert_int_equal(shm_map_create(rig->instance, &spec, &rig->cfg), 0);
}

static void test_a_region_is_not_believed_before_its_first_commit(void **state)
{
	struct rig *rig = *state;
	uint64_t epoch;

	begin(rig, CFG_FILTER_REJECT);
	epoch = current(rig)->cfg_epoch;
	rig_create_cfg(rig);
	rig_basic_tables(rig);
	for (int i = 0; i < 100; i++) {
		turn(rig);
		assert_closed(rig);
	}
	assert_int_equal(current(rig)->cfg_epoch, epoch);
	rig_tunnel_up(rig, 1, 2);
	assert_open(rig);
	rig_assert_accounts(rig);
}

static void test_tables_that_grow_leave_no_moment_without_filters(void **state)
{
	struct rig *rig = *state;

	begin(rig, CFG_FILTER_REJECT);
	make_region(rig, 512, 1024);
	rig_basic_tables(rig);
	put_filter(rig, CFG_FILTER_REJECT);
	rig_commit(rig);
	for (int i = 0; i < 100; i++) {
		turn(rig);
		assert_closed(rig);
	}
	assert_int_equal(current(rig)->tunnel_count, 512);
	assert_non_null(current(rig)->filter_list[LIST]);
	rig_assert_accounts(rig);
}

/* More routes than the memory of these tests has room for: the ports' filters are followed. */
static void test_without_memory_for_the_tables_a_port_with_filters_is_closed(void **state)
{
	struct rig *rig = *state;
	struct cfg_link link = {.name = "lan1", .flags = CFG_LINK_PRESENT | CFG_LINK_UP};
	struct rte_mbuf *m;

	begin(rig, CFG_FILTER_PASS);
	make_region(rig, 128, 1500000);
	put_filter(rig, CFG_FILTER_PASS);
	rig_commit(rig);
	for (int i = 0; i < 1000 && !rig->sync.resizing; i++)
		turn(rig);
	for (int i = 0; i < 10; i++) {
		turn(rig);
		assert_closed(rig);
	}
	rig_put(rig, CFG_TABLE_LINKS, 0, &link);
	rig_commit(rig);
	for (int i = 0; i < 1000; i++) {
		turn(rig);
		worker_poll(&rig->worker);
	}
	assert_true(rig->sync.resizing);
	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rte_ring_count(rig->worker.to_kernel), 1);
	assert_int_equal(rte_ring_sc_dequeue(rig->worker.to_kernel, (void **)&m), 0);
	rte_pktmbuf_free(m);
}

/* Closed until there is some, and in force then without being said again. */
static void test_a_list_without_memory_is_tried_again(void **state)
{
	struct rig *rig = *state;

	rig_tunnel_up(rig, 1, 2);
	none_left_for = sizeof(struct filter_tally);
	put_filter(rig, CFG_FILTER_PASS);
	rig_commit(rig);
	for (int i = 0; i < 1000; i++) {
		turn(rig);
		worker_poll(&rig->worker);
	}
	assert_closed(rig);
	assert_true(atomic_load(&shm_map_header(&rig->state.map)->generation) <
		    atomic_load(&shm_map_header(&rig->cfg)->generation));
	none_left_for = 0;
	assert_true(rig_settle(rig));
	assert_open(rig);
	rig_assert_accounts(rig);
}

/* Of a frame that leaves a port of the kernel's without having passed it: true when it does. */
static bool leaves(struct rig *rig, uint8_t origin)
{
	uint8_t ip[100];
	struct rte_mbuf *m =
	    rig_frame(rig, ip, rig_packet(ip, RIG_VPC_HOST, RIG_LAN_HOST, sizeof(ip)));
	bool kept;

	packet_meta(m)->origin = origin;
	kept = filter_frames_out(&rig->worker, &m, 1, 0) == 1;
	if (kept)
		rte_pktmbuf_free(m);
	return kept;
}

static void test_what_went_around_the_kernel_does_not_leave(void **state)
{
	struct rig *rig = *state;
	struct cfg_link link = {.name = "lan1",
	    .flags = CFG_LINK_PRESENT | CFG_LINK_UP | CFG_LINK_KERNEL,
	    .filter_out = LIST + 1};

	begin(rig, CFG_FILTER_PASS);
	rig_put(rig, CFG_TABLE_LINKS, 0, &link);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_true(leaves(rig, ORIGIN_TAP));
	assert_false(leaves(rig, ORIGIN_PORT));
	link.flags &= ~CFG_LINK_KERNEL;
	rig_put(rig, CFG_TABLE_LINKS, 0, &link);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_true(leaves(rig, ORIGIN_PORT));
}

/* As main.c begins: the worker joins afterwards. */
static void test_the_tables_are_in_force_when_the_workers_begin(void **state)
{
	struct rig *rig = *state;

	begin(rig, CFG_FILTER_REJECT);
	rig_stop_dataplane(rig);
	rig_start_dataplane(rig);
	snapshot_worker_leave(&rig->domain, 0);
	assert_true(sync_begin(&rig->sync, rig->now));
	snapshot_worker_join(&rig->domain, 0);
	assert_closed(rig);
	assert_int_equal(current(rig)->cfg_epoch, shm_map_header(&rig->cfg)->epoch);
	assert_true(current(rig)->tunnel[0].instance != 0);
	rig_assert_accounts(rig);
}

static void test_without_a_region_the_workers_begin_with_nothing(void **state)
{
	struct rig *rig = *state;

	rig_stop_dataplane(rig);
	rig_remove_files(rig);
	rig_start_dataplane(rig);
	assert_false(sync_begin(&rig->sync, rig->now));
	assert_int_equal(current(rig)->generation, 0);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_a_region_is_not_believed_before_its_first_commit),
	    RIG_TEST(test_tables_that_grow_leave_no_moment_without_filters),
	    RIG_TEST(test_without_memory_for_the_tables_a_port_with_filters_is_closed),
	    RIG_TEST(test_a_list_without_memory_is_tried_again),
	    RIG_TEST(test_what_went_around_the_kernel_does_not_leave),
	    RIG_TEST(test_the_tables_are_in_force_when_the_workers_begin),
	    RIG_TEST(test_without_a_region_the_workers_begin_with_nothing),
	};
	int rc;

	eal_start(RIG_VDEV);
	log_set_level(LOG_LEVEL_ERROR);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
