/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The console server: the router dialect over a Unix socket, one session per connection.
 *
 * Who may enter is decided by SO_PEERCRED: root and the user of this process as administrator,
 * members of the group as user, nobody else. The protocol is described in README.md. */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "control/agent.h"
#include "control/config/config.h"
#include "control/log/log_hub.h"

#define CONSOLE_CLIENTS 32

/* Where the client looks when it is told nothing, and with `-i INSTANCE`. */
#define CONSOLE_INSTANCE      "default"
#define CONSOLE_SOCKET_FORMAT "/run/cgw/%s/console.sock"

struct console;

struct console_options {
	uv_loop_t *loop;
	const char *path;     /* of the socket; its directory is made (0755) when it is missing */
	const char *instance; /* for `show environment`; may be NULL */
	const char *group;    /* whose members may enter; NULL or unknown = none */
	const char *save_dir; /* where `save` writes; NULL = `save` is refused in words */
	struct config *config;
	struct agent *agent;
	struct log_hub *log; /* for `show log`; may be NULL */
};

/* Listens at options->path (a stale socket there is removed, one in use is not). Everything pointed
 * to must outlive the console. The process must ignore SIGPIPE: libuv does not, and a client may
 * die while it is written to. NULL with a sentence in `error`. */
struct console *console_start(
    const struct console_options *options, char *error, size_t error_bytes);

/* Ends all sessions, removes the socket and frees once the loop has run the closing callbacks. */
void console_stop(struct console *console);
