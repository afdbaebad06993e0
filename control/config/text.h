/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A text that grows. After memory ran short it is `bad` and stays as it was: test once at the end.
 * The memory is wiped when it is freed or moved, since the text may hold secrets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data;   /* NUL-terminated once anything was added; NULL before */
	size_t bytes; /* without the NUL */
	size_t room;
	bool bad; /* memory ran short: something is missing */
};

void text_add(struct text *text, const char *data, size_t bytes);
void text_puts(struct text *text, const char *string);
/* The same; what stands behind a line feed begins with so many blanks. */
void text_puts_indented(struct text *text, const char *string, unsigned blanks);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

bool text_equal(const struct text *a, const struct text *b);

/* Hands over the string (never NULL unless memory was short) and empties `text`. */
char *text_take(struct text *text);

/* Wipes and frees; `text` is empty again. */
void text_free(struct text *text);
