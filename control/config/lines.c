/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The set of lines: finding, putting, removing, merging. What lines mean is not known here.
 *
 * A set is an array with holes, and an index of it: a hash table with open addressing, made when a
 * set is asked often enough to pay for it. So a file is loaded in one pass, and one line typed at
 * the console costs no more than a look at every line. */
#include "control/config/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "common/secret.h"

#define SCANS 4 /* as many looks at every line are taken before an index is made */

/* Values that compare as equal hash the same. */
static uint32_t hash_value(uint32_t hash, const struct value *value)
{
	switch (value->kind) {
	case VALUE_NUMBER:
	case VALUE_LAN: return hash_bytes(hash, &value->number, sizeof(value->number));
	case VALUE_ADDRESS:
	case VALUE_PREFIX:
	case VALUE_NET:
		hash = hash_bytes(hash, &value->net.length, 1);
		return hash_bytes(hash, value->net.addr.bytes, sizeof(value->net.addr.bytes));
	case VALUE_KEYWORD:
	case VALUE_WORD: return hash_bytes(hash, value->word, value->word_bytes);
	case VALUE_TEXT:
	case VALUE_SECRET: break; /* no text is part of a stem */
	}
	return hash;
}

/* Of what names the setting. */
static uint32_t hash_setting(const struct lines_name *name)
{
	ptrdiff_t row = name->row - grammar_rows;
	uint32_t hash = hash_bytes(HASH_START, &row, sizeof(row));

	hash = hash_bytes(hash, &name->tunnel, sizeof(name->tunnel));
	for (unsigned i = 0; i < name->stem; i++)
		hash = hash_value(hash, &name->value[i]);
	return hash;
}

struct line *line_new(const struct grammar_match *match, uint32_t tunnel, unsigned origin)
{
	size_t values = match->count * sizeof(struct value);
	struct line *line = calloc(1, sizeof(*line) + values + match->lexer.bytes);
	struct lines_name name;

	if (!line)
		return NULL;
	line->references = 1;
	line->origin = origin;
	line->row = match->row;
	line->tunnel = match->row->flags & GRAMMAR_TUNNEL ? tunnel : 0;
	line->count = match->count;
	line->stem = match->stem;
	line->store_bytes = match->lexer.bytes;
	line->store = (char *)line->value + values;
	memcpy(line->value, match->value, values);
	memcpy(line->store, match->lexer.storage, match->lexer.bytes);
	name = line_name(line);
	line->hash = hash_setting(&name);
	return line;
}

struct lines_name line_name(const struct line *line)
{
	return (struct lines_name){line->row, line->tunnel, line->value, line->stem};
}

void line_release(struct line *line)
{
	if (!line || --line->references)
		return;
	secret_wipe(line->store, line->store_bytes);
	free(line);
}

struct grammar_args line_args(const struct line *line)
{
	return (struct grammar_args){line->count, line->value, line->store};
}

int lines_copy(struct lines *out, const struct lines *from)
{
	*out = (struct lines){0};
	if (!from->count)
		return 0;
	out->line = malloc(from->count * sizeof(*out->line));
	if (!out->line)
		return -ENOMEM;
	out->room = from->count;
	for (size_t i = 0; i < from->count; i++) {
		if (!from->line[i])
			continue;
		from->line[i]->references++;
		out->line[out->count++] = from->line[i];
	}
	return 0;
}

void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->count; i++)
		line_release(lines->line[i]);
	free(lines->line);
	free(lines->index);
	*lines = (struct lines){0};
}

/* Order of two values at the same place of a stem. */
static int compare_values(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	switch (a->kind) {
	case VALUE_NUMBER:
	case VALUE_LAN: return (a->number > b->number) - (a->number < b->number);
	case VALUE_ADDRESS:
	case VALUE_PREFIX:
	case VALUE_NET: return ip_prefix_compare(&a->net, &b->net);
	case VALUE_KEYWORD:
	case VALUE_WORD:
		if (a->word_bytes != b->word_bytes)
			return a->word_bytes < b->word_bytes ? -1 : 1;
		return memcmp(a->word, b->word, a->word_bytes);
	case VALUE_TEXT:
	case VALUE_SECRET: return 0; /* no text is part of a stem */
	}
	return 0;
}

int lines_compare_stems(const struct value *a, const struct value *b, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		int order = compare_values(&a[i], &b[i]);

		if (order)
			return order;
	}
	return 0;
}

static bool is_named(const struct line *line, const struct lines_name *name)
{
	return line->row == name->row && line->stem == name->stem &&
	       (!(name->row->flags & GRAMMAR_TUNNEL) || line->tunnel == name->tunnel) &&
	       lines_compare_stems(line->value, name->value, name->stem) == 0;
}

