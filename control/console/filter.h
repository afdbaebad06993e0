/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `| grep` and `| less` behind a command: which lines of its output are shown, and how. The server
 * checks them and says them to the client, which does them: a slow expression slows nobody else. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct filter;

/* From the server's frame {"filter":[{"grep":"x","v":true}, {"less":true}]}, or [{"page":24}]. NULL
 * with a sentence when an expression is no regular expression, or there is no memory. */
struct filter *filter_new(const json_t *stages, char *error, size_t error_bytes);

/* Takes output; whole lines that pass are written to `out` as they come. */
void filter_text(struct filter *filter, const char *text, size_t bytes, FILE *out);

/* The output has ended: a last line without its end, counts, the pager. Frees. */
void filter_end(struct filter *filter, FILE *out);
