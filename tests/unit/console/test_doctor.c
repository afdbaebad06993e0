/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What `doctor` finds: a router that is well, and one fault after the other. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/config.h"
#include "control/console/doctor.h"

static struct config *config;
static struct agent_dataplane_status dataplane;
static struct agent_tunnel_status tunnel[2];
static struct agent_bgp_status neighbor[2];
static struct bgp_config bgp[2];
static struct agent_route route[3];
static struct doctor_facts facts;
static struct text out;

static struct ip_addr addr(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_addr_parse(text, &a), 0);
	return a;
}

static void make_route(struct agent_route *r, const char *prefix, const char *interface)
{
	assert_int_equal(ip_prefix_parse(prefix, &r->prefix), 0);
	snprintf(r->interface, sizeof(r->interface), "%s", interface);
	r->kind = AGENT_ROUTE_BGP;
}

static void make_tunnels(void)
{
	static const char *const remote[] = {"198.51.100.2", "198.51.100.6"};
	static const char *const inside[] = {"169.254.81.1", "169.254.82.1"};

	for (unsigned i = 0; i < 2; i++) {
		tunnel[i] = (struct agent_tunnel_status){.number = i + 1,
		    .up = true,
		    .remote = addr(remote[i]),
		    .inner_mtu = 1422,
		    .mss_limit = 1382};
		bgp[i] = (struct bgp_config){.neighbor = i + 1, .remote = addr(inside[i])};
		neighbor[i] = (struct agent_bgp_status){.config = &bgp[i]};
		neighbor[i].status.state = BGP_ESTABLISHED;
		neighbor[i].status.prefixes_in = neighbor[i].status.prefixes_out = 1;
	}
}

/* A router of which all is well. */
static int setup(void **state)
{
	static const char text[] = "cloud vpn parameter 1 AKIAMADEUP0000000001 sesame vpn-0123\n"
				   "cloud vpn parameter 2 AKIAMADEUP0000000001 sesame vpn-0456\n"
				   "cloud vpn bind 1 1 2\ncloud vpn bind 2 3 4\n";
	const struct config_env nothing = {0};
	char why[CONFIG_ERROR_BYTES];

	config = config_new(&nothing);
	if (config_replace(config, text, strlen(text), why, sizeof(why)))
		fail_msg("%s", why);
	memset(&dataplane, 0, sizeof(dataplane));
	dataplane.alive = true;
	dataplane.port_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		dataplane.port[i].up = true;
		snprintf(dataplane.port[i].name, sizeof(dataplane.port[i].name), "lan%u", i + 1);
		snprintf(dataplane.port[i].device, sizeof(dataplane.port[i].device), "0000:0%u", i);
	}
	make_tunnels();
	memset(route, 0, sizeof(route));
	make_route(&route[0], "0.0.0.0/0", "LAN2");
	route[0].gateway = addr("172.31.0.1");
	make_route(&route[1], "10.0.0.0/16", "TUNNEL[1]");
	make_route(&route[2], "10.9.0.0/16", "TUNNEL[3]");
	facts = (struct doctor_facts){.model = config_model(config),
	    .dataplane = &dataplane,
	    .tunnel = tunnel,
	    .neighbor = neighbor,
	    .route = route,
	    .ruleset_refused = "",
	    .tunnel_count = 2,
	    .neighbor_count = 2,
	    .route_count = 3,
	    .now_unix = 1795310400};
	for (unsigned id = 1; id <= 2; id++)
		facts.cloud[id] = (struct agent_cloud_status){
		    .configured = true, .tunnel = {1, 2}, .tunnel_up = {true, true}};
	return 0;
}

static int teardown(void **state)
{
	text_free(&out);
	config_free(config);
	return 0;
}

static unsigned look(void)
{
	text_free(&out);
	return doctor_judge(&facts, &out);
}

