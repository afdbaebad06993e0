/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The automatic runs at start-up, with the run itself and the timers played by the test. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/agent_internal.h"
#include "control/cloud.h"
#include "control/cloud_boot.h"

static uv_loop_t loop;
static struct agent agent;
static struct config_model model;
static struct cloud_boot *boot;
static uint32_t wan;
static bool unreached;
static int go_rc;
static unsigned goes;
static agent_cloud_fn *report;
static void *report_ctx;

/* ---- what is replaced ---- */

static uv_timer_t *armed; /* the last one, not the look for a port */
static uint64_t armed_msec;
static uv_timer_cb look_cb, armed_cb;
static uv_timer_t *look;

int uv_timer_start(uv_timer_t *timer, uv_timer_cb cb, uint64_t msec, uint64_t repeat)
{
	if (repeat) {
		look = timer;
		look_cb = cb;
	} else {
		armed = timer;
		armed_cb = cb;
		armed_msec = msec;
	}
	return 0;
}

int uv_timer_stop(uv_timer_t *timer)
{
	if (timer == look)
		look = NULL;
	if (timer == armed)
		armed = NULL;
	return 0;
}

uint32_t agent_wan(const struct agent *a)
{
	return wan;
}

int cloud_go(struct agent *a, uint32_t id, agent_cloud_fn *fn, void *ctx, char *error, size_t bytes)
{
	goes++;
	assert_int_equal(id, 2);
	report = fn;
	report_ctx = ctx;
	if (go_rc)
		(void)snprintf(error, bytes, "no");
	return go_rc;
}

bool cloud_unreached(const struct agent *a, uint32_t id)
{
	return unreached;
}

/* ---- around a test ---- */

static int setup(void **state)
{
	memset(&agent, 0, sizeof(agent));
	memset(&model, 0, sizeof(model));
	wan = 2;
	unreached = false;
	go_rc = 0;
	goes = 0;
	armed = NULL;
	assert_int_equal(uv_loop_init(&loop), 0);
	agent.loop = &loop;
	agent.model = &model;
	model.cloud[2].service_set = model.cloud[2].parameters_set = true;
	model.cloud[1].service_set = true; /* without parameters: never run */
	boot = cloud_boot_start(&agent);
	assert_non_null(boot);
	return 0;
}

static int teardown(void **state)
{
	cloud_boot_stop(boot);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	return 0;
}

static void fire(void)
{
	uv_timer_t *timer = armed;

	assert_non_null(timer);
	armed = NULL;
	armed_cb(timer);
}

/* ---- tests ---- */

static void test_delays_are_those_of_the_reference_give_or_take_a_tenth(void **state)
{
	static const uint32_t seconds[] = {30, 60, 90, 150, 210, 300, 390, 600, 600, 600};

	for (unsigned i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		uint32_t least = UINT32_MAX, most = 0;

		for (uint32_t random = 0; random < 200000; random += 7) {
			uint32_t msec = cloud_boot_delay_msec(i + 1, random * 2654435761u);

			least = msec < least ? msec : least;
			most = msec > most ? msec : most;
		}
		assert_in_range(least, seconds[i] * 900, seconds[i] * 910);
		assert_in_range(most, seconds[i] * 1090, seconds[i] * 1100);
	}
}

static void test_runs_once_there_is_a_way_out(void **state)
{
	wan = 0;
	look_cb(look);
	assert_int_equal(goes, 0);
	wan = 2;
	look_cb(look);
	assert_int_equal(goes, 1);
	assert_null(look);
	report(report_ctx, AGENT_CLOUD_DONE, "");
	assert_null(armed);
}

static void test_without_a_way_out_it_is_tried_after_half_a_minute(void **state)
{
	wan = 0;
	for (unsigned second = 0; second < 30; second++)
		look_cb(look);
	assert_int_equal(goes, 1);
}

/* The retries of the reference, in seconds "or so": a tenth more or less. */
static const uint64_t reference[] = {30, 60, 90, 150, 210, 300, 390, 600};

static void fails_and_waits(unsigned retry)
{
	const unsigned last = sizeof(reference) / sizeof(reference[0]);
	uint64_t seconds = reference[(retry < last ? retry : last) - 1];

	report(report_ctx, AGENT_CLOUD_PROGRESS, "");
	report(report_ctx, AGENT_CLOUD_FAILED, "no answer");
	assert_int_equal(goes, retry);
	assert_in_range(armed_msec, seconds * 900, seconds * 1100);
	fire();
}

static void test_A11_what_was_not_reached_is_tried_again_without_end(void **state)
{
	look_cb(look);
	unreached = true;
	for (unsigned retry = 1; retry < 20; retry++)
		fails_and_waits(retry);
	report(report_ctx, AGENT_CLOUD_DONE, "");
	assert_null(armed);
}

/* It was out of reach, and once it is not, what AWS says counts. */
static void test_A12_an_error_of_aws_ends_the_retries_whenever_it_comes(void **state)
{
	look_cb(look);
	unreached = true;
	for (unsigned retry = 1; retry < 5; retry++)
		fails_and_waits(retry);
	unreached = false;
	report(report_ctx, AGENT_CLOUD_FAILED, "AWS refused: AuthFailure");
	assert_null(armed);
	assert_int_equal(goes, 5);
}

static void test_A12_what_aws_refused_is_not_tried_again(void **state)
{
	look_cb(look);
	report(report_ctx, AGENT_CLOUD_FAILED, "AWS refused: AuthFailure");
	assert_null(armed);
	assert_int_equal(goes, 1);
}

static void test_A21_a_run_by_hand_ends_the_retries(void **state)
{
	look_cb(look);
	unreached = true;
	for (unsigned retry = 1; retry < 4; retry++)
		fails_and_waits(retry);
	report(report_ctx, AGENT_CLOUD_FAILED, "no answer");
	assert_non_null(armed);
	cloud_boot_leave(boot, 2);
	assert_null(armed);
}

static void test_a_run_by_hand_before_the_first_takes_its_place(void **state)
{
	cloud_boot_leave(boot, 2);
	look_cb(look);
	assert_int_equal(goes, 0);
}

static void test_a_setting_that_cannot_run_is_not_tried_again(void **state)
{
	go_rc = -EINVAL;
	look_cb(look);
	assert_int_equal(goes, 1);
	assert_null(armed);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_delays_are_those_of_the_reference_give_or_take_a_tenth),
	    T(test_runs_once_there_is_a_way_out),
	    T(test_without_a_way_out_it_is_tried_after_half_a_minute),
	    T(test_A11_what_was_not_reached_is_tried_again_without_end),
	    T(test_A12_what_aws_refused_is_not_tried_again),
	    T(test_A12_an_error_of_aws_ends_the_retries_whenever_it_comes),
	    T(test_A21_a_run_by_hand_ends_the_retries),
	    T(test_a_run_by_hand_before_the_first_takes_its_place),
	    T(test_a_setting_that_cannot_run_is_not_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
