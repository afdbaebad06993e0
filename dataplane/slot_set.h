/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A set of slots of one table, a bit for each: which of them changed. Housekeeping thread only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct slot_set {
	uint32_t count; /* of slots in the table */
	uint64_t *word; /* NULL: not made */
};

/* An empty set for a table of `count` slots. 0 or -ENOMEM. */
int slot_set_init(struct slot_set *set, uint32_t count);
void slot_set_fini(struct slot_set *set);

void slot_set_clear(struct slot_set *set);

/* Puts in all slots of the table, if there is one. */
void slot_set_fill(struct slot_set *set);

/* The first slot in the set that is not below *slot, into *slot. False: there is none. So
 *   for (uint32_t slot = 0; slot_set_next(set, &slot); slot++)
 * asks for all of them, in order. */
bool slot_set_next(const struct slot_set *set, uint32_t *slot);

static inline void slot_set_remove(struct slot_set *set, uint32_t slot)
{
	set->word[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

static inline void slot_set_add(struct slot_set *set, uint32_t slot)
{
	set->word[slot / 64] |= UINT64_C(1) << slot % 64;
}