/* One thing is wrong, and this is said of it. */
static void finds(const char *what)
{
	unsigned count = look();

	if (count != 1 || !strstr(out.data, what))
		fail_msg("%u findings; no \"%s\" in:\n%s", count, what, out.data);
}

static void test_all_is_well(void **state)
{
	assert_int_equal(look(), 0);
	assert_string_equal(out.data, "ok  the dataplane is running, with 2 ports\n"
				      "ok  the default route leads to 172.31.0.1 by LAN2\n"
				      "ok  TUNNEL[01] to 198.51.100.2 is up\n"
				      "ok  TUNNEL[02] to 198.51.100.6 is up\n"
				      "ok  BGP with 169.254.81.1: 1 prefix in, 1 out\n"
				      "ok  BGP with 169.254.82.1: 1 prefix in, 1 out\n"
				      "ok  there are routes through tunnels\n");
}

static void test_the_machine(void **state)
{
	facts.ruleset_refused = "Error: Could not process rule: Operation not permitted";
	finds("!!  the kernel refuses the rules of NAT and dynamic filters: Error: Could not");
	facts.ruleset_refused = "";
	dataplane.alive = false;
	finds("!!  the dataplane is not running: nothing is forwarded\n    -> start cgw-dataplane");
	dataplane.wanted_mb = 1208;
	finds("!!  the dataplane wants about 1208 MB of memory for these tables: nothing is "
	      "forwarded\n    -> give it more: -m with --no-huge, else cgw-hugepages");
	dataplane.wanted_mb = 0;
	dataplane.alive = true;
	dataplane.port[1].up = false;
	finds("!!  port lan2 (0000:01) has no link");
	dataplane.port[1].up = true;
	facts.now_unix = 5;
	finds("AWS refuses requests that are 15 minutes off\n    -> set it");
	facts.now_unix = 1795310400;
	route[0].silent = true;
	finds("!!  the default gateway 172.31.0.1 does not answer ARP at LAN2\n    -> is that the "
	      "address of the next router");
	assert_null(strstr(out.data, "ok  the default route"));
	route[0].silent = false;
	snprintf(route[0].interface, sizeof(route[0].interface), "TUNNEL[1]");
	finds("!!  there is no default route");
	snprintf(route[0].interface, sizeof(route[0].interface), "LAN2");
	route[0].hidden = true;
	finds("!!  there is no default route");
}

static void configure(const char *line)
{
	char why[CONFIG_ERROR_BYTES];

	if (config_apply_lines(config, &line, 1, why, sizeof(why)))
		fail_msg("%s", why);
	facts.model = config_model(config);
}

/* A default route that is configured and not in force: what else is missing is said instead. */
static void test_a_default_route_without_effect(void **state)
{
	route[0].hidden = true;
	configure("ip lan2 address dhcp");
	finds("!!  no default route has come by DHCP at lan2\n    -> `show status dhcpc`");
	configure("no ip lan2 address");
	configure("ip route default gateway 172.31.0.1");
	finds("!!  the default route to 172.31.0.1 is not in force: no interface has an address in "
	      "its network\n    -> `ip lan2 address ");
	configure("ip lan2 address 172.31.0.2/20");
	finds("!!  the default route to 172.31.0.1 is not in force\n    -> `show status lan1`");
	dataplane.alive = false;
	finds("!!  the dataplane is not running");
	assert_null(strstr(out.data, "default route"));
	configure("no ip route default");
	assert_int_equal(look(), 2);
	assert_non_null(strstr(out.data, "-> `ip route default gateway ADDRESS`"));
}

