/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Growing texts. They do not shrink and know nothing of columns or encodings. */
#include "control/config/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

/* Room for `bytes` more and a NUL; the old memory is wiped, so realloc() will not do. */
static bool text_reserve(struct text *text, size_t bytes)
{
	size_t room = text->room ? text->room : 256;
	char *data;

	if (text->bad || bytes > SIZE_MAX / 4) {
		text->bad = true;
		return false;
	}
	while (room < text->bytes + bytes + 1)
		room *= 2;
	if (room == text->room)
		return true;
	data = malloc(room);
	if (!data) {
		text->bad = true;
		return false;
	}
	if (text->data) {
		memcpy(data, text->data, text->bytes + 1);
		secret_wipe(text->data, text->room);
		free(text->data);
	} else {
		data[0] = '\0';
	}
	text->data = data;
	text->room = room;
	return true;
}

void text_add(struct text *text, const char *data, size_t bytes)
{
	if (!text_reserve(text, bytes))
		return;
	memcpy(text->data + text->bytes, data, bytes);
	text->bytes += bytes;
	text->data[text->bytes] = '\0';
}

void text_puts(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_puts_indented(struct text *text, const char *string, unsigned blanks)
{
	for (const char *end; (end = strchr(string, '\n')); string = end + 1) {
		text_add(text, string, (size_t)(end - string));
		text_printf(text, "\n%*s", (int)blanks, "");
	}
	text_puts(text, string);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (bytes < 0 || !text_reserve(text, (size_t)bytes)) {
		text->bad = true;
		return;
	}
	va_start(args, format);
	vsnprintf(text->data + text->bytes, (size_t)bytes + 1, format, args);
	va_end(args);
	text->bytes += (size_t)bytes;
}

bool text_equal(const struct text *a, const struct text *b)
{
	return a->bytes == b->bytes && (a->bytes == 0 || memcmp(a->data, b->data, a->bytes) == 0);
}

char *text_take(struct text *text)
{
	char *data;

	text_add(text, "", 0);
	if (text->bad) {
		text_free(text);
		return NULL;
	}
	data = text->data;
	*text = (struct text){0};
	return data;
}

void text_free(struct text *text)
{
	if (text->data)
		secret_wipe(text->data, text->room);
	free(text->data);
	*text = (struct text){0};
}
