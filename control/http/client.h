/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One HTTPS exchange as an engine: events in, actions out, next wake; one request, one answer, one
 * connection. No socket, no name look-up, no clock: the caller connects, writes what `send` says,
 * hands over what it reads, and calls again at the next wake. Redirects are answers like any other:
 * nothing is ever sent a second time.
 *
 *   struct http_client_settings s = {.host = "ec2.eu-west-1.amazonaws.com", .ca_file = ...};
 *   http_client_new(&s, mono_now(), &client, error);         starts the clock: connect now
 *   http_client_input(client, mono_now(), &event, &actions);
 *   ... write actions.send, close the socket when actions.close, look at the result when .finished
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "control/http/http.h"

struct http_client;

struct http_client_settings {
	const char *host;    /* verified in the certificate (see tls.h) */
	const char *ca_file; /* PEM bundle */
	void (*random)(void *ctx, uint8_t *out, size_t bytes);
	void *random_ctx;
	const void *request; /* the whole request, head and body, as it goes out; copied, wiped */
	size_t request_bytes;
};

enum http_client_event_type {
	HTTP_CLIENT_CONNECTED,      /* the TCP connection stands */
	HTTP_CLIENT_CONNECT_FAILED, /* `error` is an errno. The engine is finished: for the next
				     * address the caller makes a new one */
	HTTP_CLIENT_BYTES,          /* `data`, `bytes`: read from the socket */
	HTTP_CLIENT_CLOSED,      /* end of file, or a read error (`error` is an errno, 0 for EOF) */
	HTTP_CLIENT_SEND_FAILED, /* a write did not work; `error` is an errno */
	HTTP_CLIENT_TIMER,       /* the next wake has come; too early does no harm */
	HTTP_CLIENT_CANCEL,      /* the user has lost interest */
};

struct http_client_event {
	enum http_client_event_type type;
	const void *data; /* borrowed during the call */
	size_t bytes;
	int error;
};

struct http_client_actions {
	const uint8_t *send; /* owned by the engine until the next call; NULL = nothing */
	size_t send_bytes;
	bool close;    /* after `send`: close the connection; said once */
	bool finished; /* said once: http_client_result() has it */
};

struct http_client_result {
	enum http_error error;     /* HTTP_OK: a complete answer, of whatever status */
	char why[HTTP_ERROR_TEXT]; /* a sentence for a person when error, else "" */
	int status;                /* 200; 0 when error */
	char date[64];             /* the Date field as it came, "" = none: RFC 9110 5.6.7 */
	const uint8_t *body;       /* owned by the engine; wiped with it (it may hold keys) */
	size_t body_bytes;
};

/* `now` starts the connect and total timeouts. 0, or -errno with a sentence: HTTP_SSL_INIT. */
int http_client_new(const struct http_client_settings *settings, mono_t now,
    struct http_client **out, char error[HTTP_ERROR_TEXT]);
void http_client_free(struct http_client *client); /* wipes; NULL is fine */

/* After `finished` every event is ignored. */
void http_client_input(struct http_client *client, mono_t now,
    const struct http_client_event *event, struct http_client_actions *out);

/* MONO_NEVER once finished. */
mono_t http_client_next_wake(const struct http_client *client);

/* Valid from `finished` to http_client_free(). */
const struct http_client_result *http_client_result(const struct http_client *client);
