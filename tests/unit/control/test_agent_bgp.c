/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which BGP sessions there are after `bgp configure refresh`, and the router id they keep. None of
 * them finds an address of its own here, so that none opens a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <net/if.h>

#include <cmocka.h>

#include "control/agent_bgp.h"
#include "control/bgp/bgp_rib.h"
#include "control/config/config.h"
#include "control/tunnel.h"
#include "tests/unit/sys/netns.h"

static uv_loop_t loop;
static struct agent *agent;
static struct config *config;
static char error[CONFIG_ERROR_BYTES];

static int setup(void **state)
{
	const struct config_env nothing = {0};

	agent = calloc(1, sizeof(*agent));
	config = config_new(&nothing);
	if (!agent || !config || uv_loop_init(&loop))
		return -1;
	agent->loop = &loop;
	agent->stopping = true; /* no sync follows */
	return agent_bgp_new(agent);
}

static int teardown(void **state)
{
	agent_bgp_stop(agent);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	agent_bgp_free(agent);
	config_free(config);
	free(agent);
	return uv_loop_close(&loop);
}

/* Neighbors `first` to `first` + `count` - 1, each with an address of its own. */
static void configure(const char *head, unsigned first, unsigned count)
{
	struct text lines = {0};

	text_puts(&lines, head);
	for (unsigned i = first; i < first + count; i++)
		text_printf(&lines, "bgp neighbor %u 64512 169.254.%u.1\n", i, i);
	if (config_replace(config, lines.data, lines.bytes, error, sizeof(error)))
		fail_msg("%s", error);
	text_free(&lines);
	agent->model = config_model(config);
	assert_int_equal(agent_bgp_refresh(agent, error, sizeof(error)), 0);
}

#define ON "bgp use on\nbgp autonomous-system 65000\n"

static bool has(unsigned id)
{
	for (size_t i = 0; i < agent->bgp->session_count; i++)
		if (agent->bgp->session[i]->neighbor.id == id)
			return true;
	return false;
}

static void test_sessions_are_those_of_the_configuration(void **state)
{
	configure(ON, 1, 3);
	assert_int_equal(agent->bgp->session_count, 3);
	configure(ON, 2, 1);
	assert_int_equal(agent->bgp->session_count, 1);
	assert_true(has(2));
	configure("bgp autonomous-system 65000\n", 2, 1);
	assert_false(agent_bgp_in_use(agent));
	configure("bgp use on\n", 2, 1);
	assert_false(agent_bgp_in_use(agent));
}

