/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which note of grammar_notes.c and grammar_words.c belongs to a word of a row. */
#include <string.h>

#include "control/config/grammar.h"
#include "control/config/pattern.h"

/* The words of a row in front of all parameters and brackets. */
static size_t head_bytes(const struct grammar_row *row)
{
	return strcspn(row->syntax, "<[{(;");
}

bool grammar_is_name(const struct grammar_row *row, const struct pattern_node *node)
{
	return node->kind == PATTERN_WORD &&
	       node->text < row->syntax + strcspn(row->syntax, "[{(;");
}

/* Whether `name` is `key`, or some of the first words of the row and then `key`. How many bytes of
 * the row it names, plus 1; 0 = neither. */
static size_t fits(const char *name, const struct grammar_row *row, const char *key, size_t bytes)
{
	size_t all = strlen(name), before = all - bytes;

	if (all < bytes || memcmp(name + before, key, bytes) != 0)
		return 0;
	if (!before)
		return 1;
	return before <= head_bytes(row) && name[before - 1] == ' ' &&
		       memcmp(name, row->syntax, before) == 0
		   ? before + 1
		   : 0;
}

static const struct grammar_note *find(const struct grammar_note *notes, unsigned count,
    const struct grammar_row *row, const char *key, size_t bytes)
{
	const struct grammar_note *best = NULL;
	size_t best_fit = 0;

	for (unsigned i = 0; i < count; i++) {
		size_t fit = fits(notes[i].name, row, key, bytes);

		if (fit > best_fit) {
			best = &notes[i];
			best_fit = fit;
		}
	}
	return best;
}

const struct grammar_note *grammar_parameter_note(
    const struct grammar_row *row, const struct pattern_node *node)
{
	return find(grammar_parameters, grammar_parameter_count, row, node->text, node->text_bytes);
}

const struct grammar_note *grammar_word_note(
    const struct grammar_row *row, const struct pattern_node *node, const char *word, size_t bytes)
{
	char key[128];

	if (grammar_is_name(row, node) || node->text_bytes + bytes + 1 > sizeof(key))
		return NULL;
	if (node->kind == PATTERN_WORD)
		return find(grammar_words, grammar_word_count, row, word, bytes);
	memcpy(key, node->text, node->text_bytes);
	key[node->text_bytes] = '=';
	memcpy(key + node->text_bytes + 1, word, bytes);
	return find(grammar_words, grammar_word_count, row, key, node->text_bytes + 1 + bytes);
}
