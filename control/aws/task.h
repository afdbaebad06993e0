/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What asks AWS several questions is an engine: an answer in, the next question out. No socket, no
 * clock, no credentials. Whoever runs it (control/cloud_task.c) signs, sends and waits. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/aws/ask.h"
#include "control/aws/vpn.h"

/* A whole HTTP answer, of whatever status. Borrowed; may hold keys. */
struct aws_answer {
	int status;
	const void *body;
	size_t bytes;
};

enum aws_task_type {
	AWS_TASK_ASK,   /* send `ask`, feed its answer */
	AWS_TASK_WAIT,  /* feed NULL after `wait_msec` */
	AWS_TASK_DONE,  /* the engine has what it was made for */
	AWS_TASK_FAILED /* `why` */
};

struct aws_task_action {
	enum aws_task_type type;
	const struct aws_ask *ask; /* the engine's, until the next call */
	uint32_t wait_msec;
	/* What the answer was found to be: the log says it. */
	enum vpn_result verdict;
	char why[VPN_ERROR]; /* FAILED: a sentence for a person */
	/* What goes on, for a person who waits: "vpn-0123: pending"; "" = nothing new. */
	char progress[VPN_ERROR];
};

/* An engine is a struct that begins with this. */
struct aws_task {
	/* Takes the answer to the last question; NULL at first, and after a wait. */
	void (*step)(
	    struct aws_task *task, const struct aws_answer *answer, struct aws_task_action *out);
	void (*free)(struct aws_task *task); /* wipes what it holds */
};

/* For engines: FAILED because of an answer whose status is not 200, with its code and message. */
void aws_task_refused(
    const struct aws_answer *answer, const char *what, struct aws_task_action *out);
/* FAILED with a sentence of one's own. */
void aws_task_fail(struct aws_task_action *out, enum vpn_result verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* ASK. */
void aws_task_ask(struct aws_task_action *out, const struct aws_ask *ask);
