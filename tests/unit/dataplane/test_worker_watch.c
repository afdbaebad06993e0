/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A worker that idles is told from one that stands still. Time is what the test says it is. */
#include <string.h>

#include "dataplane/worker_watch.h"
#include "tests/unit/dataplane/rig.h"

static struct worker_watch watch;

static const struct state_worker *shown(const struct rig *rig)
{
	return shm_map_at(&rig->state.map, STATE_TABLE_WORKERS, 0);
}

/* Housekeeping's turns, 20 ms each, for so long; the worker polls in each of them or in none. */
static void pass(struct rig *rig, unsigned msec, bool polls)
{
	for (unsigned passed = 0; passed < msec; passed += 20) {
		worker_ask_counters(&rig->handover);
		if (polls)
			rig_poll(rig);
		rig->now = mono_add_msec(rig->now, 20);
		worker_watch(&watch, &rig->worker, 1, &rig->state, rig->now);
	}
}

static int setup(void **state)
{
	memset(&watch, 0, sizeof(watch));
	return rig_setup(state);
}

static void test_one_that_idles_is_seen_all_the_time(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(atomic_load(&shown(rig)->seen_nsec), 0);
	for (int i = 0; i < 10; i++) {
		pass(rig, 500, true);
		assert_int_equal(atomic_load(&shown(rig)->seen_nsec), rig->now.nsec);
		assert_int_equal(atomic_load(&shown(rig)->received), 0);
		assert_false(watch.still[0]);
	}
}

static void test_one_that_stands_still_is_noticed_and_so_is_its_going_on(void **state)
{
	struct rig *rig = *state;
	int64_t last;

	rig_tunnel_up(rig, 1, 2);
	rig_lan_packet(rig, 100);
	pass(rig, 100, true);
	last = atomic_load(&shown(rig)->seen_nsec);
	assert_int_equal(atomic_load(&shown(rig)->received), 1);
	pass(rig, STATE_WORKER_STILL_MSEC - 20, false);
	assert_false(watch.still[0]);
	pass(rig, 100, false);
	assert_true(watch.still[0]);
	pass(rig, 5000, false);
	assert_int_equal(atomic_load(&shown(rig)->seen_nsec), last);
	pass(rig, 20, true);
	assert_false(watch.still[0]);
	assert_int_equal(atomic_load(&shown(rig)->seen_nsec), rig->now.nsec);
}

/* A poll that brought packets counts, with the time up to the next; one that did not, does not. */
static void test_work_is_counted_and_idling_is_not(void **state)
{
	struct rig *rig = *state;
	uint64_t busy;

	rig_tunnel_up(rig, 1, 2);
	pass(rig, 100, true);
	assert_int_equal(atomic_load(&shown(rig)->busy_polls), 0);
	assert_int_equal(atomic_load(&shown(rig)->busy_nsec), 0);
	rig_lan_packet(rig, 100);
	rig_lan_packet(rig, 100);
	pass(rig, 100, true);
	busy = atomic_load(&shown(rig)->busy_nsec);
	assert_int_equal(atomic_load(&shown(rig)->busy_polls), 1);
	assert_int_equal(atomic_load(&shown(rig)->polled), 2);
	assert_true(busy > 0);
	pass(rig, 2000, true);
	assert_int_equal(atomic_load(&shown(rig)->busy_polls), 1);
	assert_int_equal(atomic_load(&shown(rig)->busy_nsec), busy);
}

static void test_its_load_is_that_of_the_last_second(void **state)
{
	struct rig *rig = *state;

	for (int i = 0; i < 100; i++) {
		counter_add(&rig->worker.counters.busy_nsec, 5 * MONO_NSEC_PER_MSEC);
		pass(rig, 20, true);
	}
	assert_int_equal(atomic_load(&shown(rig)->busy_permille), 250);
	pass(rig, 2100, true);
	assert_int_equal(atomic_load(&shown(rig)->busy_permille), 0);
}

static void test_what_waits_in_its_rings_is_told(void **state)
{
	struct rig *rig = *state;

	pass(rig, 20, true);
	assert_int_equal(atomic_load(&shown(rig)->ring_from_kernel), 0);
	for (unsigned i = 0; i < 3; i++) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(rig->worker.config.pool);

		assert_non_null(m);
		assert_int_equal(rte_ring_sp_enqueue(rig->worker.to_kernel, m), 0);
	}
	pass(rig, 20, true);
	assert_int_equal(atomic_load(&shown(rig)->ring_to_kernel), 3);
	assert_int_equal(atomic_load(&shown(rig)->ring_from_kernel), 0);
	assert_int_equal(atomic_load(&shown(rig)->ring_handover), 0);
}

/* Housekeeping itself was stopped: no worker is to blame. */
static void test_who_looks_late_blames_nobody(void **state)
{
	struct rig *rig = *state;

	pass(rig, 100, true);
	worker_ask_counters(&rig->handover);
	worker_poll(&rig->worker);
	rig->now = mono_add_sec(rig->now, 3600);
	worker_watch(&watch, &rig->worker, 1, &rig->state, rig->now);
	assert_false(watch.still[0]);
	assert_int_equal(atomic_load(&shown(rig)->seen_nsec), rig->now.nsec);
}

static void test_one_that_never_began_stands_still(void **state)
{
	struct rig *rig = *state;

	pass(rig, STATE_WORKER_STILL_MSEC + 100, false);
	assert_true(watch.still[0]);
	assert_true(atomic_load(&shown(rig)->seen_nsec) != 0);
}

static void test_a_restart_knows_no_worker_of_before(void **state)
{
	struct rig *rig = *state;

	pass(rig, 100, true);
	rig_stop_dataplane(rig);
	rig_start_dataplane(rig);
	assert_int_equal(atomic_load(&shown(rig)->seen_nsec), 0);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_one_that_idles_is_seen_all_the_time),
	    RIG_TEST(test_one_that_stands_still_is_noticed_and_so_is_its_going_on),
	    RIG_TEST(test_work_is_counted_and_idling_is_not),
	    RIG_TEST(test_its_load_is_that_of_the_last_second),
	    RIG_TEST(test_what_waits_in_its_rings_is_told),
	    RIG_TEST(test_who_looks_late_blames_nobody),
	    RIG_TEST(test_one_that_never_began_stands_still),
	    RIG_TEST(test_a_restart_knows_no_worker_of_before),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
