/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The syntax of a command as a small automaton over words.
 *
 * A row of the grammar table says its syntax in one string:
 *
 *   word              the keyword itself
 *   <name:TYPE>       a parameter; see value.h for TYPE
 *   key=<name:TYPE>   a parameter written key=VALUE, in one word
 *   [ x ]             x or nothing
 *   ( x | y )         x or y
 *   { x }             x once or more often
 *   !x                a word, a parameter or a word of a TYPE that is understood and always
 * refused, by the row's handler: help, completion and syntax leave it out ;                 end of
 * the stem: what stands before it names the setting, so that `no` needs no more than that, and its
 * parameters are the key of the setting
 *
 * Patterns are ours, not the user's: a mistake in one is caught by the test that compiles them all.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/config/text.h"

#define PATTERN_NODES 64

enum pattern_kind {
	PATTERN_WORD,  /* takes one word: the keyword */
	PATTERN_PARAM, /* takes one word: a parameter */
	PATTERN_SPLIT, /* goes on at `next` and at `alt` */
	PATTERN_STEM,  /* marks the end of the stem */
	PATTERN_END,
};

struct pattern_node {
	enum pattern_kind kind;
	uint8_t next, alt;
	const char *text;   /* WORD: the keyword; PARAM: its name; not NUL-terminated */
	const char *prefix; /* PARAM: "key=" in front, or NULL */
	const char *type;   /* PARAM: begin of its TYPE */
	uint8_t text_bytes, prefix_bytes;
	uint16_t type_bytes;
	bool refused; /* `!` stands in front */
	bool unshown; /* that, or stands in one sequence with it: no part of the syntax shown */
};

/* What can come next when a node is to be done: computed once, when the pattern is compiled. */
struct pattern_reach {
	uint64_t nodes; /* bit i: the WORD or PARAM node i may take the next word; in the order of
			   the syntax */
	bool end;       /* the command may be complete here */
	bool stem;      /* the end of the stem was crossed on the way */
};

struct pattern {
	unsigned count;
	uint8_t start;
	struct pattern_node node[PATTERN_NODES];
	struct pattern_reach reach[PATTERN_NODES];
};

/* 0, or -EINVAL for a pattern that is not well formed or too large. */
int pattern_compile(struct pattern *pattern, const char *syntax);

/* Appends the syntax as a person reads it: `ip tunnel mtu <mtu>`, without what is always refused.
 */
void pattern_print(const char *syntax, struct text *out);

/* Takes the first node out of `*nodes` (which is not 0). */
static inline unsigned pattern_next(uint64_t *nodes)
{
	unsigned node = (unsigned)__builtin_ctzll(*nodes);

	*nodes &= *nodes - 1;
	return node;
}
