/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Parses a line by the grammar table and says in words what is wrong with it. Whether the command
 * is allowed, and what it does, is not decided here. */
#include "control/config/grammar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/config/language.h"
#include "control/config/walk.h"

struct listing {
	struct text *out;
	const char *only; /* words that begin with this, NULL = all */
	bool secret;      /* a secret is expected: what was typed is not echoed */
	unsigned count;
	const char *seen[64];
	uint8_t seen_bytes[64];
};

static void list_word(void *ctx, const char *word, size_t bytes)
{
	struct listing *listing = ctx;

	if (listing->only && strncmp(word, listing->only, strlen(listing->only)) != 0)
		return;
	for (unsigned i = 0; i < listing->count; i++)
		if (listing->seen_bytes[i] == bytes && memcmp(listing->seen[i], word, bytes) == 0)
			return;
	if (listing->count == sizeof(listing->seen) / sizeof(listing->seen[0]))
		return;
	listing->seen[listing->count] = word;
	listing->seen_bytes[listing->count] = (uint8_t)bytes;
	text_puts(listing->out, listing->count++ ? ", " : "");
	text_add(listing->out, word, bytes);
}

static void list_next(void *ctx, unsigned row, const struct pattern_node *node)
{
	struct listing *listing = ctx;
	struct text item = {0};

	if (grammar_rows[row].flags & GRAMMAR_HIDDEN || node->refused)
		return;
	if (node->kind == PATTERN_WORD) {
		list_word(listing, node->text, node->text_bytes);
		return;
	}
	listing->secret |= value_is_secret(node);
	if (listing->only) {
		if (!node->prefix)
			value_words(node, list_word, listing);
		return;
	}
	for (unsigned i = 0; i < listing->count; i++)
		if (listing->seen[i] == node->text)
			return;
	if (node->prefix)
		text_add(&item, node->prefix, node->prefix_bytes);
	value_describe(node, &item);
	if (item.data && listing->count < sizeof(listing->seen) / sizeof(listing->seen[0])) {
		bool repeated = listing->out->data && strstr(listing->out->data, item.data);

		listing->seen[listing->count] = node->text;
		listing->seen_bytes[listing->count] = node->text_bytes;
		if (!repeated) {
			text_puts(listing->out, listing->count++ ? ", " : "");
			text_puts(listing->out, item.data);
		}
	}
	text_free(&item);
}

static bool row_has_secret(unsigned row)
{
	const struct pattern *pattern = walk_pattern(row);

	for (unsigned i = 0; i < pattern->count; i++)
		if (pattern->node[i].kind == PATTERN_PARAM && value_is_secret(&pattern->node[i]))
			return true;
	return false;
}

/* True when all commands that the words so far can be hold a secret. */
static bool is_of_secret(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->count; i++)
		if (!row_has_secret(walk->live[i].row))
			return false;
	return walk->words > 0;
}

/* The same of the first words of a line, as far as they are understood. */
static bool begins_secret(const struct lexer *lexer, unsigned words)
{
	bool negated = words && strcmp(lexer->storage + lexer->word[0].text, "no") == 0;
	char why[VALUE_WHY_BYTES];
	struct walk walk;

	walk_start(&walk, negated);
	for (unsigned i = negated; i < words; i++)
		if (walk_step(&walk, lexer->storage + lexer->word[i].text, lexer->word[i].quoted,
			why) != WALK_OK)
			break;
	return is_of_secret(&walk);
}

/* `column 9: "adress" is not known here; expected address, mtu, tcp`. Behind the stem of a command
 * with a secret nothing is echoed: a word too many may be the rest of the secret. */
