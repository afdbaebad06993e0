/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parsing a line, and what it reads back as. A test program includes this once. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/grammar.h"
#include "control/config/pattern.h"

static struct grammar_match match;
static char error[CONFIG_ERROR_BYTES];

static inline int parse(const char *line)
{
	error[0] = '\0';
	return grammar_parse(&match, line, strlen(line), error, sizeof(error));
}

/* What the line reads back as: with `no` in front when it is negated. */
static inline const char *canonical(void)
{
	static char line[CONFIG_LINE_CHARS + 8];
	struct grammar_args args = grammar_match_args(&match);
	struct text text = {0};

	grammar_print(&args, false, &text);
	snprintf(line, sizeof(line), "%s%s", match.negated ? "no " : "", text.data);
	text_free(&text);
	return line;
}

static inline void assert_parses(const char *line, const char *as)
{
	if (parse(line))
		fail_msg("\"%s\": %s", line, error);
	assert_non_null(match.row);
	assert_string_equal(canonical(), as);
}

static inline void assert_same(const char *line)
{
	assert_parses(line, line);
}

static inline void assert_error(const char *line, const char *sentence)
{
	assert_int_equal(parse(line), -EINVAL);
	assert_string_equal(error, sentence);
}

/* A line of `head`, so many times `c`, and `tail`. */
static inline void repeat(
    char *line, size_t line_bytes, const char *head, char c, unsigned count, const char *tail)
{
	size_t used = (size_t)snprintf(line, line_bytes, "%s", head);

	memset(line + used, c, count);
	snprintf(line + used + count, line_bytes - used - count, "%s", tail);
}
