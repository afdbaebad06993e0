/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An HTTP/1.1 answer, read with limits: RFC 9110, RFC 9112. */
#pragma once

#include <stddef.h>

struct http1;

enum http1_status {
	HTTP1_MORE,
	HTTP1_DONE, /* bytes past the end of the answer are not looked at */
	HTTP1_BAD,  /* http1_why() says why; for good */
};

struct http1_answer {
	int status;    /* 200..599: interim answers are skipped */
	char date[64]; /* the Date field, "" = none or too long */
	char *body;    /* owned by the parser, wiped with it */
	size_t body_bytes;
};

struct http1 *http1_new(void); /* NULL = no memory */
void http1_free(struct http1 *http);

/* The next bytes of the connection, in pieces of any size. */
enum http1_status http1_input(struct http1 *http, const void *data, size_t bytes);
/* The connection was ended in an orderly way: an answer without a length ends here too. Still
 * HTTP1_MORE = it was cut short. */
enum http1_status http1_end(struct http1 *http);

const struct http1_answer *http1_answer(const struct http1 *http);
const char *http1_why(const struct http1 *http);
