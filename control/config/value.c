/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values: a word against the TYPE of a parameter, and back into its canonical text. */
#include "control/config/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/config/value_type.h"

#define SPAN(bytes, text) (int)(bytes), (text)

struct atom {
	const char *text;
	size_t bytes;
	bool refused;
};

/* The next atom of a TYPE, false at its end. `*at` starts at 0. */
static bool next_atom(const struct pattern_node *node, size_t *at, struct atom *out)
{
	size_t end;

	if (*at >= node->type_bytes)
		return false;
	for (end = *at; end < node->type_bytes && node->type[end] != '|'; end++)
		continue;
	*out = (struct atom){node->type + *at, end - *at, node->type[*at] == '!'};
	out->text += out->refused;
	out->bytes -= out->refused;
	*at = end + 1;
	return true;
}

static bool is_number_atom(struct atom atom)
{
	size_t digits = strspn(atom.text, "0123456789-");

	return digits >= atom.bytes && memchr(atom.text, '-', atom.bytes);
}

static enum value_fit parse_number(struct atom atom, const char *word, struct value *out, char *why)
{
	char *dash;
	uint64_t low = strtoull(atom.text, &dash, 10), high = strtoull(dash + 1, NULL, 10), number;
	size_t digits = strspn(word, "0123456789");

	if (word[digits] != '\0' || digits == 0)
		return VALUE_UNFIT;
	if (!value_digits(word, digits, &number) || number < low || number > high) {
		snprintf(why, VALUE_WHY_BYTES, say("the number is outside %llu..%llu"),
		    (unsigned long long)low, (unsigned long long)high);
		return VALUE_UNFIT;
	}
	out->kind = VALUE_NUMBER;
	out->number = (int64_t)number;
	return VALUE_TYPED;
}

static enum value_fit parse_word(struct atom atom, const char *word, struct value *out)
{
	const char *equal = memchr(atom.text, '=', atom.bytes);
	size_t bytes = equal ? (size_t)(equal - atom.text) : atom.bytes;

	if (strlen(word) != bytes || memcmp(word, atom.text, bytes) != 0)
		return VALUE_UNFIT;
	out->kind = VALUE_WORD;
	out->word = equal ? equal + 1 : atom.text;
	out->word_bytes = (uint8_t)(equal ? atom.bytes - bytes - 1 : bytes);
	return VALUE_EXACT;
}

enum value_fit value_parse(const struct pattern_node *node, const char *word, uint16_t offset,
    struct value *out, char why[VALUE_WHY_BYTES])
{
	struct atom atom;
	size_t at = 0;

	why[0] = '\0';
	*out = (struct value){.name = node->text,
	    .name_bytes = node->text_bytes,
	    .prefix = node->prefix,
	    .prefix_bytes = node->prefix_bytes};
	if (node->prefix) {
		if (strncmp(word, node->prefix, node->prefix_bytes) != 0)
			return VALUE_UNFIT;
		word += node->prefix_bytes;
		offset += node->prefix_bytes;
	}
	out->text = offset;
	while (next_atom(node, &at, &atom)) {
		unsigned limit;
		const struct value_type *type = value_type_find(atom.text, atom.bytes, &limit);
		enum value_fit fit = type                   ? type->parse(word, limit, out, why)
				     : is_number_atom(atom) ? parse_number(atom, word, out, why)
							    : parse_word(atom, word, out);

		if (fit != VALUE_UNFIT) {
			why[0] = '\0';
			return node->prefix && fit == VALUE_FREE ? VALUE_TYPED : fit;
		}
	}
	return VALUE_UNFIT;
}

bool value_is_free(const struct pattern_node *node)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;

	while (!node->prefix && next_atom(node, &at, &atom)) {
		const struct value_type *type = value_type_find(atom.text, atom.bytes, &limit);

		if (type && type->flags & VALUE_TYPE_FREE)
			return true;
	}
	return false;
}

bool value_is_secret(const struct pattern_node *node)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;

	while (next_atom(node, &at, &atom)) {
		const struct value_type *type = value_type_find(atom.text, atom.bytes, &limit);

		if (type && type->flags & VALUE_TYPE_SECRET)
			return true;
	}
	return false;
}

/* Quotes only what needs it, so that the line reads back as the same word. */
static void print_word(const char *word, struct text *out)
{
	if (*word && !strpbrk(word, " \t?#|>\\'\"")) {
		text_puts(out, word);
		return;
	}
	text_puts(out, "\"");
	for (; *word; word++) {
		if (*word == '"' || *word == '\\')
			text_puts(out, "\\");
		text_add(out, word, 1);
	}
	text_puts(out, "\"");
}

void value_print(const struct value *value, const char *store, bool masked, struct text *out)
{
	char text[IP_PREFIX_TEXT_BYTES];

	if (value->prefix)
		text_add(out, value->prefix, value->prefix_bytes);
	switch (value->kind) {
	case VALUE_KEYWORD:
	case VALUE_WORD: text_add(out, value->word, value->word_bytes); break;
	case VALUE_NUMBER: text_printf(out, "%lld", (long long)value->number); break;
	case VALUE_LAN: text_printf(out, "lan%lld", (long long)value->number); break;
	case VALUE_ADDRESS: text_puts(out, ip_addr_format(&value->net.addr, text)); break;
	case VALUE_NET:
		if (value->net.length == 0) {
			text_puts(out, "default");
			break;
		}
		/* fall through */
	case VALUE_PREFIX: text_puts(out, ip_prefix_format(&value->net, text)); break;
	case VALUE_SECRET:
		if (masked) {
			text_puts(out, "*");
			break;
		}
		/* fall through */
	case VALUE_TEXT: print_word(store + value->text, out); break;
	}
}

void value_describe(const struct pattern_node *node, struct text *out)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;
	bool first = true;

	while (next_atom(node, &at, &atom)) {
		const struct value_type *type = value_type_find(atom.text, atom.bytes, &limit);
		const char *equal = memchr(atom.text, '=', atom.bytes);

		if (atom.refused)
			continue;
		if (!first)
			text_puts(out, !type && !is_number_atom(atom) ? "|"
				       : language_is_japanese()       ? " または "
								      : " or ");
		first = false;
		if (type) {
			char text[160];

			/* The formats have one %u or none. */
			snprintf(text, sizeof(text),
			    language_is_japanese() ? type->description_ja : type->description,
			    limit);
			text_puts(out, text);
		} else if (is_number_atom(atom)) {
			const char *dash = memchr(atom.text, '-', atom.bytes);

			text_printf(out, "%.*s..%.*s", SPAN(dash - atom.text, atom.text),
			    SPAN(atom.text + atom.bytes - dash - 1, dash + 1));
		} else {
			text_add(out, atom.text, equal ? (size_t)(equal - atom.text) : atom.bytes);
		}
	}
}

void value_words(const struct pattern_node *node,
    void (*visit)(void *ctx, const char *word, size_t bytes), void *ctx)
{
	struct atom atom;
	size_t at = 0;
	unsigned limit;

	while (next_atom(node, &at, &atom)) {
		const char *equal = memchr(atom.text, '=', atom.bytes);

		if (!atom.refused && !value_type_find(atom.text, atom.bytes, &limit) &&
		    !is_number_atom(atom))
			visit(ctx, atom.text, equal ? (size_t)(equal - atom.text) : atom.bytes);
	}
}
