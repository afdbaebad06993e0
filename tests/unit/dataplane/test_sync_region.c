/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Regions, SAs and peers that there is no memory for: the next region is taken, whatever became of
 * that, and the SA and the peer when there is memory again. */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "tests/unit/dataplane/rig.h"

/* What SAs and the tables of addresses are made by; those of such a size fail. */
static size_t none_left_for;

void *aligned_alloc(size_t alignment, size_t bytes)
{
	void *p;

	return bytes != none_left_for && posix_memalign(&p, alignment, bytes) == 0 ? p : NULL;
}

void *calloc(size_t count, size_t bytes)
{
	size_t whole;
	void *p;

	if (__builtin_mul_overflow(count, bytes, &whole) || (whole && whole == none_left_for))
		return NULL;
	p = malloc(whole);
	return p ? memset(p, 0, whole) : NULL;
}

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

static uint32_t wanted_mb(const struct rig *rig)
{
	return atomic_load(&shm_map_header(&rig->state.map)->wanted_mb);
}

/* More routes than the memory of these tests has room for. */
static void create_too_large(struct rig *rig)
{
	struct shm_region_spec spec = shm_cfg_spec_sized(CFG_DEFAULT_TUNNELS, 1500000);

	shm_map_close(&rig->cfg);
	assert_int_equal(shm_map_create(rig->instance, &spec, &rig->cfg), 0);
	rig_commit(rig);
	turns(rig, 100);
	assert_true(rig->sync.resizing);
	assert_int_equal(current(rig)->tunnel_count, 0);
	/* 64 MB for the first levels, and 1,200 bytes a route. */
	assert_int_equal(wanted_mb(rig), 64 + 1716);
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
		assert_int_equal(wanted_mb(rig), 0);
		rig_lan_packet(rig, 100);
		assert_int_equal(rig_poll(rig), 1);
	}
	rig_assert_accounts(rig);
}

static bool applied(const struct rig *rig)
{
	return atomic_load(&shm_map_header(&rig->state.map)->generation) ==
	       atomic_load(&shm_map_header(&rig->cfg)->generation);
}

/* Control waits, nobody is kept busy, and it comes into force without being said again. */
static void test_S05_an_sa_without_memory_is_not_applied_before_there_is_some(void **state)
{
	struct cfg_sa in = rig_sa(901, true), out = rig_sa(902, false);
	struct cfg_tunnel tunnel = rig_tunnel(902);
	struct rig *rig = *state;
	uint64_t scans;

	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &in);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_commit(rig);
	none_left_for = sizeof(struct sa);
	scans = rig->sync.stats.scans;
	turns(rig, 1000);
	none_left_for = 0;
	assert_false(applied(rig));
	assert_null(current(rig)->sa[RIG_SLOT_IN]);
	assert_in_range(rig->sync.stats.scans - scans, 2, 5); /* in two seconds */
	turns(rig, 300);
	assert_true(applied(rig));
	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 1);
	rig_assert_accounts(rig);
}

#define FIRST_TABLE6 (64 * sizeof(struct in6_addr)) /* of the addresses of peers */

static void test_S05_a_peer_without_memory_is_not_applied_before_there_is_some(void **state)
{
	struct cfg_tunnel tunnel = rig_tunnel(0);
	struct in6_addr peer = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 7}};
	struct rig *rig = *state;

	tunnel.sa_out = SHM_INDEX_NONE;
	tunnel.outer_remote = (struct shm_addr){.family = IP_FAMILY_V6, .prefix_length = 128};
	memcpy(tunnel.outer_remote.bytes, &peer, sizeof(peer));
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_commit(rig);
	none_left_for = FIRST_TABLE6;
	turns(rig, 1000);
	none_left_for = 0;
	assert_false(applied(rig));
	assert_false(addr_set_has6(&current(rig)->peer, peer.s6_addr));
	turns(rig, 300);
	assert_true(applied(rig));
	assert_true(addr_set_has6(&current(rig)->peer, peer.s6_addr));
	rig_assert_accounts(rig);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_S05_a_region_too_large_for_the_memory_gives_way_to_the_next),
	    RIG_TEST(test_S05_an_sa_without_memory_is_not_applied_before_there_is_some),
	    RIG_TEST(test_S05_a_peer_without_memory_is_not_applied_before_there_is_some),
	};
	int rc;

	eal_start(RIG_VDEV);
	log_set_level(LOG_LEVEL_ERROR);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
