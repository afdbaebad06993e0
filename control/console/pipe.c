/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The words behind a pipe. They are few and say nothing of the router, so they are no rows of the
 * grammar. */
#include "control/console/pipe.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"

#define FLAGS "ivwFc"

struct word {
	const char *word, *help, *help_ja;
};

static const struct word known[] = {
    {"grep", "Only the lines that fit", "一致する行だけを表示"},
    {"less", "Page by page", "1 画面ずつ表示"},
};

/* Only right behind the command. */
static const struct word as_json = {"json", "For programs: JSON", "JSON 形式で表示"};
static const struct word in_one_line = {"-c", "In one line", "1 行で表示"};

static const struct word flags[] = {
    {"-i", "Small and capital letters are the same", "大文字と小文字を区別しない"},
    {"-v", "Only the lines that do not fit", "一致しない行を表示"},
    {"-w", "Only whole words", "単語単位で一致"},
    {"-F", "The text as it stands", "文字列をそのまま検索"},
    {"-c", "How many lines", "行数を表示"},
};

static bool is_flags(const char *word)
{
	return word[0] == '-' && word[1] && word[1 + strspn(word + 1, FLAGS)] == '\0';
}

static json_t *read_grep(
    const struct lexer *lexer, unsigned *at, unsigned *column, char *error, size_t error_bytes)
{
	json_t *stage = json_object();
	const char *word = "";

	for (*at = 1; *at < lexer->count; (*at)++) {
		word = lexer->storage + lexer->word[*at].text;
		if (lexer->word[*at].quoted || !is_flags(word))
			break;
		for (const char *flag = word + 1; *flag; flag++) {
			char key[2] = {*flag, '\0'};

			json_object_set_new(stage, key, json_true());
		}
	}
	if (*at + 1u < lexer->count && !lexer->word[*at].quoted && word[0] == '-') {
		json_decref(stage);
		*column += lexer->word[*at].column - 1;
		snprintf(error, error_bytes,
		    say("column %u: the options of grep are -i -v -w -F -c"), *column);
		return NULL;
	}
	if (*at < lexer->count && *word) {
		json_object_set_new(stage, "grep", json_string(word));
		(*at)++;
		return stage;
	}
	json_decref(stage);
	*column += lexer->end_column - 1;
	snprintf(error, error_bytes, say("column %u: grep wants a text to look for"), *column);
	return NULL;
}

static const char *word_at(const struct lexer *lexer, unsigned i)
{
	return i < lexer->count ? lexer->storage + lexer->word[i].text : "";
}

/* Whether this stage is a whole `json [-c]`: it is done here and no stage of the client's. */
static bool take_json(const struct lexer *lexer, enum pipe_form *form)
{
	const char *word = word_at(lexer, 0);
	bool line = strcmp(word_at(lexer, 1), in_one_line.word) == 0;

	if (!*word || strncmp(as_json.word, word, strlen(word)) != 0 || lexer->count != 1u + line)
		return false;
	*form = line ? PIPE_JSON_LINE : PIPE_JSON;
	return true;
}

/* One stage: the words up to the next pipe. */
static json_t *read_stage(
    const struct lexer *lexer, bool first, unsigned *column, char *error, size_t error_bytes)
{
	const char *word = lexer->count ? lexer->storage + lexer->word[0].text : "";
	json_t *stage = NULL;
	unsigned at = 1;

	if (*word && strncmp("grep", word, strlen(word)) == 0) {
		stage = read_grep(lexer, &at, column, error, error_bytes);
		if (!stage)
			return NULL;
	} else if (*word && strncmp("less", word, strlen(word)) == 0) {
		stage = json_pack("{s:b}", "less", 1);
	}
	if (stage && at == lexer->count)
		return stage;
	*column += (stage             ? lexer->word[at].column
		       : lexer->count ? lexer->word[0].column
				      : lexer->end_column) -
		   1;
	json_decref(stage);
	snprintf(error, error_bytes,
	    first ? say("column %u: behind a pipe stands json, grep or less")
		  : say("column %u: behind a pipe stands grep or less"),
	    *column);
	return NULL;
}

