/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The walk over the grammar. A better fit rules out the worse ones, so that a keyword is never read
 * as a free text; an abbreviation is looked for last, and not where any text would do. */
#include "control/config/walk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Compiled on first use; constant from then on. */
static struct pattern patterns[WALK_ROWS];
static bool compiled;

const struct pattern *walk_pattern(unsigned row)
{
	assert(grammar_row_count <= WALK_ROWS);
	for (unsigned i = 0; !compiled && i < grammar_row_count; i++)
		if (pattern_compile(&patterns[i], grammar_rows[i].syntax))
			abort(); /* a row of our own table is wrong: the table's test finds it */
	compiled = true;
	return &patterns[row];
}

void walk_start(struct walk *walk, bool negated)
{
	walk->words = 0;
	walk->count = 0;
	for (unsigned i = 0; i < grammar_row_count; i++)
		if (!negated || strchr(grammar_rows[i].syntax, ';'))
			walk->live[walk->count++] =
			    (struct walk_live){.row = (uint16_t)i, .node = walk_pattern(i)->start};
}

static bool is_keyword(const struct pattern_node *node, const char *word)
{
	return node->kind == PATTERN_WORD && strlen(word) == node->text_bytes &&
	       memcmp(node->text, word, node->text_bytes) == 0;
}

static enum value_fit node_fit(const struct pattern_node *node, const char *word, uint16_t offset,
    struct value *value, char why[VALUE_WHY_BYTES])
{
	why[0] = '\0';
	if (node->kind == PATTERN_PARAM)
		return value_parse(node, word, offset, value, why);
	*value = (struct value){
	    .kind = VALUE_KEYWORD, .word = node->text, .word_bytes = node->text_bytes};
	return is_keyword(node, word) ? VALUE_EXACT : VALUE_UNFIT;
}

enum value_fit walk_fit(unsigned row, unsigned node, const char *word, uint16_t offset,
    unsigned *taken, struct value *value, char why[VALUE_WHY_BYTES])
{
	const struct pattern *pattern = walk_pattern(row);
	enum value_fit best = VALUE_UNFIT;

	why[0] = '\0';
	for (uint64_t nodes = pattern->reach[node].nodes; nodes;) {
		unsigned next = pattern_next(&nodes);
		char complaint[VALUE_WHY_BYTES];
		struct value candidate;
		enum value_fit fit =
		    node_fit(&pattern->node[next], word, offset, &candidate, complaint);

		if (fit > best) {
			best = fit;
			*taken = next;
			*value = candidate;
		}
		if (complaint[0])
			memcpy(why, complaint, VALUE_WHY_BYTES);
	}
	return best;
}

struct abbreviation {
	const char *word;
	size_t bytes;
	const char *found; /* the keyword it begins */
	size_t found_bytes;
	unsigned different; /* keywords it begins */
	bool free;          /* any text would do here */
	bool yielding;      /* rows that give way are looked at as well */
};

static void try_keyword(void *ctx, const char *keyword, size_t bytes)
{
	struct abbreviation *a = ctx;

	if (bytes < a->bytes || memcmp(keyword, a->word, a->bytes) != 0)
		return;
	if (a->found && a->found_bytes == bytes && memcmp(a->found, keyword, bytes) == 0)
		return;
	a->found = keyword;
	a->found_bytes = bytes;
	a->different++;
}

static void try_abbreviation(void *ctx, unsigned row, const struct pattern_node *node)
{
	struct abbreviation *a = ctx;

	if (grammar_rows[row].operation == OP_REFUSED || node->refused)
		return; /* what there is none of does not make other words ambiguous */
	if (grammar_rows[row].flags & GRAMMAR_YIELDS && !a->yielding)
		return;
	if (node->kind == PATTERN_WORD) {
		try_keyword(a, node->text, node->text_bytes);
		return;
	}
	a->free |= value_is_free(node);
	if (!node->prefix)
		value_words(node, try_keyword, a);
}

void walk_each_next(const struct walk *walk,
    void (*visit)(void *ctx, unsigned row, const struct pattern_node *node), void *ctx)
{
	for (unsigned i = 0; i < walk->count; i++) {
		const struct pattern *pattern = walk_pattern(walk->live[i].row);

		for (uint64_t nodes = pattern->reach[walk->live[i].node].nodes; nodes;)
			visit(ctx, walk->live[i].row, &pattern->node[pattern_next(&nodes)]);
	}
}

/* Keeps the rows that take the word best; false when none does. */
static bool advance(struct walk *walk, const char *word, char why[VALUE_WHY_BYTES])
{
	enum value_fit fit[WALK_ROWS], best = VALUE_UNFIT;
	unsigned taken[WALK_ROWS], kept = 0;
	struct value value;

	why[0] = '\0';
	for (unsigned i = 0; i < walk->count; i++) {
		char complaint[VALUE_WHY_BYTES];

		fit[i] = walk_fit(
		    walk->live[i].row, walk->live[i].node, word, 0, &taken[i], &value, complaint);
		if (fit[i] > best)
			best = fit[i];
		if (complaint[0])
			memcpy(why, complaint, VALUE_WHY_BYTES);
	}
	if (best == VALUE_UNFIT)
		return false;
	for (unsigned i = 0; i < walk->count; i++) {
		struct walk_live live = walk->live[i];

		if (fit[i] != best)
			continue;
		if (walk_pattern(live.row)->reach[live.node].stem && !live.stem)
			live.stem = (uint16_t)walk->words;
		live.node = walk_pattern(live.row)->node[taken[i]].next;
		walk->live[kept++] = live;
	}
	walk->count = kept;
	return true;
}

enum walk_result walk_step(
    struct walk *walk, const char *word, bool quoted, char why[VALUE_WHY_BYTES])
{
	struct abbreviation a = {.word = word, .bytes = strlen(word)};
	char whole[64], ignored[VALUE_WHY_BYTES];

	walk->whole[walk->words] = NULL;
	if (advance(walk, word, why)) {
		walk->words++;
		return WALK_OK;
	}
	for (unsigned i = 0; !quoted && a.bytes && i < 2 && !a.different; i++) {
		a.yielding = i > 0;
		walk_each_next(walk, try_abbreviation, &a);
	}
	if (!a.different || a.free || a.found_bytes >= sizeof(whole))
		return WALK_UNKNOWN;
	if (a.different > 1)
		return WALK_AMBIGUOUS;
	memcpy(whole, a.found, a.found_bytes);
	whole[a.found_bytes] = '\0';
	if (!advance(walk, whole, ignored))
		return WALK_UNKNOWN;
	walk->whole[walk->words] = a.found;
	walk->whole_bytes[walk->words] = (uint8_t)a.found_bytes;
	walk->words++;
	return WALK_OK;
}
