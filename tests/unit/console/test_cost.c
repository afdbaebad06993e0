/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The bill: hours, tiers of data, rounding, the rest of the month. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/config.h"
#include "control/console/cost.h"

#define GB (UINT64_C(1) << 30)
#define TB (UINT64_C(1) << 40)
#define H  UINT64_C(3600)

static const struct config_price *tokyo(void)
{
	static struct config_model *model;
	const struct config_price *price;

	model = config_model_new();
	price = config_price_of(model, "ap-northeast-1");
	assert_non_null(price);
	assert_null(config_price_of(model, "us-east-1")); /* not known, so not guessed */
	config_model_free(model);
	return price;
}

/* 720 hours and 500 GB in Tokyo: the example that AWS's customers are shown. */
static void test_a_month_in_tokyo(void **state)
{
	struct cost cost = cost_of(tokyo(), 720 * H, 500 * GB);
	char text[COST_TEXT];

	assert_string_equal(cost_usd(cost.hours_usd, text), "34.56");
	assert_string_equal(cost_usd(cost.data_usd, text), "57.00");
	assert_string_equal(cost_usd(cost.hours_usd + cost.data_usd, text), "91.56");
	assert_int_equal(cost_currency(&cost, UINT64_C(145000000)), 13340); /* 5075 and 8265 */
}

static void test_every_tier_begins_where_the_one_before_ends(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *usd;
	} row[] = {
	    {0, "0.00"},
	    {1, "0.00"},
	    {GB, "0.11"},
	    {10 * TB - GB, "1167.25"},
	    {10 * TB, "1167.36"},      /* 10240 x 0.114 */
	    {10 * TB + GB, "1167.45"}, /* and 0.089 */
	    {50 * TB, "4812.80"},      /* and 40960 x 0.089 */
	    {50 * TB + 100 * GB, "4821.40"},
	    {150 * TB, "13619.20"}, /* and 102400 x 0.086 */
	    {150 * TB + 1000 * GB, "13703.20"},
	    {1000 * TB, "86732.80"},
	};
	char text[COST_TEXT];

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_string_equal(
		    cost_usd(cost_of(tokyo(), 0, row[i].bytes).data_usd, text), row[i].usd);
}

static void test_an_hour_that_has_begun_is_paid_for(void **state)
{
	assert_int_equal(cost_of(tokyo(), 0, 0).hours, 0);
	assert_int_equal(cost_of(tokyo(), 1, 0).hours, 1);
	assert_int_equal(cost_of(tokyo(), H, 0).hours, 1);
	assert_int_equal(cost_of(tokyo(), H + 1, 0).hours, 2);
	assert_int_equal(cost_of(tokyo(), H + 1, 0).hours_usd, 96000);
}

static void test_the_rest_of_the_month_goes_on_as_it_did(void **state)
{
	const uint64_t month = 720 * H;
	/* There from the first: half the month, half the data. */
	struct cost cost = cost_forecast(tokyo(), 360 * H, 250 * GB, 360 * H, month);

	assert_int_equal(cost.hours, 720);
	assert_int_equal(cost.bytes, 500 * GB);
	/* New: 31 hours of 100 that are over, so 651 in all. */
	cost = cost_forecast(tokyo(), 31 * H, GB, 100 * H, month);
	assert_int_equal(cost.hours, 651);
	assert_int_equal(cost.bytes, 21 * GB);
	/* A first minute is no month: what came in less than a day counts as a day's. */
	cost = cost_forecast(tokyo(), 60, GB, 100 * H, month);
	assert_in_range(cost.bytes, 26 * GB, 27 * GB);
	/* The first second, and the last. */
	cost = cost_forecast(tokyo(), 0, 0, 0, month);
	assert_int_equal(cost.hours, 720);
	assert_int_equal(cost.bytes, 0);
	cost = cost_forecast(tokyo(), month, 500 * GB, month, month);
	assert_int_equal(cost.bytes, 500 * GB);
}

static void test_amounts_are_rounded_to_the_nearest(void **state)
{
	char text[COST_TEXT];

	assert_string_equal(cost_usd(4999, text), "0.00");
	assert_string_equal(cost_usd(5000, text), "0.01");
	assert_string_equal(cost_usd(UINT64_C(999995000), text), "1000.00");
}

static void test_prices_of_ones_own(void **state)
{
	static const char text[] = "cloud vpn price 3 us-east-1 0.05 0.09 10=0.085\n"
				   "cloud vpn price 2 ap-northeast-1 1 2\n"
				   "cloud vpn currency EUR 0.92\n";
	static const char *const bad[] = {"cloud vpn price 3 us-east-1 .05 0.09",
	    "cloud vpn price 3 us-east-1 0.05 10=0.09",
	    "cloud vpn price 3 us-east-1 0.05 0.09 0.08",
	    "cloud vpn price 3 us-east-1 0.05 0.09 10=0.08 10=0.07",
	    "cloud vpn price 3 us-east-1 0.05 0.09 x=0.08",
	    "cloud vpn price 3 us-east-1 0.0000001 1", "cloud vpn price 3 us-east-1 1. 1",
	    "cloud vpn price 3 us-east-1 -1 1",
	    "cloud vpn price 3 us-east-1 1 1 10=", "cloud vpn currency jpy 145",
	    "cloud vpn currency YEN 0", "cloud vpn currency JP 145",
	    "cloud vpn price 3 us-east-1 1 1 2=1 3=1 4=1 5=1 6=1 7=1 8=1 9=1"};
	const struct config_env nothing = {0};
	struct config *config = config_new(&nothing);
	char why[CONFIG_ERROR_BYTES];
	const struct config_price *price;

	assert_int_equal(config_replace(config, text, strlen(text), why, sizeof(why)), 0);
	price = config_price_of(config_model(config), "us-east-1");
	assert_non_null(price);
	assert_int_equal(price->hour, 50000);
	assert_int_equal(price->tier_count, 2);
	assert_int_equal(price->tier[1].past_tb, 10);
	assert_int_equal(price->tier[1].gb, 85000);
	assert_int_equal(config_price_of(config_model(config), "ap-northeast-1")->hour, 1000000);
	assert_int_equal(config_model(config)->currency_rate, 920000);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (config_apply_lines(config, &bad[i], 1, why, sizeof(why)) == 0)
			fail_msg("accepted: %s", bad[i]);
	config_free(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_month_in_tokyo),
	    cmocka_unit_test(test_every_tier_begins_where_the_one_before_ends),
	    cmocka_unit_test(test_an_hour_that_has_begun_is_paid_for),
	    cmocka_unit_test(test_the_rest_of_the_month_goes_on_as_it_did),
	    cmocka_unit_test(test_amounts_are_rounded_to_the_nearest),
	    cmocka_unit_test(test_prices_of_ones_own),
	};

	return cmocka_run_group_tests_name("console/cost", tests, NULL, NULL);
}
