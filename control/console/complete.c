/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See complete.h; share/completion has the functions of the shells that call it. */
#include "control/console/complete.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "control/console/cgw_options.h"
#include "control/console/client.h"
#include "control/console/console.h"

static void offer(const char *word, const char *partial)
{
	if (strncmp(word, partial, strlen(partial)) == 0)
		printf("%s\n", word);
}

static void offer_options(const char *partial)
{
	for (const struct option_row *row = cgw_options.options; row->help; row++) {
		char text[64];

		snprintf(text, sizeof(text), "-%c", row->value);
		if (row->value < 256)
			offer(text, partial);
		snprintf(text, sizeof(text), "--%s", row->name ? row->name : "");
		if (row->name)
			offer(text, partial);
	}
}

/* The row of an option as it was typed, or NULL. */
static const struct option_row *find_option(const char *word)
{
	for (const struct option_row *row = cgw_options.options; row->help; row++)
		if ((word[0] == '-' && word[1] == row->value && !word[2]) ||
		    (row->name && strncmp(word, "--", 2) == 0 && strcmp(word + 2, row->name) == 0))
			return row;
	return NULL;
}

/* The words as a line of the console, those with blanks in quotes; the last one as it stands. */
static char *join(char *const *words)
{
	char *line = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&line, &bytes);

	for (; out && *words; words++) {
		const char *quote = words[1] && strpbrk(*words, " \t") ? "\"" : "";

		fprintf(out, "%s%s%s%s", quote, *words, quote, words[1] ? " " : "");
	}
	if (out)
		fclose(out);
	return line;
}

/* True when a file may stand there. */
static bool offer_commands(const char *socket, char *const *words)
{
	static struct client client = {.fd = -1};
	char *line = join(words);
	unsigned column = 0;
	json_t *found = NULL, *word;
	size_t i;

	if (line && client_connect(&client, socket, false) == 0)
		found = client_complete(&client, line, strlen(line), &column);
	json_array_foreach(found, i, word) printf("%s\n", json_string_value(word));
	json_decref(found);
	client_close(&client);
	free(line);
	return client.file;
}

int complete_run(char *const *words)
{
	const char *socket = getenv("CGW_SOCKET"), *last = "";
	int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char path[128];

	/* Whoever is typing is not to be told why there is nothing to offer. */
	if (nowhere >= 0)
		(void)dup2(nowhere, STDERR_FILENO);
	snprintf(path, sizeof(path), CONSOLE_SOCKET_FORMAT, CONSOLE_INSTANCE);
	for (; words[0] && words[1]; words++) {
		const struct option_row *row = find_option(words[0]);

		if (words[0][0] != '-')
			break;
		if (!row || !row->argument)
			continue;
		if (!words[2])
			return row->value == 's' || row->value == 'f' ? COMPLETE_FILE
								      : EXIT_SUCCESS;
		words++;
		if (row->value == 's')
			socket = words[0];
		if (row->value == 'i') {
			snprintf(path, sizeof(path), CONSOLE_SOCKET_FORMAT, words[0]);
			socket = NULL;
		}
	}
	for (char *const *word = words; *word; word++)
		last = *word;
	if (words[0] && !words[1])
		offer(CGW_WORD_TOP, last);
	if (words[0] && !words[1] && *last == '-') {
		offer_options(last);
	} else if (words[0] && words[1] && strcmp(words[0], CGW_WORD_TOP) == 0) {
		for (const char *const *word = cgw_top_words; *word; word++)
			offer(*word, last);
	} else if (words[0] && offer_commands(socket ? socket : path, words)) {
		return COMPLETE_FILE;
	}
	return EXIT_SUCCESS;
}
