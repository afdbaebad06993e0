/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What each of the dataplane's drop reasons means to a person, and what to do about it. The names,
 * and one sentence each, come from the dataplane itself; a reason without a row here fails a test.
 */
#pragma once

/* Which counters a reason shows in, besides its own. */
enum explain_counter {
	EXPLAIN_ALONE,  /* none: the packet is nobody's yet, or everybody's */
	EXPLAIN_REPLAY, /* of the inbound SA: those that its window refused */
	EXPLAIN_ICV,    /* of the inbound SA: those that are not authentic */
	EXPLAIN_TUNNEL, /* of the tunnel, among all its drops */
};

struct explain_row {
	const char *name;  /* as in state.v1 */
	const char *rules; /* where the rule stands, "" = nowhere but here */
	enum explain_counter counter;
	const char *meaning, *meaning_ja;
	const char *advice, *advice_ja;
};

/* NULL = there is none of that name. */
const struct explain_row *explain_find(const char *name);

extern const struct explain_row explain_rows[];
extern const unsigned explain_row_count;
