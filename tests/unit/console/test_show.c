/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The show commands against tests/golden/show_*.txt. Columns and words of the files are those that
 * an RTX prints (Yamaha command reference, and AWS's troubleshooting pages for it). */
#include <unistd.h>

#include "common/version.h"
#include "control/config/language.h"
#include "tests/unit/console/show_fixture.h"

static int setup(void **state)
{
	show_setup(state);
	configure("tunnel select 1\n ipsec tunnel 201\n"
		  "  ipsec sa policy 201 1 esp aes-cbc sha-hmac\n"
		  "  ipsec ike keepalive use 1 on dpd 10 3\n"
		  "  ipsec ike pre-shared-key 1 text sesame\n"
		  "cloud vpn service 1 amazon-api\ncloud vpn name 1 yamaha\n"
		  "cloud vpn parameter 1 AKIDEXAMPLE sesame vpn-01234567\n"
		  "cloud vpn service 2 amazon-api\n");
	fake_agent_fill(&agent, show.now);
	agent.tunnel[0].since_unix = 1483971153 - (5 * 3600 + 7 * 60 + 58);
	agent.tunnel[1].since_unix = 1483971153 - 1;
	return 0;
}

static void add_routes(void)
{
	fake_agent_add_route(
	    &agent, "0.0.0.0/0", "150.249.252.1", "LAN2", AGENT_ROUTE_STATIC, "", false);
	fake_agent_add_route(
	    &agent, "10.0.0.0/16", NULL, "TUNNEL[1]", AGENT_ROUTE_STATIC, "", false);
	fake_agent_add_route(
	    &agent, "10.0.0.0/16", NULL, "TUNNEL[2]", AGENT_ROUTE_STATIC, "", true);
	fake_agent_add_route(&agent, "10.1.0.0/16", "169.254.255.1", "TUNNEL[1]", AGENT_ROUTE_BGP,
	    "path=10124", false);
	fake_agent_add_route(
	    &agent, "169.254.18.220/30", NULL, "TUNNEL[2]", AGENT_ROUTE_IMPLICIT, "", false);
	fake_agent_add_route(
	    &agent, "192.168.200.0/24", "192.168.200.254", "LAN1", AGENT_ROUTE_IMPLICIT, "", false);
}

static void test_show_ip_route(void **state)
{
	add_routes();
	assert_golden("show ip route", "ip_route");
	assert_golden("show ip route detail", "ip_route_detail");
	assert_golden("show ip route summary", "ip_route_summary");
	show.japanese = true;
	assert_golden("show ip route", "ip_route_ja");
}

static void test_show_ip_route_of_an_address_is_the_longest_match(void **state)
{
	add_routes();
	assert_int_equal(run("show ip route 10.1.2.3"), 0);
	assert_non_null(strstr(out.data, "10.1.0.0/16"));
	assert_null(strstr(out.data, "10.0.0.0/16"));
	assert_null(strstr(out.data, "default"));
	assert_int_equal(run("show ip route 10.0.2.3"), 0);
	assert_non_null(strstr(out.data, "TUNNEL[1]"));
	assert_null(strstr(out.data, "TUNNEL[2]")); /* hidden */
	assert_int_equal(run("show ip route 8.8.8.8"), 0);
	assert_non_null(strstr(out.data, "default"));
}

static void test_show_ip_route_of_an_address_that_is_guarded_is_no_worse_route(void **state)
{
	add_routes();
	fake_agent_add_route(&agent, "10.0.0.0/8", NULL, "NULL", AGENT_ROUTE_IMPLICIT,
	    "private, no route names it: dropped", false);
	agent.route[agent.route_count - 1].guard = true;
	assert_int_equal(run("show ip route 10.9.9.9"), 0);
	assert_non_null(strstr(out.data, "10.0.0.0/8 "));
	assert_non_null(
	    strstr(out.data, "      NULL  implicit  private, no route names it: dropped"));
	assert_null(strstr(out.data, "default"));
	assert_int_equal(run("show ip route 10.1.2.3"), 0);
	assert_null(strstr(out.data, "NULL"));
	assert_int_equal(run("show ip route detail"), 0);
	assert_non_null(strstr(out.data, "NULL"));
	assert_golden("show ip route", "ip_route");
	assert_golden("show ip route summary", "ip_route_summary");
}

static void test_show_ip_route_of_what_is_dropped_says_so(void **state)
{
	fake_agent_add_route(&agent, "10.0.0.0/16", NULL, "TUNNEL[9]", AGENT_ROUTE_STATIC,
	    "unusable: dropped", false);
	fake_agent_add_route(&agent, "10.0.0.0/16", "169.254.255.1", "TUNNEL[1]", AGENT_ROUTE_BGP,
	    "path=10124", true);
	fake_agent_add_route(&agent, "10.5.0.0/16", "192.0.2.9", "-", AGENT_ROUTE_STATIC, "", true);
	assert_golden("show ip route", "ip_route_dropped");
	assert_golden("show ip route detail", "ip_route_dropped_detail");
	fake_agent_add_route(&agent, "10.6.0.0/16", "169.254.255.1", "TUNNEL[1]", AGENT_ROUTE_BGP,
	    "path=10124 unusable: dropped", false);
	language_use(true);
	assert_int_equal(run("show ip route"), 0);
	language_use(false);
	assert_non_null(strstr(out.data, "TUNNEL[9]    static  使用できる経路なし: 破棄\n"));
	assert_non_null(strstr(out.data, "       BGP  path=10124 使用できる経路なし: 破棄\n"));
}

static void test_show_ipsec_sa(void **state)
{
	assert_golden("show ipsec sa", "ipsec_sa");
	agent.tunnel_count = 0;
	assert_int_equal(run("show ipsec sa"), 0);
	assert_int_equal(strncmp(out.data, "Total: isakmp:0 send:0 recv:0\n", 30), 0);
}

static void test_show_ipsec_sa_while_rekeying_lists_both_pairs(void **state)
{
	struct ike_status *ike = &agent.tunnel[0].ike;

	ike->child_count = 2;
	ike->child[1] = ike->child[0];
	ike->child[0].sending = false;
	ike->child[0].life_sec = 30;
	assert_golden("show ipsec sa", "ipsec_sa_rekey");
}

static void test_show_ipsec_sa_gateway(void **state)
{
	assert_golden("show ipsec sa gateway", "ipsec_gateway");
	assert_golden("show ipsec sa gateway 1 detail", "ipsec_gateway_detail");
	assert_int_equal(run("show ipsec sa gateway 2"), 0);
	assert_null(strstr(out.data, "35.75.105.20"));
	assert_int_equal(run("show ipsec sa gateway 3"), -ENOENT);
	assert_string_equal(error, "gateway 3 is used by no tunnel");
}

static void test_show_status_bgp_neighbor(void **state)
{
	assert_golden("show status bgp neighbor", "bgp_neighbor");
	assert_int_equal(run("show status bgp neighbor 169.254.18.221"), 0);
	assert_null(strstr(out.data, "169.254.184.61"));
	assert_int_equal(run("show status bgp neighbor 169.254.18.1"), -ENOENT);
}

static void test_show_status_of_a_tunnel_that_is_not_enabled_says_so(void **state)
{
	configure("tunnel select 7\n ip tunnel mtu 1400\n");
	assert_int_equal(run("show status tunnel 7"), -ENOENT);
	assert_string_equal(error, "tunnel 7 is not enabled: enter `tunnel enable 7`");
	assert_int_equal(run("show status tunnel 8"), -ENOENT);
	assert_string_equal(error, "tunnel 8 is not configured");
	configure("tunnel select 7\n ip tunnel mtu 1400\n tunnel enable 7\nipsec use off\n");
	assert_int_equal(run("show status tunnel 7"), -ENOENT);
	assert_string_equal(error, "no tunnel is in use: there is `ipsec use off`");
}

static void test_show_routes_of_a_bgp_neighbor(void **state)
{
	assert_golden(
	    "show status bgp neighbor 169.254.18.221 advertised-routes", "bgp_advertised");
	assert_golden("show status bgp neighbor 169.254.18.221 received-routes", "bgp_received");
	assert_int_equal(run("show status bgp neighbor 169.254.18.221 routes"), 0);
	assert_non_null(strstr(out.data, "Total routes: 1\n"));
	assert_null(strstr(out.data, "10.1.0.0/16"));
	show.japanese = true;
	assert_int_equal(run("show status bgp neighbor 169.254.18.221 routes"), 0);
	assert_non_null(strstr(out.data, "経路数: 1\n"));
	assert_int_equal(run("show status bgp neighbor 169.254.18.1 routes"), -ENOENT);
}

static void test_show_ip_route_is_in_order_of_address(void **state)
{
	add_routes();
	fake_agent_add_route(
	    &agent, "9.0.0.0/8", "150.249.252.1", "LAN2", AGENT_ROUTE_STATIC, "", false);
	assert_int_equal(run("show ip route"), 0);
	assert_true(strstr(out.data, "default") < strstr(out.data, "9.0.0.0/8"));
	assert_true(strstr(out.data, "9.0.0.0/8") < strstr(out.data, "10.0.0.0/16"));
	assert_true(strstr(out.data, "10.1.0.0/16") < strstr(out.data, "169.254.18.220/30"));
}

static void test_show_status_bgp_neighbor_before_the_first_open(void **state)
{
	agent.neighbor_count = 1;
	agent.neighbor[0].local_port = agent.neighbor[0].remote_port = 0;
	agent.neighbor[0].status =
	    (struct bgp_status){.state = BGP_ACTIVE, .since = MONO_NEVER, .last_read = MONO_NEVER};
	assert_golden("show status bgp neighbor", "bgp_neighbor_active");
}

static void test_show_status_tunnel(void **state)
{
	agent.tunnel[1].up = false;
	snprintf(agent.tunnel[1].ike.reason, 120, "no answer from 52.199.233.227");
	agent.tunnel[1].in_packets = 1;
	agent.tunnel[1].in_bytes = 84;
	assert_golden("show status tunnel", "tunnel");
	show.japanese = true;
	assert_golden("show status tunnel", "tunnel_ja");
	snprintf(agent.tunnel[1].ike.reason, 120,
	    "no answer from the peer, but somebody said NO-PROPOSAL-CHOSEN");
	language_use(true);
	assert_int_equal(run("show status tunnel 2"), 0);
	language_use(false);
	assert_non_null(strstr(
	    out.data, "理由: 相手が応答しません (NO-PROPOSAL-CHOSEN という通知がありました)\n"));
	show.japanese = false;
	assert_int_equal(run("show status tunnel up"), 0);
	assert_null(strstr(out.data, "TUNNEL[2]"));
	assert_int_equal(run("show status tunnel down"), 0);
	assert_null(strstr(out.data, "TUNNEL[1]"));
	assert_int_equal(run("show status tunnel 9"), -ENOENT);
	assert_string_equal(error, "tunnel 9 is not configured");
}

static void test_a_tunnel_that_is_down_has_advice(void **state)
{
	const bool up = agent.tunnel[0].up;

	agent.tunnel[0].up = false;
	agent.tunnel[0].fault = AGENT_TUNNEL_PROPOSAL;
	agent.cloud = (struct agent_cloud_status){.configured = true, .tunnel = {1, 2}};
	assert_int_equal(run("show status tunnel 1"), 0);
	agent.tunnel[0].fault = AGENT_TUNNEL_OTHER;
	agent.tunnel[0].up = up;
	memset(&agent.cloud, 0, sizeof(agent.cloud));
	assert_non_null(strstr(out.data,
	    "    -> the peer takes none of our proposals: `show cloud vpn compare 1` shows"));
}

static void test_nothing_is_connected_without_the_dataplane(void **state)
{
	agent.dataplane.alive = false;
	assert_int_equal(run("show status tunnel 1"), 0);
	assert_non_null(strstr(out.data, "  Current status is Offline.\n"
					 "  Reason: the dataplane is not running\n"));
	assert_int_equal(run("show status tunnel up"), 0);
	assert_string_equal(out.data, "There is no tunnel to show.\n");
	agent.cloud = (struct agent_cloud_status){
	    .configured = true, .tunnel = {1, 2}, .tunnel_up = {true, true}};
	assert_int_equal(run("show status cloud vpn 1"), 0);
	assert_non_null(
	    strstr(out.data, "TUNNEL[02]: Not connected (the dataplane is not running)\n"));
}

static void test_show_status_of_nothing_says_so(void **state)
{
	agent.tunnel_count = agent.neighbor_count = 0;
	assert_int_equal(run("show status tunnel"), 0);
	assert_string_equal(out.data, "There is no tunnel to show.\n");
	assert_int_equal(run("show status bgp neighbor"), 0);
	assert_string_equal(out.data, "There is no BGP neighbor to show.\n");
}

static void test_show_status_cloud_vpn(void **state)
{
	agent.cloud = (struct agent_cloud_status){.configured = true,
	    .tunnel = {1, 2},
	    .tunnel_up = {true, false},
	    .last_fetch = "2017/01/10 11:22:31",
	    .config_update = "2017/01/10 11:22:33"};
	assert_golden("show status cloud vpn 1", "cloud");
	show.japanese = true;
	assert_golden("show status cloud vpn 1", "cloud_ja");
	agent.cloud = (struct agent_cloud_status){.running = true};
	snprintf(agent.cloud.last_error, sizeof(agent.cloud.last_error), "Connection timeout");
	assert_golden("show status cloud vpn", "cloud_all_ja");
	agent.cloud.fault = CLOUD_FAULT_UNREACHED;
	snprintf(agent.cloud.last_error, sizeof(agent.cloud.last_error), "one\ntwo");
	language_use(true);
	assert_int_equal(run("show status cloud vpn 1"), 0);
	language_use(false);
	assert_non_null(strstr(out.data, "最後のエラー :         one\n                       two\n"
					 "対処 :                 show ip route で"));
	show.japanese = false;
	assert_int_equal(run("show status cloud vpn 1"), 0);
	assert_non_null(strstr(out.data, "What to do:            `show ip route`: does"));
	assert_int_equal(run("show status cloud vpn 3"), -ENOENT);
}

static void test_show_status_dataplane(void **state)
{
	struct agent_dataplane_status *d = &agent.dataplane;

	*d = (struct agent_dataplane_status){.alive = true,
	    .generation = 42,
	    .applied_generation = 41,
	    .rx = 1000,
	    .tx = 900,
	    .punt = 50,
	    .drop = 42,
	    .made = 2,
	    .in_flight = 10,
	    .buffers = 16383,
	    .buffers_used = 2100,
	    .worker_count = 2,
	    .worker = {{.seen_msec = 20,
			   .received = 9,
			   .busy_permille = 123,
			   .busy_polls = 4,
			   .polled = 9,
			   .ring_to_kernel = 3},
		{.still = true, .seen_msec = 12345}},
	    .twin_count = 2,
	    .twin = {{.number = 1, .punted = 20, .injected = 380}, {.number = 2}},
	    .gone = {.punted = 1},
	    .port_count = 1,
	    .drop_count = 3};
	d->port[0] = fake_agent_lan1;
	(void)snprintf(d->port[0].device, sizeof(d->port[0].device), "net_af_packet0");
	d->port[0].tx_failed = 0;
	d->port[0].punted = 29;
	d->drop_reason[0] =
	    (struct agent_drop){.name = "esp_icv", .text = "the ICV does not match", .packets = 40};
	d->drop_reason[1] = (struct agent_drop){.name = "unused", .text = "never happened"};
	d->drop_reason[2] =
	    (struct agent_drop){.name = "replay", .text = "seen before", .packets = 2};
	assert_golden("show status dataplane", "dataplane");
	show.japanese = true;
	assert_golden("show status dataplane", "dataplane_ja");
	show.japanese = false;
	/* What stands there adds up. */
	assert_int_equal(d->rx, d->port[0].rx_packets + d->port[0].injected + d->twin[0].injected);
	assert_int_equal(d->punt, d->port[0].punted + d->twin[0].punted + d->gone.punted);
	d->port[0].missed_untold = false;
	d->port[0].rx_missed = 17;
	d->port[0].speed_mbps = 25000;
	assert_int_equal(run("show status dataplane"), 0);
	assert_non_null(strstr(out.data, "Lost:        17 missed by the device, 0 broken"));
	assert_non_null(strstr(out.data, "lan1: up, 25000 Mbit/s, net_af_packet0"));
}

/* A difference of two snapshots: the dataplane's counters stay as they are, and so does JSON. */
static void test_counters_since_they_were_cleared(void **state)
{
	struct agent_dataplane_status *d = &agent.dataplane;
	json_t *answer = NULL;

	fake_agent_fill_rest(&agent);
	agent_dataplane_clear(&agent, 1483971153);
	d->rx += 100;
	d->tx += 60;
	d->punt += 40;
	d->port[1].rx_packets += 90;
	d->port[1].rx_missed += 5;
	d->drop_reason[1].packets += 3;
	/* Tunnel 1 had 5 and 15; it got 4 and 10 more, and was removed. */
	d->twin_count = 0;
	d->gone.punted += 9;
	d->gone.injected += 25;
	assert_int_equal(run("show status dataplane"), 0);
	assert_non_null(strstr(out.data, "Counted since 2017/01/09 14:12:33, when it was cleared\n"
					 "In flight then: 63\n"
					 "Totals: received 100, made 0, transmitted 60, to the "
					 "kernel 40, dropped 0, consumed 0, in flight 63\n"));
	assert_non_null(
	    strstr(out.data, "tunnels that are no more: 4 to the kernel, 10 from the kernel\n"));
	assert_non_null(strstr(out.data, "           3  replay "));
	assert_null(strstr(out.data, "esp_icv"));
	assert_int_equal(run("show status lan2"), 0);
	assert_non_null(strstr(out.data, "Counted since: 2017/01/09 14:12:33\n"));
	assert_non_null(strstr(out.data, "Received: 90 packets (0 octets)\n"));
	assert_non_null(strstr(out.data, "Missed by the device: 5 packets\n"));
	show.answer = &answer;
	assert_int_equal(run("show status dataplane"), 0);
	show.answer = NULL;
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(answer, "totals"), "received")),
	    1170);
	assert_string_equal(
	    json_string_value(json_object_get(answer, "cleared")), "2017-01-09T14:12:33Z");
	json_decref(answer);
}

