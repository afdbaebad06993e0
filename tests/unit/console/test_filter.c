/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Output through filters: what passes, in which pieces it may come. That the pager is what less is,
 * tests/console/client.py looks at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/console/filter.h"

/* The output of `text` through the stages, given in pieces of `piece` bytes; the caller frees. */
static char *filtered(const char *stages, const char *text, size_t piece)
{
	json_t *array = json_loads(stages, 0, NULL);
	size_t bytes = strlen(text), out_bytes;
	struct filter *filter;
	char error[256], *shown;
	FILE *out = open_memstream(&shown, &out_bytes);

	filter = filter_new(array, error, sizeof(error));
	if (!filter)
		fail_msg("%s", error);
	for (size_t at = 0; at < bytes; at += piece)
		filter_text(filter, text + at, bytes - at < piece ? bytes - at : piece, out);
	filter_end(filter, out);
	fclose(out);
	json_decref(array);
	return shown;
}

#define TEXT "ip lan1 mtu 1500\nsyslog debug on\n\nSYSLOG notice on"

static void test_lines_pass_whatever_the_pieces(void **state)
{
	static const struct {
		const char *stages, *shown;
	} cases[] = {
	    {"[{\"grep\":\"syslog\"}]", "syslog debug on\n"},
	    {"[{\"grep\":\"syslog\",\"i\":true}]", "syslog debug on\nSYSLOG notice on\n"},
	    {"[{\"grep\":\"on$\",\"v\":true}]", "ip lan1 mtu 1500\n\n"},
	    {"[{\"grep\":\"^$\"}]", "\n"},
	    {"[{\"grep\":\"o.$\"},{\"grep\":\"debug\",\"v\":true}]", "SYSLOG notice on\n"},
	    {"[{\"grep\":\"on\",\"c\":true}]", "2\n"},
	    {"[{\"grep\":\"on\",\"c\":true},{\"grep\":\"2\"}]", "2\n"},
	    {"[{\"grep\":\".\",\"F\":true}]", ""},
	    {"[{\"grep\":\"lan\",\"w\":true}]", ""},
	    {"[{\"grep\":\"debug|notice\"}]", "syslog debug on\nSYSLOG notice on\n"},
	    {"[{\"grep\":\"^(ip)+ lan1?\"}]", "ip lan1 mtu 1500\n"},
	    {"[{\"grep\":\"mtu|debug\",\"w\":true}]", "ip lan1 mtu 1500\nsyslog debug on\n"},
	    {"[{\"grep\":\"debug|notice\",\"F\":true}]", ""},
	    {"[{\"grep\":\"lan1?\",\"F\":true}]", ""},
	    {"[{\"grep\":\"mtu\",\"w\":true,\"F\":true}]", "ip lan1 mtu 1500\n"},
	};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (size_t piece = 1; piece < 8; piece += 3) {
			char *shown = filtered(cases[i].stages, TEXT, piece);

			assert_string_equal(shown, cases[i].shown);
			free(shown);
		}
}

static void test_an_expression_that_is_none_is_said(void **state)
{
	json_t *array = json_loads("[{\"grep\":\"a[\"}]", 0, NULL);
	char error[256];

	assert_null(filter_new(array, error, sizeof(error)));
	assert_int_equal(strncmp(error, "grep a[: ", 9), 0);
	json_decref(array);
}

static void test_too_many_stages_are_refused(void **state)
{
	json_t *array = json_array();
	char error[256];

	for (unsigned i = 0; i < 9; i++)
		json_array_append_new(array, json_pack("{s:s}", "grep", "x"));
	assert_null(filter_new(array, error, sizeof(error)));
	assert_string_equal(error, "at most 8 filters");
	json_decref(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines_pass_whatever_the_pieces),
	    cmocka_unit_test(test_an_expression_that_is_none_is_said),
	    cmocka_unit_test(test_too_many_stages_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
