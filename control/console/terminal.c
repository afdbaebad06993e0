/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The terminal, by libedit. The history lives in memory only and holds no line with a secret. */
#include "control/console/terminal.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/console/terminal_key.h"

#define HISTORY_LINES 500

static struct client *client_of(EditLine *el)
{
	struct terminal *terminal;

	el_get(el, EL_CLIENTDATA, &terminal);
	return terminal->client;
}

static char *prompt(EditLine *el)
{
	return client_of(el)->prompt;
}

/* True when the cursor stands inside quotes or behind a backslash: there `?` is a character. */
static bool is_quoted(const LineInfo *line)
{
	char quote = '\0';
	const char *p;

	for (p = line->buffer; p < line->cursor; p++) {
		if (*p == '\\' && quote != '\'' && p + 1 < line->cursor)
			p++;
		else if (*p == '\\' && quote != '\'')
			return true;
		else if (quote && *p == quote)
			quote = '\0';
		else if (!quote && (*p == '\'' || *p == '"'))
			quote = *p;
	}
	return quote != '\0';
}

/* Help and completion speak of a line that is not finished: nothing stands above to point at. */
static enum client_result ask_help(struct client *client, const LineInfo *line)
{
	enum client_result result;

	client->point = false;
	result = client_help(client, line->buffer, (size_t)(line->cursor - line->buffer));
	client->point = true;
	return result;
}

static unsigned char help_key(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);

	if (is_quoted(line)) {
		el_insertstr(el, "?");
		return CC_REFRESH;
	}
	printf("?\n");
	if (ask_help(client_of(el), line) == CLIENT_LOST)
		return CC_EOF;
	fflush(stdout);
	return CC_REDISPLAY;
}

/* What all words have in common at their beginning, in bytes. */
static size_t common_bytes(const json_t *words)
{
	const char *first = json_string_value(json_array_get(words, 0));
	size_t bytes = strlen(first);

	for (size_t i = 1; i < json_array_size(words); i++) {
		const char *word = json_string_value(json_array_get(words, i));
		size_t same = 0;

		while (same < bytes && first[same] && first[same] == word[same])
			same++;
		bytes = same;
	}
	return bytes;
}

static void list_words(const json_t *words)
{
	printf("\n");
	for (size_t i = 0; i < json_array_size(words); i++)
		printf("  %s", json_string_value(json_array_get(words, i)));
	printf("\n");
	fflush(stdout);
}

static unsigned char complete_key(EditLine *el, int key)
{
	const LineInfo *line = el_line(el);
	size_t bytes = (size_t)(line->cursor - line->buffer), typed, common;
	unsigned char result = CC_NORM;
	unsigned column = 0;
	const char *word;
	char rest[128];
	json_t *words;

	words = client_complete(client_of(el), line->buffer, bytes, &column);
	if (!json_array_size(words)) {
		json_decref(words);
		return CC_ERROR;
	}
	/* Commands are ASCII up to the word that is being completed, so columns are bytes there. */
	typed = column && column - 1 <= bytes ? bytes - (column - 1) : 0;
	word = json_string_value(json_array_get(words, 0));
	common = common_bytes(words);
	if (common > typed || json_array_size(words) == 1) {
		bool whole = json_array_size(words) == 1 && word[strlen(word) - 1] != '=';

		snprintf(rest, sizeof(rest), "%.*s%s", (int)(common > typed ? common - typed : 0),
		    word + (typed < common ? typed : common), whole ? " " : "");
		if (rest[0])
			el_insertstr(el, rest);
		result = CC_REFRESH;
	} else {
		list_words(words);
		result = CC_REDISPLAY;
	}
	json_decref(words);
	return result;
}

static EditLine *open_editor(struct terminal *terminal, History *past)
{
	EditLine *el = el_init("cgw", stdin, stdout, stderr);

	if (!el)
		return NULL;
	el_set(el, EL_CLIENTDATA, terminal);
	el_set(el, EL_GETCFN, terminal_key);
	el_set(el, EL_PROMPT, prompt);
	el_set(el, EL_EDITOR, "emacs");
	el_set(el, EL_HIST, history, past);
	el_set(el, EL_ADDFN, "cgw-help", "Help on the line", help_key);
	el_set(el, EL_ADDFN, "cgw-complete", "Completion", complete_key);
	el_set(el, EL_BIND, "?", "cgw-help", NULL);
	el_set(el, EL_BIND, "^I", "cgw-complete", NULL);
	return el;
}

/* Whether more of what is being pasted comes: a pause of a second is its end. What comes later all
 * the same is not lost: the server knows a line from an answer. */
static bool has_more(void)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

	return poll(&input, 1, 1000) > 0;
}

/* Runs one line that was typed; the history keeps it unless it held a secret. */
static enum client_result run(struct client *client, History *past, const char *line, size_t bytes)
{
	enum client_result result = client_run(client, line, bytes, false);
	char *kept = strndup(line, bytes);
	HistEvent event;

	if (kept && !client->secret && bytes > strspn(line, " \t"))
		history(past, &event, H_ENTER, kept);
	free(kept);
	return result;
}

enum client_result terminal_run(struct client *client)
{
	enum client_result result = CLIENT_OK;
	History *past = history_init();
	struct terminal terminal = {.client = client};
	EditLine *el = past ? open_editor(&terminal, past) : NULL;
	HistEvent event;

	if (past) {
		history(past, &event, H_SETSIZE, HISTORY_LINES);
		history(past, &event, H_SETUNIQUE, 1);
	}
	client->errors = stdout;
	client->point = true;
	/* Answers are read by stdio, lines by libedit: neither may take what is meant for the
	 * other. */
	setvbuf(stdin, NULL, _IONBF, 0);
	while (el && result != CLIENT_BYE && result != CLIENT_LOST) {
		int bytes = 0;
		const char *line = el_gets(el, &bytes);

		if (terminal.result != CLIENT_OK) {
			result = terminal.result;
			continue;
		}
		if (!line && client_interrupted) {
			client_interrupted = 0;
			el_reset(el);
			printf("\n");
			continue;
		}
		if (!line || bytes <= 0) {
			printf("exit\n");
			result = client_run(client, "exit", 4, false);
			continue;
		}
		if (line[bytes - 1] == '\n')
			bytes--;
		result = run(client, past, line, (size_t)bytes);
		if (client->held && result == CLIENT_OK && !has_more())
			result = client_fill(client);
	}
	if (el)
		el_end(el);
	if (past)
		history_end(past);
	return el ? result : CLIENT_LOST;
}
