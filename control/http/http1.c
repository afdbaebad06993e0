/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The one wrapper of http-parser, which is lenient, and a guard beside it, which is not.
 *
 * The parser says which bytes are body. All others are head or chunk framing and must form lines
 * that end in CR LF, have no control byte in them, do not begin with white space, and stay within
 * the limits of http.h: so a bare LF, a NUL, a folded field or a chunk without its CR LF is refused
 * though the parser would let it pass. Transfer-Encoding is "chunked" or nothing, a body is never
 * compressed, there is one answer to a connection. RFC 9112 sections 2.2, 5.1, 5.2, 6, 7.1. */
#include "control/http/http1.h"

#include <ctype.h>
#include <http_parser.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/secret.h"
#include "control/http/http.h"

#define FIELD_TEXT 128 /* of a field whose value matters; of a name */

/* A text collected from the pieces the parser gives. */
struct text {
	char bytes[FIELD_TEXT];
	size_t length; /* may exceed what is kept */
};

struct guard {
	const uint8_t *next; /* first byte of this input that it has not seen */
	size_t bytes, lines, line_bytes;
	bool after_cr;
	bool after_chunk; /* the last byte was a chunk's: its CR LF comes next */
};

struct http1 {
	http_parser parser;
	struct guard guard;
	enum http1_status status;
	const char *why;
	struct text name, value;
	bool in_value;      /* the last piece was of a value: the next name begins a new field */
	bool head_complete; /* fields from here on are trailers */
	unsigned fields, interim, lengths, encodings;
	struct http1_answer answer;
	size_t body_room;
};

static int refuse(struct http1 *h, const char *why)
{
	if (h->status != HTTP1_BAD)
		h->why = why;
	h->status = HTTP1_BAD;
	return -1;
}

/* ---- the guard ---- */

static int guard_byte(struct http1 *h, uint8_t c)
{
	struct guard *g = &h->guard;

	if (++g->bytes > HTTP_HEAD_MAX)
		return refuse(h, "the head is too long");
	if (g->after_chunk && c != '\r')
		return refuse(h, "a chunk without its CR LF");
	g->after_chunk = false;
	if (g->after_cr != (c == '\n'))
		return refuse(h, g->after_cr ? "a CR without LF" : "a LF without CR");
	g->after_cr = c == '\r';
	if (c == '\n') {
		g->line_bytes = 0;
		return ++g->lines > HTTP_LINES_MAX ? refuse(h, "too many lines") : 0;
	}
	if (c == '\r')
		return 0;
	if ((c < 0x20 && c != '\t') || c == 0x7f)
		return refuse(h, "a control byte in the head");
	if (g->line_bytes == 0 && (c == ' ' || c == '\t'))
		return refuse(h, "a folded header line");
	return ++g->line_bytes > HTTP_LINE_MAX ? refuse(h, "a line is too long") : 0;
}

static int guard_until(struct http1 *h, const uint8_t *end)
{
	for (; h->guard.next < end; h->guard.next++)
		if (guard_byte(h, *h->guard.next))
			return -1;
	return 0;
}

/* ---- fields ---- */

static void text_add(struct text *t, const char *piece, size_t bytes)
{
	if (t->length + bytes < sizeof(t->bytes)) {
		memcpy(t->bytes + t->length, piece, bytes);
		t->bytes[t->length + bytes] = '\0';
	}
	t->length += bytes;
}

static bool text_is(const struct text *t, const char *wanted)
{
	return t->length < sizeof(t->bytes) && strcasecmp(t->bytes, wanted) == 0;
}

static void text_trim(struct text *t)
{
	if (t->length >= sizeof(t->bytes))
		return;
	while (t->length && (t->bytes[t->length - 1] == ' ' || t->bytes[t->length - 1] == '\t'))
		t->bytes[--t->length] = '\0';
}

/* RFC 9110 5.6.2: a token. */
static bool is_token(const struct text *t)
{
	if (t->length == 0 || t->length >= sizeof(t->bytes))
		return false;
	for (const char *p = t->bytes; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("!#$%&'*+-.^_`|~", *p))
			return false;
	return true;
}

static bool is_length(const struct text *t)
{
	return t->length > 0 && t->length <= 19 && strspn(t->bytes, "0123456789") == t->length;
}

static int field_done(struct http1 *h)
{
	if (!h->in_value)
		return 0;
	h->in_value = false;
	text_trim(&h->value);
	if (++h->fields > HTTP_HEADERS_MAX)
		return refuse(h, "too many header fields");
	if (!is_token(&h->name))
		return refuse(h, "an illegal header field name");
	if (h->head_complete)
		return 0;
	if (text_is(&h->name, "content-length") && (++h->lengths > 1 || !is_length(&h->value)))
		return refuse(h, "an illegal Content-Length");
	if (text_is(&h->name, "transfer-encoding") &&
	    (++h->encodings > 1 || !text_is(&h->value, "chunked")))
		return refuse(h, "an unknown Transfer-Encoding");
	if (text_is(&h->name, "content-encoding") && !text_is(&h->value, "identity"))
		return refuse(h, "an encoded body");
	if (text_is(&h->name, "date") && h->value.length < sizeof(h->answer.date))
		memcpy(h->answer.date, h->value.bytes, h->value.length + 1);
	return 0;
}

