/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One HTTPS exchange:
 *
 *   CONNECTING --connected--> HANDSHAKE --verified, request sent--> RECEIVING --answer--> FINISHED
 *        |                        |                                     |                     ^
 *        +-- failed, 10 s --------+-- failed, 10 s ---------------------+-- failed, 30 s -----+
 *
 * Timers: HTTP_CONNECT_MSEC in CONNECTING and HTTP_TLS_MSEC in HANDSHAKE, each from its beginning,
 * HTTP_TOTAL_MSEC over all of it; none is ever put off by bytes that arrive, so a peer that sends
 * one byte a second gains nothing. They are looked at on every event, not only on TIMER.
 *
 * Does not follow redirects, retry, keep connections or pipeline. RFC 9110, RFC 9112. */
#include "control/http/client.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/http/http1.h"
#include "control/http/tls.h"

#define READ_BYTES 16384 /* one TLS record */

enum state { CONNECTING, HANDSHAKE, RECEIVING, FINISHED };

struct http_client {
	enum state state;
	mono_t phase_end, total_end;
	struct tls *tls;
	struct http1 *http;
	uint8_t *request;
	size_t request_bytes;
	struct http_client_result result;
};

/* ---- the end ---- */

static void finish(struct http_client *c, struct http_client_actions *out)
{
	c->state = FINISHED;
	tls_close(c->tls);
	out->finished = true;
	out->close = true;
}

__attribute__((format(printf, 4, 5))) static void fail(struct http_client *c,
    struct http_client_actions *out, enum http_error error, const char *format, ...)
{
	va_list args;

	c->result.error = error;
	va_start(args, format);
	vsnprintf(c->result.why, sizeof(c->result.why), format, args);
	va_end(args);
	finish(c, out);
}

static void succeed(struct http_client *c, struct http_client_actions *out)
{
	const struct http1_answer *answer = http1_answer(c->http);

	c->result.error = HTTP_OK;
	c->result.status = answer->status;
	c->result.body = (const uint8_t *)answer->body;
	c->result.body_bytes = answer->body_bytes;
	log_escape(answer->date, strlen(answer->date), c->result.date, sizeof(c->result.date));
	finish(c, out);
}

/* ---- as far as the bytes allow ---- */

static void answer_step(
    struct http_client *c, enum http1_status status, struct http_client_actions *out)
{
	switch (status) {
	case HTTP1_MORE: break;
	case HTTP1_DONE: succeed(c, out); break;
	case HTTP1_BAD: fail(c, out, HTTP_ILLEGAL, "%s", http1_why(c->http)); break;
	}
}

static void receive(struct http_client *c, struct http_client_actions *out)
{
	uint8_t plain[READ_BYTES];
	ssize_t n = 0;

	while (c->state == RECEIVING && (n = tls_read(c->tls, plain, sizeof(plain))) > 0)
		answer_step(c, http1_input(c->http, plain, (size_t)n), out);
	secret_wipe(plain, sizeof(plain));
	if (c->state != RECEIVING)
		return;
	if (tls_state(c->tls) == TLS_FAILED)
		return fail(c, out, HTTP_RECEIVE, "%s", tls_why(c->tls));
	if (tls_state(c->tls) != TLS_CLOSED)
		return;
	answer_step(c, http1_end(c->http), out);
	if (c->state == RECEIVING)
		fail(c, out, HTTP_RECEIVE, "the server ended the answer before it was complete");
}

static void step(struct http_client *c, struct http_client_actions *out)
{
	if (c->state == HANDSHAKE) {
		enum tls_state state = tls_step(c->tls);

		if (state == TLS_FAILED)
			return fail(c, out, tls_error(c->tls), "%s", tls_why(c->tls));
		if (state != TLS_OPEN)
			return;
		if (tls_write(c->tls, c->request, c->request_bytes))
			return fail(c, out, HTTP_SEND, "%s", tls_why(c->tls));
		c->state = RECEIVING;
		c->phase_end = MONO_NEVER;
	}
	if (c->state == RECEIVING)
		receive(c, out);
}

/* ---- events ---- */

