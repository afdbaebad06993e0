/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs an engine that asks AWS (control/aws/task.h) for one cloud setting: finds credentials,
 * signs, sends, waits, and writes the log lines of the router this follows. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/agent_internal.h"
#include "control/aws/task.h"
#include "control/cloud_fault.h"

struct cloud_task;

enum cloud_task_end {
	CLOUD_TASK_DONE,      /* the engine is */
	CLOUD_TASK_UNREACHED, /* AWS gave no complete answer: another try may do better */
	CLOUD_TASK_BUSY,      /* AWS refused for now: too many requests, or a fault of its own */
	CLOUD_TASK_FAILED,
};

struct cloud_task_hooks {
	/* Something goes on; `text` as in struct aws_task_action. NULL is fine. */
	void (*progress)(void *ctx, const char *text);
	/* Once, unless cancelled; not before cloud_task_start() has returned. `why` is a sentence
	 * unless CLOUD_TASK_DONE, `fault` what it is of. The run and its engine are freed
	 * afterwards. */
	void (*done)(void *ctx, enum cloud_task_end end, enum cloud_fault fault, const char *why);
	void *ctx;
	bool quiet; /* no log lines: somebody only looks */
};

/* Begins, with what the model says now of cloud setting `id`; takes over `engine` in any case. 0,
 * or -errno with a sentence. */
int cloud_task_start(struct agent *agent, uint32_t id, struct aws_task *engine,
    const struct cloud_task_hooks *hooks, struct cloud_task **out, char *error, size_t error_bytes);

/* Ends it in silence; NULL is fine. */
void cloud_task_cancel(struct cloud_task *task);
