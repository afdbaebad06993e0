/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One console session: frames in, frames out. It has no socket: the server gives it bytes and takes
 * bytes, so a test can do the same. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "control/agent.h"
#include "control/config/config.h"
#include "control/console/password.h"
#include "control/console/sa_list.h"
#include "control/log/log_hub.h"

/* Of an answer, as a person or a program reads it; the server keeps what is not taken yet. */
#define SESSION_ANSWER_BYTES (10u << 20)

struct session;

/* What all sessions share. */
struct session_system {
	struct agent *agent;
	struct config *config;
	struct log_hub *log;  /* or NULL */
	const char *save_dir; /* NULL = saving is refused in words */
	const char *instance; /* for `show environment` */
	uv_loop_t *loop;      /* for threads and processes; NULL = in a test: none of them */
	struct password_guard passwords; /* of administrators: a login does not forgive those */
	struct password_guard logins;
	struct sa_numbers sa_numbers; /* by which SAs were shown; the owner of this frees them */
	unsigned checking;            /* passwords whose hash is being made */
	/* That takes longer than the session may live, and counts here when it is done: between
	 * the two calls, one each, this outlives its sessions. NULL: it does anyhow. */
	void (*hold)(struct session_system *system);
	void (*release)(struct session_system *system);
};

struct session_env {
	void *ctx;
	bool no_files; /* nobody is there who has files: commands that want one are refused */
	/* Sends bytes to the client; they are copied. */
	void (*send)(void *ctx, const char *data, size_t bytes);
	/* The session is over: send what is queued and close. session_end() follows later, not from
	 * inside this call. */
	void (*finish)(void *ctx);
};

/* `administrator`: the session begins as administrator and may become one again; else it is a
 * user's, which the administrator password can raise. `who` names the client in the log
 * ("uid=0"). Sends the first prompt; where a login password is set, a user's session begins with
 * asking for it, once the client has said that somebody is there. NULL = no memory. */
struct session *session_new(struct session_system *system, const struct session_env *env,
    bool administrator, uid_t uid, const char *who);

/* True while nothing is under way: the client may be kept waiting for a line. */
bool session_is_idle(const struct session *session);
/* Says why and ends the session. */
void session_expel(struct session *session, const char *sentence);
/* Tells who is there what has happened meanwhile, in a line besides any answer. */
void session_notice(struct session *session, const char *sentence);

void session_input(struct session *session, const char *data, size_t bytes);

/* The client is gone. What it started and is still under way is cancelled; nothing is sent any
 * more. Frees. */
void session_end(struct session *session);
