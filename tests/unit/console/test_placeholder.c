/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Placeholders: what is one, and lines with their values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/console/placeholder.h"

static void test_only_whole_words_outside_of_quotes_and_comments_are_one(void **state)
{
	static const char *const none[] = {"", "bgp use on", "# YOUR_BGP_ASN", "x # YOUR_BGP_ASN",
	    "'YOUR_BGP_ASN'", "\"a YOUR_BGP_ASN\"", "YOUR_", "YOUR_asn", "MY_YOUR_ASN",
	    "address=YOUR_ASN", "YOUR_ASN,YOUR_X", "\\YOUR_ASN"};
	static const char *const one[] = {"YOUR_BGP_ASN", "bgp autonomous-system YOUR_BGP_ASN",
	    "  YOUR_BGP_ASN  # x", "'a b' YOUR_BGP_ASN", "x\tYOUR_BGP_ASN\r\n"};
	char name[PLACEHOLDER_BYTES], endless[200];

	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		size_t at = 0;

		if (placeholder_find(none[i], &at, name))
			fail_msg("%s: %s", none[i], name);
	}
	for (unsigned i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		size_t at = 0;

		if (!placeholder_find(one[i], &at, name))
			fail_msg("%s", one[i]);
		assert_string_equal(name, "YOUR_BGP_ASN");
		assert_int_equal(strncmp(one[i] + at, name, strlen(name)), 0);
		at += strlen(name);
		assert_false(placeholder_find(one[i], &at, name));
	}
	memset(endless, 'A', sizeof(endless));
	memcpy(endless, "YOUR_", 5);
	endless[sizeof(endless) - 1] = '\0';
	assert_false(placeholder_find(endless, &(size_t){0}, name));
}

static void assert_filled(const char *line, const char *name, const char *value, const char *as)
{
	char *filled = placeholder_fill(line, name, value);

	assert_string_equal(filled, as);
	free(filled);
}

static void test_values_are_quoted_where_they_need_it(void **state)
{
	assert_filled("a YOUR_X b YOUR_Y YOUR_X", "YOUR_X", "1", "a 1 b YOUR_Y 1");
	assert_filled("a YOUR_X", "YOUR_X", "two words", "a \"two words\"");
	assert_filled("a YOUR_X", "YOUR_X", "q\"\\", "a \"q\\\"\\\\\"");
	assert_filled("a YOUR_X", "YOUR_X", "", "a \"\"");
	/* The name of a placeholder, even its own, is a value like any other. */
	assert_filled("a YOUR_X", "YOUR_X", "YOUR_Y", "a \"YOUR_Y\"");
	assert_filled("a YOUR_X", "YOUR_X", "YOUR_X", "a \"YOUR_X\"");
	assert_filled("a 'YOUR_X' # YOUR_X", "YOUR_X", "1", "a 'YOUR_X' # YOUR_X");
	assert_filled("a YOUR_XX YOUR_X", "YOUR_X", "1", "a YOUR_XX 1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_only_whole_words_outside_of_quotes_and_comments_are_one),
	    cmocka_unit_test(test_values_are_quoted_where_they_need_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
