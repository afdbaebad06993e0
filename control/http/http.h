/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The ways an HTTPS exchange can fail, and the limits of one. */
#pragma once

#include <stddef.h>

#define HTTP_ERROR_TEXT 200 /* a sentence about one failure, peer bytes escaped */

#define HTTP_BODY_MAX 1048576 /* 1 MiB */
#define HTTP_LINE_MAX 8192    /* one line of the head, or of the chunk framing */
#define HTTP_HEAD_MAX                                                                              \
	32768 /* all lines of the answer that are not body, interim answers included */
#define HTTP_LINES_MAX   4096 /* the same as a number of lines: chunk framing counts */
#define HTTP_HEADERS_MAX 64   /* header fields and trailers */
#define HTTP_INTERIM_MAX 4    /* 1xx answers before the real one */

#define HTTP_CONNECT_MSEC 10000
#define HTTP_TLS_MSEC     10000
#define HTTP_TOTAL_MSEC   30000

/* The first four are seen by the owner of the socket, the others by the engine. */
enum http_error {
	HTTP_OK,
	HTTP_RESOLVE,          /* the name has no usable address */
	HTTP_SOCKET,           /* no socket could be made */
	HTTP_NONBLOCKING,      /* it could not be made non-blocking */
	HTTP_CANNOT_CONNECT,   /* the last address has failed too, or the run was cancelled */
	HTTP_SSL_INIT,         /* no trust store, no memory: nothing was sent */
	HTTP_CONNECT_ERROR,    /* one address refused or unreachable */
	HTTP_CONNECT_TIMEOUT,  /* no answer within HTTP_CONNECT_MSEC */
	HTTP_SSL,              /* handshake, or a record that is not authentic */
	HTTP_CERTIFICATE,      /* the server's is refused */
	HTTP_CERTIFICATE_TIME, /* ... for its dates alone, as seen by our clock */
	HTTP_SEND,             /* the connection broke before the request had left */
	HTTP_RECEIVE,          /* ... before the answer was complete */
	HTTP_RECEIVE_TIMEOUT,  /* HTTP_TOTAL_MSEC are over */
	HTTP_ILLEGAL,          /* not HTTP/1.1 as RFC 9112 has it, or past a limit above */
};
