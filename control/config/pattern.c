/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Compiles syntax strings to Thompson automata (K. Thompson, "Regular Expression Search Algorithm",
 * CACM 11:6, 1968) and computes what can be reached without taking a word. */
#include "control/config/pattern.h"

#include <errno.h>
#include <string.h>

#define NOWHERE UINT8_MAX

/* A piece of automaton: its first node, and the list of its open ends, to which what follows is
 * attached. An open end is 2 * node for the field `next` and 2 * node + 1 for `alt`. */
#define OPEN_NONE UINT16_MAX
struct piece {
	uint8_t start;
	uint16_t out;
};

struct builder {
	struct pattern *pattern;
	const char *p;
	bool bad;
	uint16_t next_open[PATTERN_NODES * 2]; /* the lists of open ends */
};

static uint8_t add_node(struct builder *b, enum pattern_kind kind)
{
	struct pattern *pattern = b->pattern;

	if (pattern->count == PATTERN_NODES) {
		b->bad = true;
		return 0;
	}
	pattern->node[pattern->count] =
	    (struct pattern_node){.kind = kind, .next = NOWHERE, .alt = NOWHERE};
	return (uint8_t)pattern->count++;
}

static uint16_t open_end(struct builder *b, unsigned node, bool alt)
{
	uint16_t end = (uint16_t)(node * 2 + alt);

	b->next_open[end] = OPEN_NONE;
	return end;
}

static uint16_t join(struct builder *b, uint16_t first, uint16_t second)
{
	uint16_t last = first;

	if (first == OPEN_NONE)
		return second;
	while (b->next_open[last] != OPEN_NONE)
		last = b->next_open[last];
	b->next_open[last] = second;
	return first;
}

static void attach(struct builder *b, uint16_t out, uint8_t target)
{
	for (uint16_t end = out; end != OPEN_NONE; end = b->next_open[end]) {
		struct pattern_node *node = &b->pattern->node[end / 2];

		if (end % 2)
			node->alt = target;
		else
			node->next = target;
	}
}

static void skip_blanks(struct builder *b)
{
	while (*b->p == ' ')
		b->p++;
}

/* word, <name:TYPE> or key=<name:TYPE>. */
static struct piece parse_atom(struct builder *b)
{
	bool refused = *b->p == '!';
	uint8_t index;
	struct pattern_node *node;
	const char *colon, *end;
	size_t bytes;

	b->p += refused;
	bytes = strcspn(b->p, " []{}()|;<");
	index = add_node(b, PATTERN_WORD);
	node = &b->pattern->node[index];
	node->refused = refused;
	node->text = b->p;
	node->text_bytes = (uint8_t)bytes;
	if (b->p[bytes] == '<') {
		if (bytes) {
			node->prefix = b->p;
			node->prefix_bytes = (uint8_t)bytes;
		}
		node->kind = PATTERN_PARAM;
		node->text = b->p + bytes + 1;
		colon = strchr(node->text, ':');
		end = strchr(node->text, '>');
		if (!colon || !end || colon > end) {
			b->bad = true;
			return (struct piece){index, open_end(b, index, false)};
		}
		node->text_bytes = (uint8_t)(colon - node->text);
		node->type = colon + 1;
		node->type_bytes = (uint16_t)(end - colon - 1);
		b->bad |= end - colon - 1 > UINT16_MAX;
		b->p = end + 1;
	} else {
		b->bad |= !bytes;
		b->p += bytes;
	}
	return (struct piece){index, open_end(b, index, false)};
}

static struct piece parse_choice(struct builder *b);

static void expect(struct builder *b, char c)
{
	skip_blanks(b);
	if (*b->p == c)
		b->p++;
	else
		b->bad = true;
}

static struct piece parse_element(struct builder *b)
{
	char open = *b->p;
	struct piece inner;
	uint8_t split;

	if (open == ';') {
		b->p++;
		split = add_node(b, PATTERN_STEM);
		return (struct piece){split, open_end(b, split, false)};
	}
	if (open != '[' && open != '{' && open != '(')
		return parse_atom(b);
	b->p++;
	inner = parse_choice(b);
	expect(b, open == '[' ? ']' : open == '{' ? '}' : ')');
	if (open == '(' || b->bad)
		return inner;
	split = add_node(b, PATTERN_SPLIT);
	b->pattern->node[split].next = inner.start;
	if (open == '{') {
		attach(b, inner.out, split);
		return (struct piece){inner.start, open_end(b, split, true)};
	}
	return (struct piece){split, join(b, inner.out, open_end(b, split, true))};
}

static struct piece parse_sequence(struct builder *b)
{
	struct piece all = {0, OPEN_NONE};
	unsigned begin = b->pattern->count;
	bool first = true, unshown = false;

	for (skip_blanks(b); *b->p && !strchr("]})|", *b->p) && !b->bad; skip_blanks(b)) {
		struct piece piece;

		unshown |= *b->p == '!';
		piece = parse_element(b);
		if (first)
			all = piece;
		else {
			attach(b, all.out, piece.start);
			all.out = piece.out;
		}
		first = false;
	}
	for (unsigned i = begin; unshown && i < b->pattern->count; i++)
		b->pattern->node[i].unshown = true;
	b->bad |= first;
	return all;
}

static struct piece parse_choice(struct builder *b)
{
	struct piece all = parse_sequence(b);

	while (*b->p == '|' && !b->bad) {
		struct piece other;
		uint8_t split;

		b->p++;
		other = parse_sequence(b);
		split = add_node(b, PATTERN_SPLIT);
		b->pattern->node[split].next = all.start;
		b->pattern->node[split].alt = other.start;
		all = (struct piece){split, join(b, all.out, other.out)};
	}
	return all;
}

static void reach(
    const struct pattern *pattern, unsigned index, uint64_t *seen, struct pattern_reach *out)
{
	const struct pattern_node *node = &pattern->node[index];

	if (index >= pattern->count || *seen >> index & 1)
		return;
	*seen |= UINT64_C(1) << index;
	switch (node->kind) {
	case PATTERN_WORD:
	case PATTERN_PARAM: out->nodes |= UINT64_C(1) << index; break;
	case PATTERN_SPLIT:
		reach(pattern, node->next, seen, out);
		reach(pattern, node->alt, seen, out);
		break;
	case PATTERN_STEM:
		out->stem = true;
		reach(pattern, node->next, seen, out);
		break;
	case PATTERN_END: out->end = true; break;
	}
}

int pattern_compile(struct pattern *pattern, const char *syntax)
{
	struct builder b = {.pattern = pattern, .p = syntax};
	struct piece all;

	_Static_assert(PATTERN_NODES <= 64, "a node is a bit of struct pattern_reach");
	pattern->count = 0;
	all = parse_choice(&b);
	if (b.bad || *b.p)
		return -EINVAL;
	pattern->start = all.start;
	attach(&b, all.out, add_node(&b, PATTERN_END));
	if (b.bad)
		return -EINVAL;
	for (unsigned i = 0; i < pattern->count; i++) {
		uint64_t seen = 0;

		pattern->reach[i] = (struct pattern_reach){0};
		reach(pattern, i, &seen, &pattern->reach[i]);
	}
	return 0;
}
