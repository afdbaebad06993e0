/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is announced: the three kinds of import filters, reject, the longest match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "control/imports.h"

static struct config_import_filter filters[4];
static struct config_import imports[2];
static struct config_bgp bgp = {.filter = filters, .import = imports};

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_prefix_parse(text, &p), 0);
	return p;
}

static void filter(
    unsigned i, uint32_t number, bool reject, enum config_match match, const char *net)
{
	memset(&filters[i], 0, sizeof(filters[i]));
	filters[i].number = number;
	filters[i].reject = reject;
	filters[i].match = match;
	filters[i].prefix_count = 1;
	filters[i].prefix[0] = prefix(net);
	bgp.filter_count = i + 1;
}

static void import(unsigned i, uint32_t as, uint32_t a, uint32_t b)
{
	memset(&imports[i], 0, sizeof(imports[i]));
	imports[i].remote_as = as;
	imports[i].filter_count = b ? 2 : 1;
	imports[i].filter[0] = a;
	imports[i].filter[1] = b;
	bgp.import_count = i + 1;
}

static bool allow(const char *route)
{
	struct ip_prefix p = prefix(route);

	return imports_allow(&bgp, 64512, &p, NULL);
}

static void test_equal_is_the_very_prefix(void **state)
{
	(void)state;
	filter(0, 1, false, CONFIG_EQUAL, "0.0.0.0/0");
	import(0, 64512, 1, 0);
	assert_true(allow("0.0.0.0/0"));
	assert_false(allow("192.168.1.0/24"));
}

static void test_include_is_the_prefix_and_all_in_it(void **state)
{
	(void)state;
	filter(0, 1, false, CONFIG_INCLUDE, "192.168.0.0/16");
	import(0, 64512, 1, 0);
	assert_true(allow("192.168.0.0/16"));
	assert_true(allow("192.168.3.0/24"));
	assert_false(allow("192.0.0.0/8"));
	assert_false(allow("10.0.0.0/8"));
}

static void test_refines_is_only_what_is_in_it(void **state)
{
	(void)state;
	filter(0, 1, false, CONFIG_REFINES, "192.168.0.0/16");
	import(0, 64512, 1, 0);
	assert_false(allow("192.168.0.0/16"));
	assert_true(allow("192.168.3.0/24"));
}

static void test_longest_match_decides_and_may_reject(void **state)
{
	(void)state;
	filter(0, 1, false, CONFIG_INCLUDE, "192.168.0.0/16");
	filter(1, 2, true, CONFIG_INCLUDE, "192.168.3.0/24");
	import(0, 64512, 2, 1);
	assert_true(allow("192.168.4.0/24"));
	assert_false(allow("192.168.3.0/24"));
	assert_false(allow("192.168.3.128/25"));
}

static void test_no_import_line_for_the_as_announces_nothing(void **state)
{
	(void)state;
	filter(0, 1, false, CONFIG_INCLUDE, "0.0.0.0/0");
	import(0, 65001, 1, 0);
	assert_false(allow("192.168.1.0/24"));
	import(0, 64512, 7, 0); /* a filter that does not exist */
	assert_false(allow("192.168.1.0/24"));
}

static void test_selection_is_masked_sorted_and_single(void **state)
{
	struct ip_prefix routes[] = {prefix("192.168.2.9/24"), prefix("10.9.0.0/16"),
	    prefix("192.168.2.0/24"), prefix("169.254.81.2/30"), prefix("0.0.0.0/0")};
	struct ip_prefix want = prefix("192.168.2.0/24");
	size_t n;

	(void)state;
	filter(0, 1, false, CONFIG_INCLUDE, "0.0.0.0/0");
	import(0, 64512, 1, 0);
	n = imports_select(&bgp, 64512, routes, sizeof(routes) / sizeof(routes[0]));
	assert_int_equal(n, 3); /* the inside of a tunnel is link-local: left out */
	for (size_t i = 1; i < n; i++)
		assert_true(ip_prefix_compare(&routes[i - 1], &routes[i]) < 0);
	assert_true(ip_prefix_equal(&routes[2], &want));
	assert_int_equal(imports_select(&bgp, 64512, routes, 0), 0);
}

static void test_B28_default_own_networks_and_endpoints_are_not_taken_in(void **state)
{
	const struct ip_prefix own[] = {prefix("192.168.200.254/24"), prefix("172.31.0.2/24")};
	const struct ip_addr endpoint[] = {
	    prefix("198.51.100.2").addr, prefix("198.51.100.6").addr};
	static const char *const bad[] = {"0.0.0.0/0", "192.168.200.0/24", "192.168.200.128/25",
	    "192.168.200.1/32", "172.31.0.0/24", "198.51.100.2/32", "198.51.100.6/32"};
	/* What only covers them loses to the connected route, or is pinned around. */
	static const char *const good[] = {
	    "10.0.0.0/16", "192.168.0.0/16", "198.51.100.0/24", "198.51.100.3/32", "0.0.0.0/1"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ip_prefix p = prefix(bad[i]);

		assert_false(imports_accept(&p, own, 2, endpoint, 2));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct ip_prefix p = prefix(good[i]);

		assert_true(imports_accept(&p, own, 2, endpoint, 2));
	}
}

static void test_a_filter_that_is_not_there_is_named(void **state)
{
	const uint32_t *missing;
	uint32_t as = 0;

	(void)state;
	filter(0, 1, false, CONFIG_EQUAL, "0.0.0.0/0");
	import(0, 64512, 1, 0);
	assert_null(imports_missing(&bgp, &as));
	import(1, 64999, 1, 7);
	missing = imports_missing(&bgp, &as);
	assert_non_null(missing);
	assert_int_equal(*missing, 7);
	assert_int_equal(as, 64999);
	bgp.import_count = 1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_equal_is_the_very_prefix),
	    cmocka_unit_test(test_include_is_the_prefix_and_all_in_it),
	    cmocka_unit_test(test_refines_is_only_what_is_in_it),
	    cmocka_unit_test(test_longest_match_decides_and_may_reject),
	    cmocka_unit_test(test_no_import_line_for_the_as_announces_nothing),
	    cmocka_unit_test(test_selection_is_masked_sorted_and_single),
	    cmocka_unit_test(test_a_filter_that_is_not_there_is_named),
	    cmocka_unit_test(test_B28_default_own_networks_and_endpoints_are_not_taken_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
