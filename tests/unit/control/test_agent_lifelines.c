/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which model is asked for what it cuts off: that in force, or a candidate for it. In a network
 * namespace of the test's own. */
#include "tests/unit/service/service_fixture.h"

#include "tests/unit/control/agent_netns.h"

#define TUNNEL                                                                                     \
	"tunnel select 1\nipsec tunnel 101\nipsec sa policy 101 1 esp aes-cbc sha-hmac\n"          \
	"ipsec ike remote address 1 198.51.100.2\ntunnel enable 1\n"
#define FILTER "ip filter 7 reject * * udp 500\nip lan2 secure filter out 7\n"

static struct agent_shut shut[4];

/* lan2 192.0.2.1/24 with the default route. */
static int setup(void **state)
{
	const struct netlink_link *link;

	if (netns_enter() &&
	    system("ip link add lan2 type veth peer name lan2p && ip link set lan2 up && "
		   "ip link set lan2p up && ip addr add 192.0.2.1/24 dev lan2 && "
		   "ip route add default via 192.0.2.254"))
		return -1;
	if (!netns_enter())
		return 0;
	if (agent_netns_setup(state))
		return -1;
	link = netlink_link_by_name(agent->netlink, "lan2");
	if (!link)
		return -1;
	agent->lan[2].present = true;
	agent->lan[2].index = link->index;
	agent_underlay_sync(agent);
	return 0;
}

static int teardown(void **state)
{
	int rc = agent_netns_teardown(state);

	if (netns_enter())
		rc |= system("ip link del lan2");
	return fixture_end(state) || rc;
}

static void test_a_candidate_is_judged_by_its_own_tunnels_and_filters(void **state)
{
	const struct config_model *candidate;

	if (!netns_enter())
		skip();
	candidate = model_of(TUNNEL FILTER);
	assert_int_equal(agent_shut(agent, agent->model, shut, 4), 0);
	/* IKE by the filter, ESP and HTTPS because the list has no other. */
	assert_int_equal(agent_shut(agent, candidate, shut, 4), 3);
	assert_int_equal(shut[0].tunnel, 1);
	assert_int_equal(shut[0].lan, 2);
	assert_true(shut[0].out);
	assert_int_equal(shut[0].number, 7);
	assert_int_equal(shut[0].what, AGENT_LIFELINE_IKE);
	assert_int_equal(shut[1].number, 0);
	assert_int_equal(shut[2].tunnel, 0);
	assert_int_equal(shut[2].what, AGENT_LIFELINE_HTTPS);
	candidate = model_of("ipsec use off\n" TUNNEL FILTER);
	assert_int_equal(agent_shut(agent, candidate, shut, 4), 1);
	assert_int_equal(shut[0].tunnel, 0);
}

/* In force it is the kernel that judges where dynamic filters are, once it has its rules; of a
 * candidate it will. */
static void test_of_a_candidate_the_kernel_judges_as_it_is_to(void **state)
{
	if (!netns_enter())
		skip();
	assert_int_equal(agent_shut(agent,
			     model_of(TUNNEL "ip filter dynamic 1 * * udp\n"
					     "ip filter dynamic 2 * * tcp\n"
					     "ip lan2 secure filter out dynamic 1 2\n"),
			     shut, 4),
	    0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_candidate_is_judged_by_its_own_tunnels_and_filters),
	    cmocka_unit_test(test_of_a_candidate_the_kernel_judges_as_it_is_to),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
