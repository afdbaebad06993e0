/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ring between a worker and the capture file, alone and with two threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <string.h>

#include "dataplane/capture_ring.h"

#define SIZE    4096u
#define PACKETS 200000u

static struct capture_ring ring;

static bool put(uint32_t bytes, uint8_t fill)
{
	struct capture_record *r = capture_ring_reserve(&ring, bytes);

	if (!r)
		return false;
	r->bytes = bytes;
	memset(r->data, fill, bytes);
	capture_ring_commit(&ring, r);
	return true;
}

static void test_packets_come_out_as_they_went_in(void **state)
{
	(void)state;
	assert_int_equal(capture_ring_init(&ring, SIZE), 0);
	assert_null(capture_ring_peek(&ring));
	for (unsigned i = 0; i < 1000; i++) {
		const struct capture_record *r;
		uint32_t bytes = i * 7 % 1501;

		assert_true(put(bytes, (uint8_t)i));
		r = capture_ring_peek(&ring);
		assert_non_null(r);
		assert_int_equal(r->bytes, bytes);
		for (uint32_t k = 0; k < bytes; k++)
			assert_int_equal(r->data[k], (uint8_t)i);
		capture_ring_release(&ring, r);
		assert_null(capture_ring_peek(&ring));
	}
	assert_int_equal(ring.lost, 0);
	capture_ring_fini(&ring);
}

static void test_what_does_not_fit_is_counted_and_said_of_the_next(void **state)
{
	const struct capture_record *r;
	unsigned in = 0;

	(void)state;
	assert_int_equal(capture_ring_init(&ring, SIZE), 0);
	while (put(100, 1))
		in++;
	assert_false(put(100, 2));
	assert_false(put(SIZE, 2));
	assert_int_equal(ring.lost, 3);
	assert_true(in > SIZE / 200);
	r = capture_ring_peek(&ring);
	capture_ring_release(&ring, r);
	assert_true(put(100, 3));
	while ((r = capture_ring_peek(&ring)) != NULL) {
		assert_int_equal(r->lost, r->data[0] == 3 ? 3 : 0);
		capture_ring_release(&ring, r);
	}
	assert_false(put(SIZE, 4));
	capture_ring_fini(&ring);
}

static void *writer(void *arg)
{
	for (uint32_t i = 0; i < PACKETS; i++) {
		struct capture_record *r;

		while (!(r = capture_ring_reserve(&ring, i % 301)))
			continue;
		r->bytes = i % 301;
		r->time_nsec = i;
		memset(r->data, (int)(i & 0xff), r->bytes);
		capture_ring_commit(&ring, r);
	}
	return arg;
}

static void test_two_threads(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(capture_ring_init(&ring, SIZE), 0);
	assert_int_equal(pthread_create(&thread, NULL, writer, NULL), 0);
	for (uint32_t i = 0; i < PACKETS; i++) {
		const struct capture_record *r;

		while (!(r = capture_ring_peek(&ring)))
			continue;
		assert_int_equal(r->time_nsec, i);
		assert_int_equal(r->bytes, i % 301);
		if (r->bytes)
			assert_int_equal(r->data[r->bytes - 1], i & 0xff);
		capture_ring_release(&ring, r);
	}
	pthread_join(thread, NULL);
	assert_null(capture_ring_peek(&ring));
	capture_ring_fini(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_packets_come_out_as_they_went_in),
	    cmocka_unit_test(test_what_does_not_fit_is_counted_and_said_of_the_next),
	    cmocka_unit_test(test_two_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
