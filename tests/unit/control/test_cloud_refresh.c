/* SPDX-License-Identifier: BSD-3-Clause
 *
 * When `cloud vpn refresh` runs, with the run itself and the time played by the test. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/cloud.h"
#include "control/cloud_refresh.h"

static struct agent agent;
static struct config_model model;
static int go_rc;
static unsigned goes;
static bool worth_another;
static agent_cloud_fn *report;
static void *report_ctx;

int cloud_go(struct agent *a, uint32_t id, agent_cloud_fn *fn, void *ctx, char *error, size_t bytes)
{
	goes++;
	assert_int_equal(id, 7);
	report = fn;
	report_ctx = ctx;
	if (go_rc)
		(void)snprintf(error, bytes, "no");
	return go_rc;
}

bool cloud_worth_another(const struct agent *a, uint32_t id)
{
	return worth_another;
}

static int setup(void **state)
{
	memset(&agent, 0, sizeof(agent));
	memset(&model, 0, sizeof(model));
	agent.model = &model;
	goes = 0;
	go_rc = 0;
	worth_another = false;
	return 0;
}

static int teardown(void **state)
{
	cloud_refresh_free(&agent);
	return 0;
}

/* Ticks once a second for so long; how many runs began. */
static unsigned run_for(mono_t *now, unsigned seconds)
{
	unsigned before = goes;

	while (seconds--) {
		*now = mono_add_sec(*now, 1);
		cloud_refresh_tick(&agent, *now);
	}
	return goes - before;
}

static void test_the_delay_is_the_interval_give_or_take_a_tenth(void **state)
{
	for (uint32_t random = 0; random < 5000000; random += 997) {
		uint64_t msec = cloud_refresh_delay_msec(60, 0, random * 2654435761u);

		assert_in_range(msec, 3240000, 3960000);
	}
}

static void test_A11_after_failures_it_is_anything_up_to_a_growing_limit(void **state)
{
	static const uint64_t most[] = {0, 60000, 120000, 240000, 480000, 600000, 600000};

	for (unsigned failures = 1; failures < 7; failures++) {
		uint64_t seen_least = UINT64_MAX, seen_most = 0;

		for (uint32_t random = 0; random < 400000; random++) {
			uint64_t msec =
			    cloud_refresh_delay_msec(1440, failures, random * 2654435761u);

			seen_least = msec < seen_least ? msec : seen_least;
			seen_most = msec > seen_most ? msec : seen_most;
		}
		assert_in_range(seen_most, most[failures] * 99 / 100, most[failures]);
		assert_in_range(seen_least, 0, most[failures] / 100);
	}
	assert_in_range(
	    cloud_refresh_delay_msec(5, 40, 1), 0, 330000); /* never later than without */
}

static void test_off_means_never(void **state)
{
	mono_t now = mono_now();

	assert_int_equal(run_for(&now, 100000), 0);
}

static void test_runs_come_at_the_interval(void **state)
{
	mono_t now = mono_now();

	model.cloud[7].refresh_minutes = 60;
	assert_int_equal(run_for(&now, 3200), 0);
	assert_int_equal(run_for(&now, 800), 1);
	assert_int_equal(run_for(&now, 100000), 0); /* one at a time */
	report(report_ctx, AGENT_CLOUD_PROGRESS, "");
	assert_int_equal(run_for(&now, 100000), 0);
}

static void test_a_run_that_ended_is_followed_by_the_next(void **state)
{
	mono_t now = mono_now();

	model.cloud[7].refresh_minutes = 5;
	assert_int_equal(run_for(&now, 340), 1);
	report(report_ctx, AGENT_CLOUD_DONE, "");
	now = mono_now(); /* the report counts from the real time */
	assert_int_equal(run_for(&now, 260), 0);
	assert_int_equal(run_for(&now, 80), 1);
	report(report_ctx, AGENT_CLOUD_FAILED, "AWS refused: AuthFailure");
	now = mono_now();
	assert_int_equal(run_for(&now, 260), 0); /* refused: not sooner */
	assert_int_equal(run_for(&now, 80), 1);
	worth_another = true;
	report(report_ctx, AGENT_CLOUD_FAILED, "no answer");
	now = mono_now();
	assert_int_equal(run_for(&now, 61), 1); /* sooner */
}

static void test_what_cannot_begin_is_left_out(void **state)
{
	mono_t now = mono_now();

	model.cloud[7].refresh_minutes = 5;
	go_rc = -EBUSY;
	assert_int_equal(run_for(&now, 340), 1);
	assert_int_equal(run_for(&now, 340), 1);
}

static void test_another_interval_counts_from_when_it_was_set(void **state)
{
	mono_t now = mono_now();

	model.cloud[7].refresh_minutes = 1440;
	assert_int_equal(run_for(&now, 3600), 0);
	model.cloud[7].refresh_minutes = 5;
	assert_int_equal(run_for(&now, 260), 0);
	assert_int_equal(run_for(&now, 80), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_delay_is_the_interval_give_or_take_a_tenth),
	    cmocka_unit_test(test_A11_after_failures_it_is_anything_up_to_a_growing_limit),
	    T(test_off_means_never),
	    T(test_runs_come_at_the_interval),
	    T(test_a_run_that_ended_is_followed_by_the_next),
	    T(test_what_cannot_begin_is_left_out),
	    T(test_another_interval_counts_from_when_it_was_set),
	};

	return cmocka_run_group_tests_name("control/cloud_refresh", tests, NULL, NULL);
}
