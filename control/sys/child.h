/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Another program: its output as it comes, its end, no shell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct child;

/* What a descriptor given to a program becomes there: programs make use of the lowest ones. */
#define CHILD_FD 9

struct child_spec {
	const char *const *argv; /* argv[0] is looked up in the system's folders */
	int fd;                  /* becomes the program's CHILD_FD; -1 = none. Borrowed */
};

struct child_report {
	void *ctx;
	/* What the program wrote, errors too; not terminated. */
	void (*text)(void *ctx, const char *text, size_t bytes);
	/* Once, last: the program ended, with this status, or -1 by a signal. */
	void (*ended)(void *ctx, int status);
};

/* Runs it with an environment of its own and nothing on its standard input. NULL with `*rc` =
 * -errno when it could not be started; nobody is called then. */
struct child *child_start(
    uv_loop_t *loop, const struct child_spec *spec, const struct child_report *report, int *rc);

/* The path of a program that stands beside this one. */
void child_beside(const char *name, char *path, size_t bytes);

int child_pid(const struct child *child);

/* Sends a signal: SIGINT as Ctrl-C does, SIGTERM, SIGKILL. ended() follows what ends it. */
void child_signal(struct child *child, int number);
