/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Walking all rows of the grammar at once, word by word. Shared by parsing and by help; nobody else
 * includes this. */
#pragma once

#include "control/config/grammar.h"

#define WALK_ROWS 320

/* A row that still agrees with every word so far. */
struct walk_live {
	uint16_t row;
	uint16_t stem; /* words up to the end of the stem, 0 = not there yet */
	uint8_t node;  /* what comes next */
};

struct walk {
	unsigned words; /* taken so far, `no` not counted */
	unsigned count;
	struct walk_live live[WALK_ROWS];
	/* Words that were abbreviated: the whole keyword instead (static text), else NULL. */
	const char *whole[LEXER_WORDS];
	uint8_t whole_bytes[LEXER_WORDS];
};

/* Why a word could not be taken. */
enum walk_result { WALK_OK, WALK_UNKNOWN, WALK_AMBIGUOUS };

const struct pattern *walk_pattern(unsigned row);

/* All rows, or those that `no` may undo. */
void walk_start(struct walk *walk, bool negated);

/* Takes a word. When it is not WALK_OK the walk is as before; `why` says what is wrong with a value
 * that is of the right kind, else "". */
enum walk_result walk_step(
    struct walk *walk, const char *word, bool quoted, char why[VALUE_WHY_BYTES]);

/* How well `word` fits the row at `node`; `*taken` is the node that takes it. */
enum value_fit walk_fit(unsigned row, unsigned node, const char *word, uint16_t offset,
    unsigned *taken, struct value *value, char why[VALUE_WHY_BYTES]);

/* Calls `visit` for everything that could come next, with its row and node. */
void walk_each_next(const struct walk *walk,
    void (*visit)(void *ctx, unsigned row, const struct pattern_node *node), void *ctx);
