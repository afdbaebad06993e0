/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a line goes: the ring, by levels and bounds; the journal's fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/log/log_hub.h"
#include "control/log/log_journal.h"

static struct log_hub *hub;
static char seen[4096];

static int setup(void **state)
{
	hub = log_hub_new(&(struct log_hub_options){.lines = 3, .bytes = 64});
	log_set_sink(log_hub_sink, hub);
	log_set_level(LOG_LEVEL_DEBUG);
	return 0;
}

static int teardown(void **state)
{
	log_set_sink(NULL, NULL);
	log_set_level(LOG_LEVEL_INFO);
	log_hub_free(hub);
	return 0;
}

static void collect(void *ctx, const struct log_entry *entry)
{
	assert_true(entry->time_usec > INT64_C(1700000000) * 1000000);
	strcat(strcat(seen, entry->line), ";");
}

static const char *lines(void)
{
	seen[0] = '\0';
	log_ring_each(log_hub_ring(hub), collect, NULL);
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

static void test_the_ring_is_bounded_in_bytes_too(void **state)
{
	log_info("%030d", 1);
	log_info("%030d", 2);
	assert_string_equal(
	    lines(), "000000000000000000000000000001;000000000000000000000000000002;");
	log_info("%030d", 3);
	assert_string_equal(
	    lines(), "000000000000000000000000000002;000000000000000000000000000003;");
	log_info("%063d", 4);
	assert_int_equal(strlen(lines()), 64);
	log_info("%064d", 5); /* longer than all there is */
	assert_int_equal(strlen(lines()), 64);
}

static void test_levels_follow_the_configuration(void **state)
{
	log_debug("debug");
	log_notice("notice");
	log_info("info");
	log_error("error");
	assert_string_equal(lines(), "info;error;");
	log_hub_set_levels(hub, true, false, true);
	log_debug("debug");
	log_notice("notice");
	log_info("info"); /* kept all the same */
	assert_string_equal(lines(), "debug;notice;info;");
}

static void test_lines_that_are_wanted_are_kept_at_any_level(void **state)
{
	log_set_level(LOG_LEVEL_INFO);
	log_hub_want(hub, "[CLOUD_VPN]");
	log_write_always(LOG_LEVEL_DEBUG, "[CLOUD_VPN][%u] Send error", 1);
	log_write_always(LOG_LEVEL_DEBUG, "another [CLOUD_VPN]");
	log_debug("[CLOUD_VPN] by who follows the level");
	assert_string_equal(lines(), "[CLOUD_VPN][1] Send error;");
	log_hub_want(hub, NULL);
	log_write_always(LOG_LEVEL_DEBUG, "[CLOUD_VPN][%u] Receive error", 1);
	assert_string_equal(lines(), "[CLOUD_VPN][1] Send error;");
}

static void test_a_line_stays_one_line(void **state)
{
	log_info("a\nb\tc\x7f\x1b[0m \\x41 \xe3\x81\x82");
	assert_string_equal(lines(), "a\\x0ab\\x09c\\x7f\\x1b[0m \\x41 \xe3\x81\x82;");
}

static void test_a_restart_finds_what_was_kept(void **state)
{
	char dir[] = "/tmp/cgw-hub-XXXXXX", path[64], before[64], error[256];

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(before, sizeof(before), "%s/log.1", dir);
	assert_int_equal(log_hub_keep_in(hub, path, error, sizeof(error)), 0);
	log_info("one");
	log_debug("not kept");
	log_info("two");
	teardown(NULL);
	setup(NULL);
	assert_int_equal(log_hub_keep_in(hub, path, error, sizeof(error)), 0);
	log_info("three");
	assert_string_equal(lines(), "one;two;three;");
	assert_int_equal(log_hub_keep_in(hub, "/dev/null/log", error, sizeof(error)), -22);
	log_info("four");
	assert_string_equal(lines(), "two;three;four;");
	unlink(path);
	unlink(before);
	rmdir(dir);
}

static void test_what_is_cleared_is_gone_after_a_restart_too(void **state)
{
	char dir[] = "/tmp/cgw-hub-XXXXXX", path[64], before[64], error[256];
	FILE *f;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(before, sizeof(before), "%s/log.1", dir);
	f = fopen(before, "w");
	assert_non_null(f);
	fputs("1769900000.123456 INFO of before\n", f);
	fclose(f);
	assert_int_equal(log_hub_keep_in(hub, path, error, sizeof(error)), 0);
	log_info("one");
	assert_string_equal(lines(), "of before;one;");
	assert_int_equal(log_hub_clear(hub), 0);
	assert_string_equal(lines(), "");
	log_info("two");
	teardown(NULL);
	setup(NULL);
	assert_int_equal(log_hub_keep_in(hub, path, error, sizeof(error)), 0);
	assert_string_equal(lines(), "two;");
	assert_int_equal(log_hub_clear(hub), 0);
	assert_int_equal(log_hub_clear(hub), 0); /* of nothing */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static const char *fields(const char *line)
{
	static struct log_fields out;
	struct log_entry entry = {0, LOG_LEVEL_ERROR, line};

	log_journal_fields(&entry, "cgw-control", "default", &out);
	seen[0] = '\0';
	for (size_t i = 0; i < out.count; i++) {
		assert_int_equal(strlen(out.field[i].iov_base), out.field[i].iov_len);
		strcat(strcat(seen, out.field[i].iov_base), ";");
	}
	return seen;
}

static void test_fields_of_the_journal(void **state)
{
	char many[1024] = "x";

	assert_string_equal(fields("tunnel number=2 state=up why=\"by hand\" tunnel-x=y"),
	    "MESSAGE=tunnel number=2 state=up why=\"by hand\" tunnel-x=y;PRIORITY=3;"
	    "SYSLOG_IDENTIFIER=cgw-control;CGW_INSTANCE=default;CGW_TAG=tunnel;CGW_TUNNEL=2;"
	    "CGW_NUMBER=2;CGW_STATE=up;CGW_WHY=by hand;CGW_TUNNEL_X=y;");
	assert_string_equal(fields("untagged: tag=a instance=b"),
	    "MESSAGE=untagged: tag=a instance=b;PRIORITY=3;SYSLOG_IDENTIFIER=cgw-control;"
	    "CGW_INSTANCE=default;");
	for (unsigned i = 0; i < 200; i++)
		strcat(many, " a=b");
	fields(many);
	assert_null(getenv("JOURNAL_STREAM"));
	assert_false(log_journal_is_stderr());
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_the_newest_lines_are_kept),
	    T(test_the_ring_is_bounded_in_bytes_too),
	    T(test_levels_follow_the_configuration),
	    T(test_lines_that_are_wanted_are_kept_at_any_level),
	    T(test_a_line_stays_one_line),
	    T(test_a_restart_finds_what_was_kept),
	    T(test_what_is_cleared_is_gone_after_a_restart_too),
	    T(test_fields_of_the_journal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
