/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `packetdump start` and `packetdump stop`: what is asked of the dataplane, and what is said. */
#include "common/shm_abi.h"
#include "tests/unit/console/session_fixture.h"

#define ALL (CFG_CAPTURE_OUTER | CFG_CAPTURE_INNER | CFG_CAPTURE_DROPS)

static void report(bool ok, const char *text)
{
	agent_capture_fn *fn = agent.capture_report;

	agent.capture_report = NULL;
	fn(agent.capture_ctx, ok, text);
}

static void test_a_dump_that_says_nothing_takes_everything_and_ends_by_itself(void **state)
{
	type("packetdump start");
	assert_int_equal(agent.capture_wish.what, ALL);
	assert_int_equal(agent.capture_wish.packets, 10000);
	assert_int_equal(agent.capture_wish.seconds, 60);
	assert_sent("");
	snprintf(agent.capture.file, sizeof(agent.capture.file), "/captures/a.pcapng");
	report(true, "");
	assert_true(was_sent("Packets are written to /captures/a.pcapng"));
	assert_true(was_sent("\"ok\":true"));
}

static void test_what_where_and_how_much(void **state)
{
	type("packetdump start tunnel 2 inner outer snap 64 seconds 5");
	assert_int_equal(agent.capture_wish.what, CFG_CAPTURE_INNER | CFG_CAPTURE_OUTER);
	assert_int_equal(agent.capture_wish.tunnel, 2);
	assert_int_equal(agent.capture_wish.lan, 0);
	assert_int_equal(agent.capture_wish.snap, 64);
	assert_int_equal(agent.capture_wish.packets, 0);
	assert_int_equal(agent.capture_wish.seconds, 5);
	report(true, "");
	type("packetdump start lan2 drops megabytes 4096");
	assert_int_equal(agent.capture_wish.what, CFG_CAPTURE_DROPS);
	assert_int_equal(agent.capture_wish.lan, 2);
	assert_true(agent.capture_wish.bytes == UINT64_C(4096) << 20);
	report(true, "");
}

static void test_what_the_dataplane_refuses_is_said(void **state)
{
	type("console character ja.utf8");
	type("packetdump start");
	report(false, "cgw-dataplane was started without --capture-dir");
	assert_true(was_sent("--capture-dir なしで起動"));
	assert_true(was_sent("\"ok\":false"));
	type("packetdump stop");
	assert_true(was_sent("実行中のものはありません"));
}

static void test_the_end_tells_how_many(void **state)
{
	agent.capture = (struct agent_capture_status){
	    .known = true, .running = true, .packets = 12, .file = "/captures/b.pcapng"};
	type("packetdump start");
	assert_true(was_sent("`packetdump stop` ends it"));
	type("packetdump stop");
	report(true, "");
	assert_true(was_sent("12 packets are in /captures/b.pcapng"));
}

static void test_who_is_interrupted_does_not_wait(void **state)
{
	type("packetdump start");
	give("{\"interrupt\":true}");
	assert_true(was_sent("\"ok\":false"));
	assert_null(agent.capture_report);
}

static void test_users_may_look_and_not_start(void **state)
{
	open_session(false);
	type("packetdump start");
	assert_true(was_sent("this needs administrator level"));
	type("show packetdump");
	assert_true(was_sent("No packets were captured."));
}

#define T(name)    cmocka_unit_test_setup_teardown(name, setup_administrator, teardown)
#define USER(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_dump_that_says_nothing_takes_everything_and_ends_by_itself),
	    T(test_what_where_and_how_much),
	    T(test_what_the_dataplane_refuses_is_said),
	    T(test_the_end_tells_how_many),
	    T(test_who_is_interrupted_does_not_wait),
	    USER(test_users_may_look_and_not_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