static void explain(const struct walk *walk, enum walk_result result, unsigned column,
    const char *word, const char *why, char *error, size_t error_bytes)
{
	char echo[80];
	struct text expected = {0};
	struct listing listing = {.out = &expected};
	const char *list;

	if (result == WALK_AMBIGUOUS)
		listing.only = word;
	walk_each_next(walk, list_next, &listing);
	list = expected.data ? expected.data : "";
	log_escape(word, strlen(word), echo, sizeof(echo));
	if (listing.secret || (is_of_secret(walk) && walk->live[0].stem))
		snprintf(echo, sizeof(echo), "*");
	if (result == WALK_AMBIGUOUS)
		snprintf(error, error_bytes, say("column %u: \"%s\" is ambiguous: %s"), column,
		    echo, list);
	else if (why[0])
		snprintf(error, error_bytes, say("column %u: \"%s\": %s"), column, echo, why);
	else if (!walk->words)
		snprintf(error, error_bytes,
		    say("column %u: there is no command \"%s\": `?` lists those there are"),
		    column, echo);
	else if (!*list)
		snprintf(error, error_bytes, say("column %u: \"%s\" is one word too many"), column,
		    echo);
	else
		snprintf(error, error_bytes,
		    say("column %u: \"%s\" is not known here; expected %s"), column, echo, list);
	text_free(&expected);
}

/* The row that is complete here; the first one in the table, or for `no` the longest stem. */
static const struct walk_live *find_complete(const struct walk *walk, bool negated)
{
	const struct walk_live *best = NULL;
	unsigned best_stem = 0;

	for (unsigned i = 0; i < walk->count; i++) {
		const struct walk_live *live = &walk->live[i];
		const struct pattern_reach *reach = &walk_pattern(live->row)->reach[live->node];
		unsigned stem = live->stem ? live->stem : reach->stem ? walk->words : 0;

		if (negated ? stem > best_stem : reach->end && !best) {
			best = live;
			best_stem = stem;
		}
	}
	return best;
}

/* Whether the words behind `no` are a whole command without it. */
static bool is_whole_without_no(const struct lexer *lexer)
{
	char why[VALUE_WHY_BYTES];
	struct walk walk;

	walk_start(&walk, false);
	for (unsigned i = 1; i < lexer->count; i++)
		if (walk_step(&walk, lexer->storage + lexer->word[i].text, lexer->word[i].quoted,
			why) != WALK_OK)
			return false;
	return find_complete(&walk, false) != NULL;
}

/* Whether the words so far name a setting, and no other one can still be meant: what follows behind
 * `no` is then left unread. */
static bool is_named(const struct walk *walk)
{
	for (unsigned i = 0; i < walk->count; i++) {
		const struct walk_live *live = &walk->live[i];

		if (!live->stem && !walk_pattern(live->row)->reach[live->node].stem)
			return false;
	}
	return true;
}

static void refuse_no(struct grammar_match *match, char *error, size_t error_bytes)
{
	match->error_column = match->lexer.word[0].column;
	snprintf(error, error_bytes,
	    say("column %u: this command cannot be negated: there is no `no` in front of it"),
	    match->error_column);
}

/* The line ends too early. */
static void refuse_end(
    struct grammar_match *match, const struct walk *walk, char *error, size_t error_bytes)
{
	struct text expected = {0};
	struct listing listing = {.out = &expected};

	walk_each_next(walk, list_next, &listing);
	match->error_column = match->lexer.end_column;
	match->secret = is_of_secret(walk);
	snprintf(error, error_bytes, say("column %u: the command is not complete; expected %s"),
	    match->error_column, expected.data ? expected.data : "");
	text_free(&expected);
}

/* Walks the chosen row alone and keeps the value of every word. */
static void collect(
    struct grammar_match *match, const struct walk *walk, unsigned row, unsigned first)
{
	const struct pattern *pattern = walk_pattern(row);
	unsigned node = pattern->start, taken = 0;
	char why[VALUE_WHY_BYTES];

	for (unsigned i = 0; i < walk->words; i++) {
		const struct lexer_word *word = &match->lexer.word[first + i];
		const char *text = match->lexer.storage + word->text;
		char whole[64];

		if (walk->whole[i]) {
			memcpy(whole, walk->whole[i], walk->whole_bytes[i]);
			whole[walk->whole_bytes[i]] = '\0';
			text = whole;
		}
		if (pattern->reach[node].stem)
			match->stem = i;
		walk_fit(row, node, text, word->text, &taken, &match->value[i], why);
		match->secret |= match->value[i].kind == VALUE_SECRET;
		node = pattern->node[taken].next;
	}
	if (pattern->reach[node].stem)
		match->stem = walk->words;
	match->count = walk->words;
	match->row = &grammar_rows[row];
}

