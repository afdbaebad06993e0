/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The command line of a program as a table: what getopt_long(3) takes, what --help prints and what
 * the manual page says are one and the same. */
#pragma once

#include <getopt.h>
#include <stdio.h>

struct option_row {
	int value;        /* of getopt_long(); the letter, where there is one, else from 256 on */
	const char *name; /* long option, NULL = none */
	const char *argument; /* "FILE"; NULL = none */
	const char *help;     /* what it does, and (default: ...) */
};

struct option_exit {
	const char *status, *meaning;
};

struct option_file {
	const char *path, *meaning;
};

/* Arrays end with a row of zeros. */
struct option_table {
	const char *program, *section, *summary;
	const char *const *synopsis; /* what may stand behind the name, one line each */
	const char *const *about;    /* paragraphs */
	const struct option_row *options;
	const struct option_exit *exits;
	const struct option_file *files;
	const char *const *see_also; /* "cgw 1", sorted by section and name */
};

/* What --help prints. */
void options_usage(const struct option_table *table, FILE *out);

#define OPTIONS_MOST 40

/* For getopt_long(): at most OPTIONS_MOST rows. */
struct options_getopt {
	char letters[2 * OPTIONS_MOST +
		     2]; /* begins with '+': the first word that is no option ends them */
	struct option names[OPTIONS_MOST + 1];
};
void options_getopt(const struct option_table *table, struct options_getopt *out);
