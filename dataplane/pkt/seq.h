/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The sequence numbers of an outbound SA (RFC 4303 section 3.3.3): each is given out once, and the
 * counter never wraps, however many threads take from it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct seq {
	_Atomic uint64_t next; /* first number not given out yet; 1 on a new SA */
	uint64_t last;         /* highest that may be: 2^32-1, or 2^64-2 with ESN */
};

/* `next` is where to begin: 1 on a new SA, the stored ceiling after a restart; 0 counts as 1. */
static inline void seq_init(struct seq *s, bool esn, uint64_t next)
{
	s->last = esn ? UINT64_MAX - 1 : UINT32_MAX;
	atomic_store_explicit(&s->next, next ? next : 1, memory_order_relaxed);
}

static inline uint32_t seq_left(const struct seq *s, uint64_t next, uint32_t count)
{
	uint64_t left = next > s->last ? 0 : s->last - next + 1;

	return count < left ? count : (uint32_t)left;
}

/* Takes up to `count` consecutive numbers; the first is in *first. Returns how many were left: the
 * packets beyond are dropped as seq_exhausted. The numbers are to be used at once: what one thread
 * holds back the peer sees as reordering. `shared`: other threads take from it too. */
static inline uint32_t seq_reserve(struct seq *s, uint32_t count, uint64_t *first, bool shared)
{
	uint64_t next = atomic_load_explicit(&s->next, memory_order_relaxed);
	uint32_t taken = seq_left(s, next, count);

	if (!shared)
		atomic_store_explicit(&s->next, next + taken, memory_order_relaxed);
	else
		while (!atomic_compare_exchange_weak_explicit(
		    &s->next, &next, next + taken, memory_order_relaxed, memory_order_relaxed))
			taken = seq_left(s, next, count);
	*first = next;
	return taken;
}
