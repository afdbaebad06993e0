/* SPDX-License-Identifier: BSD-3-Clause
 *
 * How other threads ask the housekeeping thread: DPDK answers its telemetry clients in threads of
 * its own, and all that is worth telling belongs to the housekeeping thread, which frees and
 * replaces it at will. So a question is handed over, worked on by that thread in one of its steps,
 * and the asking thread sleeps meanwhile. The housekeeping thread never waits. */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

/* Works on `question`, in the housekeeping thread. */
typedef int telemetry_answer_fn(void *ctx, void *question);

struct telemetry_gate {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	atomic_bool waiting; /* a hint: there is a question */
	bool open;           /* under the mutex, as all that follows */
	bool busy;           /* somebody's question is under way */
	bool answered;
	void *question;
	int rc;
};

void telemetry_gate_open(struct telemetry_gate *gate);

/* No more questions; who waits goes away empty-handed. */
void telemetry_gate_close(struct telemetry_gate *gate);

/* Asks, and waits for the answer. What the function returned; -ETIMEDOUT: the housekeeping thread
 * is at something long, and will not touch the question any more; -ESHUTDOWN: it is closed. */
int telemetry_gate_ask(struct telemetry_gate *gate, void *question, unsigned wait_msec);

/* Housekeeping thread: answers a question if there is one. */
void telemetry_gate_serve(struct telemetry_gate *gate, telemetry_answer_fn *answer, void *ctx);
