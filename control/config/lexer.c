/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Splits a line into words: quoting, escapes, comments, and the refusal of everything that is not
 * printable UTF-8 (RFC 3629). It does not know a single command. */
#include "control/config/lexer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "common/secret.h"
#include "control/config/language.h"

struct scan {
	const unsigned char *p, *end;
	unsigned column; /* of *p */
	char *error;
	size_t error_bytes;
	unsigned *error_column;
};

static int __attribute__((format(printf, 3, 4)))
refuse(struct scan *scan, unsigned column, const char *format, ...)
{
	char text[300];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), say(format), args);
	va_end(args);
	snprintf(scan->error, scan->error_bytes, say("column %u: %s"), column, text);
	*scan->error_column = column;
	return -EINVAL;
}

/* Bytes of the UTF-8 character at p: shortest form, no surrogates, up to U+10FFFF. 0 = not valid.
 */
static unsigned utf8_bytes(const unsigned char *p, const unsigned char *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0;
	uint32_t c;

	if (!n || (size_t)(end - p) < n)
		return 0;
	if (n == 1)
		return 1;
	c = *p & (0x7fu >> n);
	for (unsigned i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		c = c << 6 | (p[i] & 0x3fu);
	}
	return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

/* Characters that change the direction of the text around them (Unicode, UAX #9): what is shown
 * would not be what is stored. */
static bool is_direction_mark(uint32_t c)
{
	return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* The character at the cursor, checked: its bytes, or 0 after refuse(). C1 controls (U+0080 to
 * U+009F) drive a terminal as the C0 ones do. */
static unsigned scan_char(struct scan *scan)
{
	unsigned n = utf8_bytes(scan->p, scan->end);
	uint32_t c = 0;

	if (n == 3)
		c = (scan->p[0] & 0xfu) << 12 | (scan->p[1] & 0x3fu) << 6 | (scan->p[2] & 0x3fu);
	if (!n)
		refuse(scan, scan->column, "byte 0x%02x is not UTF-8", *scan->p);
	else if ((*scan->p < 0x20 && *scan->p != '\t') || *scan->p == 0x7f)
		refuse(scan, scan->column, "control character 0x%02x", *scan->p);
	else if (n == 2 && scan->p[0] == 0xc2 && scan->p[1] < 0xa0)
		refuse(scan, scan->column, "control character U+%04X", scan->p[1]);
	else if (is_direction_mark(c))
		refuse(scan, scan->column, "control character U+%04X", c);
	else
		return n;
	return 0;
}

static bool is_blank(unsigned char c)
{
	return c == ' ' || c == '\t';
}

static void keep(struct lexer *lexer, struct scan *scan, unsigned n)
{
	memcpy(lexer->storage + lexer->bytes, scan->p, n);
	lexer->bytes += (uint16_t)n;
	scan->p += n;
	scan->column++;
}

/* Reads the character behind a backslash. */
static int scan_escape(struct lexer *lexer, struct scan *scan)
{
	unsigned n;

	scan->p++;
	scan->column++;
	if (scan->p == scan->end)
		return refuse(scan, scan->column - 1, "a backslash ends the line");
	n = scan_char(scan);
	if (!n)
		return -EINVAL;
	keep(lexer, scan, n);
	return 0;
}

static int scan_quoted(struct lexer *lexer, struct scan *scan, unsigned char quote)
{
	unsigned opened = scan->column;
	int rc = 0;

	scan->p++;
	scan->column++;
	while (scan->p < scan->end && *scan->p != quote && !rc) {
		unsigned n = scan_char(scan);

		if (!n)
			return -EINVAL;
		if (*scan->p == '\\' && quote == '"')
			rc = scan_escape(lexer, scan);
		else
			keep(lexer, scan, n);
	}
	if (rc)
		return rc;
	if (scan->p == scan->end)
		return refuse(scan, opened, "the quote that opens here is not closed");
	scan->p++;
	scan->column++;
	return 0;
}

/* <id>: something to be filled in, as files for the router have it. */
static bool is_placeholder(const struct lexer *lexer, const struct lexer_word *word)
{
	return !word->quoted && lexer->storage[word->text] == '<' && lexer->bytes > word->text;
}

/* One word; the cursor stands on its first character. */
static int scan_word(struct lexer *lexer, struct scan *scan)
{
	struct lexer_word *word;
	int rc = 0;

	if (lexer->count == LEXER_WORDS)
		return refuse(scan, scan->column, "more than %d words", LEXER_WORDS);
	word = &lexer->word[lexer->count++];
	*word = (struct lexer_word){.text = lexer->bytes, .column = (uint16_t)scan->column};
	while (scan->p < scan->end && !is_blank(*scan->p) && *scan->p != '?' && *scan->p != '|' &&
	       !rc) {
		unsigned n = scan_char(scan);

		if (!n)
			return -EINVAL;
		if (*scan->p == '\\') {
			word->quoted = true;
			rc = scan_escape(lexer, scan);
		} else if (*scan->p == '\'' || *scan->p == '"') {
			word->quoted = true;
			rc = scan_quoted(lexer, scan, *scan->p);
		} else if (*scan->p == '>' && !is_placeholder(lexer, word)) {
			rc = refuse(scan, scan->column,
			    "\">\" would write to a file, which `export config` does; quote it to "
			    "mean the character");
		} else {
			keep(lexer, scan, n);
		}
	}
	lexer->storage[lexer->bytes++] = '\0';
	return rc;
}

int lexer_split(
    struct lexer *lexer, const char *line, size_t bytes, char *error, size_t error_bytes)
{
	struct scan scan = {.p = (const unsigned char *)line, .column = 1};
	size_t chars = 0;

	scan.end = scan.p + bytes;
	scan.error = error;
	scan.error_bytes = error_bytes;
	scan.error_column = &lexer->error_column;
	lexer->error_column = 0;
	lexer->count = 0;
	lexer->bytes = 0;
	lexer->open = false;
	lexer->help_column = 0;
	lexer->pipe_column = 0;
	lexer->pipe = 0;
	for (size_t i = 0; i < bytes && chars <= CONFIG_LINE_CHARS; i++)
		chars += (scan.p[i] & 0xc0) != 0x80;
	if (chars > CONFIG_LINE_CHARS || bytes > (size_t)CONFIG_LINE_CHARS * 4)
		return refuse(&scan, CONFIG_LINE_CHARS + 1,
		    "the line is longer than %d characters and was not executed",
		    CONFIG_LINE_CHARS);
	while (scan.p < scan.end) {
		lexer->end_column = scan.column;
		lexer->open = false;
		if (is_blank(*scan.p)) {
			scan.p++;
			scan.column++;
		} else if (*scan.p == '#') {
			break;
		} else if (*scan.p == '|') {
			lexer->pipe_column = scan.column;
			lexer->pipe = (size_t)(scan.p - (const unsigned char *)line) + 1;
			break;
		} else if (*scan.p == '?') {
			lexer->help_column = scan.column;
			return 0;
		} else {
			if (scan_word(lexer, &scan))
				return -EINVAL;
			lexer->open = true;
		}
	}
	if (scan.p == scan.end)
		lexer->end_column = scan.column;
	/* A comment is not carried out, but its bytes are held to the same rule. */
	for (unsigned n; scan.p < scan.end; scan.p += n, scan.column++) {
		n = scan_char(&scan);
		if (!n)
			return -EINVAL;
	}
	return 0;
}

void lexer_wipe(struct lexer *lexer)
{
	secret_wipe(lexer, sizeof(*lexer));
}
