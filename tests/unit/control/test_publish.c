/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The writer of cfg.v1 against a dataplane played by the test: slots, generations, banks. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/shm_slot.h"
#include "control/publish.h"

static char instance[32];
static struct publish *p;
static struct shm_map cfg, state_map; /* as the dataplane has them */
static mono_t now = {1000 * MONO_NSEC_PER_SEC};

static void counting_random(void *ctx, uint8_t *out, size_t bytes)
{
	static uint8_t next;

	(void)ctx;
	for (size_t i = 0; i < bytes; i++)
		out[i] = next++;
}

static struct shm_region_spec small_cfg(void)
{
	struct shm_region_spec spec = shm_cfg_spec();

	spec.spi_slot_bits = 3;
	spec.table[CFG_TABLE_SAS].count = 8;
	spec.table[CFG_TABLE_GROUPS].count = 4;
	spec.table[CFG_TABLE_ADJS].count = 4;
	spec.table[CFG_TABLE_TUNNELS].count = 4;
	spec.table[CFG_TABLE_ROUTES_A].count = spec.table[CFG_TABLE_ROUTES_B].count = 8;
	return spec;
}

/* The dataplane starts and follows the region. */
static void attach(void)
{
	struct shm_region_spec spec = shm_state_spec(4, 8, 1), want = small_cfg();

	if (state_map.base)
		shm_map_close(&state_map);
	assert_int_equal(shm_map_create(instance, &spec, &state_map), 0);
	if (!cfg.base)
		assert_int_equal(shm_map_open(instance, &want, &cfg), 0);
	atomic_store(&shm_map_header(&state_map)->cfg_epoch, shm_map_header(&cfg)->epoch);
	atomic_store(&shm_map_header(&state_map)->heartbeat_nsec, now.nsec);
	(void)publish_poll(p, now);
}

static void apply(uint64_t generation)
{
	atomic_store(&shm_map_header(&state_map)->generation, generation);
}

static int setup(void **state)
{
	const struct shm_region_spec spec = small_cfg();

	(void)state;
	snprintf(instance, sizeof(instance), "test-publish-%ld", (long)getpid());
	return publish_open(instance, &spec, counting_random, &p);
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	publish_close(p);
	if (cfg.base)
		shm_map_close(&cfg);
	if (state_map.base)
		shm_map_close(&state_map);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, instance, SHM_CFG_FILE);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, instance, SHM_STATE_FILE);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, instance, SHM_CONTROL_LOCK);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/%s", SHM_BASE_DIR, instance);
	(void)rmdir(path);
	return 0;
}

static struct cfg_sa read_sa(uint32_t slot)
{
	struct cfg_sa sa;

	assert_int_equal(shm_slot_read(shm_map_at(&cfg, CFG_TABLE_SAS, slot), &sa, sizeof(sa)), 0);
	return sa;
}

/* ---- slots ---- */

static void test_an_instance_has_one_writer(void **state)
{
	const struct shm_region_spec spec = small_cfg();
	struct publish *second = NULL;

	(void)state;
	attach();
	assert_int_equal(publish_open(instance, &spec, counting_random, &second), -EBUSY);
	assert_null(second);
	assert_false(shm_map_replaced(instance, &spec, &cfg));
}

static void test_put_is_read_by_the_other_side(void **state)
{
	struct cfg_sa sa = {.flags = CFG_SA_PRESENT, .instance = 7};
	uint32_t slot;
	uint64_t generation;

	(void)state;
	attach();
	slot = publish_alloc(p, CFG_TABLE_SAS, now);
	publish_put(p, CFG_TABLE_SAS, slot, &sa);
	generation = publish_commit(p);
	assert_int_equal(generation, 1);
	assert_int_equal(atomic_load(&shm_map_header(&cfg)->generation), 1);
	assert_int_equal(read_sa(slot).instance, 7);
}

static void test_unchanged_record_raises_no_generation(void **state)
{
	struct cfg_group group = {.member_count = 1};
	uint32_t slot;

	(void)state;
	slot = publish_alloc(p, CFG_TABLE_GROUPS, now);
	publish_put(p, CFG_TABLE_GROUPS, slot, &group);
	assert_int_equal(publish_commit(p), 1);
	publish_put(p, CFG_TABLE_GROUPS, slot, &group);
	assert_int_equal(publish_commit(p), 1);
	group.member_count = 2;
	publish_put(p, CFG_TABLE_GROUPS, slot, &group);
	assert_int_equal(publish_commit(p), 2);
}

