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
	uint32_t hash;   /* of what names the setting */
	unsigned count, stem;
	size_t store_bytes;
	char *store;          /* inside the same allocation */
	struct value value[]; /* `count` of them */
};

/* What names a setting: its row and the words of its stem. */
struct lines_name {
	const struct grammar_row *row;
	uint32_t tunnel;
	const struct value *value;
	unsigned stem;
};

/* Zeroed memory is an empty set. `line` has holes (NULL): whoever goes over it skips them. */
struct lines {
	size_t count, room;
	struct line **line;
	unsigned scans;  /* looks at every line since the set was made */
	size_t slots;    /* of the index, a power of two */
	uint32_t *index; /* position + 1, 0 = free; NULL = no index yet */
};

/* A line from a parsed setting; NULL = no memory. */
struct line *line_new(const struct grammar_match *match, uint32_t tunnel, unsigned origin);
void line_release(struct line *line); /* gives up one reference */
struct grammar_args line_args(const struct line *line);
struct lines_name line_name(const struct line *line);
/* True when both say the same, secrets included. */
bool line_same(const struct line *a, const struct line *b);

/* A set of the same lines. 0 or -ENOMEM, then `out` is empty. */
int lines_copy(struct lines *out, const struct lines *from);
void lines_free(struct lines *lines);

/* The line of that name, NULL = there is none. */
const struct line *lines_find(struct lines *lines, const struct lines_name *name);

/* Puts `line` in place of the line that names the same setting, or at the end; takes over the
 * caller's reference in any case. 1 = changed, 0 = the same line was there already, or -ENOMEM. */
int lines_put(struct lines *lines, struct line *line);

/* Takes out the setting of that name. True when it was there. */
bool lines_remove(struct lines *lines, const struct lines_name *name);

/* Does to `lines` what was done to `base` to make it `wanted`, setting by setting; what is the same
 * in both stays as it is in `lines`. 1 = changed, 0 = not, or -ENOMEM. */
int lines_merge(struct lines *lines, struct lines *base, struct lines *wanted);

/* Order of the first `count` words of two stems. */
int lines_compare_stems(const struct value *a, const struct value *b, unsigned count);

/* Whether the line can be read again as it is printed: abbreviations are written out then, and
 * quotes escaped. 0, -E2BIG or -ENOMEM. */
int line_reads_back(const struct line *line);

/* Appends the lines in the order and with the indentation of `show config`. `model` is the one they
 * make: it says which gateway belongs to which tunnel. 0 or -ENOMEM. */
int lines_print(
    const struct lines *lines, const struct config_model *model, bool masked, struct text *out);

/* Appends what is in one set only, with '-' or '+' in front, secrets masked. 0 or -ENOMEM. */
int lines_print_difference(struct lines *before, const struct config_model *before_model,
    struct lines *after, const struct config_model *after_model, struct text *out);
