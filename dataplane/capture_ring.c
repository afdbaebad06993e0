/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One writer, one reader, records of any length in one piece: what is left at the end of the buffer
 * and too short for the next record is skipped by a record without content. Positions only grow;
 * their low bits are the place in the buffer. */
#include "dataplane/capture_ring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNIT      8u
#define SKIP_ROOM UINT32_MAX /* `room` of a record that stands for the rest of the buffer */

int capture_ring_init(struct capture_ring *ring, uint32_t size)
{
	memset(ring, 0, sizeof(*ring));
	ring->bytes = aligned_alloc(64, size);
	if (!ring->bytes)
		return -ENOMEM;
	memset(ring->bytes, 0, size); /* its pages are there before the first packet is */
	ring->size = size;
	return 0;
}

void capture_ring_fini(struct capture_ring *ring)
{
	free(ring->bytes);
	ring->bytes = NULL;
}

static struct capture_record *record_at(const struct capture_ring *ring, uint64_t position)
{
	return (struct capture_record *)(ring->bytes + (position & (ring->size - 1)));
}

/* Bytes from a position to the end of the buffer. */
static uint32_t to_end(const struct capture_ring *ring, uint64_t position)
{
	return ring->size - (uint32_t)(position & (ring->size - 1));
}

struct capture_record *capture_ring_reserve(struct capture_ring *ring, uint32_t bytes)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);
	uint64_t lost = atomic_load_explicit(&ring->lost, memory_order_relaxed);
	uint64_t room = (sizeof(struct capture_record) + (uint64_t)bytes + UNIT - 1) / UNIT * UNIT;
	uint32_t end = to_end(ring, head);
	uint64_t need = room > end ? room + end : room;
	struct capture_record *record;

	if (need > ring->size - (head - tail)) {
		atomic_store_explicit(&ring->lost, lost + 1, memory_order_relaxed);
		return NULL;
	}
	if (room > end) {
		record_at(ring, head)->room = SKIP_ROOM;
		atomic_store_explicit(&ring->head, head + end, memory_order_release);
		head += end;
	}
	record = record_at(ring, head);
	record->room = (uint32_t)room;
	record->lost = lost;
	return record;
}

void capture_ring_commit(struct capture_ring *ring, const struct capture_record *record)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	atomic_store_explicit(&ring->head, head + record->room, memory_order_release);
}

const struct capture_record *capture_ring_peek(struct capture_ring *ring)
{
	uint64_t head = atomic_load_explicit(&ring->head, memory_order_acquire);
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail != head && record_at(ring, tail)->room == SKIP_ROOM) {
		tail += to_end(ring, tail);
		atomic_store_explicit(&ring->tail, tail, memory_order_release);
	}
	return tail == head ? NULL : record_at(ring, tail);
}

void capture_ring_release(struct capture_ring *ring, const struct capture_record *record)
{
	uint64_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	atomic_store_explicit(&ring->tail, tail + record->room, memory_order_release);
}
