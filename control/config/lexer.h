/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A console line as words.
 *
 * Words are separated by blanks. '...' and "..." quote, a backslash takes the next character as it
 * is, # outside of quotes at the start of a word begins a comment. Columns count characters from 1.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/config/config.h"

#define LEXER_WORDS 160

struct lexer_word {
	uint16_t text;   /* offset in `storage`, NUL-terminated */
	uint16_t column; /* of its first character */
	bool quoted;     /* some of it was quoted or escaped: it is no abbreviation */
};

struct lexer {
	unsigned count;
	struct lexer_word word[LEXER_WORDS];
	unsigned end_column;   /* one past the last character that is no comment */
	bool open;             /* the line ends inside a word: completion goes on with it */
	unsigned error_column; /* where a refused line is wrong */
	unsigned pipe_column;  /* of an unquoted '|', which ends the command; 0 = none */
	size_t pipe;           /* what stands behind it begins at this byte */
	unsigned help_column;  /* of an unquoted '?', which ends the line; 0 = none */
	uint16_t bytes;        /* used of storage */
	char storage[CONFIG_LINE_CHARS * 4 + 2];
};

/* Splits `bytes` bytes. 0, or -EINVAL with a sentence that names the column. */
int lexer_split(
    struct lexer *lexer, const char *line, size_t bytes, char *error, size_t error_bytes);

/* Wipes: a line may hold secrets. */
void lexer_wipe(struct lexer *lexer);
