/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Samples of an hour and minutes of a day: sums by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/statistics.h"

static void assert_row(const struct statistics *s, size_t row, uint32_t now, uint32_t hour_average,
    uint32_t hour_most, uint32_t day_average, uint32_t day_most)
{
	struct statistics_summary sum;

	assert_true(statistics_summary(s, row, &sum));
	assert_int_equal(sum.now, now);
	assert_int_equal(sum.hour_average, hour_average);
	assert_int_equal(sum.hour_most, hour_most);
	assert_int_equal(sum.day_average, day_average);
	assert_int_equal(sum.day_most, day_most);
}

static void add(struct statistics *s, uint32_t a, uint32_t b)
{
	statistics_add(s, (const uint32_t[]){a, b});
}

/* A timer that is late by and by takes no sample less; a standstill is made up for. */
static void test_an_hour_of_samples_is_an_hour(void **state)
{
	struct statistics_due due;
	mono_t now = {0};
	unsigned taken = 0;

	statistics_begin(&due, now);
	for (int tick = 1; tick <= 3600; tick++) {
		unsigned count = statistics_take(&due, mono_add_msec(now, tick * 1000 + tick % 7));

		assert_true(count <= 1);
		taken += count;
	}
	assert_int_equal(taken, STATISTICS_HOUR);
	assert_int_equal(statistics_take(&due, mono_add_sec(now, 3645)), 4);
	assert_int_equal(statistics_take(&due, mono_add_sec(now, 3649)), 0);
	assert_int_equal(statistics_take(&due, mono_add_sec(now, 3650)), 1);
	assert_int_equal(
	    statistics_take(&due, mono_add_sec(now, INT64_C(86400) * 365)), STATISTICS_KEPT);
	assert_int_equal(statistics_take(&due, mono_add_sec(now, INT64_C(86400) * 365 + 9)), 0);
}

static void test_before_the_first_sample_there_is_nothing(void **state)
{
	struct statistics *s = statistics_new(1);
	struct statistics_summary sum;

	assert_false(statistics_summary(s, 0, &sum));
	statistics_free(s);
}

static void test_before_the_first_minute_the_day_is_the_hour(void **state)
{
	struct statistics *s = statistics_new(2);

	add(s, 10, UINT32_MAX);
	add(s, 30, UINT32_MAX);
	assert_row(s, 0, 30, 20, 30, 20, 30);
	assert_row(s, 1, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX);
	statistics_free(s);
}

/* A minute of 600, a day of 0: the peak leaves the hour, stays in the day, and leaves that too. */
static void test_what_is_old_is_forgotten(void **state)
{
	struct statistics *s = statistics_new(2);

	for (int i = 0; i < 6; i++)
		add(s, i == 5 ? 600 : 0, 1);
	for (int i = 0; i < STATISTICS_HOUR - 6; i++)
		add(s, 0, 1);
	assert_row(s, 0, 0, 600 / STATISTICS_HOUR, 600, 100 / 60, 600);
	for (int i = 0; i < 6; i++)
		add(s, 0, 1);
	assert_row(s, 0, 0, 0, 0, 100 / 61, 100);
	for (int i = 0; i < STATISTICS_DAY * 6; i++)
		add(s, 0, 1);
	assert_row(s, 0, 0, 0, 0, 0, 0);
	assert_row(s, 1, 1, 1, 1, 1, 1);
	statistics_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_hour_of_samples_is_an_hour),
	    cmocka_unit_test(test_before_the_first_sample_there_is_nothing),
	    cmocka_unit_test(test_before_the_first_minute_the_day_is_the_hour),
	    cmocka_unit_test(test_what_is_old_is_forgotten),
	};

	return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
