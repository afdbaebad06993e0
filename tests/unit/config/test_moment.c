/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Times that have been, as a person says them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "control/config/value.h"

#define NOW INT64_C(1483971153) /* 2017/01/09 14:12:33 UTC, 23:12:33 in Japan */

static int64_t moment(const char *word)
{
	int64_t out = -1;

	return value_moment(word, NOW, &out) ? -1 : out;
}

static void test_times_that_have_been(void **state)
{
	static const struct {
		const char *word;
		int64_t seconds; /* before now */
	} rows[] = {
	    {"45s", 45},
	    {"30m", 1800},
	    {"2h", 7200},
	    {"3d", 259200},
	    {"0s", 0},
	    {"23:12:33", 0},
	    {"23:12:34", 86399}, /* yesterday's */
	    {"23:12", 33},
	    {"0:00", 23 * 3600 + 12 * 60 + 33},
	    {"2017/01/09", 23 * 3600 + 12 * 60 + 33},
	    {"2017/01/09-23:12:33", 0},
	    {"2017/01/09T23:12:03", 30},
	    {"2017/01/08 23:12", 86433},
	    {"2017/1/8-1:02", 86400 + 22 * 3600 + 10 * 60 + 33},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (moment(rows[i].word) != NOW - rows[i].seconds)
			fail_msg(
			    "%s is %lld", rows[i].word, (long long)(NOW - moment(rows[i].word)));
}

static void test_what_is_no_time(void **state)
{
	static const char *const words[] = {"", "m", "30", "30x", "-30m", "1000001d", "24:00",
	    "12:60", "12", "12:30x", "2017/01", "2017/02/30", "2017/13/01", "2017/01/09-",
	    "2017/01/09-12", "2017/01/09+12:00", "yesterday", "99999999999d"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (moment(words[i]) != -1)
			fail_msg("%s was taken", words[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_times_that_have_been),
	    cmocka_unit_test(test_what_is_no_time),
	};

	setenv("TZ", "<+09>-9", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