static void test_a_network_by_dhcp_inside_what_a_tunnel_carries(void **state)
{
	configure("ip lan2 address dhcp");
	make_route(&route[2], "10.0.134.0/24", "LAN2");
	route[2].kind = AGENT_ROUTE_IMPLICIT;
	finds("!!  10.0.134.0/24 has come by DHCP at lan2 and is a part of 10.0.0.0/16, which a "
	      "tunnel "
	      "carries: packets for it do not take the tunnel\n    -> let the tunnel carry less");
	make_route(&route[2], "10.1.134.0/24", "LAN2");
	route[2].kind = AGENT_ROUTE_IMPLICIT;
	assert_int_equal(look(), 0);
	make_route(&route[2], "10.0.134.0/24", "LAN1");
	route[2].kind = AGENT_ROUTE_IMPLICIT;
	assert_int_equal(look(), 0);
}

/* What hangs on a tunnel that is down is not said to be well, nor blamed for it. */
static void test_behind_a_tunnel_that_is_down(void **state)
{
	tunnel[0].up = false;
	tunnel[0].inside_remote = addr("169.254.81.1");
	tunnel[1].inside_remote = addr("169.254.82.1");
	finds("!!  TUNNEL[01] to 198.51.100.2 is down: -");
	assert_null(strstr(out.data, "169.254.81.1"));
	assert_non_null(strstr(out.data, "ok  BGP with 169.254.82.1"));
	assert_null(strstr(out.data, "there are routes through tunnels"));
}

static void test_a_tunnel_that_waits_for_the_peer(void **state)
{
	snprintf(tunnel[0].ike.reason, sizeof(tunnel[0].ike.reason), "waiting for the peer");
	tunnel[0].up = false;
	finds("is down: waiting for the peer\n");
	assert_null(strstr(out.data, "ipsec auto refresh"));
	configure("ipsec ike pre-shared-key 1 text x");
	{
		const char *const line[] = {"tunnel select 1", "ipsec tunnel 1",
		    "ipsec sa policy 1 1 esp aes-cbc sha-hmac"};
		char why[CONFIG_ERROR_BYTES];

		assert_int_equal(config_apply_lines(config, line, 3, why, sizeof(why)), 0);
	}
	configure("tunnel enable 1");
	finds("    -> it waits for the peer to begin: `ipsec auto refresh on`");
	configure("ipsec auto refresh on");
	finds("is down: waiting for the peer\nok ");
}

static void test_cloud_settings(void **state)
{
	snprintf(facts.cloud[2].last_error, sizeof(facts.cloud[2].last_error), "AuthFailure");
	finds("!!  cloud vpn 2: the last run failed: AuthFailure\n    -> cloud vpn set go 2\n");
	facts.cloud[2].fault = CLOUD_FAULT_KEY;
	finds("!!  cloud vpn 2: the last run failed: AuthFailure\n    -> compare access key and "
	      "secret "
	      "key with IAM's");
	memset(facts.cloud[2].last_error, 'x', 700);
	snprintf(facts.cloud[2].last_error + 700, 20, "\nto the end");
	finds("xxx\n    to the end\n    -> compare access key");
	facts.cloud[2].fault = CLOUD_FAULT_OTHER;
	facts.cloud[2].last_error[0] = '\0';
	facts.cloud[1].configured = false;
	finds("!!  cloud vpn 1 has not been fetched and applied yet");
	facts.cloud[1].configured = true;
	facts.cloud[1].tunnel_up[1] = false;
	finds("!!  cloud vpn 1 has one tunnel up and one down");
}

static void test_tunnels(void **state)
{
	static const struct {
		enum agent_tunnel_fault fault;
		const char *advice;
	} row[] = {
	    {AGENT_TUNNEL_SILENT, "is down: the reason\n    -> is UDP 500 and 4500"},
	    {AGENT_TUNNEL_PROPOSAL, "    -> the peer takes none of our proposals: `show cloud vpn "
				    "compare 1` shows what AWS wants, `cloud vpn set go 1`"},
	    {AGENT_TUNNEL_KEY, "    -> the pre-shared keys differ"},
	    {AGENT_TUNNEL_GATEWAY, "    -> is that the address of the next router"},
	    {AGENT_TUNNEL_OTHER, "is down: the reason\nok "},
	};

	tunnel[1].up = false;
	snprintf(tunnel[1].ike.reason, sizeof(tunnel[1].ike.reason), "the reason");
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		tunnel[1].fault = row[i].fault;
		finds(row[i].advice);
		assert_non_null(strstr(out.data, "!!  TUNNEL[02] to 198.51.100.6 is down: "));
	}
	tunnel[1].up = true;
	tunnel[0].mss_limit = 1387;
	finds("TUNNEL[01]: the TCP MSS limit 1387 does not fit its MTU of 1422");
}

