/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the client does without anybody at a terminal: one command, several, or the lines of a file.
 */
#include "control/console/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/console/placeholder.h"

int batch_exit_code(enum client_result result)
{
	switch (result) {
	case CLIENT_OK:
	case CLIENT_BYE: return EXIT_SUCCESS;
	case CLIENT_REFUSED: return EXIT_REFUSED;
	case CLIENT_LOST: break;
	}
	fprintf(stderr, "cgw: the connection was lost\n");
	return EXIT_CONNECTION;
}

/* The arguments as one line, quoted where a shell has taken the quotes away. A word that is a pipe
 * alone is meant as one: the shell would have taken it otherwise. */
static int run_words(struct client *client, char *const *words)
{
	char *line = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&line, &bytes);
	enum client_result result;

	if (!out)
		return EXIT_CONNECTION;
	for (; *words; words++) {
		bool quote = **words == '\0' ||
			     (strcmp(*words, "|") != 0 && strpbrk(*words, " \t#|>\\'\"") != NULL);

		fputs(quote ? "\"" : "", out);
		for (const char *p = *words; *p; p++)
			fprintf(out, "%s%c", quote && (*p == '"' || *p == '\\') ? "\\" : "", *p);
		fputs(quote ? "\"" : "", out);
		fputs(words[1] ? " " : "", out);
	}
	fclose(out);
	result = client_run(client, line, bytes, true);
	secret_wipe(line, bytes);
	free(line);
	return batch_exit_code(result);
}

/* Lines may end in CR LF, as those of a file from elsewhere do. */
static size_t strip_newline(const char *line, size_t bytes)
{
	if (bytes && line[bytes - 1] == '\n')
		bytes--;
	if (bytes && line[bytes - 1] == '\r')
		bytes--;
	return bytes;
}

/* The value of a placeholder, NULL = none was given. */
static const char *value_of(const struct batch *a, const char *name)
{
	size_t bytes = strlen(name);

	for (unsigned i = 0; i < a->sets; i++)
		if (strncmp(a->set[i], name, bytes) == 0 && a->set[i][bytes] == '=')
			return a->set[i] + bytes + 1;
	return NULL;
}

/* Says which placeholders of a line have no value, those of `said` not again. True when there are
 * any. */
static bool lacks_value(const struct batch *a, const char *place, const char *line, char said[1024])
{
	char name[PLACEHOLDER_BYTES], quoted[PLACEHOLDER_BYTES + 8];
	bool lacks = false;

	for (size_t at = 0; placeholder_find(line, &at, name); at += strlen(name)) {
		if (value_of(a, name))
			continue;
		lacks = true;
		snprintf(quoted, sizeof(quoted), " %s ", name);
		if (strstr(said, quoted) || strlen(said) + strlen(quoted) >= 1024)
			continue;
		strcat(said, quoted);
		fprintf(
		    stderr, "%sError: %s has no value: give --set %s=VALUE\n", place, name, name);
	}
	return lacks;
}

/* Reads to the end and says what lacks a value. True when anything does. */
static bool scan_rest(
    const struct batch *a, FILE *in, const char *name, unsigned number, char said[1024])
{
	bool lacks = false;
	char *line = NULL, place[256];
	size_t room = 0;

	while (getline(&line, &room, in) > 0) {
		snprintf(place, sizeof(place), "%s:%u: ", name, ++number);
		lacks |= lacks_value(a, place, line, said);
	}
	if (line)
		secret_wipe(line, room);
	free(line);
	return lacks;
}

/* The line with the values that were given; the caller frees. */
static char *fill_line(const struct batch *a, const char *line)
{
	char *filled = strdup(line), name[PLACEHOLDER_BYTES];
	size_t at = 0;

	while (filled && placeholder_find(filled, &at, name)) {
		char *next = placeholder_fill(filled, name, value_of(a, name));

		secret_wipe(filled, strlen(filled));
		free(filled);
		filled = next;
	}
	return filled;
}

