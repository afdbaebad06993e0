/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading cfg.v1: which slots changed, and private copies of the records that hold no keys. */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "common/shm_abi.h"

struct sync;
struct sync_outcome;

static inline uint32_t slot_sequence(const void *slot)
{
	const struct shm_slot_head *head = slot;

	return atomic_load_explicit(&head->sequence, memory_order_acquire);
}

/* Brings the copies of links, adjacencies, groups, tunnels and filters up to date and notes in `sync->stale`
 * which changed. */
void sync_read_tables(struct sync *sync, struct sync_outcome *outcome);

/* Takes the bank in force when it is another than the one looked at last, and prepares the FIB with
 * it. A bank that is not right as a whole, or that the FIB has no room for, changes nothing: half a
 * bank could send in the clear what a missing route would have encrypted. */
void sync_read_routes(struct sync *sync, struct sync_outcome *outcome);

/* Counts a record that is not right and says so in the log, once a second at most. */
void sync_note_invalid(struct sync *sync, const char *what, uint32_t slot, const char *why);
