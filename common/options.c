/* SPDX-License-Identifier: BSD-3-Clause
 *
 * See options.h. */
#include "common/options.h"

#include <string.h>

#define HELP_COLUMN 22
#define COLUMNS     90

/* Writes words from `column` on, wrapped at COLUMNS and indented as far as HELP_COLUMN. */
static void wrap(FILE *out, const char *text, size_t column)
{
	while (*text) {
		size_t bytes = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + bytes > COLUMNS) {
			fprintf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)bytes, text);
		column += bytes;
		text += bytes + strspn(text + bytes, " ");
	}
	fputc('\n', out);
}

static void usage_option(const struct option_row *row, FILE *out)
{
	char head[64];
	int n = 0;

	if (row->value < 256)
		n = snprintf(head, sizeof(head), "-%c%s", row->value, row->name ? ", " : "");
	if (row->name)
		n += snprintf(head + n, sizeof(head) - (size_t)n, "--%s", row->name);
	if (row->argument)
		n += snprintf(head + n, sizeof(head) - (size_t)n, " %s", row->argument);
	if (n + 4 > HELP_COLUMN)
		fprintf(out, "  %s\n%*s", head, HELP_COLUMN, "");
	else
		fprintf(out, "  %-*s", HELP_COLUMN - 2, head);
	wrap(out, row->help, HELP_COLUMN);
}

void options_usage(const struct option_table *table, FILE *out)
{
	const char *lead = "usage:";

	for (const char *const *line = table->synopsis; *line; line++) {
		fprintf(out, "%s %s %s\n", lead, table->program, *line);
		lead = "      ";
	}
	fputc('\n', out);
	for (const struct option_row *row = table->options; row->help; row++)
		usage_option(row, out);
	fputs("\nExit status:\n", out);
	for (const struct option_exit *exit = table->exits; exit->status; exit++)
		fprintf(out, "  %-*s%s\n", HELP_COLUMN - 2, exit->status, exit->meaning);
}

void options_getopt(const struct option_table *table, struct options_getopt *out)
{
	struct option *name = out->names;
	char *letter = out->letters;

	memset(out, 0, sizeof(*out));
	*letter++ = '+';
	for (const struct option_row *row = table->options; row->help; row++) {
		if (row->value < 256) {
			*letter++ = (char)row->value;
			if (row->argument)
				*letter++ = ':';
		}
		if (row->name)
			*name++ = (struct option){row->name,
			    row->argument ? required_argument : no_argument, NULL, row->value};
	}
}
