/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The anti-replay window of an inbound SA (RFC 4303 section 3.4.3 and appendix A), as a ring of
 * words that slides without shifting (the idea of RFC 6479).
 *
 * Check before decryption, commit after authentication: only the commit moves anything, and it
 * checks again, since two copies may be in flight at once. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/pkt/verdict.h"

#define REPLAY_WINDOW_MIN 64
#define REPLAY_WINDOW_MAX 8192
#define REPLAY_WORDS      (REPLAY_WINDOW_MAX / 64 * 2)

struct replay {
	uint64_t top;    /* highest authenticated number; 0 = none yet */
	uint32_t window; /* numbers up to top that may still come: 64..8192 */
	uint16_t word_mask;
	bool esn;                    /* numbers have 64 bits, the wire carries the low 32 */
	uint64_t seen[REPLAY_WORDS]; /* bit n % 64 of word n / 64 & word_mask: n was received */
};

/* Begins a window. `top` 0: a new SA. Otherwise the SA lived before and what it received below is
 * forgotten: only numbers above `top` are accepted. `window` is brought into its limits. */
void replay_init(struct replay *r, uint32_t window, bool esn, uint64_t top);

/* The whole number of a packet that carries `low` on the wire: `low` itself without ESN, else the
 * one nearest the window (RFC 4303 appendix A2.2). A guess: the ICV decides. */
static inline uint64_t replay_infer(const struct replay *r, uint32_t low)
{
	uint32_t top_low = (uint32_t)r->top, bottom = top_low - r->window + 1;
	uint64_t high = r->top & ~(uint64_t)UINT32_MAX;

	if (!r->esn)
		return low;
	if (top_low >= r->window - 1)
		return low >= bottom ? high | low : (high + (UINT64_C(1) << 32)) | low;
	return low >= bottom && high ? (high - (UINT64_C(1) << 32)) | low : high | low;
}

static inline enum pkt_verdict replay_check(const struct replay *r, uint64_t sequence)
{
	if (sequence > r->top)
		return PKT_OK;
	if (sequence == 0)
		return PKT_DROP_SEQ_ZERO;
	if (r->top - sequence >= r->window)
		return PKT_DROP_REPLAY_OLD;
	if (r->seen[sequence / 64 & r->word_mask] >> (sequence % 64) & 1)
		return PKT_DROP_REPLAY;
	return PKT_OK;
}

/* Marks an authenticated number as received and moves the window when it is the highest. The same
 * verdicts as replay_check(), and nothing changed then. */
enum pkt_verdict replay_commit(struct replay *r, uint64_t sequence);

/* The same for a packet that is newer than all others, and no more than a word of the ring ahead.
 * False: nothing was done, replay_commit() is to. */
static inline bool replay_advance(struct replay *r, uint64_t sequence)
{
	uint64_t from = r->top / 64, to = sequence / 64;

	if (sequence <= r->top || to - from > 1)
		return false;
	if (to != from)
		r->seen[to & r->word_mask] = 0;
	r->top = sequence;
	r->seen[to & r->word_mask] |= UINT64_C(1) << (sequence % 64);
	return true;
}
