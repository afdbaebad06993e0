/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Several threads take sequence numbers of one SA: each number once, all of them, none after the
 * last. Also run under the thread sanitizer. */
#include <pthread.h>
#include <stdlib.h>

#include "dataplane/pkt/seq.h"
#include "tests/unit/pkt/pkt_fixture.h"

#define THREADS 4
#define FIRST   UINT64_C(0xfffc0000)
#define NUMBERS (UINT32_MAX - FIRST + 1)

struct taker {
	struct seq *seq;
	unsigned seed;
	uint8_t *taken; /* by number */
	uint64_t last;
	bool backwards;
};

static void *take(void *arg)
{
	struct taker *t = arg;
	uint32_t count;

	do {
		uint32_t want = 1 + (uint32_t)rand_r(&t->seed) % 64;
		uint64_t first;

		count = seq_reserve(t->seq, want, &first, true);
		t->backwards |= count && first <= t->last;
		for (uint32_t i = 0; i < count; i++)
			t->taken[first + i - FIRST]++;
		if (count)
			t->last = first + count - 1;
	} while (count);
	return NULL;
}

static void test_E12_each_number_goes_to_one_thread(void **state)
{
	static uint8_t taken[THREADS][NUMBERS];
	struct taker taker[THREADS];
	pthread_t thread[THREADS];
	struct seq seq;

	seq_init(&seq, false, FIRST);
	for (unsigned i = 0; i < THREADS; i++) {
		taker[i] = (struct taker){.seq = &seq, .seed = i, .taken = taken[i]};
		assert_int_equal(pthread_create(&thread[i], NULL, take, &taker[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(thread[i], NULL), 0);
		assert_false(taker[i].backwards);
	}
	for (uint64_t n = 0; n < NUMBERS; n++) {
		unsigned times = 0;

		for (unsigned i = 0; i < THREADS; i++)
			times += taken[i][n];
		assert_int_equal(times, 1);
	}
	assert_int_equal(atomic_load(&seq.next), UINT64_C(0x100000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_E12_each_number_goes_to_one_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
