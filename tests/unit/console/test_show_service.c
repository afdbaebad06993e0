/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is shown of the services beside the VPN, against tests/golden/show_*.txt. Words and columns
 * are those of the router, as its users have published them. */
#include "tests/unit/console/show_fixture.h"

static void add_leases(void)
{
	agent.lease[0] =
	    (struct lease){.expires_unix = show.now_unix + 2 * 86400 + 13 * 3600 + 37 * 60 + 41,
		.mac = {0x04, 0xc4, 0x61, 0xca, 0x3d, 0x32}};
	ip_addr_parse("192.168.100.10", &agent.lease[0].address);
	agent.lease[1] = (struct lease){
	    .host = "pc-11", .id = {1, 0xb0, 0xe9, 0xfe, 0x89, 0xb0, 0xf7}, .id_bytes = 7};
	ip_addr_parse("192.168.100.11", &agent.lease[1].address);
	agent.lease[2] = agent.lease[1];
	ip_addr_parse("10.0.0.2", &agent.lease[2].address); /* of no scope */
	agent.lease_count = 3;
}

static void test_status_dhcp(void **state)
{
	configure("dhcp service server\n"
		  "dhcp scope 1 192.168.100.2-192.168.100.191/24 except 192.168.100.20\n"
		  "dhcp scope bind 1 192.168.100.11 ethernet b0:e9:fe:89:b0:f7\n"
		  "dhcp scope bind 1 192.168.100.12 00:a0:de:01:23:45\n");
	add_leases();
	assert_golden("show status dhcp", "dhcp");
	assert_golden("show status dhcp summary 1", "dhcp_summary");
	show.japanese = true;
	assert_golden("show status dhcp 1", "dhcp_ja");
	assert_int_equal(run("show status dhcp 2"), -ENOENT);
}

static void test_status_dhcp_without_a_server(void **state)
{
	assert_int_equal(run("show status dhcp"), 0);
	assert_string_equal(out.data, "The DHCP server does not run.\n");
	assert_int_equal(run("show status dhcp 1"), -ENOENT);
}

static void add_session(const char *inner, uint16_t port, uint8_t protocol)
{
	struct nat_session *session = &agent.session[agent.session_count++];

	*session =
	    (struct nat_session){.protocol = protocol, .inner_port = port, .rest_sec = 431999};
	session->outer_port = (uint16_t)(port + 1000);
	session->remote_port = 443;
	ip_addr_parse(inner, &session->inner);
	ip_addr_parse("203.0.113.2", &session->outer);
	ip_addr_parse("198.51.100.1", &session->remote);
}

static void test_nat_descriptor_address(void **state)
{
	configure("ip lan2 nat descriptor 1000\nnat descriptor type 1000 masquerade\n"
		  "nat descriptor masquerade static 1000 1 192.168.100.1 udp 500\n"
		  "nat descriptor masquerade static 1000 2 192.168.100.1 esp\n"
		  "nat descriptor masquerade static 1000 3 192.168.100.9 tcp 8080=80\n");
	add_session("192.168.100.11", 40001, 6);
	add_session("192.168.100.10", 40002, 17);
	add_session("192.168.100.11", 40000, 6);
	add_session("192.168.100.12", 40000, 6);
	ip_addr_parse("203.0.113.99", &agent.session[3].outer); /* not ours */
	assert_golden("show nat descriptor address", "nat");
	assert_golden("show nat descriptor address 1000 detail", "nat_detail");
	show.japanese = true;
	assert_golden("show nat descriptor address all", "nat_ja");
	show.japanese = false;
	assert_int_equal(run("show nat descriptor address 1"), 0);
	assert_non_null(strstr(out.data, "\nNAT descriptor tables in force: 0\n"));
}

static void test_status_dhcpc(void **state)
{
	assert_int_equal(run("show status dhcpc"), 0);
	assert_string_equal(out.data, "No port has its address by DHCP.\n");
	configure("ip lan2 address dhcp\n");
	assert_golden("show status dhcpc", "dhcpc");
	show.japanese = true;
	assert_golden("show status dhcpc", "dhcpc_ja");
}

static void test_ip_filter(void **state)
{
	assert_int_equal(run("show ip filter"), 0);
	assert_string_equal(out.data, "No filter is applied.\n");
	configure("ip filter 200080 pass * 192.168.100.1 udp * 500\n"
		  "ip filter 200081 pass * 192.168.100.1 esp\n"
		  "ip filter 200099 pass * * * * *\n"
		  "ip filter 1 reject-log 10.0.0.0/8 * tcp * 23\n"
		  "ip filter dynamic 200085 * * tcp\n"
		  "ip lan1 secure filter in 1 200099 7\n"
		  "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade\n"
		  "ip lan2 secure filter in 200080 200081\n"
		  "ip lan3 secure filter out 200099 dynamic 200085\n"
		  "tunnel select 1\nip tunnel secure filter in 1\n");
	assert_golden("show ip filter", "ip_filter");
	show.japanese = true;
	assert_golden("show ip filter", "ip_filter_ja");
	show.japanese = false;
	assert_int_equal(run("show ip filter lan2"), 0);
	assert_non_null(strstr(out.data, "LAN2 IN: by the kernel, which translates"));
	assert_null(strstr(out.data, "LAN1"));
	agent.ruleset_refused = "Error: Operation not permitted";
	assert_int_equal(run("show ip filter"), 0);
	assert_non_null(strstr(out.data, "LAN2 IN: by the fast path alone, since the kernel refused"));
	assert_non_null(strstr(out.data, "\n  Error: Operation not permitted\n"));
	assert_non_null(strstr(out.data, "LAN1 IN: by the fast path\n"));
	agent.ruleset_refused = NULL;
	assert_int_equal(run("show ip filter tunnel 1"), 0);
	assert_non_null(strstr(out.data, "TUNNEL1 IN: by the fast path"));
	assert_null(strstr(out.data, "LAN"));
}

static void test_statistics(void **state)
{
	configure("statistics cpu on\nstatistics traffic on\n");
	assert_golden("show statistics", "statistics");
	show.japanese = true;
	assert_golden("show statistics", "statistics_ja");
	show.japanese = false;
	assert_int_equal(run("show statistics memory"), 0);
	assert_non_null(strstr(out.data, "Not collected: `statistics memory on`"));
	assert_null(strstr(out.data, "CPU"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, show_setup, show_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_status_dhcp),
	    T(test_status_dhcp_without_a_server),
	    T(test_nat_descriptor_address),
	    T(test_status_dhcpc),
	    T(test_ip_filter),
	    T(test_statistics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
