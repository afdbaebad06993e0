/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A screen of `cgw top` as lines of text: two samples in, lines out. */
#pragma once

#include <stdio.h>

#include "control/console/top_sample.h"

struct top_view {
	unsigned columns,
	    lines;      /* of the screen; lines 0 = as many as it takes, and no line for the keys */
	unsigned first; /* the tunnel at the top of the list; brought into the list's range */
	const char *end; /* of a line: "\n", or what a terminal wants */
};

/* Writes at most view->lines lines of at most view->columns columns. `seconds` lie between the
 * samples; 0 = there is no `before` yet, and no rates. */
void top_draw(FILE *out, struct top_view *view, const struct top_sample *before,
    const struct top_sample *now, double seconds);