/* ---- callbacks of the parser ---- */

static int on_message_begin(http_parser *parser)
{
	struct http1 *h = parser->data;

	h->head_complete = false;
	h->lengths = h->encodings = 0;
	h->answer.date[0] = '\0';
	return 0;
}

static int on_header_field(http_parser *parser, const char *piece, size_t bytes)
{
	struct http1 *h = parser->data;

	if (h->in_value || h->name.length == 0) {
		if (field_done(h))
			return -1;
		memset(&h->name, 0, sizeof(h->name));
	}
	text_add(&h->name, piece, bytes);
	return 0;
}

static int on_header_value(http_parser *parser, const char *piece, size_t bytes)
{
	struct http1 *h = parser->data;

	if (!h->in_value)
		memset(&h->value, 0, sizeof(h->value));
	h->in_value = true;
	text_add(&h->value, piece, bytes);
	return 0;
}

static int on_headers_complete(http_parser *parser)
{
	struct http1 *h = parser->data;

	if (field_done(h))
		return -1;
	memset(&h->name, 0, sizeof(h->name));
	h->head_complete = true;
	if (parser->http_major != 1 || parser->http_minor > 1)
		return refuse(h, "an unknown HTTP version");
	if (parser->status_code < 100 || parser->status_code > 599 || parser->status_code == 101 ||
	    parser->upgrade)
		return refuse(h, "an unexpected status");
	if (h->lengths && h->encodings)
		return refuse(h, "both Content-Length and Transfer-Encoding");
	if (h->lengths && parser->content_length > HTTP_BODY_MAX)
		return refuse(h, "the body is too long");
	if (parser->status_code < 200 && (h->lengths || h->encodings))
		return refuse(h, "an interim answer with a body");
	if (parser->status_code < 200)
		return ++h->interim > HTTP_INTERIM_MAX ? refuse(h, "too many interim answers") : 0;
	h->answer.status = parser->status_code;
	return 0;
}

static int body_grow(struct http1 *h, size_t need)
{
	size_t room = h->body_room ? h->body_room : 8192;
	char *grown;

	while (room < need)
		room *= 2;
	grown = malloc(room);
	if (!grown)
		return refuse(h, "out of memory");
	if (h->answer.body_bytes)
		memcpy(grown, h->answer.body, h->answer.body_bytes);
	if (h->answer.body)
		secret_wipe(h->answer.body, h->body_room);
	free(h->answer.body);
	h->answer.body = grown;
	h->body_room = room;
	return 0;
}

static int on_body(http_parser *parser, const char *piece, size_t bytes)
{
	struct http1 *h = parser->data;
	size_t have = h->answer.body_bytes;

	if (guard_until(h, (const uint8_t *)piece))
		return -1;
	h->guard.next += bytes;
	h->guard.after_chunk = (parser->flags & F_CHUNKED) != 0;
	if (bytes > HTTP_BODY_MAX - have)
		return refuse(h, "the body is too long");
	if (have + bytes > h->body_room && body_grow(h, have + bytes))
		return -1;
	memcpy(h->answer.body + have, piece, bytes);
	h->answer.body_bytes = have + bytes;
	return 0;
}

static int on_message_complete(http_parser *parser)
{
	struct http1 *h = parser->data;

	if (field_done(h))
		return -1;
	memset(&h->name, 0, sizeof(h->name));
	if (parser->status_code >= 200) {
		h->status = HTTP1_DONE;
		http_parser_pause(parser, 1);
	}
	return 0;
}

static const http_parser_settings callbacks = {
    .on_message_begin = on_message_begin,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* ---- from outside ---- */

struct http1 *http1_new(void)
{
	struct http1 *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	http_parser_init(&h->parser, HTTP_RESPONSE);
	h->parser.data = h;
	h->why = "";
	return h;
}

void http1_free(struct http1 *http)
{
	if (!http)
		return;
	if (http->answer.body)
		secret_wipe(http->answer.body, http->body_room);
	free(http->answer.body);
	free(http);
}

enum http1_status http1_input(struct http1 *http, const void *data, size_t bytes)
{
	const uint8_t *start = data;
	enum http_errno error;
	size_t taken;

	if (http->status != HTTP1_MORE || bytes == 0)
		return http->status;
	http->guard.next = start;
	taken = http_parser_execute(&http->parser, &callbacks, data, bytes);
	error = HTTP_PARSER_ERRNO(&http->parser);
	if (http->status == HTTP1_BAD)
		return HTTP1_BAD;
	if (error != HPE_OK && error != HPE_PAUSED)
		refuse(http, http_errno_description(error));
	else
		guard_until(http, start + taken);
	return http->status;
}

enum http1_status http1_end(struct http1 *http)
{
	if (http->status != HTTP1_MORE)
		return http->status;
	/* zero bytes tell the parser of the end; it completes the answer if its body runs to the
	 * end */
	http_parser_execute(&http->parser, &callbacks, "", 0);
	return http->status;
}

const struct http1_answer *http1_answer(const struct http1 *http)
{
	return &http->answer;
}

const char *http1_why(const struct http1 *http)
{
	return http->why;
}
