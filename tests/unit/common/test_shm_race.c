/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One writer and two readers on one slot: no copy is ever a mixture of two writes. Also run under the
 * thread sanitizer, which proves that the race is one of atomics only. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "common/shm_slot.h"

#define WRITES 100000u
#define WORDS 64

struct record {
	struct shm_slot_head head;
	uint32_t word[WORDS];
};

struct race {
	struct record slot;
	_Atomic int done;
};

struct outcome {
	struct race *race;
	unsigned copies, mixed, backwards;
};

static void *reader(void *arg)
{
	struct outcome *o = arg;
	uint32_t last = 0;

	while (!atomic_load(&o->race->done)) {
		struct record copy;

		if (shm_slot_read(&o->race->slot, &copy, sizeof(copy)))
			continue;
		o->copies++;
		o->backwards += copy.word[0] < last;
		last = copy.word[0];
		for (size_t i = 1; i < WORDS; i++)
			if (copy.word[i] != copy.word[0]) {
				o->mixed++;
				break;
			}
	}
	return NULL;
}

static void test_no_mixed_copy(void **state)
{
	static struct race race;
	struct outcome outcome[2] = {{.race = &race}, {.race = &race}};
	pthread_t thread[2];
	struct record record = {0};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, reader, &outcome[i]), 0);
	for (uint32_t n = 1; n <= WRITES; n++) {
		for (size_t i = 0; i < WORDS; i++)
			record.word[i] = n;
		shm_slot_write(&race.slot, &record, sizeof(record));
	}
	atomic_store(&race.done, 1);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(thread[i], NULL);
		assert_int_equal(outcome[i].mixed, 0);
		assert_int_equal(outcome[i].backwards, 0);
	}
	assert_true(outcome[0].copies + outcome[1].copies > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_no_mixed_copy),
	};

	return cmocka_run_group_tests_name("shm_race", tests, NULL, NULL);
}
