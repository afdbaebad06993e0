/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packets on their way into a capture file: a ring of bytes between one thread that forwards and
 * the one that writes the file. What does not fit is counted and forgotten; nobody waits. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A packet in the ring, its bytes behind it. */
struct capture_record {
	uint32_t room;      /* of the record in the ring, with padding; a multiple of 8 */
	uint32_t bytes;     /* that were kept */
	uint32_t original;  /* of the packet */
	uint32_t interface; /* as the two sides agree */
	int64_t time_nsec;
	uint64_t id;        /* outer_frame_id() of an inner packet, 0 = none */
	uint64_t lost;     /* packets that found the ring full before this one, ever */
	uint8_t direction; /* enum pcapng_direction */
	uint8_t reason;    /* enum drop_reason; 0 = not dropped */
	uint8_t reserved[6];
	uint8_t data[];
};

struct capture_ring {
	uint32_t size; /* bytes, a power of two */
	uint8_t *bytes;
	_Alignas(64) _Atomic uint64_t head; /* written by the one that puts in */
	_Atomic uint64_t lost;
	_Alignas(64) _Atomic uint64_t tail; /* written by the one that takes out */
};

/* `size`: a power of two, 4096 or more. 0 or -ENOMEM. */
int capture_ring_init(struct capture_ring *ring, uint32_t size);
void capture_ring_fini(struct capture_ring *ring);

/* Room for a packet of which `bytes` are kept, to be filled and committed; NULL: full, and counted
 * as lost. `room` and `lost` are filled in already. */
struct capture_record *capture_ring_reserve(struct capture_ring *ring, uint32_t bytes);
void capture_ring_commit(struct capture_ring *ring, const struct capture_record *record);

/* The oldest packet or NULL; it stays where it is until it is released. */
const struct capture_record *capture_ring_peek(struct capture_ring *ring);
void capture_ring_release(struct capture_ring *ring, const struct capture_record *record);
