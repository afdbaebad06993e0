/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Another program, run for a session: its output as it comes, its end, no shell. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct child;

struct child_report {
	void *ctx;
	/* What the program wrote, errors too; not terminated. */
	void (*text)(void *ctx, const char *text, size_t bytes);
	/* Once, last: the program ended, with this status, or -1 by a signal. */
	void (*ended)(void *ctx, int status);
};

/* Runs argv[0], looked up in the system's folders, with an environment of its own and nothing on
 * its standard input. NULL with `*rc` = -errno when it could not be started; nobody is called
 * then. */
struct child *child_start(
    uv_loop_t *loop, const char *const *argv, const struct child_report *report, int *rc);

/* Sends SIGINT, as Ctrl-C does, or SIGKILL. ended() follows. */
void child_interrupt(struct child *child);
void child_kill(struct child *child);