static void test_a_tunnel_that_is_not_enabled(void **state)
{
	const char *const line[] = {"tunnel select 9", "description tunnel spare"};
	char why[CONFIG_ERROR_BYTES];

	assert_int_equal(config_apply_lines(config, line, 2, why, sizeof(why)), 0);
	facts.model = config_model(config);
	finds("!!  TUNNEL[09] is configured, but not enabled");
}

static void test_ipsec_that_is_not_used_is_said_instead_of_each_tunnel(void **state)
{
	const char *const line[] = {
	    "tunnel select 9", "description tunnel spare", "tunnel enable 9", "ipsec use off"};
	char why[CONFIG_ERROR_BYTES];

	assert_int_equal(config_apply_lines(config, line, 4, why, sizeof(why)), 0);
	facts.model = config_model(config);
	finds("!!  no tunnel is in use: there is `ipsec use off`\n    -> `ipsec use on`\n");
	assert_null(strstr(out.data, "not enabled"));
}

static void test_bgp_and_routes(void **state)
{
	neighbor[0].status.state = BGP_ACTIVE;
	snprintf(neighbor[0].status.last_reset, sizeof(neighbor[0].status.last_reset),
	    "sent OPEN Message Error/Bad Peer AS (2/2)");
	finds("!!  BGP with 169.254.81.1 is Active: sent OPEN Message Error/Bad Peer AS (2/2)\n"
	      "    -> `show status bgp neighbor`");
	neighbor[0].status.last_reset[0] = '\0';
	neighbor[0].status.state = BGP_ESTABLISHED;
	neighbor[0].status.prefixes_in = 0;
	finds("!!  BGP with 169.254.81.1 brings no prefix");
	neighbor[0].status.prefixes_in = 1;
	neighbor[1].status.prefixes_out = 0;
	finds("!!  nothing is announced to 169.254.82.1: AWS knows no way back");
	neighbor[1].status.prefixes_out = 1;
	facts.route_count = 1;
	finds("!!  no route leads through a tunnel\n    -> `ip route PREFIX");
}

static void test_bgp_that_is_down_has_the_advice_of_what_ended_it(void **state)
{
	static const struct {
		const char *reset, *says;
		int tcp_error;
	} row[] = {
	    {"sent Hold Timer Expired (4/0)",
		"Active: sent Hold Timer Expired (4/0)\n    -> the peer fell silent: look at its "
		"tunnel, `show status tunnel 2`\n",
		0},
	    {"received Hold Timer Expired (4/0)", "`show status tunnel 2`\n", 0},
	    {"received OPEN Message Error/Bad Peer AS (2/2)", "(`show cloud vpn compare 1`)\n", 0},
	    {"", "BGP with 169.254.82.1 is Active\n    -> `show status bgp neighbor`: AS numbers",
		0},
	    {"received Cease/Administrative Shutdown (6/2) text=\"Hold Timer\"",
		"    -> the peer has ended the session on purpose", 0},
	    {"received Cease/Maximum Number of Prefixes Reached (6/1)", "    -> announce less", 0},
	    {"sent Cease/Maximum Number of Prefixes Reached (6/1)", "    -> AWS sends more", 0},
	    {"sent UPDATE Message Error (3/0)", "    -> the session begins again by itself", 0},
	    {"sent Hold Timer Expired (4/0)",
		"Active: Connection refused\n    -> nobody speaks BGP there", ECONNREFUSED},
	    {"received Cease/Administrative Reset (6/4)",
		"Active: Connection timed out\n    -> the peer fell silent", ETIMEDOUT},
	};

	neighbor[1].status.state = BGP_ACTIVE;
	neighbor[1].tunnel = 2;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		snprintf(neighbor[1].status.last_reset, sizeof(neighbor[1].status.last_reset), "%s",
		    row[i].reset);
		neighbor[1].tcp_error = row[i].tcp_error;
		finds(row[i].says);
	}
}

