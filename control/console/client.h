/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The client's end of the console protocol: a blocking connection that runs one command at a time.
 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "control/console/filter.h"
#include "control/console/frames.h"

enum client_result {
	CLIENT_OK,
	CLIENT_REFUSED, /* the command was refused or failed: it has been said why */
	CLIENT_BYE,     /* the server ended the session, as `exit` asks for */
	CLIENT_LOST,    /* the connection is gone */
};

struct client {
	int fd;
	char prompt[320];
	bool secret;           /* the last line held a secret, or may have */
	struct filter *filter; /* of the output of the command under way, NULL = none */
	FILE *export;          /* file that is being written, NULL = none */
	char export_path[1024];
	bool filter_bad;   /* what was to be done with the output could not be */
	bool held;         /* lines with placeholders wait for their values */
	bool file;         /* in what was completed last the name of a file may stand */
	bool dialogue;     /* a question can be answered by somebody */
	bool point;        /* write a `^` under the column of a refusal */
	FILE *output;      /* where what is shown is written */
	FILE *errors;      /* where refusals are written */
	const char *place; /* said in front of a refusal ("FILE:3: "), "" = nothing */
	const char *line;  /* under way, NUL-terminated, "" = none */
	const char
	    *echo; /* written with the prompt before any output of the next line; NULL = not */
	/* What to say when the session ends now, and its candidate with it; "" = nothing. */
	char uncommitted[256];
	const char *unread; /* bytes of `buffer` that are behind the last frame taken */
	size_t unread_bytes;
	char buffer[FRAME_BYTES];
	struct frames frames;
};

/* Set by the SIGINT handler; the command under way is interrupted. */
extern volatile sig_atomic_t client_interrupted;

/* Connects and waits for the prompt. 0, or -errno with a sentence on standard error. */
int client_connect(struct client *client, const char *path, bool dialogue);
void client_close(struct client *client);

/* Runs one line: writes what comes back, asks what is asked. `argv`: the line stood in the
 * arguments of the program. */
enum client_result client_run(struct client *client, const char *line, size_t bytes, bool argv);

/* No more lines are coming: asks for the values of placeholders, and has the lines carried out. */
enum client_result client_fill(struct client *client);

/* While a line is awaited the socket became readable: shows what the server says besides answers.
 * CLIENT_OK: the session goes on. */
enum client_result client_listen(struct client *client);

/* Help on a line, written to standard output. */
enum client_result client_help(struct client *client, const char *line, size_t bytes);

/* What can complete the line: an array of words, released by the caller; NULL when there is none.
 * `*column` is where the word begins that they complete, counted in characters from 1. */
json_t *client_complete(struct client *client, const char *line, size_t bytes, unsigned *column);
