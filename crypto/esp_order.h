/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bursts of mixed sizes go to the lanes by size, and come back as they were submitted.
 *
 * The lanes of a vector unit work in step, each time for as many blocks as the shortest packet in
 * them has left. Neighbours of like size are done in the same step, so a burst takes fewer of them
 * when it goes in by size: up and down in turns, so that where two bursts meet the sizes are alike
 * as well. A job that is back too early waits here for those before it.
 *
 *     jobs = esp_order_sort(&order, jobs, count, room);  numbers them; then all are sent
 *     esp_order_take(&order, done, n);                   these are back, the first sent first
 *     n = esp_order_give(&order, done, max);             those whose turn it is
 *
 * Used by the encrypt context: what is decrypted is hashed first, and gains nothing (measured). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "crypto/esp_crypto.h"

#define ESP_ORDER_SLOTS 256 /* more than can be in flight */

/* Jobs are numbered as they are sent. A job's place is the number that it would have had, had its
 * burst been left as it was. Numbers and places wrap. */
struct esp_order {
	uint32_t sent;                  /* number of the next job that is sent */
	uint32_t back;                  /* number of the next job that comes back */
	uint32_t given;                 /* place of the next job that is given */
	uint32_t sorted;                /* from this number on, a job's number is its place */
	bool longest_first;             /* how the next burst goes that is sorted */
	uint8_t place[ESP_ORDER_SLOTS]; /* by number, where it is in use */
	bool here[ESP_ORDER_SLOTS];     /* by place: it is back and waits */
	struct esp_done done[ESP_ORDER_SLOTS];
};

/* Jobs that are back and wait. */
static inline unsigned esp_order_waiting(const struct esp_order *order)
{
	return order->back - order->given;
}

/* True while what comes back may be out of order. */
static inline bool esp_order_needed(const struct esp_order *order)
{
	return esp_order_waiting(order) || (int32_t)(order->sorted - order->back) > 0;
}

/* `count` jobs came back while that was false: they are in order. */
static inline void esp_order_skip(struct esp_order *order, unsigned count)
{
	order->back += count;
	order->given += count;
	order->sorted = order->back; /* not left so far behind that it would seem ahead */
}

/* Numbers `count` jobs, and returns them as they are to be sent: `jobs`, or where their sizes
 * differ by enough, `by_size`, which has room for them. */
const struct esp_job *esp_order_sort(
    struct esp_order *order, const struct esp_job *jobs, unsigned count, struct esp_job *by_size);

/* Takes in the next `count` jobs that are back. */
void esp_order_take(struct esp_order *order, const struct esp_done *done, unsigned count);

/* Gives up to `max` of those whose turn it is; returns how many. */
unsigned esp_order_give(struct esp_order *order, struct esp_done *done, unsigned max);
