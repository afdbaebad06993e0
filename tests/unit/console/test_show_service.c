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

#define T(name) cmocka_unit_test_setup_teardown(name, show_setup, show_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_status_dhcp),
	    T(test_status_dhcp_without_a_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
