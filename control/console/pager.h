/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Pages of `console lines`: so many lines, whatever the terminal's height. */
#pragma once

#include <stddef.h>
#include <stdio.h>

/* Writes whole lines to `out`, a page of `lines` at a time with the line that asks for a key: SPACE
 * brings a page, ENTER a line, q and Ctrl-C end it. All at once where standard input is no
 * terminal. */
void pager_show(const char *text, size_t bytes, unsigned lines, FILE *out);