static void check_time(struct http_client *c, mono_t now, struct http_client_actions *out)
{
	bool phase = !mono_before(now, c->phase_end), total = !mono_before(now, c->total_end);

	if (!phase && !total)
		return;
	switch (c->state) {
	case CONNECTING:
		return fail(c, out, HTTP_CONNECT_TIMEOUT, "no connection within %d seconds",
		    HTTP_CONNECT_MSEC / 1000);
	case HANDSHAKE:
		return fail(
		    c, out, HTTP_SSL, "no TLS session within %d seconds", HTTP_TLS_MSEC / 1000);
	case RECEIVING:
		return fail(c, out, HTTP_RECEIVE_TIMEOUT, "no complete answer within %d seconds",
		    HTTP_TOTAL_MSEC / 1000);
	case FINISHED: break;
	}
}

static void on_connected(struct http_client *c, mono_t now, struct http_client_actions *out)
{
	if (c->state != CONNECTING)
		return;
	c->state = HANDSHAKE;
	c->phase_end = mono_add_msec(now, HTTP_TLS_MSEC);
	step(c, out);
}

static void on_bytes(
    struct http_client *c, const struct http_client_event *event, struct http_client_actions *out)
{
	if (c->state == CONNECTING)
		return;
	if (tls_input(c->tls, event->data, event->bytes))
		return fail(c, out, HTTP_RECEIVE, "more bytes than can be buffered");
	step(c, out);
}

static void on_closed(
    struct http_client *c, const struct http_client_event *event, struct http_client_actions *out)
{
	const char *why = event->error ? strerror(event->error) : "closed by the server";

	if (c->state == CONNECTING)
		return fail(c, out, HTTP_CONNECT_ERROR, "connection: %s", why);
	if (event->error)
		return fail(
		    c, out, c->state == HANDSHAKE ? HTTP_SSL : HTTP_RECEIVE, "connection: %s", why);
	tls_input_end(c->tls);
	step(c, out);
}

static void dispatch(struct http_client *c, mono_t now, const struct http_client_event *event,
    struct http_client_actions *out)
{
	switch (event->type) {
	case HTTP_CLIENT_CONNECTED: return on_connected(c, now, out);
	case HTTP_CLIENT_CONNECT_FAILED:
		return fail(c, out, HTTP_CONNECT_ERROR, "connection: %s", strerror(event->error));
	case HTTP_CLIENT_BYTES: return on_bytes(c, event, out);
	case HTTP_CLIENT_CLOSED: return on_closed(c, event, out);
	case HTTP_CLIENT_SEND_FAILED:
		return fail(c, out, HTTP_SEND, "connection: %s", strerror(event->error));
	case HTTP_CLIENT_TIMER: return;
	case HTTP_CLIENT_CANCEL: return fail(c, out, HTTP_CANNOT_CONNECT, "cancelled");
	}
}

void http_client_input(struct http_client *client, mono_t now,
    const struct http_client_event *event, struct http_client_actions *out)
{
	memset(out, 0, sizeof(*out));
	if (client->state == FINISHED)
		return;
	check_time(client, now, out);
	if (client->state != FINISHED)
		dispatch(client, now, event, out);
	out->send = tls_output(client->tls, &out->send_bytes);
}

mono_t http_client_next_wake(const struct http_client *client)
{
	return client->state == FINISHED ? MONO_NEVER
					 : mono_min(client->phase_end, client->total_end);
}

const struct http_client_result *http_client_result(const struct http_client *client)
{
	return &client->result;
}

/* ---- life ---- */

int http_client_new(const struct http_client_settings *settings, mono_t now,
    struct http_client **out, char error[HTTP_ERROR_TEXT])
{
	const struct tls_settings tls = {
	    .host = settings->host,
	    .ca_file = settings->ca_file,
	    .random = settings->random,
	    .random_ctx = settings->random_ctx,
	};
	struct http_client *c = calloc(1, sizeof(*c));
	int rc = c ? tls_new(&tls, &c->tls, error) : -ENOMEM;

	*out = NULL;
	if (!rc) {
		c->http = http1_new();
		c->request = malloc(settings->request_bytes + 1);
		rc = c->http && c->request ? 0 : -ENOMEM;
	}
	if (rc) {
		if (rc == -ENOMEM)
			snprintf(error, HTTP_ERROR_TEXT, "out of memory");
		http_client_free(c);
		return rc;
	}
	memcpy(c->request, settings->request, settings->request_bytes);
	c->request_bytes = settings->request_bytes;
	c->phase_end = mono_add_msec(now, HTTP_CONNECT_MSEC);
	c->total_end = mono_add_msec(now, HTTP_TOTAL_MSEC);
	*out = c;
	return 0;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	tls_free(client->tls);
	http1_free(client->http);
	if (client->request)
		secret_wipe(client->request, client->request_bytes);
	free(client->request);
	free(client);
}
