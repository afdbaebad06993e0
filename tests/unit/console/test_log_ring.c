/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/console/log_ring.h"

static struct log_ring *ring;
static char seen[400];

static int setup(void **state)
{
	ring = log_ring_new(3, false);
	log_set_sink(log_ring_sink, ring);
	log_set_level(LOG_LEVEL_INFO);
	return 0;
}

static int teardown(void **state)
{
	log_set_sink(NULL, NULL);
	log_set_level(LOG_LEVEL_INFO);
	log_ring_free(ring);
	return 0;
}

/* Keeps the text behind "YYYY/MM/DD hh:mm:ss: ". */
static void collect(void *ctx, const char *line)
{
	int at = 0;

	assert_int_equal(sscanf(line, "%*4d/%*2d/%*2d %*2d:%*2d:%*2d: %n", &at), 0);
	assert_int_equal(at, 21);
	strcat(seen, line + at);
	strcat(seen, ";");
}

static const char *lines(void)
{
	seen[0] = '\0';
	log_ring_each(ring, collect, NULL);
	return seen;
}

static void test_the_newest_lines_are_kept(void **state)
{
	assert_string_equal(lines(), "");
	log_info("one");
	log_info("two");
	assert_string_equal(lines(), "one;two;");
	log_info("three");
	log_info("four");
	log_info("five");
	assert_string_equal(lines(), "three;four;five;");
}

static void test_levels_follow_the_configuration(void **state)
{
	struct config_model model = {.syslog_info = true};

	log_ring_follow(ring, &model);
	log_debug("debug");
	log_notice("notice");
	log_info("info");
	log_error("error");
	assert_string_equal(lines(), "info;error;");
	model.syslog_debug = model.syslog_notice = true;
	model.syslog_info = false;
	log_ring_follow(ring, &model);
	log_debug("debug");
	log_notice("notice");
	log_info("info"); /* kept all the same */
	assert_string_equal(lines(), "debug;notice;info;");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_the_newest_lines_are_kept, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_levels_follow_the_configuration, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
