/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The sequence numbers of an outbound SA (RFC 4303 section 3.3.3): each is given out once, and the
 * counter never wraps. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct seq {
	uint64_t next; /* first number not given out yet; 1 on a new SA */
	uint64_t last; /* highest that may be: 2^32-1, or 2^64-2 with ESN */
};

/* `next` is where to begin: 1 on a new SA, the stored ceiling after a restart; 0 counts as 1. */
static inline void seq_init(struct seq *s, bool esn, uint64_t next)
{
	s->last = esn ? UINT64_MAX - 1 : UINT32_MAX;
	s->next = next ? next : 1;
}

/* Takes up to `count` consecutive numbers; the first is in *first. Returns how many were left: the
 * packets beyond are dropped as seq_exhausted. */
static inline uint32_t seq_reserve(struct seq *s, uint32_t count, uint64_t *first)
{
	uint64_t left = s->next > s->last ? 0 : s->last - s->next + 1;
	uint32_t taken = count < left ? count : (uint32_t)left;

	*first = s->next;
	s->next += taken;
	return taken;
}