/* `schedule at ... COMMAND`: a secret of the command is one of the line, and is masked with it. */
static void look_into_command(struct grammar_match *match)
{
	struct grammar_args args = grammar_match_args(match);
	struct grammar_match *inner = malloc(sizeof(*inner));
	char ignored[CONFIG_ERROR_BYTES];
	struct text command = {0};
	const struct value *word;
	unsigned at = 0;

	/* As it stands, so that one in quotes is looked into as well. */
	while ((word = args_next(&args, "command", &at)) != NULL) {
		text_puts(&command, args.store + word->text);
		text_puts(&command, " ");
	}
	if (inner && !command.bad)
		(void)grammar_parse(inner, command.data, command.bytes, ignored, sizeof(ignored));
	if (!inner || command.bad || inner->secret)
		for (unsigned i = match->stem; i < match->count; i++)
			if (match->value[i].kind == VALUE_TEXT)
				match->value[i].kind = VALUE_SECRET;
	match->secret |= !inner || command.bad || inner->secret;
	if (inner)
		grammar_match_wipe(inner);
	free(inner);
	text_free(&command);
}

int grammar_parse(
    struct grammar_match *match, const char *line, size_t bytes, char *error, size_t error_bytes)
{
	struct lexer *lexer = &match->lexer;
	const struct walk_live *live;
	char why[VALUE_WHY_BYTES] = "";
	struct walk walk;
	unsigned first;
	int rc;

	match->row = NULL;
	match->negated = match->secret = false;
	match->stem = match->count = match->help_column = 0;
	match->error_column = 0;
	rc = lexer_split(lexer, line, bytes, error, error_bytes);
	if (rc) { /* the last word was not read to its end */
		match->error_column = lexer->error_column;
		match->secret = lexer->count && begins_secret(lexer, lexer->count - 1);
		return rc;
	}
	match->help_column = lexer->help_column;
	if (lexer->help_column)
		match->secret = begins_secret(lexer, lexer->count);
	if (lexer->count == 0 || lexer->help_column)
		return 0;
	match->negated = strcmp(lexer->storage + lexer->word[0].text, "no") == 0;
	first = match->negated;
	walk_start(&walk, match->negated);
	for (unsigned i = first; i < lexer->count; i++) {
		const struct lexer_word *word = &lexer->word[i];
		const char *text = lexer->storage + word->text;
		enum walk_result result = walk_step(&walk, text, word->quoted, why);

		if (result != WALK_OK && match->negated && is_named(&walk)) {
			match->secret = is_of_secret(&walk);
			break;
		}
		if (result != WALK_OK) {
			match->secret = is_of_secret(&walk);
			match->error_column = word->column;
			if (match->negated && is_whole_without_no(lexer))
				refuse_no(match, error, error_bytes);
			else
				explain(&walk, result, word->column, text, why, error, error_bytes);
			return -EINVAL;
		}
	}
	live = find_complete(&walk, match->negated);
	if (!live) {
		refuse_end(match, &walk, error, error_bytes);
		return -EINVAL;
	}
	collect(match, &walk, live->row, first);
	if (match->row->place == PLACE_SCHEDULE && !match->negated)
		look_into_command(match);
	return 0;
}

void grammar_match_wipe(struct grammar_match *match)
{
	secret_wipe(match, sizeof(*match));
}

struct grammar_args grammar_match_args(const struct grammar_match *match)
{
	return (struct grammar_args){match->count, match->value, match->lexer.storage};
}

void grammar_print(const struct grammar_args *args, bool masked, struct text *out)
{
	for (unsigned i = 0; i < args->count; i++) {
		if (i)
			text_puts(out, " ");
		value_print(&args->value[i], args->store, masked, out);
	}
}

void grammar_print_syntax(const struct grammar_row *row, struct text *out)
{
	pattern_print(row->syntax, out);
}