static void test_a_dataplane_without_memory(void **state)
{
	struct agent_dataplane_status *d = &agent.dataplane;

	d->alive = false;
	d->wanted_mb = 1208;
	assert_int_equal(run("show status dataplane"), 0);
	assert_non_null(strstr(out.data,
	    "Dataplane is WITHOUT MEMORY: for these tables it wants about 1208 MB (-m with "
	    "--no-huge, else cgw-hugepages)\n"));
	assert_int_equal(run("check"), 0);
	assert_non_null(strstr(out.data,
	    "the dataplane wants about 1208 MB of memory for these tables: nothing is "
	    "forwarded\n"));
	assert_null(strstr(out.data, "Nothing is missing"));
	agent.tunnel[0].no_socket = true;
	snprintf(agent.tunnel[0].ike.reason, sizeof(agent.tunnel[0].ike.reason),
	    "no socket on 203.0.113.2: UDP port 500 is held by charon (pid 7)");
	assert_int_equal(run("check"), 0);
	assert_non_null(strstr(out.data,
	    "tunnel 1: no socket on 203.0.113.2: UDP port 500 is held by charon (pid 7)\n"));
}

static void test_check_names_our_own_filters_in_the_way(void **state)
{
	agent.shut[0] = (struct agent_shut){.lan = 2, .what = AGENT_LIFELINE_HTTPS};
	agent.shut[1] =
	    (struct agent_shut){.tunnel = 1, .lan = 2, .out = true, .what = AGENT_LIFELINE_IKE};
	assert_int_equal(ip_addr_parse("198.51.100.2", &agent.shut[1].remote), 0);
	agent.shut_count = 2;
	configure("ip lan2 secure filter out 7\n");
	assert_int_equal(run("check"), 0);
	agent.shut_count = 0;
	assert_non_null(strstr(out.data,
	    "`ip lan2 secure filter out` cuts TUNNEL[01] off from 198.51.100.2: UDP 500: no filter "
	    "of it fits: `ip filter "));
	assert_non_null(strstr(out.data, " pass * 198.51.100.2 udp,esp`, then `ip lan2 "));
	assert_null(strstr(out.data, "TCP 443"));
}