static void test_freed_slot_waits_until_its_removal_is_applied(void **state)
{
	struct cfg_group group = {.member_count = 1};
	uint32_t slot[4];

	(void)state;
	attach();
	for (unsigned i = 0; i < 4; i++) {
		slot[i] = publish_alloc(p, CFG_TABLE_GROUPS, now);
		publish_put(p, CFG_TABLE_GROUPS, slot[i], &group);
	}
	apply(publish_commit(p));
	assert_int_equal(publish_alloc(p, CFG_TABLE_GROUPS, now), SHM_INDEX_NONE);
	publish_free(p, CFG_TABLE_GROUPS, slot[2], now);
	assert_int_equal(publish_alloc(p, CFG_TABLE_GROUPS, now), SHM_INDEX_NONE);
	assert_int_equal(publish_commit(p), 2);
	assert_int_equal(publish_alloc(p, CFG_TABLE_GROUPS, now), SHM_INDEX_NONE);
	apply(2);
	assert_int_equal(publish_alloc(p, CFG_TABLE_GROUPS, now), slot[2]);
}

static void test_without_dataplane_a_freed_slot_is_free(void **state)
{
	struct cfg_group group = {.member_count = 1};
	uint32_t slot;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		slot = publish_alloc(p, CFG_TABLE_GROUPS, now);
		publish_put(p, CFG_TABLE_GROUPS, slot, &group);
	}
	publish_free(p, CFG_TABLE_GROUPS, slot, now);
	(void)publish_commit(p);
	assert_int_equal(publish_alloc(p, CFG_TABLE_GROUPS, now), slot);
}

static void test_freed_sa_is_wiped_and_quarantined(void **state)
{
	struct cfg_sa sa = {.flags = CFG_SA_PRESENT, .encr_key_bytes = 16}, zero = {0};
	uint32_t slot[8], spi;
	mono_t later;

	(void)state;
	attach();
	memset(sa.encr_key, 0x5a, sizeof(sa.encr_key));
	for (unsigned i = 0; i < 8; i++)
		slot[i] = publish_alloc_spi(p, now, &spi);
	publish_put(p, CFG_TABLE_SAS, slot[5], &sa);
	apply(publish_commit(p));
	publish_free(p, CFG_TABLE_SAS, slot[5], now);
	apply(publish_commit(p));
	sa = read_sa(slot[5]);
	zero.head = sa.head;
	assert_memory_equal(&sa, &zero, sizeof(sa));
	later = mono_add_msec(now, PUBLISH_SA_QUARANTINE_MSEC - 1);
	assert_int_equal(publish_alloc_spi(p, later, &spi), SHM_INDEX_NONE);
	later = mono_add_msec(now, PUBLISH_SA_QUARANTINE_MSEC);
	assert_int_equal(publish_alloc_spi(p, later, &spi), slot[5]);
}

static void test_spi_names_its_slot(void **state)
{
	uint32_t spi, slot;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		slot = publish_alloc_spi(p, now, &spi);
		assert_int_not_equal(slot, SHM_INDEX_NONE);
		assert_int_equal(spi & 7u, slot);
		assert_int_equal(publish_spi_slot(p, spi), slot);
		assert_true(spi > 255);
	}
	assert_int_equal(publish_alloc_spi(p, now, &spi), SHM_INDEX_NONE);
}

static void test_spi_that_was_never_put_is_free_at_once(void **state)
{
	uint32_t spi, slot = 0;

	(void)state;
	attach();
	for (unsigned i = 0; i < 8; i++)
		slot = publish_alloc_spi(p, now, &spi);
	publish_unalloc(p, CFG_TABLE_SAS, slot);
	assert_int_equal(publish_alloc_spi(p, now, &spi), slot);
}

static void test_stray_indexes_change_nothing(void **state)
{
	struct cfg_group group = {.member_count = 1};

	(void)state;
	publish_put(p, CFG_TABLE_GROUPS, 0, &group); /* not allocated */
	publish_put(p, CFG_TABLE_GROUPS, SHM_INDEX_NONE, &group);
	publish_free(p, CFG_TABLE_GROUPS, SHM_INDEX_NONE, now);
	publish_free(p, CFG_TABLE_SETTINGS, 0, now);
	assert_int_equal(publish_alloc(p, CFG_TABLE_ROUTES_A, now), SHM_INDEX_NONE);
	assert_int_equal(publish_commit(p), 0);
}

/* ---- generations ---- */

static uint64_t called[8];
static size_t call_count;

static void on_applied(void *ctx, uint64_t tag)
{
	(void)ctx;
	called[call_count++] = tag;
}