static void test_sessions_stand_in_the_order_of_their_ids(void **state)
{
	configure(ON, 5, 3);
	configure(ON, 2, 9);
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(agent->bgp->session[i]->neighbor.id, 2 + i);
	configure(ON, 4, 3);
	configure(ON, 1, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(agent->bgp->session[i]->neighbor.id, 1 + i);
}

static void test_as_many_as_there_can_be_are_replaced_by_as_many_others(void **state)
{
	configure(ON, 1, CONFIG_NEIGHBORS);
	assert_int_equal(agent->bgp->session_count, CONFIG_NEIGHBORS);
	configure(ON, 1 + CONFIG_NEIGHBORS, CONFIG_NEIGHBORS);
	assert_int_equal(agent->bgp->session_count, CONFIG_NEIGHBORS);
	for (unsigned i = 1; i <= CONFIG_NEIGHBORS; i++) {
		assert_false(has(i));
		assert_true(has(i + CONFIG_NEIGHBORS));
	}
}

/* ---- the router id ---- */

#define ONE 0xc0000201 /* 192.0.2.1 */
#define TWO 0xc0000202

static void on_changed(void *ctx)
{
}

/* Without an agent's kernel nothing has an address: skipped where there are no namespaces. */
static int setup_lan(void **state)
{
	if (!netns_enter())
		return 0;
	if (setup(state) ||
	    system("ip link add lan1 type veth peer name lan1p && ip link set lan1 up"))
		return -1;
	agent->lan[1].present = true;
	agent->lan[1].index = if_nametoindex("lan1");
	return netlink_open(&loop, on_changed, NULL, &agent->netlink);
}

static int teardown_lan(void **state)
{
	if (!netns_enter())
		return 0;
	agent_bgp_stop(agent);
	netlink_close(agent->netlink);
	return system("ip link del lan1") || teardown(state);
}

/* The only address of lan1 is this one, and BGP has seen it. */
static void address(const char *text)
{
	char line[100];

	snprintf(line, sizeof(line), "ip addr flush dev lan1 && ip addr add %s dev lan1", text);
	assert_int_equal(system(line), 0);
	netlink_catch_up(agent->netlink);
	agent_bgp_sync(agent, mono_now());
}

static struct bgp_peer *peer(void)
{
	assert_int_equal(agent->bgp->session_count, 1);
	assert_non_null(agent->bgp->session[0]->peer);
	return agent->bgp->session[0]->peer;
}

static uint32_t id_in_use(void)
{
	return bgp_peer_config(peer())->router_id;
}

static enum bgp_state state_of(struct bgp_peer *of)
{
	struct bgp_status status;

	bgp_peer_status(of, &status);
	return status.state;
}

/* As its neighbor does it: RFC 4271 sections 4.2 and 4.4. */
static void establish(struct bgp_peer *with)
{
	static const uint8_t message[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 29, 1, 4, 0xfc, 0, 0, 30, 10, 0, 0, 1, 0,
	    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	    0xff, 0xff, 0, 19, 4};
	static struct bgp_actions out; /* too large for the stack */
	const struct bgp_event event[] = {{.type = BGP_EV_START},
	    {.type = BGP_EV_ACCEPTED, .conn = 1},
	    {.type = BGP_EV_BYTES, .conn = 1, .data = message, .bytes = sizeof(message)}};

	for (size_t i = 0; i < sizeof(event) / sizeof(event[0]); i++)
		bgp_input(with, mono_now(), &event[i], &out);
	assert_int_equal(state_of(with), BGP_ESTABLISHED);
}

#define NEIGHBOR "bgp neighbor 9 64512 169.254.9.1 local-address=169.254.9.2 passive=on\n"

static void test_a_chosen_router_id_stays_while_a_session_is_up(void **state)
{
	struct bgp_peer *up;

	if (!netns_enter())
		skip();
	configure(ON NEIGHBOR, 0, 0);
	address("192.0.2.1/24");
	assert_int_equal(id_in_use(), ONE);
	up = peer();
	establish(up);
	address("192.0.2.2/24");
	assert_ptr_equal(peer(), up);
	assert_int_equal(state_of(up), BGP_ESTABLISHED);
	assert_int_equal(system("ip addr flush dev lan1"), 0); /* as while DHCP asks */
	netlink_catch_up(agent->netlink);
	agent_bgp_sync(agent, mono_now());
	assert_ptr_equal(peer(), up);
	assert_int_equal(state_of(up), BGP_ESTABLISHED);
	/* Asked for, it is chosen again. */
	address("192.0.2.2/24");
	configure(ON NEIGHBOR, 0, 0);
	agent_bgp_sync(agent, mono_now());
	assert_int_equal(id_in_use(), TWO);
}

static void test_a_chosen_router_id_follows_the_address_while_no_session_is_up(void **state)
{
	if (!netns_enter())
		skip();
	configure(ON NEIGHBOR, 0, 0);
	address("192.0.2.1/24");
	assert_int_equal(id_in_use(), ONE);
	address("192.0.2.2/24");
	assert_int_equal(id_in_use(), TWO);
	configure("bgp router id 10.9.9.9\n" ON NEIGHBOR, 0, 0);
	agent_bgp_sync(agent, mono_now());
	assert_int_equal(id_in_use(), 0x0a090909);
}

static bool accepts(const char *text)
{
	const struct bgp_rib *rib = agent->bgp->rib;
	struct ip_prefix prefix;

	assert_int_equal(ip_prefix_parse(text, &prefix), 0);
	return rib->accept(rib->accept_ctx, NULL, &prefix);
}

/* A port has up to thousands of outer addresses, and the networks behind them count as well. */
static void test_B28_no_part_of_a_network_of_ours_is_taken_in_however_many_there_are(void **state)
{
	static struct tunnel tunnel = {.complete = true};

	if (!netns_enter())
		skip();
	assert_int_equal(system("for i in $(seq 1 100); do ip addr add 203.0.113.$i/32 dev lan1; "
				"done; ip addr add 192.168.200.254/24 dev lan1"),
	    0);
	netlink_catch_up(agent->netlink);
	assert_int_equal(ip_addr_parse("198.51.100.2", &tunnel.config.remote), 0);
	agent->tunnel[90] = &tunnel;
	assert_false(accepts("0.0.0.0/0"));
	assert_false(accepts("203.0.113.1/32"));
	assert_false(accepts("203.0.113.100/32"));
	assert_false(accepts("192.168.200.128/25"));
	assert_false(accepts("198.51.100.2/32"));
	assert_true(accepts("198.51.100.0/31"));
	assert_true(accepts("203.0.113.101/32"));
	assert_true(accepts("10.0.0.0/16"));
	agent->tunnel[90] = NULL;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define L(name) cmocka_unit_test_setup_teardown(name, setup_lan, teardown_lan)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_sessions_are_those_of_the_configuration),
	    T(test_sessions_stand_in_the_order_of_their_ids),
	    T(test_as_many_as_there_can_be_are_replaced_by_as_many_others),
	    L(test_B28_no_part_of_a_network_of_ours_is_taken_in_however_many_there_are),
	    L(test_a_chosen_router_id_stays_while_a_session_is_up),
	    L(test_a_chosen_router_id_follows_the_address_while_no_session_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