/* Takes the head off `out`, line by line, and enters each as a line: a comment. */
static void drop_head(void)
{
	static struct grammar_match match;
	static const char *const begins[] = {"# cgw Rev." CGW_VERSION "\n",
	    "# MAC Address : 02:00:00:00:00:01, 02:00:00:00:00:02\n", "# Memory ",
	    "# main:  host=", "# Reporting Date: Jan  9 14:12:33 2017\n"};
	const char *line = out.data;
	char *rest;

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		size_t bytes = strcspn(line, "\n");

		assert_memory_equal(line, begins[i], strlen(begins[i]));
		assert_int_equal(grammar_parse(&match, line, bytes, error, sizeof(error)), 0);
		assert_null(match.row);
		line += bytes + 1;
	}
	assert_non_null(strstr(out.data, "Mbytes, 2LAN\n"));
	rest = strdup(line);
	text_free(&out);
	text_puts(&out, rest);
	free(rest);
}

static void test_C05_show_config_masks_secrets(void **state)
{
	agent.dataplane.port_count = 2;
	memcpy(agent.dataplane.port[0].mac, (uint8_t[]){2, 0, 0, 0, 0, 1}, 6);
	memcpy(agent.dataplane.port[1].mac, (uint8_t[]){2, 0, 0, 0, 0, 2}, 6);
	assert_int_equal(run("show config"), 0);
	drop_head();
	assert_null(strstr(out.data, "sesame"));
	assert_golden_text("config");
}

