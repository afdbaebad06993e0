/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Questions from several threads to one that has other things to do. Run under the thread sanitizer
 * too: what a question points at is plain memory of the asker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <unistd.h>

#include "dataplane/telemetry_gate.h"

#define ASKERS    4
#define QUESTIONS 2000

static struct telemetry_gate gate;
static unsigned long secret; /* of the serving thread, unprotected */
static atomic_int done;

struct question {
	unsigned long in, out;
};

static int answer(void *ctx, void *question)
{
	struct question *q = question;

	secret++;
	q->out = q->in * 2;
	return ctx == &secret ? 7 : -1;
}

static void *asker(void *arg)
{
	unsigned long wrong = 0;

	for (unsigned long i = 0; i < QUESTIONS; i++) {
		struct question q = {.in = i};

		if (telemetry_gate_ask(&gate, &q, 10000) != 7 || q.out != 2 * i)
			wrong++;
	}
	atomic_fetch_add(&done, 1);
	*(unsigned long *)arg = wrong;
	return NULL;
}

static void test_every_question_has_its_answer(void **state)
{
	pthread_t thread[ASKERS];
	unsigned long wrong[ASKERS];

	(void)state;
	telemetry_gate_open(&gate);
	for (int i = 0; i < ASKERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, asker, &wrong[i]), 0);
	while (atomic_load(&done) < ASKERS) {
		telemetry_gate_serve(&gate, answer, &secret);
		secret += 2;
		secret -= 2;
	}
	for (int i = 0; i < ASKERS; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(wrong[i], 0);
	}
	assert_int_equal(secret, ASKERS * QUESTIONS);
	telemetry_gate_close(&gate);
}

static void test_nobody_waits_for_ever(void **state)
{
	struct question q = {0};

	(void)state;
	secret = 0;
	telemetry_gate_open(&gate);
	assert_int_equal(telemetry_gate_ask(&gate, &q, 20), -ETIMEDOUT);
	/* Its question is no longer anybody's. */
	telemetry_gate_serve(&gate, answer, &secret);
	assert_int_equal(secret, 0);
	telemetry_gate_close(&gate);
	assert_int_equal(telemetry_gate_ask(&gate, &q, 10000), -ESHUTDOWN);
}

static void *late_asker(void *arg)
{
	struct question q = {0};

	*(int *)arg = telemetry_gate_ask(&gate, &q, 60000);
	return NULL;
}

static void test_the_end_lets_go_of_who_waits(void **state)
{
	pthread_t thread;
	int rc = 0;

	(void)state;
	telemetry_gate_open(&gate);
	assert_int_equal(pthread_create(&thread, NULL, late_asker, &rc), 0);
	while (!atomic_load(&gate.waiting))
		usleep(100);
	telemetry_gate_close(&gate);
	pthread_join(thread, NULL);
	assert_int_equal(rc, -ESHUTDOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_question_has_its_answer),
	    cmocka_unit_test(test_nobody_waits_for_ever),
	    cmocka_unit_test(test_the_end_lets_go_of_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
