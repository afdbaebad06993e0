/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The syntax of a row as a person reads it: parameters by their names, or by their words where
 * there is nothing but words; no end of the stem, and nothing that is always refused. */
#include <string.h>

#include "control/config/pattern.h"

static void add_blank(struct text *out)
{
	if (out->bytes)
		text_puts(out, " ");
}

/* The words of a TYPE, without those that are refused. */
static void print_words(const char *type, const char *end, struct text *out)
{
	bool first = true;

	while (type < end) {
		size_t bytes = strcspn(type, "|>");

		if (*type != '!') {
			text_puts(out, first ? "" : "|");
			text_add(out, type, bytes);
			first = false;
		}
		type += bytes + 1;
	}
}

/* word, <name:TYPE> or key=<name:TYPE>. Returns what follows it. */
static const char *print_atom(const char *p, struct text *out)
{
	size_t plain = strcspn(p, " []{}()|;<");
	struct text words = {0};
	const char *colon, *end;

	add_blank(out);
	text_add(out, p, plain);
	p += plain;
	if (*p != '<')
		return p;
	colon = strchr(p, ':');
	end = strchr(p, '>');
	print_words(colon + 1, end, &words);
	if (words.data && !strpbrk(words.data, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"))
		text_puts(out, words.data);
	else
		text_printf(out, "<%.*s>", (int)(colon - p - 1), p + 1);
	text_free(&words);
	return end + 1;
}

static const char *print_choice(const char *p, struct text *out, unsigned *shown);

/* Up to the end of an alternative; nothing is appended when a part of it is refused. */
static const char *print_sequence(const char *p, struct text *out)
{
	struct text all = {0};
	bool refused = false;

	for (p += strspn(p, " ;"); *p && !strchr("]})|", *p); p += strspn(p, " ;")) {
		struct text inner = {0};
		unsigned shown;
		char open = *p;

		refused |= open == '!';
		if (!strchr("[({", open)) {
			p = print_atom(p + (open == '!'), &all);
			continue;
		}
		p = print_choice(p + 1, &inner, &shown) + 1;
		if (shown) {
			add_blank(&all);
			if (open == '(' && shown == 1)
				text_puts(&all, inner.data);
			else
				text_printf(&all, "%c %s %c", open, inner.data,
				    open == '['   ? ']'
				    : open == '{' ? '}'
						  : ')');
		}
		text_free(&inner);
	}
	if (!refused && all.data)
		text_puts(out, all.data);
	text_free(&all);
	return p;
}

/* Alternatives up to the closing bracket, which is returned; `shown` = how many there are. */
static const char *print_choice(const char *p, struct text *out, unsigned *shown)
{
	for (*shown = 0;; p++) {
		struct text one = {0};

		p = print_sequence(p, &one);
		if (one.data)
			text_printf(out, "%s%s", (*shown)++ ? " | " : "", one.data);
		text_free(&one);
		if (*p != '|')
			return p;
	}
}

void pattern_print(const char *syntax, struct text *out)
{
	struct text all = {0};
	unsigned shown;

	print_choice(syntax, &all, &shown);
	text_puts(out, all.data ? all.data : "");
	text_free(&all);
}
