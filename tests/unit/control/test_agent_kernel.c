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

static void configure_inside(uint32_t number, const char *address, const char *remote)
{
	struct config_tunnel *t = &model->tunnel[number];

	t->present = true;
	t->address_set = address && ip_prefix_parse(address, &t->address) == 0;
	t->remote_set = remote && ip_addr_parse(remote, &t->remote) == 0;
}

/* The word ip(8) has for where a packet for `address` would go. */
static void assert_way(const char *address, const char *want)
{
	char command[128], answer[128] = "";
	FILE *in;

	snprintf(command, sizeof(command), "ip route get %s 2>&1", address);
	in = popen(command, "r");
	assert_non_null(in);
	assert_non_null(fgets(answer, sizeof(answer), in));
	pclose(in);
	if (!strstr(answer, want))
		fail_msg("%s: %s", address, answer);
}

static void test_the_inside_of_a_tunnel_is_never_sought_by_the_default_route(void **state)
{
	static const char *const make[] = {"ip link set lo up",
	    "ip link add wan0 type veth peer name wan1 && ip link set wan1 up && ip addr add "
	    "192.0.2.2/24 dev wan0 && ip link set wan0 up",
	    "ip route add default via 192.0.2.1",
	    "ip link add tunnel1 type veth peer name peer1 && ip link set peer1 up && ip addr add "
	    "169.254.82.2/30 dev tunnel1",
	    "ip link set tunnel1 up"};

	if (!netns_enter())
		skip();
	for (size_t i = 0; i < sizeof(make) / sizeof(make[0]); i++)
		assert_int_equal(system(make[i]), 0);
	configure_inside(1, "169.254.82.2/30", "169.254.82.1");
	configure_inside(2, "169.254.90.2/32", "169.254.90.1");
	netlink_catch_up(agent->netlink);
	follow();
	assert_way("169.254.82.1", "dev tunnel1");
	assert_way("169.254.90.1", "Invalid argument"); /* as the kernel says blackhole */
	assert_way("169.254.90.3", "dev wan0");

	/* Its configuration is gone, the TUN not yet: then both. */
	configure_inside(1, NULL, NULL);
	follow();
	assert_int_equal(system("ip addr flush dev tunnel1"), 0);
	assert_way("169.254.82.1", "Invalid argument");
	assert_way("169.254.82.2", "Invalid argument");
	assert_int_equal(system("ip link del tunnel1"), 0);
	netlink_catch_up(agent->netlink);
	follow();
	assert_way("169.254.82.1", "dev wan0");
	assert_int_equal(blackholes(), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, agent_netns_setup, agent_netns_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_what_is_behind_a_tunnel_has_a_blackhole_while_it_is_learnt),
	    T(test_the_inside_of_a_tunnel_is_never_sought_by_the_default_route),
	    T(test_without_memory_no_blackhole_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
