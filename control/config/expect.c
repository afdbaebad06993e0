/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Help and completion: what may stand where a line ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/config/language.h"
#include "control/config/walk.h"

struct gather {
	struct grammar_expects *out;
	const struct walk *walk;
	const char *partial; /* the unfinished last word, "" = none */
	char path[256];      /* the words so far, in full */
	bool administrator, japanese, negated, quoted;
	uint32_t tunnel;
	unsigned row;                    /* of the visit under way */
	const struct pattern_node *node; /* likewise; NULL: none of a row */
};

static const char *in_language(const struct gather *g, const char *english, const char *japanese)
{
	return g->japanese ? japanese : english;
}

static const char *said(const struct gather *g, const struct grammar_note *note)
{
	const struct grammar_row *row = &grammar_rows[g->row];

	return note ? in_language(g, note->help, note->help_ja)
		    : in_language(g, row->help, row->help_ja);
}

/* What a keyword at the end of `path` is about: what several commands begin with, a note of its
 * own, or the help of its command. */
static const char *keyword_help(const struct gather *g, const char *word, size_t bytes)
{
	char path[sizeof(g->path) + 64];
	const struct grammar_note *note = NULL;
	int length = snprintf(
	    path, sizeof(path), "%s%s%.*s", g->path, g->path[0] ? " " : "", (int)bytes, word);

	for (unsigned i = 0; i < grammar_prefix_count; i++)
		if (strlen(grammar_prefixes[i].name) == (size_t)length &&
		    memcmp(grammar_prefixes[i].name, path, (size_t)length) == 0)
			return said(g, &grammar_prefixes[i]);
	if (g->node)
		note = grammar_word_note(&grammar_rows[g->row], g->node, word, bytes);
	if (!note && g->node && g->node->kind == PATTERN_PARAM)
		note = grammar_parameter_note(&grammar_rows[g->row], g->node);
	return said(g, note);
}

static void add_item(
    struct gather *g, const char *text, size_t bytes, bool literal, const char *help)
{
	struct grammar_expects *out = g->out;
	struct grammar_expect *item;

	for (unsigned i = 0; i < out->count; i++)
		if (strlen(out->item[i].text) == bytes &&
		    memcmp(out->item[i].text, text, bytes) == 0)
			return;
	if (out->count == GRAMMAR_EXPECTS || bytes >= sizeof(item->text))
		return;
	item = &out->item[out->count++];
	memcpy(item->text, text, bytes);
	item->text[bytes] = '\0';
	item->literal = literal;
	item->help = help ? help : "";
	item->parameter[0] = '\0';
}

static void add_word(void *ctx, const char *word, size_t bytes)
{
	struct gather *g = ctx;
	size_t partial = strlen(g->partial);

	if (!g->quoted && bytes >= partial && memcmp(word, g->partial, partial) == 0)
		add_item(g, word, bytes, true, keyword_help(g, word, bytes));
}

/* Names of interfaces, once one is begun: all of them would hide what else may stand there. */
static void add_lans(struct gather *g, const struct pattern_node *node)
{
	char name[16], why[VALUE_WHY_BYTES];
	struct value value;

	for (unsigned i = 1; g->partial[0] && i <= CONFIG_LANS; i++) {
		snprintf(name, sizeof(name), "lan%u", i);
		if (value_parse(node, name, 0, &value, why) == VALUE_TYPED &&
		    value.kind == VALUE_LAN)
			add_word(g, name, strlen(name));
	}
}

static void add_parameter(struct gather *g, const struct pattern_node *node)
{
	const char *help = said(g, grammar_parameter_note(&grammar_rows[g->row], node));
	char why[VALUE_WHY_BYTES], key[64];
	struct text item = {0}, plain = {0};
	struct value value;

	if (node->text_bytes == 4 && memcmp(node->text, "file", 4) == 0)
		g->out->file = true;
	if (node->prefix && node->prefix_bytes < sizeof(key) &&
	    strlen(g->partial) <= node->prefix_bytes) {
		if (memcmp(node->prefix, g->partial, strlen(g->partial)) == 0) {
			memcpy(key, node->prefix, node->prefix_bytes);
			add_item(g, key, node->prefix_bytes, true, help);
		}
		return;
	}
	if (!node->prefix)
		value_words(node, add_word, g);
	add_lans(g, node);
	value_describe(node, &plain);
	text_printf(&item, "<%s>", plain.data ? plain.data : "");
	/* A TYPE of nothing but words has been listed word by word. */
	if (!node->prefix && plain.data && !strpbrk(plain.data, " ."))
		item.bytes = 0;
	if (g->partial[0] && value_parse(node, g->partial, 0, &value, why) == VALUE_UNFIT)
		item.bytes = 0;
	if (item.bytes)
		add_item(g, item.data, item.bytes, false, help);
	if (item.bytes && g->out->count)
		snprintf(g->out->item[g->out->count - 1].parameter,
		    sizeof(g->out->item[0].parameter), "%.*s", node->text_bytes, node->text);
	text_free(&plain);
	text_free(&item);
}

