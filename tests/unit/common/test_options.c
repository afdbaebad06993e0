/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A table of options as getopt_long() takes it and as --help shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/options.h"

static const char *const synopsis[] = {"[OPTION...]", "--check FILE", 0};
static const char *const nothing[] = {0};
static const struct option_row rows[] = {
    {'s', 0, "SOCKET", "short alone, with an argument"},
    {'v', "verbose", 0, "both, without one"},
    {300, "a-name-that-is-rather-long", "VALUE",
	"one whose help is so long that it has to be wrapped, and begins on a line of its own "
	"because of its name"},
    {0},
};
static const struct option_exit exits[] = {{"0", "done"}, {"2", "wrong usage"}, {0}};
static const struct option_file files[] = {{0}};
static const struct option_table table = {
    "prog", "8", "a program", synopsis, nothing, rows, exits, files, nothing};

static void test_getopt_takes_what_the_table_has(void **state)
{
	const char *argv[] = {"prog", "-s", "x", "--verbose", "-v",
	    "--a-name-that-is-rather-long=y", "word", "-v", NULL};
	static const int expected[] = {'s', 'v', 'v', 300, -1};
	struct options_getopt known;

	options_getopt(&table, &known);
	assert_string_equal(known.letters, "+s:v");
	optind = 0;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(
		    getopt_long(8, (char **)argv, known.letters, known.names, NULL), expected[i]);
		if (expected[i] == 's')
			assert_string_equal(optarg, "x");
		if (expected[i] == 300)
			assert_string_equal(optarg, "y");
	}
	assert_string_equal(argv[optind], "word"); /* and what stands behind it is no option */
}

static void test_help_is_wrapped(void **state)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	options_usage(&table, out);
	fclose(out);
	assert_string_equal(text, "usage: prog [OPTION...]\n"
				  "       prog --check FILE\n"
				  "\n"
				  "  -s SOCKET           short alone, with an argument\n"
				  "  -v, --verbose       both, without one\n"
				  "  --a-name-that-is-rather-long VALUE\n"
				  "                      one whose help is so long that it has to "
				  "be wrapped, and begins on a\n"
				  "                      line of its own because of its name\n"
				  "\n"
				  "Exit status:\n"
				  "  0                   done\n"
				  "  2                   wrong usage\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_getopt_takes_what_the_table_has),
	    cmocka_unit_test(test_help_is_wrapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