static void test_show_command_lists_what_the_level_allows(void **state)
{
	assert_int_equal(run("show command"), 0);
	assert_non_null(
	    strstr(out.data, "ip tunnel mtu <mtu>\n    Largest IP packet inside the tunnel\n"
			     "    default: computed from the path\n"));
	assert_non_null(
	    strstr(out.data, "Address translation of the tunnel\n"
			     "    default: none\n    (kept, without effect in this version)\n"));
	assert_null(strstr(out.data, "pptp"));
	show.administrator = false;
	assert_int_equal(run("show command"), 0);
	assert_null(strstr(out.data, "ip tunnel mtu"));
	assert_non_null(strstr(out.data, "show ipsec sa\n"));
}

static void test_show_environment_and_interfaces(void **state)
{
	char path[] = "/tmp/cgw-arp-XXXXXX";
	int fd = mkstemp(path);
	FILE *arp = fdopen(fd, "w");

	fputs("IP address       HW type     Flags       HW address            Mask     Device\n"
	      "192.0.2.1        0x1         0x2         52:54:00:00:00:01     *        lan2\n"
	      "192.168.100.9    0x1         0x2         52:54:00:00:00:02     *        lan1\n"
	      "192.168.100.10   0x1         0x0         00:00:00:00:00:00     *        lan1\n",
	    arp);
	fclose(arp);
	show.arp_file = path;
	assert_int_equal(run("show arp"), 0);
	assert_string_equal(out.data, "Count: 2\nInterface        IP address       MAC address\n"
				      "lan2             192.0.2.1        52:54:00:00:00:01\n"
				      "lan1             192.168.100.9    52:54:00:00:00:02\n");
	show.japanese = true;
	assert_int_equal(run("show arp"), 0);
	assert_non_null(strstr(out.data, "インタフェース   IP アドレス      MAC アドレス\n"));
	show.japanese = false;
	assert_int_equal(run("show arp lan2"), 0);
	assert_non_null(strstr(out.data, "Count: 1\n"));
	show.arp_file = "/nonexistent";
	assert_int_equal(run("show arp"), -ENOENT);
	unlink(path);
	show.instance = "branch";
	assert_int_equal(run("show environment"), 0);
	assert_non_null(strstr(out.data, "cgw " CGW_VERSION ": instance branch, process "));
	assert_non_null(strstr(out.data, "Current time: 2017/01/09 14:12:33\n"));
	agent.dataplane.alive = false;
	assert_int_equal(run("show status lan1"), -ENOENT);
	assert_string_equal(error, "the dataplane is not running: nothing is forwarded");
	agent.dataplane.alive = true;
	assert_int_equal(run("show status lan1"), -ENOENT);
	assert_string_equal(error, "the dataplane has no port of that name");
	agent.dataplane.port_count = 1;
	snprintf(agent.dataplane.port[0].name, 16, "lan1");
	agent.dataplane.port[0].tx_packets = 7;
	assert_int_equal(run("show status lan1"), 0);
	assert_non_null(strstr(out.data, "LAN1\nLink: Link Down\n"));
	configure("description lan1 \"to the office\"\n");
	assert_int_equal(run("show status lan1"), 0);
	assert_non_null(strstr(out.data, "LAN1\nDescription: to the office\nLink: Link Down\n"));
	assert_non_null(strstr(out.data, "Transmitted: 7 packets (0 octets)\n"));
	configure("ip lan1 address 192.168.100.1/24\nip lan1 secondary address 192.168.101.1/24\n");
	assert_int_equal(run("show status lan1"), 0);
	assert_non_null(strstr(out.data, "LAN1\nIP address: 192.168.100.1/24\n"
					 "Secondary IP address: 192.168.101.1/24\n"));
}

