/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The set of configuration lines. A line is immutable and shared by counting, so a copy of the set
 * costs a pointer a line; that is what makes a change undoable. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/config/grammar.h"

/* One line: the words of a setting, and the tunnel it was said in. */
struct line {
	unsigned references;
	unsigned origin; /* number of the input line it came from, for error sentences; 0 = none */
	const struct grammar_row *row;
	uint32_t tunnel; /* of a GRAMMAR_TUNNEL row, else 0 */
	unsigned count, stem;
	size_t store_bytes;
	char *store;          /* inside the same allocation */
	struct value value[]; /* `count` of them */
};

struct lines {
	size_t count, room;
	struct line **line;
};

/* A line from a parsed setting; NULL = no memory. */
struct line *line_new(const struct grammar_match *match, uint32_t tunnel, unsigned origin);
struct grammar_args line_args(const struct line *line);

/* A set of the same lines. 0 or -ENOMEM, then `out` is empty. */
int lines_copy(struct lines *out, const struct lines *from);
void lines_free(struct lines *lines);

/* Puts `line` in place of the line that names the same setting, or at the end; takes over the
 * caller's reference in any case. 1 = changed, 0 = the same line was there already, or -ENOMEM. */
int lines_put(struct lines *lines, struct line *line);

/* Takes out the setting that `match` names by its stem. True when it was there. */
bool lines_remove(struct lines *lines, const struct grammar_match *match, uint32_t tunnel);

/* Appends the lines in the order and with the indentation of `show config`. `model` is the one they
 * make: it says which gateway belongs to which tunnel. 0 or -ENOMEM. */
int lines_print(
    const struct lines *lines, const struct config_model *model, bool masked, struct text *out);
