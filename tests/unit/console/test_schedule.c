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

#define T(name) cmocka_unit_test_setup_teardown(name, setup_administrator, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_command_is_carried_out_and_its_end_logged),
	    T(test_commands_that_want_a_file_end_in_words),
	    T(test_a_question_ends_the_command),
	    T(test_C05_a_scheduled_secret_is_in_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