/* One line of a batch; a placeholder without a value ends it, naming all that follow as well. */
static enum client_result run_line(struct client *client, const struct batch *a, FILE *in,
    const char *name, unsigned number, const char *line, size_t bytes)
{
	char said[1024] = "", *filled;
	enum client_result result;
	size_t at = 0;

	if (strlen(line) != bytes || !placeholder_find(line, &at, said))
		return client_run(client, line, bytes, false);
	said[0] = '\0';
	if (lacks_value(a, client->place, line, said)) {
		(void)scan_rest(a, in, name, number, said);
		return CLIENT_REFUSED;
	}
	filled = fill_line(a, line);
	result = filled ? client_run(client, filled, strlen(filled), false) : CLIENT_LOST;
	if (filled)
		secret_wipe(filled, strlen(filled));
	free(filled);
	return result;
}

static int run_lines(struct client *client, FILE *in, const char *name, const struct batch *a)
{
	enum client_result result = CLIENT_OK;
	bool refused = false;
	char *line = NULL;
	size_t room = 0;
	unsigned number = 0;
	ssize_t got;

	while ((result == CLIENT_OK || (result == CLIENT_REFUSED && a->keep_going)) &&
	       (got = getline(&line, &room, in)) > 0) {
		size_t bytes = strip_newline(line, (size_t)got);
		char place[256];

		snprintf(place, sizeof(place), "%s:%u: ", name, ++number);
		client->place = place;
		line[bytes] = '\0';
		client->echo = a->echo ? line : NULL;
		result = run_line(client, a, in, name, number, line, bytes);
		refused |= result == CLIENT_REFUSED;
	}
	if (line)
		secret_wipe(line, room);
	free(line);
	client->place = "";
	return refused && result != CLIENT_LOST ? EXIT_REFUSED : batch_exit_code(result);
}

static int run_commands(struct client *client, const struct batch *a)
{
	enum client_result result = CLIENT_OK;
	bool refused = false;

	for (unsigned i = 0; i < a->commands &&
			     (result == CLIENT_OK || (result == CLIENT_REFUSED && a->keep_going));
	     i++) {
		char place[32] = "";

		if (a->commands > 1)
			snprintf(place, sizeof(place), "-e %u: ", i + 1);
		client->place = place;
		client->echo = a->echo ? a->command[i] : NULL;
		result = client_run(client, a->command[i], strlen(a->command[i]), true);
		refused |= result == CLIENT_REFUSED;
		client->place = "";
	}
	return refused && result != CLIENT_LOST ? EXIT_REFUSED : batch_exit_code(result);
}

static int run_file(struct client *client, const struct batch *a)
{
	bool standard = !a->file || strcmp(a->file, "-") == 0;
	FILE *in = standard ? stdin : fopen(a->file, "re");
	int code;

	if (!in) {
		perror(a->file);
		return EXIT_USAGE;
	}
	/* Of a file nothing is carried out while a value is missing. */
	if (fseek(in, 0, SEEK_CUR) == 0) {
		char said[1024] = "";
		long start = ftell(in);

		if (scan_rest(a, in, standard ? "stdin" : a->file, 0, said)) {
			if (!standard)
				fclose(in);
			return EXIT_REFUSED;
		}
		(void)fseek(in, start, SEEK_SET);
	}
	code = run_lines(client, in, standard ? "stdin" : a->file, a);
	if (!standard)
		fclose(in);
	return code;
}

static int run_all(struct client *client, const struct batch *batch)
{
	if (*batch->words)
		return run_words(client, batch->words);
	if (batch->commands)
		return run_commands(client, batch);
	return run_file(client, batch);
}

int batch_run(struct client *client, const struct batch *batch)
{
	int code = run_all(client, batch);

	if (!client->uncommitted[0])
		return code;
	fprintf(stderr, "cgw: %s\n", client->uncommitted);
	return code == EXIT_SUCCESS ? EXIT_REFUSED : code;
}