/* Takes one stage of the line in front into `stages` or `*form`. */
static bool take_stage(json_t *stages, const struct lexer *lexer, bool first, enum pipe_form *form,
    unsigned *column, char *error, size_t error_bytes)
{
	json_t *stage;

	if (first && take_json(lexer, form))
		return true;
	stage = read_stage(lexer, first, column, error, error_bytes);
	return stage && json_array_append_new(stages, stage) == 0;
}

json_t *pipe_parse(const char *text, size_t bytes, enum pipe_form *form, unsigned *column,
    char *error, size_t error_bytes)
{
	struct lexer *lexer = malloc(sizeof(*lexer));
	json_t *stages = json_array();
	unsigned in_front = *column;
	bool first = true, good = lexer && stages;

	*form = PIPE_TEXT;
	snprintf(error, error_bytes, "%s", say("no memory"));
	while (good) {
		*column = in_front;
		good = lexer_split(lexer, text, bytes, error, error_bytes) == 0;
		if (!good)
			*column += lexer->error_column - 1;
		good = good && take_stage(stages, lexer, first, form, column, error, error_bytes);
		if (!good || !lexer->pipe)
			break;
		first = false;
		in_front += lexer->pipe_column;
		text += lexer->pipe;
		bytes -= lexer->pipe;
	}
	if (lexer)
		lexer_wipe(lexer);
	free(lexer);
	if (good)
		return stages;
	json_decref(stages);
	return NULL;
}

/* At least two capitals, and nothing small. */
static bool is_in_capitals(const char *text)
{
	unsigned capitals = 0;

	for (; *text; text++) {
		if (islower((unsigned char)*text))
			return false;
		capitals += isupper((unsigned char)*text) != 0;
	}
	return capitals > 1;
}

void pipe_of_log(json_t *stages)
{
	size_t i;
	json_t *stage;

	json_array_foreach(stages, i, stage)
	{
		const char *text = json_string_value(json_object_get(stage, "grep"));

		if (text && is_in_capitals(text))
			json_object_set_new(stage, "i", json_true());
	}
}

static void add(
    struct grammar_expects *out, const char *partial, const struct word *word, bool japanese)
{
	struct grammar_expect *item = &out->item[out->count];

	if (strncmp(word->word, partial, strlen(partial)) != 0)
		return;
	snprintf(item->text, sizeof(item->text), "%s", word->word);
	item->literal = true;
	item->help = japanese ? word->help_ja : word->help;
	out->count++;
}

/* What may stand at the end of the words of one stage. */
static void expect_stage(
    const struct lexer *lexer, bool first_stage, bool japanese, struct grammar_expects *out)
{
	const char *partial = "", *first = word_at(lexer, 0);
	unsigned words = lexer->count;

	if (lexer->open && !lexer->help_column)
		partial = lexer->storage + lexer->word[--words].text;
	if (words == 0 && first_stage)
		add(out, partial, &as_json, japanese);
	for (size_t i = 0; words == 0 && i < sizeof(known) / sizeof(known[0]); i++)
		add(out, partial, &known[i], japanese);
	if (words == 0)
		return;
	out->complete = *first == 'l' || *first == 'j' || words > 1;
	if (*first == 'j' && words == 1)
		add(out, partial, &in_one_line, japanese);
	for (size_t i = 0; *first == 'g' && i < sizeof(flags) / sizeof(flags[0]); i++)
		add(out, partial, &flags[i], japanese);
}

bool pipe_expect(const char *line, size_t bytes, bool japanese, struct grammar_expects *out)
{
	struct lexer *lexer = malloc(sizeof(*lexer));
	char error[CONFIG_ERROR_BYTES];
	unsigned in_front = 0, stage = 0;

	out->count = 0;
	out->complete = out->file = false;
	while (lexer && lexer_split(lexer, line, bytes, error, sizeof(error)) == 0 && lexer->pipe) {
		in_front += lexer->pipe_column;
		line += lexer->pipe;
		bytes -= lexer->pipe;
		stage++;
	}
	if (lexer && in_front) {
		expect_stage(lexer, stage == 1, japanese, out);
		out->column = in_front + (lexer->open && !lexer->help_column
						 ? lexer->word[lexer->count - 1].column
						 : lexer->end_column);
	}
	if (lexer)
		lexer_wipe(lexer);
	free(lexer);
	return in_front != 0;
}
