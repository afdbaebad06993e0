/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Answers that are too long: what a client is sent is bounded, and it is said what is missing. */
#include "tests/unit/console/session_fixture.h"

#define QUEUE_BYTES (16u << 20) /* more than this waiting for a client costs it the session */

/* From the end: the sanitizer measures the whole text with every strstr(). */
static const char *after_last(const char *text)
{
	size_t bytes = strlen(text);

	for (const char *at = sent.data + sent.bytes - bytes; at >= sent.data; at--)
		if (memcmp(at, text, bytes) == 0)
			return at;
	return NULL;
}

static void test_a_long_answer_is_shown_whole(void **state)
{
	agent.more_routes = 100000; /* 7 MB */
	type("show ip route");
	assert_true(was_sent("10.0.0.0/32"));
	assert_true(was_sent("10.1.134.159/32"));
	assert_false(was_sent("\"error\""));
	assert_true(was_sent("\"ok\":true"));
}

static void test_of_one_that_is_too_long_whole_lines_are_shown_and_the_rest_is_said(void **state)
{
	agent.more_routes = 1000000;
	type("show ip route");
	assert_true(sent.bytes > (9u << 20) && sent.bytes < QUEUE_BYTES);
	assert_true(was_sent("10.0.0.0/32"));
	assert_non_null(
	    strstr(after_last("\"error\""), "MiB, of which 9 are shown: ask for a part of it"));
	assert_non_null(strstr(after_last("\"error\""), "\"ok\":false"));
	assert_memory_equal(after_last("path=64512"), "path=64512\\n\"}\n{\"error\"", 23);
}

static void test_json_that_is_too_long_is_left_out_whole(void **state)
{
	agent.more_routes = 1000000;
	type("show ip route | json -c");
	assert_false(was_sent("10.0.0.0/32"));
	assert_true(was_sent("MiB, of which 0 are shown"));
	assert_true(was_sent("\"ok\":false"));
	type("show ip route summary | json -c");
	assert_true(was_sent("\"ok\":true"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_administrator, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_a_long_answer_is_shown_whole),
	    T(test_of_one_that_is_too_long_whole_lines_are_shown_and_the_rest_is_said),
	    T(test_json_that_is_too_long_is_left_out_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
