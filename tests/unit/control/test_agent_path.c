/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The way to an address through a port, chosen among the kernel's routes in a network namespace of
 * the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/control/agent_netns.h"

/* lan1 192.0.2.1/24, lan2 198.51.100.1/24, and a link that is no port. */
static int setup(void **state)
{
	if (netns_enter() &&
	    system("for i in lan1 lan2 other0; do ip link add $i type veth peer name ${i}p && "
		   "ip link set $i up && ip link set ${i}p up; done && "
		   "ip addr add 192.0.2.1/24 dev lan1 && ip addr add 198.51.100.1/24 dev lan2 && "
		   "ip addr add 203.0.113.1/24 dev other0"))
		return -1;
	return agent_netns_setup(state);
}

static int teardown(void **state)
{
	int rc = agent_netns_teardown(state);

	if (netns_enter())
		rc |= system("ip link del lan1; ip link del lan2; ip link del other0");
	return rc;
}

/* After these routes have been added. */
static struct agent_path path_to(const char *routes, const char *to)
{
	char command[512];
	struct agent_path path;
	struct ip_addr addr;

	(void)snprintf(command, sizeof(command), "%s", routes);
	if (*routes && system(command))
		fail_msg("%s", routes);
	netlink_catch_up(agent->netlink);
	for (uint32_t n = 1; n <= 2; n++) {
		char name[SHM_NAME_BYTES];
		const struct netlink_link *link;

		(void)snprintf(name, sizeof(name), "lan%u", n);
		link = netlink_link_by_name(agent->netlink, name);
		assert_non_null(link);
		agent->lan[n].present = true;
		agent->lan[n].index = link->index; /* not up: nobody is asked for */
	}
	assert_int_equal(ip_addr_parse(to, &addr), 0);
	agent_underlay_sync(agent);
	agent_path_to(agent, &addr, &path);
	return path;
}

static void assert_path(const char *routes, const char *to, uint32_t lan, const char *next)
{
	struct agent_path path = path_to(routes, to);
	char text[IP_ADDR_TEXT_BYTES];

	assert_int_equal(path.lan, lan);
	assert_int_equal(path.adj, SHM_INDEX_NONE);
	if (lan)
		assert_string_equal(ip_addr_format(&path.next, text), next);
}

static void test_the_longest_prefix_leads_and_of_equal_ones_the_best_metric(void **state)
{
	if (!netns_enter())
		skip();
	assert_path("", "10.1.2.3", 0, NULL);
	assert_path("", "192.0.2.7", 1, "192.0.2.7");
	assert_path("ip route add default via 198.51.100.9", "10.1.2.3", 2, "198.51.100.9");
	assert_path("ip route add 10.0.0.0/8 via 192.0.2.9", "10.1.2.3", 1, "192.0.2.9");
	assert_path("ip route add 10.1.0.0/16 via 192.0.2.8 metric 9 && "
		    "ip route add 10.1.0.0/16 via 198.51.100.8 metric 3",
	    "10.1.2.3", 2, "198.51.100.8");
	assert_path("ip route flush proto boot", "10.1.2.3", 0, NULL);
}

/* Outer packets of a tunnel follow no route of a tunnel, and no host route that stands for what is
 * found here. */
static void test_tunnels_other_links_and_our_own_host_routes_are_left_aside(void **state)
{
	if (!netns_enter())
		skip();
	assert_path("ip route add default via 192.0.2.9 && ip route add 10.0.0.0/8 dev other0 && "
		    "ip route add blackhole 10.1.0.0/16",
	    "10.1.2.3", 1, "192.0.2.9");
	assert_path("ip route add 10.1.2.3/32 via 198.51.100.9 proto 198 metric 5", "10.1.2.3", 1,
	    "192.0.2.9");
	assert_path("ip route add 10.1.2.3/32 via 198.51.100.9 proto 198 metric 20", "10.1.2.3", 2,
	    "198.51.100.9");
}

static bool is_silent(const char *to)
{
	struct ip_addr addr;

	(void)path_to("", "192.0.2.7"); /* ports are known, and what the kernel says is in */
	assert_int_equal(ip_addr_parse(to, &addr), 0);
	return agent_neigh_is_silent(agent, &addr);
}

/* Sends there, through a link whose far end nobody owns, until the kernel has given it up. */
#define SEEK(address, link)                                                                        \
	"sysctl -qw net.ipv4.neigh." link ".mcast_solicit=1 net.ipv4.neigh." link                  \
	".retrans_time_ms=20; ping -qc1 -W1 " address " >/dev/null; "                              \
	"until ip neigh show " address " dev " link " | grep -q FAILED; do sleep 0.05; done"

static void test_who_was_asked_by_arp_and_does_not_answer(void **state)
{
	if (!netns_enter())
		skip();
	assert_false(is_silent("192.0.2.9"));
	assert_int_equal(system(SEEK("192.0.2.9", "lan1")), 0);
	assert_int_equal(system(SEEK("203.0.113.9", "other0")), 0);
	assert_int_equal(system("ip neigh replace 192.0.2.8 lladdr 02:00:00:00:00:08 dev lan1"), 0);
	assert_true(is_silent("192.0.2.9"));
	assert_false(is_silent("192.0.2.8"));
	assert_false(is_silent("203.0.113.9")); /* at what is no port */
	assert_int_equal(
	    system("ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:09 dev lan1 nud reachable"),
	    0);
	assert_false(is_silent("192.0.2.9"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_the_longest_prefix_leads_and_of_equal_ones_the_best_metric),
	    T(test_who_was_asked_by_arp_and_does_not_answer),
	    T(test_tunnels_other_links_and_our_own_host_routes_are_left_aside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
