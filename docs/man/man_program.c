/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The page of a program, out of its table of options. */
#include <string.h>

#include "docs/man/man.h"

static void write_synopsis(FILE *out, const struct option_table *table)
{
	fputs(".Sh SYNOPSIS\n", out);
	for (const char *const *line = table->synopsis; *line; line++) {
		fputs(".Nm\n", out);
		man_text(out, *line);
		fputc('\n', out);
	}
}

/* The first word that names a page, as in cgw(1); NULL = none. */
static const char *find_page(const char *text)
{
	const char *open = strchr(text, '(');

	while (open && !(open[1] >= '1' && open[1] <= '9' && open[2] == ')'))
		open = strchr(open + 1, '(');
	while (open && open > text && open[-1] != ' ')
		open--;
	return open;
}

/* A paragraph; each page it names is a cross reference. */
static void write_paragraph(FILE *out, const char *text)
{
	const char *page;

	while ((page = find_page(text))) {
		const char *open = strchr(page, '('), *behind = open + 3;
		size_t point = strspn(behind, ".,;:");
		char before[1024];

		snprintf(before, sizeof(before), "%.*s", (int)(page - text), text);
		man_text(out, before);
		fprintf(out, "\n.Xr %.*s %c", (int)(open - page), page, open[1]);
		if (point)
			fprintf(out, " %.*s", (int)point, behind);
		text = behind + point;
		text += strspn(text, " ");
		fputs("\n", out);
	}
	if (*text) {
		man_text(out, text);
		fputc('\n', out);
	}
}

static void write_options(FILE *out, const struct option_row *row)
{
	fputs("The options are:\n.Bl -tag -width Ds\n", out);
	for (; row->help; row++) {
		fputs(".It", out);
		if (row->value < 256)
			fprintf(out, " Fl %c%s", row->value, row->name ? " ," : "");
		if (row->name) {
			fputs(" Fl \\-", out);
			man_text(out, row->name);
		}
		if (row->argument)
			fprintf(out, " Ar %s", row->argument);
		fputc('\n', out);
		man_text(out, row->help);
		fputs(".\n", out);
	}
	fputs(".El\n", out);
}

void man_program(FILE *out, const char *date, const struct option_table *table)
{
	man_head(out, date, table->program, table->section, table->summary);
	write_synopsis(out, table);
	fputs(".Sh DESCRIPTION\n", out);
	for (const char *const *about = table->about; *about; about++) {
		fputs(about == table->about ? "" : ".Pp\n", out);
		write_paragraph(out, *about);
	}
	fputs(".Pp\n", out);
	write_options(out, table->options);
	fputs(".Sh FILES\n.Bl -tag -width Ds\n", out);
	for (const struct option_file *file = table->files; file->path; file++) {
		fprintf(out, ".It Pa %s\n", file->path);
		man_text(out, file->meaning);
		fputs(".\n", out);
	}
	fputs(".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n", out);
	for (const struct option_exit *exit = table->exits; exit->status; exit++) {
		fprintf(out, ".It %s\n", exit->status);
		man_text(out, exit->meaning);
		fputs(".\n", out);
	}
	fputs(".El\n", out);
	man_see_also(out, table->see_also);
}
