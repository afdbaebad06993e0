/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What session.c and commands.c share of a session; nobody else includes this. */
#pragma once

#include "control/config/grammar.h"
#include "control/console/frames.h"
#include "control/console/session.h"

/* What the session waits for. */
enum session_wait {
	WAIT_NONE,
	WAIT_CLOUD,      /* the end of `cloud vpn set go` */
	WAIT_SAVE_CLOUD, /* Y/N: save after it? */
	WAIT_SAVE_LEAVE, /* Y/N: save before leaving administrator level? */
};

struct session {
	const struct session_system *system;
	struct session_env env;
	bool may_administrate, administrator;
	bool dialogue;      /* somebody is there to answer a question */
	bool gone;          /* the client is: free once nothing is under way */
	bool finished;      /* the last frame was sent */
	bool secret;        /* the line under way held a secret */
	bool save, no_save; /* of `cloud vpn set go` */
	uint32_t tunnel;    /* selected, 0 = none */
	uint32_t cloud;     /* id under way with WAIT_CLOUD */
	enum session_wait wait;
	char who[64];
	struct text out; /* of the command under way */
	struct frames frames;
	struct grammar_match match;
};

/* Carries out a parsed line and ends it with session_done(), now or later. */
void command_run(struct session *session, const struct grammar_match *match);
/* Y or N to the question that stands. */
void command_answer(struct session *session, bool yes);
/* Ctrl-C. */
void command_interrupt(struct session *session);

/* Sends what is in session->out and then the sentence as an error. */
void session_error(struct session *session, const char *sentence);
/* The same; the line is wrong at `column`, 0 = nowhere in particular. */
void session_error_at(struct session *session, const char *sentence, unsigned column);
/* Sends one frame; steals `object`. */
void session_send(struct session *session, json_t *object);
/* Ends the command: {"done":true,...} with the next prompt. */
void session_done(struct session *session, bool ok);
/* Ends the session from our side. */
void session_bye(struct session *session);
/* Asks a question to be answered by Y or N. */
void session_ask(struct session *session, enum session_wait wait, const char *question);
bool session_japanese(const struct session *session);
/* Frees a session that is gone and waits for nothing. */
void session_free(struct session *session);