static void gather_next(void *ctx, unsigned row, const struct pattern_node *node)
{
	struct gather *g = ctx;
	unsigned flags = grammar_rows[row].flags;

	if (flags & GRAMMAR_HIDDEN || node->refused ||
	    (!g->administrator && !(flags & GRAMMAR_USER)) ||
	    (flags & GRAMMAR_TUNNEL && !g->tunnel))
		return;
	g->row = row;
	g->node = node;
	if (node->kind == PATTERN_WORD)
		add_word(g, node->text, node->text_bytes);
	else
		add_parameter(g, node);
}

static bool may_end(const struct walk *walk, bool negated)
{
	for (unsigned i = 0; i < walk->count; i++) {
		const struct pattern_reach *reach =
		    &walk_pattern(walk->live[i].row)->reach[walk->live[i].node];

		if (negated ? walk->live[i].stem || reach->stem : reach->end)
			return true;
	}
	return false;
}

/* Takes the finished words; the path is what they are in full. */
static int take_words(struct gather *g, const struct lexer *lexer, struct walk *walk,
    unsigned words, char *error, size_t error_bytes)
{
	for (unsigned i = g->negated; i < words; i++) {
		const char *text = lexer->storage + lexer->word[i].text;
		char why[VALUE_WHY_BYTES];
		size_t used = strlen(g->path);

		if (walk_step(walk, text, lexer->word[i].quoted, why) != WALK_OK) {
			snprintf(error, error_bytes,
			    say("column %u: the line is wrong from here on"),
			    lexer->word[i].column);
			return -EINVAL;
		}
		if (walk->whole[walk->words - 1])
			snprintf(g->path + used, sizeof(g->path) - used, "%s%.*s", used ? " " : "",
			    walk->whole_bytes[walk->words - 1], walk->whole[walk->words - 1]);
		else
			snprintf(
			    g->path + used, sizeof(g->path) - used, "%s%s", used ? " " : "", text);
	}
	return 0;
}

int grammar_expect(const char *line, size_t bytes, bool administrator, uint32_t tunnel,
    bool japanese, struct grammar_expects *out, char *error, size_t error_bytes)
{
	struct lexer *lexer = malloc(sizeof(*lexer));
	struct walk walk;
	struct gather g = {.out = out,
	    .walk = &walk,
	    .partial = "",
	    .administrator = administrator,
	    .japanese = japanese,
	    .tunnel = tunnel};
	unsigned words;
	int rc;

	out->count = 0;
	out->complete = out->file = false;
	out->column = 1;
	if (!lexer) {
		snprintf(error, error_bytes, "%s", say("no memory"));
		return -ENOMEM;
	}
	rc = lexer_split(lexer, line, bytes, error, error_bytes);
	words = rc ? 0 : lexer->count;
	if (!rc && lexer->open && lexer->help_column == 0) {
		g.partial = lexer->storage + lexer->word[--words].text;
		g.quoted = lexer->word[words].quoted;
		out->column = lexer->word[words].column;
	} else if (!rc) {
		out->column = lexer->help_column ? lexer->help_column : lexer->end_column;
	}
	g.negated = words > 0 && strcmp(lexer->storage + lexer->word[0].text, "no") == 0;
	walk_start(&walk, g.negated);
	if (!rc)
		rc = take_words(&g, lexer, &walk, words, error, error_bytes);
	if (!rc) {
		if (words == 0 && administrator)
			add_word(&g, "no", 2);
		walk_each_next(&walk, gather_next, &g);
		out->complete = walk.words > 0 && !g.partial[0] && may_end(&walk, g.negated);
	}
	secret_wipe(g.path, sizeof(g.path));
	lexer_wipe(lexer);
	free(lexer);
	return rc;
}
