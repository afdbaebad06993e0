/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A show command over an agent made of variables, against tests/golden/show_*.txt. A test program
 * includes this once. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "control/console/show.h"
#include "tests/unit/console/fake_agent.h"

static struct agent agent;
static struct config *config;
static struct text out;
static char error[CONFIG_ERROR_BYTES];
static struct show show;

static inline void configure(const char *lines)
{
	if (config_replace(config, lines, strlen(lines), error, sizeof(error)))
		fail_msg("%s", error);
}

static inline int show_setup(void **state)
{
	struct config_env env = {.ctx = &agent, .apply = fake_apply};

	setenv("TZ", "UTC", 1);
	tzset();
	memset(&agent, 0, sizeof(agent));
	config = config_new(&env);
	configure("");
	show = (struct show){.agent = &agent,
	    .config = config,
	    .administrator = true,
	    .now = {1000 * MONO_NSEC_PER_SEC},
	    .now_unix = 1483971153,
	    .out = &out};
	return 0;
}

static inline int show_teardown(void **state)
{
	text_free(&out);
	config_free(config);
	return 0;
}

static inline int run(const char *line)
{
	static struct grammar_match match;
	struct grammar_args args;
	show_fn *fn;

	text_free(&out);
	error[0] = '\0';
	assert_int_equal(grammar_parse(&match, line, strlen(line), error, sizeof(error)), 0);
	args = grammar_match_args(&match);
	fn = show_find(match.row->operation);
	assert_non_null(fn);
	return fn(&show, &args, error, sizeof(error));
}

/* With CGW_GOLDEN_UPDATE=1 the file is written instead, to be read through before it is committed.
 */
static inline bool golden_updated(const char *path)
{
	FILE *f = getenv("CGW_GOLDEN_UPDATE") ? fopen(path, "w") : NULL;

	if (!f)
		return false;
	assert_true(fputs(out.data, f) >= 0);
	assert_int_equal(fclose(f), 0);
	return true;
}

/* What is in `out`. */
static inline void assert_golden_text(const char *name)
{
	char path[100], expected[8192];
	FILE *in;
	size_t bytes;

	snprintf(path, sizeof(path), "tests/golden/show_%s.txt", name);
	if (golden_updated(path))
		return;
	in = fopen(path, "r");
	if (!in)
		fail_msg("%s is missing; the text is:\n%s", path, out.data);
	bytes = fread(expected, 1, sizeof(expected) - 1, in);
	expected[bytes] = '\0';
	fclose(in);
	assert_string_equal(out.data, expected);
}

static inline void assert_golden(const char *line, const char *name)
{
	if (run(line))
		fail_msg("%s: %s", line, error);
	assert_golden_text(name);
}
