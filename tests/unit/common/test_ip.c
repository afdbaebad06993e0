/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "common/ip.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_prefix_texts(void **state)
{
	static const struct {
		const char *text, *canonical; /* NULL: refused */
	} rows[] = {
	    {"10.0.0.0/16", "10.0.0.0/16"},
	    {"10.0.134.243", "10.0.134.243/32"},
	    {"0.0.0.0/0", "0.0.0.0/0"},
	    {"169.254.15.194/255.255.255.252", "169.254.15.194/30"},
	    {"192.168.100.1/0xffffff00", "192.168.100.1/24"},
	    {"192.0.2.1/0", "192.0.2.1/0"},
	    {"2001:db8::1/64", "2001:db8::1/64"},
	    {"2001:DB8:0:0:0:0:0:1", "2001:db8::1/128"},
	    {"::/0", "::/0"},
	    {"10.0.0.0/33", NULL},
	    {"10.0.0.0/", NULL},
	    {"10.0.0.0/08", NULL},
	    {"10.0.0.0/-1", NULL},
	    {"10.0.0.0/+8", NULL},
	    {"10.0.0.0/8 ", NULL},
	    {" 10.0.0.0/8", NULL},
	    {"10.0.0/8", NULL},
	    {"010.0.0.1", NULL},
	    {"256.0.0.1", NULL},
	    {"10.0.0.0/255.0.255.0", NULL},
	    {"10.0.0.0/0xff00ff00", NULL},
	    {"10.0.0.0/0xff", NULL},
	    {"2001:db8::/129", NULL},
	    {"2001:db8::/255.255.0.0", NULL},
	    {"2001:db8::1::2", NULL},
	    {"", NULL},
	    {"/", NULL},
	    {"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_prefix prefix;
		char text[IP_PREFIX_TEXT_BYTES];

		if (!rows[i].canonical) {
			assert_int_equal(ip_prefix_parse(rows[i].text, &prefix), -EINVAL);
			continue;
		}
		assert_int_equal(ip_prefix_parse(rows[i].text, &prefix), 0);
		assert_string_equal(ip_prefix_format(&prefix, text), rows[i].canonical);
	}
}

static void test_containment(void **state)
{
	static const struct {
		const char *outer, *inner;
		bool covers;
	} rows[] = {
	    {"10.0.0.0/8", "10.255.255.255/32", true},
	    {"10.0.0.0/8", "11.0.0.0/32", false},
	    {"10.0.0.0/8", "10.0.0.0/7", false},
	    {"0.0.0.0/0", "255.255.255.255/32", true},
	    {"0.0.0.0/0", "::1/128", false},
	    {"::/0", "::1/128", true},
	    {"192.168.200.254/30", "192.168.200.253/32", true},
	    {"192.168.200.254/30", "192.168.200.250/32", false},
	    {"2001:db8:0:fff0::/60", "2001:db8:0:ffff::/64", true},
	    {"2001:db8:0:fff0::/60", "2001:db8:0:ffe0::/64", false},
	    {"10.0.0.1/32", "10.0.0.1/32", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_prefix outer, inner;

		assert_int_equal(ip_prefix_parse(rows[i].outer, &outer), 0);
		assert_int_equal(ip_prefix_parse(rows[i].inner, &inner), 0);
		assert_int_equal(ip_prefix_covers(&outer, &inner), rows[i].covers);
	}
}

/* Against bit-by-bit arithmetic, for every length of both families. */
static void test_mask_every_length(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits <= 128; bits++) {
		struct ip_prefix p = {.addr = {.family = IP_FAMILY_V6}, .length = (uint8_t)bits};
		struct ip_prefix masked;

		for (size_t i = 0; i < sizeof(p.addr.bytes); i++)
			p.addr.bytes[i] = 0xff;
		masked = ip_prefix_mask(&p);
		for (unsigned b = 0; b < 128; b++)
			assert_int_equal(masked.addr.bytes[b / 8] >> (7 - b % 8) & 1, b < bits);
		assert_true(ip_prefix_contains(&masked, &p.addr));
	}
}

static void test_order_is_total(void **state)
{
	static const char *const sorted[] = {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/16",
	    "10.0.1.0/24", "192.0.2.0/24", "::/0", "2001:db8::/32"};

	(void)state;
	for (size_t i = 0; i < COUNT(sorted); i++)
		for (size_t j = 0; j < COUNT(sorted); j++) {
			struct ip_prefix a, b;
			int order;

			ip_prefix_parse(sorted[i], &a);
			ip_prefix_parse(sorted[j], &b);
			order = ip_prefix_compare(&a, &b);
			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
			assert_int_equal(ip_prefix_equal(&a, &b), i == j);
		}
}

static void test_special_addresses(void **state)
{
	static const struct {
		const char *text;
		bool loopback, multicast, link_local, private_;
	} rows[] = {
	    {"127.0.0.1", true, false, false, false},
	    {"::1", true, false, false, false},
	    {"224.0.0.1", false, true, false, false},
	    {"239.255.255.255", false, true, false, false},
	    {"240.0.0.1", false, false, false, false},
	    {"255.255.255.255", false, true, false, false},
	    {"ff02::1", false, true, false, false},
	    {"169.254.169.254", false, false, true, false},
	    {"fe80::1", false, false, true, false},
	    {"febf::1", false, false, true, false},
	    {"fec0::1", false, false, false, false},
	    {"10.1.2.3", false, false, false, true},
	    {"172.16.0.1", false, false, false, true},
	    {"172.32.0.1", false, false, false, false},
	    {"192.168.200.254", false, false, false, true},
	    {"fd00::1", false, false, false, true},
	    {"203.0.113.1", false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct ip_addr a;

		assert_int_equal(ip_addr_parse(rows[i].text, &a), 0);
		assert_int_equal(ip_addr_is_loopback(&a), rows[i].loopback);
		assert_int_equal(ip_addr_is_multicast(&a), rows[i].multicast);
		assert_int_equal(ip_addr_is_link_local(&a), rows[i].link_local);
		assert_int_equal(ip_addr_is_private(&a), rows[i].private_);
	}
}

static void test_v4_host_order(void **state)
{
	struct ip_addr a = ip_addr_v4(0xc0000201u), b;

	(void)state;
	assert_int_equal(ip_addr_parse("192.0.2.1", &b), 0);
	assert_true(ip_addr_equal(&a, &b));
	assert_int_equal(ip_addr_v4_host(&b), 0xc0000201u);
	assert_false(ip_addr_is_unspecified(&b));
	a = ip_addr_v4(0);
	assert_true(ip_addr_is_unspecified(&a));
}

static void test_no_family_prints_a_dash(void **state)
{
	struct ip_prefix none = {0};
	char text[IP_PREFIX_TEXT_BYTES];

	(void)state;
	assert_string_equal(ip_prefix_format(&none, text), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_prefix_texts),
	    cmocka_unit_test(test_containment),
	    cmocka_unit_test(test_mask_every_length),
	    cmocka_unit_test(test_order_is_total),
	    cmocka_unit_test(test_special_addresses),
	    cmocka_unit_test(test_v4_host_order),
	    cmocka_unit_test(test_no_family_prints_a_dash),
	};

	return cmocka_run_group_tests_name("ip", tests, NULL, NULL);
}
