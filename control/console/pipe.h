/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What may stand behind a command: `| json`, done by us, then `| grep ...` and `| less`, checked
 * for the client to do. */
#pragma once

#include <jansson.h>

#include "control/config/grammar.h"

/* In which form a command shows what it has collected. */
enum pipe_form {
	PIPE_TEXT,
	PIPE_JSON,
	PIPE_JSON_LINE, /* the whole answer in one line */
};

/* Reads `bytes` bytes behind the first '|', of which column - 1 characters stand in front. The
 * stages as filter.h wants them, `*form` apart; NULL with a sentence, and `*column` is where it is
 * wrong. */
json_t *pipe_parse(const char *text, size_t bytes, enum pipe_form *form, unsigned *column,
    char *error, size_t error_bytes);

/* What is looked for in the log in capitals alone (`grep IKE`) is found in small letters, too: the
 * router writes the subjects of its lines in capitals. */
void pipe_of_log(json_t *stages);

/* Help on the pipe at the end of the line, or false when it does not end in one. */
bool pipe_expect(const char *line, size_t bytes, bool japanese, struct grammar_expects *out);
