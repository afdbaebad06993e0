/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Commands at their time, in sessions where nobody is: what needs somebody ends, and says so. */
#include "control/console/schedule.h"
#include "tests/unit/console/session_fixture.h"

/* Carries out one command as `startup` does, to its end. The log has what came of it. */
static void carry_out(const char *command)
{
	struct schedule *schedule = schedule_new(&console);
	char line[600];

	assert_non_null(schedule);
	snprintf(line, sizeof(line), "schedule at 1 startup * %s", command);
	type(line);
	assert_true(was_sent("\"ok\":true"));
	for (time_t now = 1000; now < 1004; now++)
		schedule_tick(schedule, now);
	schedule_free(schedule);
	type("show log");
}

static void test_a_command_is_carried_out_and_its_end_logged(void **state)
{
	carry_out("syslog debug on");
	assert_true(was_sent("[SCHEDULE] 1: begins"));
	assert_true(was_sent("[SCHEDULE] 1: done"));
	assert_true(config_model(console.config)->syslog_debug);
}

static void test_commands_that_want_a_file_end_in_words(void **state)
{
	static const char *const commands[] = {"export config /tmp/x",
	    "cloud vpn load /tmp/x 1 apply", "check /tmp/x", "cloud vpn download 1"};

	for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		carry_out(commands[i]);
		assert_true(
		    was_sent("[SCHEDULE] 1: Error: no file can be read or written from here"));
		assert_true(was_sent("[SCHEDULE] 1: failed"));
		assert_false(was_sent("has been written"));
	}
}

static void test_a_question_ends_the_command(void **state)
{
	carry_out("cold start");
	assert_true(was_sent("nobody is there to confirm it"));
	assert_true(was_sent("[SCHEDULE] 1: failed"));
}

static void test_C05_a_scheduled_secret_is_in_no_log(void **state)
{
	carry_out("ipsec ike pre-shared-key 1 text sesame.one");
	assert_true(was_sent("[SCHEDULE] 1: done"));
	assert_false(was_sent("sesame"));
	assert_string_equal(
	    (const char *)config_model(console.config)->gateway[1].psk, "sesame.one");
	type("show config");
	assert_false(was_sent("sesame"));
}

/* ---- by a clock of the test's own ---- */

#define MINUTE 1000000020 /* 2001-09-09 01:47:00 UTC */

static struct schedule *schedule; /* with one job, at half past every minute */

static int begin(void **state)
{
	char error[CONFIG_ERROR_BYTES];
	static const char line[] = "schedule at 1 */* *:*:30 * description 1 by the clock\n";
	int rc = setup(state);

	setenv("TZ", "UTC", 1);
	tzset();
	if (!rc && config_replace(console.config, line, strlen(line), error, sizeof(error)))
		fail_msg("%s", error);
	schedule = schedule_new(&console);
	return rc;
}

static int end(void **state)
{
	schedule_free(schedule);
	return teardown(state);
}

static void count(void *ctx, const struct log_entry *entry)
{
	*(unsigned *)ctx += strcmp(entry->line, "[SCHEDULE] 1: begins") == 0;
}

/* How often the job has begun. */
static unsigned runs(void)
{
	unsigned n = 0;

	log_ring_each(log_hub_ring(console.log), count, &n);
	return n;
}

static void tick(time_t from, time_t to)
{
	for (; from <= to; from++)
		schedule_tick(schedule, from);
}

static void test_once_a_minute(void **state)
{
	(void)state;
	tick(MINUTE, MINUTE + 179);
	assert_int_equal(runs(), 3);
}

/* A loop that was busy makes up for it; a clock that was set forward does not. */
static void test_what_is_missed(void **state)
{
	(void)state;
	tick(MINUTE, MINUTE + 25);
	schedule_tick(schedule, MINUTE + 33);
	assert_int_equal(runs(), 1);
	tick(MINUTE + 34, MINUTE + 80);
	schedule_tick(schedule, MINUTE + 3600 + 95);
	assert_int_equal(runs(), 1);
}

static void test_a_clock_that_goes_back_runs_nothing_twice(void **state)
{
	(void)state;
	tick(MINUTE, MINUTE + 31);
	assert_int_equal(runs(), 1);
	tick(MINUTE + 29, MINUTE + 35);
	tick(MINUTE, MINUTE + 89);
	assert_int_equal(runs(), 1);
	tick(MINUTE + 90, MINUTE + 91);
	assert_int_equal(runs(), 2);
	tick(MINUTE + 91 - 3 * 3600, MINUTE + 91);
	assert_int_equal(runs(), 2);
}

/* One that was wrong by a day is believed now. */
static void test_a_clock_that_was_set_right_counts(void **state)
{
	(void)state;
	tick(MINUTE + 86400, MINUTE + 86400 + 119);
	assert_int_equal(runs(), 2);
	tick(MINUTE, MINUTE + 31);
	assert_int_equal(runs(), 3);
}

#define T(name)        cmocka_unit_test_setup_teardown(name, setup_administrator, teardown)
#define BY_CLOCK(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_command_is_carried_out_and_its_end_logged),
	    T(test_commands_that_want_a_file_end_in_words),
	    T(test_a_question_ends_the_command),
	    T(test_C05_a_scheduled_secret_is_in_no_log),
	    BY_CLOCK(test_once_a_minute),
	    BY_CLOCK(test_what_is_missed),
	    BY_CLOCK(test_a_clock_that_goes_back_runs_nothing_twice),
	    BY_CLOCK(test_a_clock_that_was_set_right_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
