/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sentences that were made where nobody knows a language (the client of AWS, HTTP, TLS), with their
 * values in them: found by their form, line by line, and said in the language in use. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "control/config/language.h"
#include "control/config/text.h"

#define HOLES 6
#define DEPTH 4 /* of sentences within sentences */

struct hole {
	const char *text;
	size_t bytes;
};

/* Whether the whole text is of that form: %s is any text, the shortest that does, %u a number. */
static bool fits(const char *form, const char *text, size_t bytes, struct hole *holes)
{
	for (; *form && *form != '%'; form++, text++, bytes--)
		if (!bytes || *form != *text)
			return false;
	if (!*form)
		return !bytes;
	for (size_t taken = 1; taken <= bytes; taken++) {
		if (form[1] == 'u' && !isdigit((unsigned char)text[taken - 1]))
			return false;
		*holes = (struct hole){text, taken};
		if (fits(form + 2, text + taken, bytes - taken, holes + 1))
			return true;
	}
	return false;
}

static void translate(const char *text, size_t bytes, unsigned depth, struct text *out)
{
	struct hole holes[HOLES] = {{0}};
	const char *p = NULL;

	for (unsigned i = 0; depth && !p && i < language_form_count; i++)
		if (fits(language_forms[i].english, text, bytes, holes))
			p = language_forms[i].japanese;
	if (!p) {
		text_add(out, text, bytes);
		return;
	}
	for (; *p; p++) {
		if (*p == '%' && p[1] >= '1' && p[1] <= '0' + HOLES) {
			const struct hole *hole = &holes[*++p - '1'];

			translate(hole->text, hole->bytes, depth - 1, out);
		} else {
			text_add(out, p, 1);
		}
	}
}

const char *say_made(const char *english, char *made, size_t made_bytes)
{
	struct text out = {0};

	if (!language_is_japanese())
		return english;
	for (const char *line = english; *line;) {
		size_t bytes = strcspn(line, "\n");

		translate(line, bytes, DEPTH, &out);
		line += bytes;
		if (*line)
			text_add(&out, line++, 1);
	}
	if (!out.data || out.bad || out.bytes >= made_bytes)
		made = NULL;
	else
		memcpy(made, out.data, out.bytes + 1);
	text_free(&out);
	return made ? made : english;
}
