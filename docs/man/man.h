/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Manual pages in mdoc(7), out of the tables that the programs themselves work by. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "common/options.h"

/* Text for the page, a line for each sentence: what roff would take for a request or an escape is
 * taken for itself. */
void man_text(FILE *out, const char *text);
/* The same as one argument of a macro, in quotes. */
void man_argument(FILE *out, const char *text);

/* .Dd, .Dt, .Os and NAME. `date`: "January 1, 2026". */
void man_head(
    FILE *out, const char *date, const char *name, const char *section, const char *summary);
/* SEE ALSO: "cgw 1", ... */
void man_see_also(FILE *out, const char *const *pages);

/* The page of a program. */
void man_program(FILE *out, const char *date, const struct option_table *table);
/* cgw-commands(7): every row of the grammar. */
void man_commands(FILE *out, const char *date, bool japanese);
