/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a frame of ours or of a peer goes, and which ESP packet it is: for captures, not for
 * forwarding, which knows its packets better. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct outer_frame {
	uint8_t family; /* 4 or 6 */
	bool esp;       /* as it is, or in UDP 4500; of fragments the first one alone */
	const uint8_t *source, *destination; /* in the frame */
	uint32_t spi, sequence;              /* with `esp`, host order */
};

/* Reads an Ethernet frame of which `bytes` bytes are there, with up to two VLAN tags. False when it
 * holds no whole IP header. */
bool outer_frame_read(const uint8_t *frame, uint32_t bytes, struct outer_frame *out);

/* The number that an inner packet and the outer one it travels in have in common; 0 = none. */
static inline uint64_t outer_frame_id(uint32_t spi, uint32_t sequence)
{
	return (uint64_t)spi << 32 | sequence;
}
