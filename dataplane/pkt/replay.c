/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The anti-replay window: a ring of 64-bit words with one word more than the window needs, so that
 * the window slides by clearing the words it enters and nothing is shifted (RFC 6479).
 *
 * The ring is larger than the window on purpose; the limit of the window is the arithmetic in
 * replay_check(), exactly `window` numbers as RFC 4303 defines it. */
#include "dataplane/pkt/replay.h"

#include <string.h>

void replay_init(struct replay *r, uint32_t window, bool esn, uint64_t top)
{
	uint32_t words = 2;

	if (window < REPLAY_WINDOW_MIN)
		window = REPLAY_WINDOW_MIN;
	if (window > REPLAY_WINDOW_MAX)
		window = REPLAY_WINDOW_MAX;
	while ((words - 1) * 64 < window)
		words *= 2;
	r->top = top;
	r->window = window;
	r->word_mask = words - 1;
	r->esn = esn;
	/* All of an earlier life counts as received. */
	memset(r->seen, top ? 0xff : 0, sizeof(r->seen));
	if (top)
		r->seen[top / 64 & r->word_mask] = (UINT64_C(2) << (top % 64)) - 1;
}

/* Clears the words between the one of the old top and the one of the new. */
static void slide(struct replay *r, uint64_t sequence)
{
	uint64_t from = r->top / 64, to = sequence / 64;

	if (to - from > r->word_mask)
		from = to - r->word_mask - 1;
	while (from != to)
		r->seen[++from & r->word_mask] = 0;
	r->top = sequence;
}

enum pkt_verdict replay_commit(struct replay *r, uint64_t sequence)
{
	enum pkt_verdict verdict = replay_check(r, sequence);

	if (verdict != PKT_OK)
		return verdict;
	if (sequence > r->top)
		slide(r, sequence);
	r->seen[sequence / 64 & r->word_mask] |= UINT64_C(1) << (sequence % 64);
	return PKT_OK;
}
