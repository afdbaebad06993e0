/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show cloud vpn cost. Run from the top of the tree. */
#include "tests/unit/console/show_fixture.h"

#define VPN "cloud vpn parameter 1 AKIAMADEUP0000000001 sesame vpn-0123\n"

/* 30 days, of which 15 are over, and half of 500 GB: the whole month is the example of 720 hours
 * and 500 GB, which is 34.56 and 57.00 dollars, or 13,340 yen at 145. */
static void half_a_month(void)
{
	agent.usage = (struct agent_cloud_usage){.month = 202611,
	    .month_begin = 1793491200,
	    .month_seconds = 30 * 86400,
	    .now = 1793491200 + 15 * 86400,
	    .first_seen = 1793491200 - 86400,
	    .bytes = UINT64_C(250) << 30};
}

static void test_half_a_month(void **state)
{
	half_a_month();
	configure(VPN "cloud vpn currency JPY 145\n");
	assert_golden("show cloud vpn cost", "cloud_cost");
	show.japanese = true;
	assert_golden("show cloud vpn cost 1", "cloud_cost_ja");
	assert_null(strstr(out.data, "sesame"));
}

static void test_a_connection_that_is_new_is_counted_from_its_first_second(void **state)
{
	half_a_month();
	agent.usage.first_seen = agent.usage.month_begin + 14 * 86400;
	configure(VPN);
	assert_int_equal(run("show cloud vpn cost"), 0);
	assert_non_null(strstr(out.data, " 24 h         1.15 USD"));
	assert_non_null(strstr(out.data, " 384 h        18.43 USD"));
	assert_non_null(strstr(out.data, "counted since 2026/11/15 00:00:00"));
	assert_null(strstr(out.data, "JPY"));
}

static void test_prices_that_are_not_known_are_not_guessed(void **state)
{
	half_a_month();
	configure(VPN "cloud vpn option 1 region=us-east-1\n");
	assert_int_equal(run("show cloud vpn cost"), 0);
	assert_non_null(strstr(out.data, "no prices are known for us-east-1"));
	assert_null(strstr(out.data, "USD"));
	configure(VPN "cloud vpn option 1 region=us-east-1\n"
		      "cloud vpn price 1 us-east-1 0.05 0.09 10=0.085\n");
	assert_int_equal(run("show cloud vpn cost"), 0);
	assert_non_null(strstr(out.data, "360 h        18.00 USD"));
}

static void test_no_connection_is_said(void **state)
{
	assert_int_equal(run("show cloud vpn cost"), -ENOENT);
	configure(VPN);
	assert_int_equal(run("show cloud vpn cost 2"), -ENOENT);
	assert_int_equal(run("show cloud vpn cost 1"), 0); /* nothing is counted yet */
	assert_non_null(strstr(out.data, "cloud vpn 1, vpn-0123, ap-northeast-1\n"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, show_setup, show_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_half_a_month),
	    T(test_a_connection_that_is_new_is_counted_from_its_first_second),
	    T(test_prices_that_are_not_known_are_not_guessed),
	    T(test_no_connection_is_said),
	};

	return cmocka_run_group_tests_name("console/show_cost", tests, NULL, NULL);
}
