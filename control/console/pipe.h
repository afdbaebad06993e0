/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What may stand behind a command: `| grep ...` and `| less`, checked for the client to do. */
#pragma once

#include <jansson.h>

#include "control/config/grammar.h"

/* Reads `bytes` bytes behind the first '|', of which column - 1 characters stand in front. The
 * stages as filter.h wants them; NULL with a sentence, and `*column` is where it is wrong. */
json_t *pipe_parse(
    const char *text, size_t bytes, unsigned *column, char *error, size_t error_bytes);

/* Help on the pipe at the end of the line, or false when it does not end in one. */
bool pipe_expect(const char *line, size_t bytes, bool japanese, struct grammar_expects *out);
