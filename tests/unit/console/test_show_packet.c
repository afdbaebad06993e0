/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `show packet path` and `show packetdump`, against tests/golden/show_packet*.txt. What the first
 * says is compared with what really happens in tests/interop/sight.py. */
#include "control/config/language.h"
#include "tests/unit/console/show_fixture.h"

static void member(struct agent_packet_way *way, const char *interface, bool up, bool used)
{
	struct agent_packet_member *m = &way->member[way->member_count++];

	snprintf(m->interface, sizeof(m->interface), "%s", interface);
	m->up = up;
	m->used = used;
}

/* From the LAN to a VPC by one of two tunnels, and back. */
static int setup(void **state)
{
	struct agent_packet_way *out_way = &agent.way[0], *back = &agent.way[1];

	(void)show_setup(state);
	*out_way = (struct agent_packet_way){.from = "LAN1",
	    .to = "TUNNEL[1]",
	    .in = {.there = true, .pass = true, .number = 100},
	    .routed = true,
	    .source = "bgp",
	    .tunnel = 1,
	    .spi = 0xc0ffee01,
	    .encr = 12,
	    .auth = 2,
	    .udp = true,
	    .clear_df = true,
	    .mtu = 1422,
	    .mss = 1382,
	    .pieces = 2,
	    .outer_bytes = 1492,
	    .end = AGENT_PACKET_ENCRYPTED};
	ip_prefix_parse("10.0.0.0/16", &out_way->route);
	ip_addr_parse("172.31.0.2", &out_way->local);
	ip_addr_parse("198.51.100.2", &out_way->remote);
	member(out_way, "TUNNEL[1]", true, true);
	member(out_way, "TUNNEL[2]", true, false);
	*back = (struct agent_packet_way){.from = "TUNNEL[1]",
	    .to = "LAN1",
	    .routed = true,
	    .source = "implicit",
	    .mtu = 1500,
	    .pieces = 1,
	    .end = AGENT_PACKET_CLEAR};
	ip_prefix_parse("192.168.200.1/32", &back->route);
	member(back, "LAN1", true, true);
	ip_addr_parse("192.168.200.1", &back->member[0].next);
	return 0;
}

static void test_packet_path(void **state)
{
	assert_golden(
	    "show packet path 192.168.200.1 10.0.134.243 tcp 40000 443 size 1500 df", "packet");
	assert_int_equal(agent.packet[0].protocol, 6);
	assert_true(agent.packet[0].dont_fragment);
	show.japanese = true;
	assert_golden(
	    "show packet path 192.168.200.1 10.0.134.243 tcp 40000 443 size 1500 df", "packet_ja");
}

static void test_the_answer_goes_the_other_way(void **state)
{
	char a[IP_ADDR_TEXT_BYTES], b[IP_ADDR_TEXT_BYTES];

	assert_int_equal(run("show packet path 192.168.200.1 10.0.134.243 udp 5 6"), 0);
	ip_addr_format(&agent.packet[1].source, a);
	ip_addr_format(&agent.packet[1].destination, b);
	assert_string_equal(a, "10.0.134.243");
	assert_string_equal(b, "192.168.200.1");
	assert_int_equal(agent.packet[1].sport, 6);
	assert_int_equal(agent.packet[1].dport, 5);
}

static void test_the_answer_of_an_inner_host_comes_from_the_port_there(void **state)
{
	ip_addr_parse("192.168.200.1", &agent.way[0].forwarded_to);
	agent.way[0].forwarded_port = 80;
	assert_int_equal(run("show packet path 8.8.8.8 172.31.0.2 tcp 1234 8080"), 0);
	assert_non_null(strstr(out.data, "for 192.168.200.1:80\n"));
	assert_int_equal(agent.packet[1].sport, 80);
	assert_int_equal(agent.packet[1].dport, 1234);
}

static void test_packets_that_do_not_get_there(void **state)
{
	struct agent_packet_way *way = &agent.way[0];

	*way = (struct agent_packet_way){.from = "LAN1",
	    .routed = true,
	    .source = "private",
	    .end = AGENT_PACKET_DROPPED,
	    .drop = "blackhole"};
	ip_prefix_parse("10.0.0.0/8", &way->route);
	agent.way[1] = (struct agent_packet_way){
	    .from = "LAN2", .in = {.there = true}, .end = AGENT_PACKET_DROPPED, .drop = "filter"};
	assert_golden("show packet path 192.168.200.1 10.9.9.9", "packet_dropped");
	*way = (struct agent_packet_way){
	    .to = "TUNNEL[1]", .tunnel = 1, .mtu = 1422, .end = AGENT_PACKET_TOO_BIG};
	agent.way[1] = (struct agent_packet_way){.from = "LAN2",
	    .to = "LAN2",
	    .nat = 1000,
	    .mtu = 1500,
	    .pieces = 1,
	    .end = AGENT_PACKET_KERNEL};
	ip_addr_parse("203.0.113.2", &agent.way[1].nat_source);
	ip_addr_parse("192.168.200.9", &agent.way[1].forwarded_to);
	assert_golden("show packet path 192.168.200.254 10.0.0.1 size 1500 df", "packet_too_big");
}

static void test_packetdump(void **state)
{
	assert_int_equal(run("show packetdump"), 0);
	assert_string_equal(out.data, "No packets were captured.\n");
	agent.capture = (struct agent_capture_status){.known = true,
	    .running = true,
	    .begun_unix = 1483971100,
	    .packets = 12,
	    .lost = 1,
	    .file = "/var/lib/cgw/captures/cgw-default-20170109T141140Z-1.pcapng"};
	assert_golden("show packetdump", "packetdump");
	agent.capture = (struct agent_capture_status){
	    .known = true, .reason = "cgw-dataplane was started without --capture-dir"};
	assert_int_equal(run("show packetdump"), 0);
	assert_string_equal(out.data, "Packetdump: refused\n"
				      "  Why: cgw-dataplane was started without --capture-dir\n");
	strcpy(agent.capture.reason, "bound reached");
	show.japanese = true;
	language_use(true);
	assert_int_equal(run("show packetdump"), 0);
	language_use(false);
	assert_non_null(strstr(out.data, "  理由: 上限に達しました\n"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, show_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_packet_path),
	    T(test_the_answer_goes_the_other_way),
	    T(test_the_answer_of_an_inner_host_comes_from_the_port_there),
	    T(test_packets_that_do_not_get_there),
	    T(test_packetdump),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
