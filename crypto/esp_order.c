/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A counting sort of a burst by size, and the ring in which early jobs wait for the others. */
#include "crypto/esp_order.h"

#define CLASSES     8
#define CLASS_BYTES 256 /* a power of 2; the last class is of all that is longer */

_Static_assert(ESP_ORDER_SLOTS > ESP_CRYPTO_IN_FLIGHT_MAX, "a place would be used twice");
_Static_assert(ESP_ORDER_SLOTS == 1 << 8, "a place fits a byte, and wraps as one");

static bool worth_it(const struct esp_job *jobs, unsigned count)
{
	uint32_t differ = 0;

	for (unsigned i = 0; i < count; i++)
		differ |= jobs[i].cipher_bytes ^ jobs[0].cipher_bytes;
	return differ >= CLASS_BYTES;
}

/* Writes the class of each job, the first to go being 0, and how many jobs are in classes before.
 */
static void classify(const struct esp_job *jobs, unsigned count, bool longest_first,
    uint8_t *class_of, uint8_t *before)
{
	uint8_t jobs_of[CLASSES] = {0}, total = 0;

	for (unsigned i = 0; i < count; i++) {
		uint32_t class = jobs[i].cipher_bytes / CLASS_BYTES;

		class = class < CLASSES ? class : CLASSES - 1;
		class = longest_first ? CLASSES - 1 - class : class;
		class_of[i] = (uint8_t) class;
		jobs_of[class]++;
	}
	for (unsigned i = 0; i < CLASSES; i++) {
		before[i] = total;
		total = (uint8_t)(total + jobs_of[i]);
	}
}

static bool places_in_use(const struct esp_order *order)
{
	return (int32_t)(order->sorted - order->back) > 0;
}

static void places_are_numbers(struct esp_order *order, uint32_t from, uint32_t to)
{
	for (uint32_t number = from; number != to; number++)
		order->place[number % ESP_ORDER_SLOTS] = (uint8_t)number;
}

const struct esp_job *esp_order_sort(
    struct esp_order *order, const struct esp_job *jobs, unsigned count, struct esp_job *by_size)
{
	uint32_t first = order->sent;
	uint8_t class_of[ESP_CRYPTO_BURST_MAX], next[CLASSES];

	order->sent += count;
	if (__builtin_expect(!worth_it(jobs, count), 1))
		return jobs;
	/* Those of earlier bursts that were left as they are. */
	places_are_numbers(order, places_in_use(order) ? order->sorted : order->back, first);
	classify(jobs, count, order->longest_first, class_of, next);
	for (unsigned i = 0; i < count; i++) {
		unsigned to = next[class_of[i]]++;

		by_size[to] = jobs[i];
		order->place[(first + to) % ESP_ORDER_SLOTS] = (uint8_t)(first + i);
	}
	order->longest_first = !order->longest_first;
	order->sorted = order->sent;
	return by_size;
}

void esp_order_take(struct esp_order *order, const struct esp_done *done, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint32_t number = order->back + i;
		uint8_t place = (int32_t)(order->sorted - number) > 0
				    ? order->place[number % ESP_ORDER_SLOTS]
				    : (uint8_t)number;

		order->done[place] = done[i];
		order->here[place] = true;
	}
	order->back += count;
}

unsigned esp_order_give(struct esp_order *order, struct esp_done *done, unsigned max)
{
	uint32_t given = order->given;
	unsigned n = 0;

	while (n < max && order->here[given % ESP_ORDER_SLOTS]) {
		order->here[given % ESP_ORDER_SLOTS] = false;
		done[n++] = order->done[given++ % ESP_ORDER_SLOTS];
	}
	order->given = given;
	return n;
}
