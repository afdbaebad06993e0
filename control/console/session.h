/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One console session: frames in, frames out. It has no socket: the server gives it bytes and takes
 * bytes, so a test can do the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "control/agent.h"
#include "control/config/config.h"
#include "control/console/log_ring.h"

struct session;

/* What all sessions share. */
struct session_system {
	struct agent *agent;
	struct config *config;
	struct log_ring *log;
	const char *save_dir; /* NULL = saving is refused in words */
};

struct session_env {
	void *ctx;
	/* Sends bytes to the client; they are copied. */
	void (*send)(void *ctx, const char *data, size_t bytes);
	/* The session is over: send what is queued and close. session_end() follows later, not from
	 * inside this call. */
	void (*finish)(void *ctx);
};

/* `administrator`: the session begins as administrator and may become one again; else it is a
 * user's and stays one. `who` names the client in the log ("uid=0"). Sends the first prompt. NULL =
 * no memory. */
struct session *session_new(const struct session_system *system, const struct session_env *env,
    bool administrator, const char *who);

void session_input(struct session *session, const char *data, size_t bytes);

/* The client is gone. What it started and is still under way is cancelled; nothing is sent any
 * more. Frees. */
void session_end(struct session *session);
