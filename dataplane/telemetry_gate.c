/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A mutex, a condition, one question at a time. The housekeeping thread only tries the mutex: who
 * holds it is about to let go of it, and the question is there in the next step too. */
#include "dataplane/telemetry_gate.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>

void telemetry_gate_open(struct telemetry_gate *gate)
{
	pthread_condattr_t monotonic;

	*gate = (struct telemetry_gate){.open = true};
	pthread_mutex_init(&gate->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&gate->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void telemetry_gate_close(struct telemetry_gate *gate)
{
	pthread_mutex_lock(&gate->mutex);
	gate->open = false;
	pthread_cond_broadcast(&gate->changed);
	pthread_mutex_unlock(&gate->mutex);
}

static struct timespec after(unsigned msec)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ts.tv_sec += msec / 1000;
	ts.tv_nsec += (long)(msec % 1000) * 1000000;
	if (ts.tv_nsec >= 1000000000) {
		ts.tv_sec++;
		ts.tv_nsec -= 1000000000;
	}
	return ts;
}

int telemetry_gate_ask(struct telemetry_gate *gate, void *question, unsigned wait_msec)
{
	struct timespec end = after(wait_msec);
	int rc = 0;

	pthread_mutex_lock(&gate->mutex);
	while (gate->open && gate->busy && rc == 0)
		rc = -pthread_cond_timedwait(&gate->changed, &gate->mutex, &end);
	if (gate->open && rc == 0) {
		gate->busy = true;
		gate->answered = false;
		gate->question = question;
		atomic_store(&gate->waiting, true);
		while (gate->open && !gate->answered && rc == 0)
			rc = -pthread_cond_timedwait(&gate->changed, &gate->mutex, &end);
		if (gate->answered)
			rc = gate->rc;
		else if (!gate->open)
			rc = -ESHUTDOWN;
		gate->question = NULL;
		gate->busy = false;
		pthread_cond_broadcast(&gate->changed);
	} else if (!gate->open) {
		rc = -ESHUTDOWN;
	}
	pthread_mutex_unlock(&gate->mutex);
	return rc;
}

void telemetry_gate_serve(struct telemetry_gate *gate, telemetry_answer_fn *answer, void *ctx)
{
	if (!atomic_load_explicit(&gate->waiting, memory_order_relaxed) ||
	    pthread_mutex_trylock(&gate->mutex) != 0)
		return;
	atomic_store(&gate->waiting, false);
	if (gate->question && !gate->answered) {
		gate->rc = answer(ctx, gate->question);
		gate->answered = true;
		pthread_cond_broadcast(&gate->changed);
	}
	pthread_mutex_unlock(&gate->mutex);
}
