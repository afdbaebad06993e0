/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The sentences about a wrong command line, and what is found among the EAL's words. What a right
 * one becomes is asserted in test_tables.c. */
#include "dataplane/args.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char error[ARGS_ERROR_BYTES];

static int words(const char *line, char copy[512], char *argv[24])
{
	char *save = NULL;
	int argc = 0;

	snprintf(copy, 512, "%s", line);
	for (char *p = strtok_r(copy, " ", &save); p && argc < 23; p = strtok_r(NULL, " ", &save))
		argv[argc++] = p;
	argv[argc] = NULL;
	return argc;
}

static int parse(const char *line)
{
	char copy[512], *argv[24];
	struct args args;
	int argc = words(line, copy, argv);

	error[0] = '\0';
	return args_parse(argc, argv, &args, error, sizeof(error));
}

static void test_a_sentence_for_each(void **state)
{
	static const struct {
		const char *line, *sentence;
	} row[] = {
	    {"x", "at least one --port NAME=DEVICE is needed, behind a --"},
	    {"x --port lan1", "--port: NAME=DEVICE is wanted, not \"lan1\""},
	    {"x --port lan1=", "--port: NAME=DEVICE is wanted, not \"lan1=\""},
	    {"x --port 1lan=a",
		"--port: a name is a letter and up to 14 more letters, digits, _ - or . in all; "
		"\"1lan\" is none"},
	    {"x --port averyveryverylongname=a",
		"--port: a name is a letter and up to 14 more letters, digits, _ - or . in all; "
		"\"averyveryverylongname\" is none"},
	    {"x --port lan1=a,mtu=99999",
		"--port: a number from 68 to 9216 is wanted, not \"99999\""},
	    {"x --port lan1=a,speed=1",
		"--port: only ,mtu=N may stand behind the device, not \",speed=1\""},
	    {"x --port lan1=a --port lan1=b", "--port: there is a port named lan1 already"},
	    {"x --port lan1=a --port lan2=a", "--port: a is the device of port lan1 already"},
	    {"x --port lan1=a --burst 1000",
		"--burst: a number from 1 to 64 is wanted, not \"1000\""},
	    {"x --port lan1=a --burst", "--burst wants a value"},
	    {"x --port lan1=a --mbufs -5",
		"--mbufs: a number from 1024 to 4000000 is wanted, not \"-5\""},
	    {"x --port lan1=a --fan-out x",
		"--fan-out: auto, always or never is wanted, not \"x\""},
	    {"x --port lan1=a --crypto-arch avx",
		"--crypto-arch: auto, sse, avx2 or avx512 is wanted, not \"avx\""},
	    {"x --port lan1=a --instance ../up",
		"--instance: a name is a letter and up to 62 more letters, digits, _ - or . in "
		"all; \"../up\" is none"},
	    {"x --port lan1=a --capture-dir here",
		"--capture-dir: a path that begins with / is wanted, not \"here\""},
	    {"x --port lan1=a --no-such", "unknown option --no-such"},
	    {"x --port lan1=a stray", "what is stray?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(parse(row[i].line), -EINVAL);
		assert_string_equal(error, row[i].sentence);
	}
}

/* Sixteen ports are as many as there may be. */
static void test_ports_at_most(void **state)
{
	char line[512] = "x";

	(void)state;
	for (int i = 0; i < 16; i++)
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " --port=p%d=d%d", i, i);
	assert_int_equal(parse(line), 0);
	snprintf(line + strlen(line), sizeof(line) - strlen(line), " --port=q=d");
	assert_int_equal(parse(line), -EINVAL);
	assert_string_equal(error, "--port: there can be no more than 16 ports");
}

/* A value of any length leaves the sentence ended where the room ends. */
static void test_long_values(void **state)
{
	char line[512];

	(void)state;
	memset(line, 'a', sizeof(line));
	memcpy(line, "x --burst ", 10);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(parse(line), -EINVAL);
	assert_int_equal(strlen(error), sizeof(error) - 1);
}

static void test_among_the_words_of_eal(void **state)
{
	char copy[512], *argv[24];
	int argc;

	(void)state;
	argc = words("x -l 1,2 --in-memory -- --port lan1=a", copy, argv);
	assert_int_equal(args_own(argc, argv), 4);
	assert_int_equal(args_eal(4, argv, error, sizeof(error)), 0);
	argc = words("x -l 1,2 --help", copy, argv);
	assert_int_equal(args_own(argc, argv), argc);
	assert_int_equal(args_eal(argc, argv, error, sizeof(error)), ARGS_HELP);
	argc = words("x -h", copy, argv);
	assert_int_equal(args_eal(argc, argv, error, sizeof(error)), ARGS_HELP);
	for (const char *const *line =
		 (const char *const[]){"x -l 1,2 --port lan1=a", "x --port=lan1=a", NULL};
	     *line; line++) {
		argc = words(*line, copy, argv);
		assert_int_equal(args_eal(argc, argv, error, sizeof(error)), -EINVAL);
		assert_string_equal(error,
		    "--port belongs behind the --, as in: cgw-dataplane -l 0,1 --in-memory -- "
		    "--port lan1=0000:03:00.0");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_sentence_for_each),
	    cmocka_unit_test(test_ports_at_most),
	    cmocka_unit_test(test_long_values),
	    cmocka_unit_test(test_among_the_words_of_eal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