static void test_waits_are_called_once_applied_and_in_order(void **state)
{
	struct cfg_group group = {.member_count = 1};
	uint32_t slot;
	int other;

	(void)state;
	call_count = 0;
	attach();
	slot = publish_alloc(p, CFG_TABLE_GROUPS, now);
	publish_put(p, CFG_TABLE_GROUPS, slot, &group);
	assert_int_equal(publish_wait(p, publish_commit(p), on_applied, NULL, 1), 0);
	assert_int_equal(publish_wait(p, 1, on_applied, &other, 9), 0);
	assert_int_equal(publish_wait(p, 1, on_applied, NULL, 2), 0);
	assert_int_equal(publish_wait(p, 2, on_applied, NULL, 3), 0);
	assert_true(publish_poll(p, now));
	assert_int_equal(call_count, 0);
	publish_cancel(p, &other);
	apply(1);
	assert_true(publish_poll(p, now));
	assert_int_equal(call_count, 2);
	assert_int_equal(called[0], 1);
	assert_int_equal(called[1], 2);
	apply(2);
	assert_false(publish_poll(p, now));
	assert_int_equal(call_count, 3);
}

static void test_another_regions_generation_does_not_count(void **state)
{
	(void)state;
	call_count = 0;
	attach();
	atomic_store(&shm_map_header(&state_map)->cfg_epoch, 12345);
	apply(99);
	assert_int_equal(publish_wait(p, 1, on_applied, NULL, 1), 0);
	(void)publish_poll(p, now);
	assert_int_equal(call_count, 0);
	assert_int_equal(publish_applied(p), 0);
	assert_false(publish_alive(p, now));
	/* It may be for want of memory, which one that does not run any more does not want. */
	assert_int_equal(publish_wanted_mb(p, now), 0);
	atomic_store(&shm_map_header(&state_map)->wanted_mb, 700);
	assert_int_equal(publish_wanted_mb(p, now), 700);
	assert_int_equal(publish_wanted_mb(p, mono_add_sec(now, 10)), 0);
}

static void test_dataplane_made_anew_is_followed(void **state)
{
	(void)state;
	attach();
	apply(5);
	assert_int_equal(publish_applied(p), 5);
	attach(); /* a new file of the same name */
	assert_int_equal(publish_applied(p), 0);
	assert_true(publish_alive(p, now));
	assert_false(publish_alive(p, mono_add_sec(now, 10)));
}

/* ---- routes ---- */

static struct cfg_settings settings(void)
{
	struct cfg_settings s;

	assert_int_equal(shm_slot_read(shm_map_at(&cfg, CFG_TABLE_SETTINGS, 0), &s, sizeof(s)), 0);
	return s;
}

static uint32_t first_group(uint32_t bank)
{
	const struct cfg_route *route = shm_map_at(&cfg, CFG_TABLE_ROUTES_A + bank, 0);

	return route->group;
}

static void test_bank_in_use_is_never_written(void **state)
{
	struct cfg_route route = {.prefix = {.family = 4}};
	struct cfg_settings before, after;

	(void)state;
	attach();
	route.group = 1;
	assert_int_equal(publish_routes(p, &route, 1), 0);
	assert_int_equal(publish_commit(p), 1);
	before = settings();
	assert_int_equal(before.route_count, 1);
	assert_int_equal(first_group(before.route_bank), 1);

	/* Not applied yet: two more sets wait, the newest counts. */
	route.group = 2;
	assert_int_equal(publish_routes(p, &route, 1), 0);
	route.group = 3;
	assert_int_equal(publish_routes(p, &route, 1), 0);
	assert_true(publish_poll(p, now));
	after = settings();
	assert_int_equal(after.route_stamp, before.route_stamp);
	assert_int_equal(first_group(before.route_bank), 1);

	apply(1);
	(void)publish_poll(p, now);
	after = settings();
	assert_int_equal(after.route_bank, !before.route_bank);
	assert_true(after.route_stamp > before.route_stamp);
	assert_int_equal(first_group(after.route_bank), 3);
	assert_int_equal(first_group(before.route_bank), 1);
	assert_int_equal(publish_generation(p), 2);
}

static void test_same_routes_flip_nothing(void **state)
{
	struct cfg_route route = {.prefix = {.family = 4}, .group = 1};

	(void)state;
	attach();
	assert_int_equal(publish_routes(p, &route, 1), 0);
	apply(publish_commit(p));
	assert_int_equal(publish_routes(p, &route, 1), 0);
	assert_int_equal(publish_commit(p), 1);
	assert_int_equal(publish_routes(p, NULL, 0), 0);
	assert_int_equal(publish_commit(p), 2);
	assert_int_equal(settings().route_count, 0);
}

static void test_more_routes_than_a_bank_are_refused(void **state)
{
	struct cfg_route routes[9] = {{.group = 0}};

	(void)state;
	assert_int_equal(publish_routes(p, routes, 9), -ENOSPC);
	assert_int_equal(publish_commit(p), 0);
}

