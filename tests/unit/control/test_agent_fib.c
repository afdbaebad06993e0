/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Routes and groups as the tables get them: what stays in force where not all of them can. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/shm_slot.h"
#include "control/agent_internal.h"
#include "control/sys/rand.h"

#define ROOM 4 /* routes in a bank */

static char instance[32];
static struct shm_map cfg;
static struct agent *agent;
static const mono_t now = {1000 * MONO_NSEC_PER_SEC};

static int setup(void **state)
{
	struct shm_region_spec spec = shm_cfg_spec();

	spec.table[CFG_TABLE_ROUTES_A].count = spec.table[CFG_TABLE_ROUTES_B].count = ROOM;
	snprintf(instance, sizeof(instance), "test-fib-%ld", (long)getpid());
	agent = calloc(1, sizeof(*agent));
	return !agent || publish_open(instance, &spec, rand_bytes, &agent->publish) ||
	       shm_map_open(instance, &spec, &cfg);
}

static int teardown(void **state)
{
	shm_map_close(&cfg);
	publish_discard(agent->publish);
	routes_free(&agent->routes);
	free(agent->group);
	free(agent);
	return 0;
}

/* `count` routes, each by a way of its own that needs nothing to be up. */
static void want(uint32_t count, uint32_t first_weight)
{
	routes_clear(&agent->routes);
	for (uint32_t i = 0; i < count; i++) {
		struct routes_entry entry = {
		    .prefix = {ip_addr_v4(0x0a000000 + (i << 8)), 24}, .preference = ROUTES_STATIC};

		routes_hop_add(&entry, CFG_NH_PUNT, 0, first_weight + i, 0);
		assert_int_equal(routes_add(&agent->routes, &entry), 0);
	}
	routes_settle(&agent->routes);
}

static void publish_all(void)
{
	agent_fib_sync(agent, now);
	(void)publish_commit(agent->publish);
	(void)publish_poll(agent->publish, now); /* nobody follows: what is retired goes at once */
}

/* Weight of the only way of the group that the route of 10.0.N.0/24 names. */
static uint32_t weight_of(uint32_t n)
{
	struct cfg_settings settings;
	const struct cfg_route *routes;
	struct cfg_group group;

	assert_int_equal(
	    shm_slot_read(shm_map_at(&cfg, CFG_TABLE_SETTINGS, 0), &settings, sizeof(settings)), 0);
	routes = shm_map_at(&cfg, CFG_TABLE_ROUTES_A + settings.route_bank, 0);
	for (uint32_t i = 0; i < settings.route_count; i++) {
		if (routes[i].prefix.bytes[2] != n)
			continue;
		assert_int_equal(shm_slot_read(shm_map_at(&cfg, CFG_TABLE_GROUPS, routes[i].group),
				     &group, sizeof(group)),
		    0);
		return group.member_count ? group.member[0].weight : 0;
	}
	return 0;
}

static void test_routes_name_groups_and_those_of_no_route_go(void **state)
{
	want(3, 10);
	publish_all();
	assert_int_equal(weight_of(0), 10);
	assert_int_equal(weight_of(2), 12);
	assert_int_equal(agent->group_count, 3);
	want(2, 20);
	publish_all();
	assert_int_equal(weight_of(0), 20);
	assert_int_equal(weight_of(2), 0);
	assert_int_equal(agent->group_count, 2);
}

static void test_more_routes_than_there_is_room_for_leave_those_before_with_their_groups(
    void **state)
{
	want(ROOM, 10);
	publish_all();
	want(ROOM + 1, 20);
	publish_all();
	publish_all();
	for (uint32_t i = 0; i < ROOM; i++)
		assert_int_equal(weight_of(i), 10 + i);
	want(ROOM, 30);
	publish_all();
	for (uint32_t i = 0; i < ROOM; i++)
		assert_int_equal(weight_of(i), 30 + i);
	assert_int_equal(agent->group_count, ROOM);
}

static void test_an_incomplete_set_is_not_forwarded_by(void **state)
{
	want(3, 10);
	publish_all();
	want(2, 20);
	agent->routes.incomplete = true;
	publish_all();
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(weight_of(i), 10 + i);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_routes_name_groups_and_those_of_no_route_go),
	    T(test_more_routes_than_there_is_room_for_leave_those_before_with_their_groups),
	    T(test_an_incomplete_set_is_not_forwarded_by),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
