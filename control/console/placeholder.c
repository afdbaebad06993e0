/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Finding words of one form, by the console's rules of quotes and comments. */
#include "control/console/placeholder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the placeholder that is the whole word at p, 0 = it is none. */
static size_t word_bytes(const char *p)
{
	size_t bytes = strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	if (strncmp(p, "YOUR_", 5) != 0 || bytes < 6 || bytes >= PLACEHOLDER_BYTES)
		return 0;
	return p[bytes] == '\0' || strchr(" \t\r\n", p[bytes]) ? bytes : 0;
}

bool placeholder_find(const char *line, size_t *at, char name[PLACEHOLDER_BYTES])
{
	bool blank = true;
	char quote = '\0';

	for (size_t i = 0; line[i]; i++) {
		size_t bytes = blank && !quote && i >= *at ? word_bytes(line + i) : 0;

		if (bytes) {
			memcpy(name, line + i, bytes);
			name[bytes] = '\0';
			*at = i;
			return true;
		}
		if (blank && !quote && line[i] == '#')
			return false;
		if (line[i] == '\\' && quote != '\'' && line[i + 1])
			i++;
		else if (quote && line[i] == quote)
			quote = '\0';
		else if (!quote && (line[i] == '\'' || line[i] == '"'))
			quote = line[i];
		blank = !quote && (line[i] == ' ' || line[i] == '\t');
	}
	return false;
}

static void write_value(FILE *out, const char *value)
{
	/* In quotes the name of a placeholder is a text like any other. */
	bool quote = *value == '\0' || strpbrk(value, " \t?#|>\\'\"") != NULL || word_bytes(value);

	fputs(quote ? "\"" : "", out);
	for (; *value; value++)
		fprintf(
		    out, "%s%c", quote && (*value == '"' || *value == '\\') ? "\\" : "", *value);
	fputs(quote ? "\"" : "", out);
}

char *placeholder_fill(const char *line, const char *name, const char *value)
{
	char *filled = NULL, found[PLACEHOLDER_BYTES];
	size_t bytes = 0, at = 0, copied = 0;
	FILE *out = open_memstream(&filled, &bytes);

	if (!out)
		return NULL;
	while (placeholder_find(line, &at, found)) {
		size_t length = strlen(found);

		if (strcmp(found, name) == 0) {
			fwrite(line + copied, 1, at - copied, out);
			write_value(out, value);
			copied = at + length;
		}
		at += length;
	}
	fputs(line + copied, out);
	return fclose(out) ? NULL : filled;
}
