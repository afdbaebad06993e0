/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Our routes in the kernel's table, in a network namespace of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/agent_kernel.h"
#include "tests/unit/control/agent_netns.h"
#include "tests/unit/control/fail_memory.h"

#define LEARNT 3

/* Prefixes that BGP brought through a tunnel that is down. */
static void learn(uint32_t count)
{
	routes_clear(&agent->routes);
	for (uint32_t i = 0; i < count; i++) {
		struct routes_entry entry = {
		    .prefix = {ip_addr_v4(0x0a000000 + (i << 8)), 24}, .preference = ROUTES_BGP};

		routes_hop_add(&entry, CFG_NH_TUNNEL, 1, 1, 0);
		assert_int_equal(routes_add(&agent->routes, &entry), 0);
	}
	routes_settle(&agent->routes);
}

static void follow(void)
{
	agent_kernel_sync(agent);
	netlink_catch_up(agent->netlink);
}

/* As ip(8) sees them. */
static int blackholes(void)
{
	FILE *in = popen("ip route show type blackhole proto 198 | wc -l", "r");
	int count = -1;

	assert_non_null(in);
	assert_int_equal(fscanf(in, "%d", &count), 1);
	pclose(in);
	return count;
}

static void test_what_is_behind_a_tunnel_has_a_blackhole_while_it_is_learnt(void **state)
{
	if (!netns_enter())
		skip();
	learn(LEARNT);
	follow();
	assert_int_equal(blackholes(), LEARNT);
	learn(1);
	follow();
	assert_int_equal(blackholes(), 1);
}

static void test_without_memory_no_blackhole_goes(void **state)
{
	if (!netns_enter())
		skip();
	learn(LEARNT);
	follow();
	no_memory = true;
	follow();
	no_memory = false;
	assert_int_equal(blackholes(), LEARNT);
	learn(0);
	agent->routes.incomplete = true;
	follow();
	assert_int_equal(blackholes(), LEARNT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, agent_netns_setup, agent_netns_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_what_is_behind_a_tunnel_has_a_blackhole_while_it_is_learnt),
	    T(test_without_memory_no_blackhole_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
