/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bursts by size and back again, with a queue in the place of the library: whatever it holds back,
 * each job is given once and in the order of its submission. */
#include "crypto/esp_order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
/* cmocka.h wants those before it */
#include <cmocka.h>

struct queue {
	struct esp_order order;
	uint64_t random;
	void *job[ESP_ORDER_SLOTS]; /* sent and not back, the oldest first */
	unsigned jobs;
	uintptr_t submitted, given; /* jobs are called 1, 2, 3 ... */
	unsigned by_size;           /* bursts that went by size */
};

static uint32_t draw(struct queue *q, uint32_t below)
{
	q->random ^= q->random << 13;
	q->random ^= q->random >> 7;
	q->random ^= q->random << 17;
	return (uint32_t)(q->random >> 16) % below;
}

/* Classes of 256 bytes, the last from 1,792 on. */
static uint32_t class_of(const struct esp_job *job)
{
	return job->cipher_bytes < 1792 ? job->cipher_bytes / 256 : 7;
}

static void check_sorted(const struct esp_job *sent, unsigned count, bool longest_first)
{
	for (unsigned i = 1; i < count; i++)
		if (longest_first)
			assert_true(class_of(&sent[i]) <= class_of(&sent[i - 1]));
		else
			assert_true(class_of(&sent[i]) >= class_of(&sent[i - 1]));
}

static void send_burst(struct queue *q, unsigned count, const uint32_t *bytes)
{
	struct esp_job jobs[ESP_CRYPTO_BURST_MAX], room[ESP_CRYPTO_BURST_MAX];
	const struct esp_job *sent;

	for (unsigned i = 0; i < count; i++)
		jobs[i] =
		    (struct esp_job){.user = (void *)++q->submitted, .cipher_bytes = bytes[i]};
	sent = esp_order_sort(&q->order, jobs, count, room);
	for (unsigned i = 0; i < count; i++)
		q->job[q->jobs++] = sent[i].user;
	if (sent == room)
		check_sorted(sent, count, q->by_size++ % 2 == 1);
}

static void take_given(struct queue *q, const struct esp_done *done, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		assert_int_equal((uintptr_t)done[i].user, ++q->given);
		assert_int_equal(done[i].status, q->given % 7 ? ESP_STATUS_OK : ESP_STATUS_FAILED);
	}
}

/* The oldest `count` are back; the caller takes `max`. */
static void bring_back(struct queue *q, unsigned count, unsigned max)
{
	struct esp_done done[ESP_ORDER_SLOTS];

	for (unsigned i = 0; i < count; i++) {
		done[i].user = q->job[i];
		done[i].status = (uintptr_t)q->job[i] % 7 ? ESP_STATUS_OK : ESP_STATUS_FAILED;
	}
	q->jobs -= count;
	memmove(q->job, q->job + count, q->jobs * sizeof(q->job[0]));
	if (!esp_order_needed(&q->order)) {
		esp_order_skip(&q->order, count);
		take_given(q, done, count);
		return;
	}
	esp_order_take(&q->order, done, count);
	take_given(q, done, esp_order_give(&q->order, done, max));
}

static unsigned in_flight(const struct queue *q)
{
	return (unsigned)(q->submitted - q->given);
}

static void random_burst(struct queue *q, bool mixed)
{
	uint32_t bytes[ESP_CRYPTO_BURST_MAX];
	unsigned count = draw(q, ESP_CRYPTO_BURST_MAX + 1);

	if (in_flight(q) + count > ESP_CRYPTO_IN_FLIGHT_MAX)
		count = ESP_CRYPTO_IN_FLIGHT_MAX - in_flight(q);
	for (unsigned i = 0; i < count; i++)
		bytes[i] = mixed ? 16 * (1 + draw(q, 600)) : 64;
	send_burst(q, count, bytes);
}

static void run(uint32_t first_number)
{
	struct queue q = {.random = UINT64_C(0x9e3779b97f4a7c15)};

	q.order.sent = q.order.back = q.order.given = q.order.sorted = first_number;
	for (unsigned i = 0; i < 20000; i++) {
		random_burst(&q, i % 100 < 40 || draw(&q, 4) == 0);
		bring_back(&q, draw(&q, q.jobs + 1), draw(&q, ESP_ORDER_SLOTS));
		assert_int_equal(esp_order_waiting(&q.order) + q.jobs, in_flight(&q));
	}
	bring_back(&q, q.jobs, ESP_ORDER_SLOTS);
	assert_int_equal(q.given, q.submitted);
	assert_false(esp_order_needed(&q.order));
	assert_in_range(q.by_size, 5000, 15000);
}

static void test_each_job_is_given_once_and_in_order(void **state)
{
	run(0);
}

static void test_numbers_wrap(void **state)
{
	run(UINT32_MAX - 100000);
	run(INT32_MAX - 100000);
}

/* An imix burst, the library keeps all but the short ones: the first of them is due, no more. */
static void test_a_short_packet_waits_for_the_long_one_before_it(void **state)
{
	static const uint32_t bytes[] = {64, 1440, 64, 64};
	struct queue q = {.random = 1};

	send_burst(&q, 4, bytes);
	assert_int_equal(q.by_size, 1);
	bring_back(&q, 3, ESP_ORDER_SLOTS);
	assert_int_equal(q.given, 1);
	assert_int_equal(esp_order_waiting(&q.order), 2);
	bring_back(&q, 1, ESP_ORDER_SLOTS);
	assert_int_equal(q.given, 4);
}

static void test_a_burst_of_like_sizes_is_left_alone(void **state)
{
	static const uint32_t bytes[] = {1440, 1424, 1408, 1440};
	struct queue q = {.random = 1};

	send_burst(&q, 4, bytes);
	assert_int_equal(q.by_size, 0);
	assert_false(esp_order_needed(&q.order));
}

/* So many that the counters wrap, and none by size: what was sorted last is not ahead again. */
static void test_a_context_that_never_sorts_needs_no_order(void **state)
{
	struct esp_order order = {0};

	for (unsigned i = 0; i < 5; i++) {
		esp_order_skip(&order, INT32_MAX);
		assert_false(esp_order_needed(&order));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_job_is_given_once_and_in_order),
	    cmocka_unit_test(test_numbers_wrap),
	    cmocka_unit_test(test_a_short_packet_waits_for_the_long_one_before_it),
	    cmocka_unit_test(test_a_burst_of_like_sizes_is_left_alone),
	    cmocka_unit_test(test_a_context_that_never_sorts_needs_no_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