bool line_same(const struct line *a, const struct line *b)
{
	struct grammar_args args_a = line_args(a), args_b = line_args(b);
	struct text x = {0}, y = {0};
	bool same = a == b;

	if (same)
		return true;
	grammar_print(&args_a, false, &x);
	grammar_print(&args_b, false, &y);
	same = !x.bad && !y.bad && strcmp(x.data, y.data) == 0;
	text_free(&x);
	text_free(&y);
	return same;
}

/* ---- the index ---------------------------------------------------------------------------------
 */

/* Enters position `at`; there is room. */
static void enter(struct lines *lines, size_t at)
{
	size_t slot = lines->line[at]->hash & (lines->slots - 1);

	while (lines->index[slot])
		slot = (slot + 1) & (lines->slots - 1);
	lines->index[slot] = (uint32_t)at + 1;
}

/* Makes the index anew, with room for as many lines again. Without memory there is none, and every
 * line is looked at. */
static void make_index(struct lines *lines)
{
	free(lines->index);
	lines->slots = 64;
	while (lines->slots < lines->count * 4)
		lines->slots *= 2;
	lines->index = calloc(lines->slots, sizeof(*lines->index));
	for (size_t i = 0; lines->index && i < lines->count; i++)
		if (lines->line[i])
			enter(lines, i);
}

/* The position of the setting, or SIZE_MAX. */
static size_t find(struct lines *lines, const struct lines_name *name, uint32_t hash)
{
	if (!lines->index && lines->scans++ >= SCANS)
		make_index(lines);
	if (lines->index) {
		for (size_t slot = hash & (lines->slots - 1); lines->index[slot];
		     slot = (slot + 1) & (lines->slots - 1)) {
			size_t at = lines->index[slot] - 1;

			if (lines->line[at] && lines->line[at]->hash == hash &&
			    is_named(lines->line[at], name))
				return at;
		}
		return SIZE_MAX;
	}
	for (size_t i = 0; i < lines->count; i++)
		if (lines->line[i] && lines->line[i]->hash == hash &&
		    is_named(lines->line[i], name))
			return i;
	return SIZE_MAX;
}

const struct line *lines_find(struct lines *lines, const struct lines_name *name)
{
	size_t at = find(lines, name, hash_setting(name));

	return at == SIZE_MAX ? NULL : lines->line[at];
}

static int append(struct lines *lines, struct line *line)
{
	if (lines->count == lines->room) {
		size_t room = lines->room ? lines->room * 2 : 32;
		struct line **bigger = NULL;

		if (room <= UINT32_MAX / 4)
			bigger = reallocarray(lines->line, room, sizeof(*bigger));
		if (!bigger) {
			line_release(line);
			return -ENOMEM;
		}
		lines->line = bigger;
		lines->room = room;
	}
	lines->line[lines->count++] = line;
	if (lines->index && lines->count * 2 > lines->slots)
		make_index(lines);
	else if (lines->index)
		enter(lines, lines->count - 1);
	return 1;
}

int lines_put(struct lines *lines, struct line *line)
{
	struct lines_name name = line_name(line);
	size_t at = find(lines, &name, line->hash);

	if (at == SIZE_MAX)
		return append(lines, line);
	if (line_same(lines->line[at], line)) {
		line_release(line);
		return 0;
	}
	line_release(lines->line[at]);
	lines->line[at] = line; /* of the same name: the index stays true */
	return 1;
}

bool lines_remove(struct lines *lines, const struct lines_name *name)
{
	size_t at = find(lines, name, hash_setting(name));

	if (at == SIZE_MAX)
		return false;
	line_release(lines->line[at]);
	lines->line[at] = NULL; /* the index leads to a hole, and on */
	return true;
}

int lines_merge(struct lines *lines, struct lines *base, struct lines *wanted)
{
	int changed = 0;

	for (size_t i = 0; i < base->count; i++) {
		struct lines_name name;

		if (!base->line[i])
			continue;
		name = line_name(base->line[i]);
		if (!lines_find(wanted, &name))
			changed |= lines_remove(lines, &name);
	}
	for (size_t i = 0; i < wanted->count; i++) {
		struct line *line = wanted->line[i];
		const struct line *before;
		struct lines_name name;
		int rc;

		if (!line)
			continue;
		name = line_name(line);
		before = lines_find(base, &name);
		if (before && line_same(before, line))
			continue;
		line->references++;
		rc = lines_put(lines, line);
		if (rc < 0)
			return rc;
		changed |= rc;
	}
	return changed;
}
