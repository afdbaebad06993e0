/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The client without a terminal: what it was given, carried out; and its exit status. */
#pragma once

#include <stdbool.h>

#include "control/console/client.h"

/* Exit statuses besides EXIT_SUCCESS. */
#define EXIT_REFUSED    1 /* a command was refused or failed */
#define EXIT_USAGE      2
#define EXIT_CONNECTION 3 /* no connection, not allowed in, or lost */

#define BATCH_SETS     32
#define BATCH_COMMANDS 64

/* Of words, commands and a file one at most is given; none: standard input. */
struct batch {
	char *const *words;                  /* one command, ends with NULL */
	const char *command[BATCH_COMMANDS]; /* whole lines */
	unsigned commands;
	const char *file;            /* "-" = standard input; NULL = none */
	const char *set[BATCH_SETS]; /* NAME=VALUE for the lines of a file */
	unsigned sets;
	bool keep_going; /* after a line that is refused */
	bool echo;       /* each line with its prompt before its output */
};

/* Returns the exit status. */
int batch_run(struct client *client, const struct batch *batch);

int batch_exit_code(enum client_result result);