static void test_retired_group_outlives_the_routes_that_name_it(void **state)
{
	struct cfg_group group = {.member_count = 1}, copy;
	struct cfg_route route = {.prefix = {.family = 4}};
	uint32_t slot;

	(void)state;
	attach();
	slot = publish_alloc(p, CFG_TABLE_GROUPS, now);
	publish_put(p, CFG_TABLE_GROUPS, slot, &group);
	route.group = slot;
	assert_int_equal(publish_routes(p, &route, 1), 0);
	assert_int_equal(publish_commit(p), 1);
	/* The removal waits behind the flip that is under way. */
	assert_int_equal(publish_routes(p, NULL, 0), 0);
	publish_retire(p, CFG_TABLE_GROUPS, slot);
	assert_true(publish_poll(p, now));
	assert_int_equal(
	    shm_slot_read(shm_map_at(&cfg, CFG_TABLE_GROUPS, slot), &copy, sizeof(copy)), 0);
	assert_int_equal(copy.member_count, 1);
	apply(1);
	assert_true(publish_poll(p, now)); /* the routes leave: generation 2 */
	assert_int_equal(publish_generation(p), 2);
	assert_int_equal(settings().route_count, 0);
	(void)shm_slot_read(shm_map_at(&cfg, CFG_TABLE_GROUPS, slot), &copy, sizeof(copy));
	assert_int_equal(copy.member_count, 1);
	apply(2);
	(void)publish_poll(p, now);
	(void)shm_slot_read(shm_map_at(&cfg, CFG_TABLE_GROUPS, slot), &copy, sizeof(copy));
	assert_int_equal(copy.member_count, 0);
}

/* Whoever ends does not open the ports. */
static void test_clear_leaves_ports_and_their_filters_alone(void **state)
{
	struct cfg_sa sa = {.flags = CFG_SA_PRESENT};
	struct cfg_route route = {.prefix = {.family = 4}};
	struct cfg_filter_list list = {.flags = CFG_FILTER_LIST_PRESENT};
	struct cfg_filter filter = {.number = 1};
	struct cfg_link link = {.flags = CFG_LINK_PRESENT, .filter_in = 1};
	uint32_t slot, spi;

	(void)state;
	attach();
	publish_put(p, CFG_TABLE_LINKS, publish_alloc(p, CFG_TABLE_LINKS, now), &link);
	publish_put(p, CFG_TABLE_FILTER_LISTS, publish_alloc(p, CFG_TABLE_FILTER_LISTS, now), &list);
	publish_put(p, CFG_TABLE_FILTERS, publish_alloc(p, CFG_TABLE_FILTERS, now), &filter);
	slot = publish_alloc_spi(p, now, &spi);
	publish_put(p, CFG_TABLE_SAS, slot, &sa);
	assert_int_equal(publish_routes(p, &route, 1), 0);
	apply(publish_commit(p));
	publish_clear(p, now);
	assert_int_equal(publish_generation(p), 2);
	assert_int_equal(read_sa(slot).flags, 0);
	assert_int_equal(settings().route_count, 0);
	(void)shm_slot_read(shm_map_at(&cfg, CFG_TABLE_LINKS, 0), &link, sizeof(link));
	(void)shm_slot_read(shm_map_at(&cfg, CFG_TABLE_FILTER_LISTS, 0), &list, sizeof(list));
	(void)shm_slot_read(shm_map_at(&cfg, CFG_TABLE_FILTERS, 0), &filter, sizeof(filter));
	assert_int_equal(link.filter_in, 1);
	assert_int_equal(list.flags, CFG_FILTER_LIST_PRESENT);
	assert_int_equal(filter.number, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_an_instance_has_one_writer),
	    T(test_put_is_read_by_the_other_side),
	    T(test_unchanged_record_raises_no_generation),
	    T(test_freed_slot_waits_until_its_removal_is_applied),
	    T(test_without_dataplane_a_freed_slot_is_free),
	    T(test_freed_sa_is_wiped_and_quarantined),
	    T(test_spi_names_its_slot),
	    T(test_spi_that_was_never_put_is_free_at_once),
	    T(test_stray_indexes_change_nothing),
	    T(test_waits_are_called_once_applied_and_in_order),
	    T(test_another_regions_generation_does_not_count),
	    T(test_dataplane_made_anew_is_followed),
	    T(test_bank_in_use_is_never_written),
	    T(test_same_routes_flip_nothing),
	    T(test_more_routes_than_a_bank_are_refused),
	    T(test_retired_group_outlives_the_routes_that_name_it),
	    T(test_clear_leaves_ports_and_their_filters_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
