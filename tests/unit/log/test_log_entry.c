/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The words of a line, and the filters by them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/log/log_filter.h"

static void test_a_tag_is_the_first_word_or_in_brackets(void **state)
{
	static const char *const rows[][2] = {
	    {"tunnel number=1 state=up", "tunnel"},
	    {"[CLOUD_VPN][1] Connecting to ec2", "CLOUD_VPN"},
	    {"[CONSOLE] uid=0: save", "CONSOLE"},
	    {"kernel-route prefix=10.0.0.0/8", "kernel-route"},
	    {"word", "word"},
	    {"", ""},
	    {"[", ""},
	    {"[] x", ""},
	    {"[open word", ""},
	    {"word, and more", ""},
	    {" blank first", ""},
	    {"a-word-of-just-32-characters-xxx x", "a-word-of-just-32-characters-xxx"},
	    {"a-word-of-just-33-characters-xxxx x", ""},
	};
	char tag[LOG_TAG_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(log_tag(rows[i][0], tag), rows[i][1]);
}

static void test_pairs_are_found_wherever_they_stand(void **state)
{
	const char *at = "ike gateway=1 main mode failed why=\"no answer, x=1\" = a==b c= tunnel=3";
	static const char *const expected[][2] = {
	    {"gateway", "1"}, {"why", "no answer, x=1"}, {"a", "=b"}, {"c", ""}, {"tunnel", "3"}};
	struct log_pair pair;

	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_true(log_next_pair(&at, &pair));
		assert_int_equal(pair.key_bytes, strlen(expected[i][0]));
		assert_memory_equal(pair.key, expected[i][0], pair.key_bytes);
		assert_int_equal(pair.value_bytes, strlen(expected[i][1]));
		assert_memory_equal(pair.value, expected[i][1], pair.value_bytes);
	}
	assert_false(log_next_pair(&at, &pair));
	assert_false(log_next_pair(&at, &pair));
	at = "open=\"without an end";
	assert_true(log_next_pair(&at, &pair));
	assert_int_equal(pair.value_bytes, strlen("without an end"));
	assert_false(log_next_pair(&at, &pair));
}

static void test_the_tunnel_that_a_line_is_about(void **state)
{
	assert_int_equal(log_tunnel("tunnel number=12 state=up"), 12);
	assert_int_equal(log_tunnel("ike gateway=1 peer is dead tunnel=7"), 7);
	assert_int_equal(log_tunnel("routes number=3"), 0);
	assert_int_equal(log_tunnel("ike tunnel=x1"), 0);
	assert_int_equal(log_tunnel("ike tunnel=99999999999999999999"), 999999999);
	assert_int_equal(log_tunnel("nothing"), 0);
}

static bool takes(struct log_filter filter, const char *line)
{
	struct log_entry entry = {5000000, LOG_LEVEL_NOTICE, line};

	return log_filter_takes(&filter, &entry);
}

static void test_filters_hold_together(void **state)
{
	static const char line[] = "tunnel number=2 state=Up";

	assert_true(takes((struct log_filter){0}, line));
	assert_true(takes((struct log_filter){.levels = 1u << LOG_LEVEL_NOTICE}, line));
	assert_false(takes((struct log_filter){.levels = 1u << LOG_LEVEL_ERROR}, line));
	assert_true(takes((struct log_filter){.tag = "TUNNEL"}, line));
	assert_false(takes((struct log_filter){.tag = "tunne"}, line));
	assert_true(takes((struct log_filter){.tunnel = 2}, line));
	assert_false(takes((struct log_filter){.tunnel = 1}, line));
	assert_true(takes((struct log_filter){.since_usec = 5000000}, line));
	assert_false(takes((struct log_filter){.since_usec = 5000001}, line));
	assert_true(takes((struct log_filter){.text = "state=up"}, line));
	assert_false(takes((struct log_filter){.text = "down"}, line));
	assert_false(takes((struct log_filter){.tunnel = 2, .text = "down"}, line));
}

/* What failed is the router's line, why it did is ours. */
static void test_both_tags_of_the_cloud_are_one(void **state)
{
	static const char *const tags[] = {"cloud", "CLOUD", "cloud_vpn", "CLOUD_VPN"};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		const struct log_filter filter = {.tag = tags[i]};

		assert_true(takes(filter, "[CLOUD_VPN][1] Setting failed"));
		assert_true(takes(filter, "cloud id=1 event=failed reason=\"x\""));
		assert_false(takes(filter, "[CONSOLE] uid=0: save"));
		assert_false(takes(filter, "clouds"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_tag_is_the_first_word_or_in_brackets),
	    cmocka_unit_test(test_pairs_are_found_wherever_they_stand),
	    cmocka_unit_test(test_the_tunnel_that_a_line_is_about),
	    cmocka_unit_test(test_filters_hold_together),
	    cmocka_unit_test(test_both_tags_of_the_cloud_are_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