static void test_which_connection_a_host_is_reached_by(void **state)
{
	struct ip_addr host = addr("10.0.134.243"), other = addr("10.9.1.1"),
		       web = addr("192.0.2.9");

	assert_int_equal(doctor_cloud_of(&facts, &host), 1);
	assert_int_equal(doctor_cloud_of(&facts, &other), 2);
	assert_int_equal(doctor_cloud_of(&facts, &web), 1);
}

static void test_our_own_filters_in_the_way(void **state)
{
	struct agent_shut shut[3] = {
	    {.tunnel = 1,
		.lan = 2,
		.what = AGENT_LIFELINE_IKE | AGENT_LIFELINE_ESP,
		.number = 500,
		.remote = addr("198.51.100.2")},
	    {.tunnel = 2, .lan = 2, .what = AGENT_LIFELINE_NAT_T, .remote = addr("198.51.100.6")},
	    {.lan = 2, .what = AGENT_LIFELINE_HTTPS},
	};

	configure("ip filter 1 pass * * icmp");
	configure("ip filter 500 reject-log 192.0.2.66");
	configure("ip lan2 secure filter in 500 7 dynamic 9");
	facts.shut = shut;
	facts.shut_count = 3;
	assert_int_equal(look(), 2); /* AWS has been asked, and answered */
	assert_non_null(strstr(out.data,
	    "!!  `ip lan2 secure filter in` cuts TUNNEL[01] off from 198.51.100.2: UDP 500, ESP: "
	    "filter 500 drops it\n    -> `ip filter 2 pass 198.51.100.2 * udp,esp`, then "
	    "`ip lan2 secure filter in 2 500 dynamic 9`\n"));
	assert_non_null(strstr(out.data,
	    "from 198.51.100.6: UDP 4500: no filter of it fits\n    -> `ip filter 3 pass "
	    "198.51.100.6 * udp,esp`, then `ip lan2 secure filter in 2 3 500 dynamic 9`\n"));
	facts.cloud[1].configured = false;
	assert_int_equal(look(), 4);
	assert_non_null(strstr(out.data,
	    "!!  `ip lan2 secure filter in` cuts `cloud vpn` off from AWS: TCP 443: no filter of "
	    "it fits\n    -> `ip filter 4 pass * * established 443 *`, then "
	    "`ip lan2 secure filter in 2 3 4 500 dynamic 9`\n"));
	configure("ip filter 4 pass * * established 443 *"); /* it can be entered */
	configure("ip filter 2 pass 198.51.100.2 * udp,esp");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_all_is_well),
	    T(test_the_machine),
	    T(test_a_default_route_without_effect),
	    T(test_behind_a_tunnel_that_is_down),
	    T(test_a_tunnel_that_waits_for_the_peer),
	    T(test_cloud_settings),
	    T(test_our_own_filters_in_the_way),
	    T(test_tunnels),
	    T(test_a_tunnel_that_is_not_enabled),
	    T(test_ipsec_that_is_not_used_is_said_instead_of_each_tunnel),
	    T(test_bgp_and_routes),
	    T(test_bgp_that_is_down_has_the_advice_of_what_ended_it),
	    T(test_a_network_by_dhcp_inside_what_a_tunnel_carries),
	    T(test_which_connection_a_host_is_reached_by),
	};

	return cmocka_run_group_tests_name("console/doctor", tests, NULL, NULL);
}
