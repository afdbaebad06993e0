/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Accounts of connections: months, what is kept and read back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/usage.h"

#define NOV_22 INT64_C(1795310400) /* 2026-11-22 01:20:00 UTC */
#define DAY    INT64_C(86400)

static struct usage usage, again;
static char text[USAGE_BYTES];

static void test_bytes_are_added_up_in_a_month(void **state)
{
	const struct usage_entry *entry;

	memset(&usage, 0, sizeof(usage));
	usage_add(&usage, "vpn-1", NOV_22, 0);
	assert_true(usage.changed); /* that it is known */
	usage.changed = false;
	usage_add(&usage, "vpn-1", NOV_22 + 10, 0);
	assert_false(usage.changed);
	usage_add(&usage, "vpn-1", NOV_22 + 20, 1000);
	usage_add(&usage, "vpn-2", NOV_22 + 20, 7);
	usage_add(&usage, "vpn-1", NOV_22 + 30, 500);
	entry = usage_find(&usage, "vpn-1");
	assert_int_equal(entry->bytes, 1500);
	assert_int_equal(entry->first_seen, NOV_22);
	assert_int_equal(entry->month, 202611);
	usage_add(&usage, "vpn-1", NOV_22 + 9 * DAY, 3); /* December */
	assert_int_equal(entry->bytes, 3);
	assert_int_equal(entry->month, 202612);
	assert_int_equal(entry->first_seen, NOV_22);
	assert_null(usage_find(&usage, "vpn-3"));
}

static void test_a_clock_that_is_not_set_begins_no_month(void **state)
{
	const struct usage_entry *entry;

	memset(&usage, 0, sizeof(usage));
	usage_add(&usage, "vpn-1", 100, 5); /* seconds after 1970 began */
	assert_null(usage_find(&usage, "vpn-1"));
	usage_add(&usage, "vpn-1", NOV_22, 1000);
	usage_add(&usage, "vpn-1", 100, 20);
	entry = usage_find(&usage, "vpn-1");
	assert_int_equal(entry->month, 202611);
	assert_int_equal(entry->bytes, 1020);
}

static void test_months_end_where_the_next_begin(void **state)
{
	int64_t begin, end;

	usage_month_limits(202611, &begin, &end);
	assert_int_equal(end - begin, 30 * DAY);
	assert_int_equal(usage_month(begin), 202611);
	assert_int_equal(usage_month(begin - 1), 202610);
	assert_int_equal(usage_month(end - 1), 202611);
	assert_int_equal(usage_month(end), 202612);
	usage_month_limits(202612, &begin, &end);
	assert_int_equal(end - begin, 31 * DAY);
	assert_int_equal(usage_month(end), 202701);
	usage_month_limits(202802, &begin, &end);
	assert_int_equal(end - begin, 29 * DAY);
}

static void test_what_is_written_is_read_back(void **state)
{
	size_t written;

	memset(&usage, 0, sizeof(usage));
	for (unsigned i = 0; i < USAGE_ENTRIES; i++) {
		char name[USAGE_NAME];

		snprintf(name, sizeof(name), "vpn-%0124u", i);
		usage_add(&usage, name, NOV_22 + i, UINT64_MAX / 2 + i);
	}
	written = usage_print(&usage, text);
	assert_int_equal(written, strlen(text));
	usage_parse(&again, text);
	usage.changed = false;
	assert_memory_equal(&again, &usage, sizeof(usage));
}

static void test_of_many_the_one_that_was_silent_goes(void **state)
{
	char name[USAGE_NAME];

	memset(&usage, 0, sizeof(usage));
	for (unsigned i = 0; i < USAGE_ENTRIES; i++) {
		snprintf(name, sizeof(name), "vpn-%u", i);
		usage_add(&usage, name, i == 40 ? NOV_22 - 60 * DAY : NOV_22, 1);
	}
	usage_add(&usage, "vpn-new", NOV_22, 1);
	assert_null(usage_find(&usage, "vpn-40"));
	assert_non_null(usage_find(&usage, "vpn-new"));
	assert_int_equal(usage.count, USAGE_ENTRIES);
}

static void test_damaged_files_are_read_as_far_as_they_can_be(void **state)
{
	static const char good[] = "# cgw usage 1\nvpn-1 5 202611 7\nvpn-2 6 202611 8\n";

	usage_parse(&usage, "");
	assert_int_equal(usage.count, 0);
	usage_parse(&usage, "# cgw usage 2\nvpn-1 5 202611 7\n");
	assert_int_equal(usage.count, 0);
	usage_parse(&usage, "# cgw usage 1\nvpn-1 5 202613 7\nvpn-2 x\n\nvpn-3 1 202601 9\n"
			    "v;n 1 202601 9\nvpn-3 1 202601 9\nvpn-4 1 202601 9 9\n");
	assert_int_equal(usage.count, 1);
	assert_string_equal(usage.entry[0].name, "vpn-3");
	for (size_t cut = 0; cut < sizeof(good); cut++) {
		memcpy(text, good, cut);
		text[cut] = '\0';
		usage_parse(&usage, text);
		assert_in_range(usage.count, 0, 2);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bytes_are_added_up_in_a_month),
	    cmocka_unit_test(test_a_clock_that_is_not_set_begins_no_month),
	    cmocka_unit_test(test_months_end_where_the_next_begin),
	    cmocka_unit_test(test_what_is_written_is_read_back),
	    cmocka_unit_test(test_of_many_the_one_that_was_silent_goes),
	    cmocka_unit_test(test_damaged_files_are_read_as_far_as_they_can_be),
	};

	return cmocka_run_group_tests_name("control/usage", tests, NULL, NULL);
}