static void test_C05_show_techinfo_is_everything_masked(void **state)
{
	static const char *const parts[] = {"# show environment\n", "# show config\n",
	    "# show ip route detail\n", "# show ipsec sa gateway\n", "# show status tunnel\n",
	    "# show status bgp neighbor\n", "# show status cloud vpn\n", "# show log\n"};

	show.arp_file = "/nonexistent";
	assert_int_equal(run("show techinfo"), 0);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_non_null(strstr(out.data, parts[i]));
	assert_null(strstr(out.data, "sesame"));
	assert_non_null(strstr(out.data, "cloud vpn parameter 1 AKIDEXAMPLE * vpn-01234567"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, show_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_show_ip_route),
	    T(test_show_ip_route_of_an_address_is_the_longest_match),
	    T(test_show_ip_route_of_an_address_that_is_guarded_is_no_worse_route),
	    T(test_show_ip_route_of_what_is_dropped_says_so),
	    T(test_show_ipsec_sa),
	    T(test_show_ipsec_sa_while_rekeying_lists_both_pairs),
	    T(test_show_ipsec_sa_gateway),
	    T(test_show_status_bgp_neighbor),
	    T(test_show_routes_of_a_bgp_neighbor),
	    T(test_show_status_of_a_tunnel_that_is_not_enabled_says_so),
	    T(test_show_ip_route_is_in_order_of_address),
	    T(test_show_status_bgp_neighbor_before_the_first_open),
	    T(test_show_status_tunnel),
	    T(test_a_tunnel_that_is_down_has_advice),
	    T(test_nothing_is_connected_without_the_dataplane),
	    T(test_show_status_of_nothing_says_so),
	    T(test_show_status_cloud_vpn),
	    T(test_show_status_dataplane),
	    T(test_counters_since_they_were_cleared),
	    T(test_a_dataplane_without_memory),
	    T(test_check_names_our_own_filters_in_the_way),
	    T(test_C05_show_config_masks_secrets),
	    T(test_show_environment_and_interfaces),
	    T(test_C05_show_techinfo_is_everything_masked),
	    T(test_show_command_lists_what_the_level_allows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
