/* SPDX-License-Identifier: BSD-3-Clause
 *
 * man DIR EPOCH: writes the manual pages into DIR/man1, man7, man8 and ja/man7. EPOCH is their
 * date, in seconds since 1970. */
#include "docs/man/man.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/folder.h"
#include "control/console/cgw_options.h"
#include "control/options.h"
#include "dataplane/args_table.h"

/* A line may end behind | and a comma, and behind the stops of Japanese, though no blank follows.
 */
static size_t breaks_behind(const char *text)
{
	static const char *const stops[] = {"|", ",", "、", "。"};

	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		size_t bytes = strlen(stops[i]);

		if (strncmp(text, stops[i], bytes) == 0 && text[bytes] && text[bytes] != ' ')
			return bytes;
	}
	return 0;
}

static void put(FILE *out, const char *text, bool quoted)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	while (*text) {
		size_t stop = breaks_behind(text);

		if (stop) {
			fprintf(out, "%.*s\\:", (int)stop, text);
			text += stop;
		} else if (!quoted && text[0] == '.' && text[1] == ' ') {
			fputs(".\n", out); /* a line for each sentence */
			text += 1 + strspn(text + 1, " ");
		} else {
			fputs(*text == '\\'            ? "\\e"
			      : *text == '-'           ? "\\-"
			      : quoted && *text == '"' ? "\\(dq"
						       : (char[2]){*text, '\0'},
			    out);
			text++;
		}
	}
}

void man_text(FILE *out, const char *text)
{
	put(out, text, false);
}

void man_argument(FILE *out, const char *text)
{
	fputc('"', out);
	put(out, text, true);
	fputc('"', out);
}

void man_head(
    FILE *out, const char *date, const char *name, const char *section, const char *summary)
{
	fprintf(out, ".Dd %s\n.Dt ", date);
	for (const char *c = name; *c; c++)
		fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, out);
	fprintf(out, " %s\n.Os cgw\n.Sh NAME\n.Nm %s\n.Nd ", section, name);
	man_text(out, summary);
	fputc('\n', out);
}

void man_see_also(FILE *out, const char *const *pages)
{
	fputs(".Sh SEE ALSO\n", out);
	for (; *pages; pages++)
		fprintf(out, ".Xr %s%s\n", *pages, pages[1] ? " ," : "");
}

/* Opens DIR/FOLDER/NAME, or ends the program. */
static FILE *open_page(const char *dir, const char *folder, const char *name)
{
	char path[512];
	FILE *out;
	int rc;

	snprintf(path, sizeof(path), "%s/%s/%s", dir, folder, name);
	rc = folder_make_for(path);
	out = rc ? NULL : fopen(path, "w");
	if (!out) {
		fprintf(stderr, "man: %s: %s\n", path, strerror(rc ? -rc : errno));
		exit(EXIT_FAILURE);
	}
	return out;
}

static void close_page(FILE *out)
{
	if (fflush(out) || ferror(out) || fclose(out)) {
		perror("man");
		exit(EXIT_FAILURE);
	}
}

static void write_program(const char *dir, const char *date, const struct option_table *table)
{
	char folder[16], name[64];
	FILE *out;

	snprintf(folder, sizeof(folder), "man%s", table->section);
	snprintf(name, sizeof(name), "%s.%s", table->program, table->section);
	out = open_page(dir, folder, name);
	man_program(out, date, table);
	close_page(out);
}

int main(int argc, char **argv)
{
	time_t epoch;
	char month[32], date[64];
	struct tm utc;
	FILE *out;

	if (argc != 3) {
		fputs("usage: man DIR EPOCH\n", stderr);
		return 2;
	}
	epoch = (time_t)strtoll(argv[2], NULL, 10);
	gmtime_r(&epoch, &utc);
	strftime(month, sizeof(month), "%B", &utc);
	snprintf(date, sizeof(date), "%s %d, %d", month, utc.tm_mday, utc.tm_year + 1900);
	write_program(argv[1], date, &cgw_options);
	write_program(argv[1], date, &control_options);
	write_program(argv[1], date, &dataplane_options);
	out = open_page(argv[1], "man7", "cgw-commands.7");
	man_commands(out, date, false);
	close_page(out);
	out = open_page(argv[1], "ja/man7", "cgw-commands.7");
	man_commands(out, date, true);
	close_page(out);
	return EXIT_SUCCESS;
}
