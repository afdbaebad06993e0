/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Regions that there is no memory for: the next one is taken, whatever became of that. */
#include "common/log.h"
#include "tests/unit/dataplane/rig.h"

static const struct snapshot *current(const struct rig *rig)
{
	return atomic_load(&rig->domain.current);
}

static void turns(struct rig *rig, int n)
{
	for (int i = 0; i < n; i++) {
		rig->now = mono_add_msec(rig->now, 2);
		sync_tick(&rig->sync, rig->now);
		worker_poll(&rig->worker);
	}
}

/* More routes than the memory of these tests has room for. */
static void create_too_large(struct rig *rig)
{
	struct shm_region_spec spec = shm_cfg_spec_sized(CFG_DEFAULT_TUNNELS, 1500000);

	shm_map_close(&rig->cfg);
	assert_int_equal(shm_map_create(rig->instance, &spec, &rig->cfg), 0);
	turns(rig, 100);
	assert_true(rig->sync.resizing);
	assert_int_equal(current(rig)->tunnel_count, 0);
}

static void test_S05_a_region_too_large_for_the_memory_gives_way_to_the_next(void **state)
{
	struct rig *rig = *state;

	for (uint64_t i = 0; i < 2; i++) {
		rig_tunnel_up(rig, i * 2 + 1, i * 2 + 2);
		create_too_large(rig);
		rig_create_cfg(rig);
		rig_basic_tables(rig);
		rig_tunnel_up(rig, i * 2 + 1, i * 2 + 2);
		rig_lan_packet(rig, 100);
		assert_int_equal(rig_poll(rig), 1);
	}
	rig_assert_accounts(rig);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_S05_a_region_too_large_for_the_memory_gives_way_to_the_next),
	};
	int rc;

	eal_start(RIG_VDEV);
	log_set_level(LOG_LEVEL_ERROR);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
