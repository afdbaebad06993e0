/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The effects of the HTTPS engine: sockets and a timer.
 *
 * Each address gets an engine of its own, so that its time limits count from the attempt. Only a
 * connection that was never made leads to the next address: what fails later would fail again, and
 * a request is never sent twice. A gateway that does not answer yet (EHOSTUNREACH: the port has
 * just come up) is tried again until the engine's limit for connecting. */
#include "control/cloud_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mono.h"
#include "control/sys/dns.h"
#include "control/sys/rand.h"
#include "control/sys/tcp.h"

#define HTTPS_PORT       443
#define UNREACHABLE_MSEC 500 /* before the next try of an address that cannot be reached */

struct cloud_fetch {
	struct cloud_fetch_request r;
	char host[128];
	struct dns_query *dns;
	struct ip_addr addr[DNS_ADDRESSES];
	size_t addr_count, addr_next;
	struct http_client *client;
	struct tcp_conn *tcp;
	uv_timer_t timer, again;
	unsigned handles; /* open on the loop */
	bool connected;
};

static void next_address(struct cloud_fetch *f);

static uint16_t port_of(const struct cloud_fetch *f)
{
	return f->r.port ? f->r.port : HTTPS_PORT;
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct cloud_fetch *f = handle->data;

	if (--f->handles == 0)
		free(f);
}

static void drop(struct cloud_fetch *f)
{
	dns_cancel(f->dns);
	f->dns = NULL;
	if (f->tcp)
		tcp_abort(f->tcp);
	f->tcp = NULL;
	http_client_free(f->client);
	f->client = NULL;
	uv_close((uv_handle_t *)&f->timer, on_timer_closed);
	uv_close((uv_handle_t *)&f->again, on_timer_closed);
}

static void finish(struct cloud_fetch *f, enum http_error error, const char *why,
    const struct http_client_result *result)
{
	f->r.done(f->r.ctx, error, why, result);
	drop(f);
}

/* Whom the failure is about; a sentence about a certificate names the host itself. */
static void describe(
    const struct cloud_fetch *f, const struct http_client_result *result, char why[CLOUD_FETCH_WHY])
{
	const bool named =
	    result->error == HTTP_CERTIFICATE || result->error == HTTP_CERTIFICATE_TIME;
	char addr[IP_ADDR_TEXT_BYTES];

	if (result->error == HTTP_OK || named)
		(void)snprintf(why, CLOUD_FETCH_WHY, "%s", result->why);
	else
		(void)snprintf(why, CLOUD_FETCH_WHY, "%s (%s port %u): %s", f->host,
		    ip_addr_format(&f->addr[f->addr_next - 1], addr), port_of(f), result->why);
}

/* The engine has its result: an answer, the next address, or the end. */
static void finished(struct cloud_fetch *f)
{
	const struct http_client_result *result = http_client_result(f->client);
	char why[CLOUD_FETCH_WHY];

	describe(f, result, why);
	if (result->error != HTTP_CONNECT_ERROR && result->error != HTTP_CONNECT_TIMEOUT) {
		finish(f, result->error, why, result->error == HTTP_OK ? result : NULL);
		return;
	}
	f->r.attempt_failed(f->r.ctx, result->error, why);
	http_client_free(f->client);
	f->client = NULL;
	if (f->addr_next < f->addr_count && f->addr_next < CLOUD_FETCH_ADDRESSES)
		next_address(f);
	else
		finish(f, HTTP_CANNOT_CONNECT, why, NULL);
}

static void feed(struct cloud_fetch *f, const struct http_client_event *event);

static void on_timer(uv_timer_t *timer)
{
	feed(timer->data, &(struct http_client_event){.type = HTTP_CLIENT_TIMER});
}

static void set_timer(struct cloud_fetch *f)
{
	mono_t wake = http_client_next_wake(f->client);
	int64_t msec;

	if (mono_is_never(wake)) {
		(void)uv_timer_stop(&f->timer);
		return;
	}
	uv_update_time(f->r.loop);
	msec = mono_diff_msec(wake, mono_now());
	(void)uv_timer_start(&f->timer, on_timer, msec > 0 ? (uint64_t)msec : 0, 0);
}

static void feed(struct cloud_fetch *f, const struct http_client_event *event)
{
	struct http_client_actions out = {0};
	int rc = 0;

	if (!f->client)
		return;
	http_client_input(f->client, mono_now(), event, &out);
	if (out.send && f->tcp)
		rc = tcp_send(f->tcp, out.send, out.send_bytes);
	if (out.close && f->tcp) {
		tcp_close(f->tcp);
		f->tcp = NULL;
	}
	if (out.finished) {
		if (f->tcp)
			tcp_abort(f->tcp);
		f->tcp = NULL;
		finished(f);
		return;
	}
	if (rc) {
		feed(f, &(struct http_client_event){.type = HTTP_CLIENT_SEND_FAILED, .error = -rc});
		return;
	}
	set_timer(f);
}

static void on_connected(void *ctx)
{
	struct cloud_fetch *f = ctx;

	f->connected = true;
	feed(f, &(struct http_client_event){.type = HTTP_CLIENT_CONNECTED});
}

static void on_bytes(void *ctx, const uint8_t *data, size_t bytes)
{
	feed(ctx,
	    &(struct http_client_event){.type = HTTP_CLIENT_BYTES, .data = data, .bytes = bytes});
}

static void connect_address(struct cloud_fetch *f);

static void on_again(uv_timer_t *timer)
{
	struct cloud_fetch *f = timer->data;

	if (f->client && !f->tcp)
		connect_address(f);
}

static void connect_failed(struct cloud_fetch *f, int error)
{
	if (error == EHOSTUNREACH || error == ENETUNREACH)
		(void)uv_timer_start(&f->again, on_again, UNREACHABLE_MSEC, 0);
	else
		feed(f, &(struct http_client_event){
			    .type = HTTP_CLIENT_CONNECT_FAILED, .error = error});
}

static void on_closed(void *ctx, int error)
{
	struct cloud_fetch *f = ctx;

	f->tcp = NULL;
	if (f->connected)
		feed(f, &(struct http_client_event){.type = HTTP_CLIENT_CLOSED, .error = -error});
	else
		connect_failed(f, -error);
}

static void on_unsent(void *ctx, int error)
{
	struct cloud_fetch *f = ctx;

	f->tcp = NULL;
	feed(f, &(struct http_client_event){.type = HTTP_CLIENT_SEND_FAILED, .error = -error});
}

static const struct tcp_handler handler = {
    .connected = on_connected, .bytes = on_bytes, .closed = on_closed, .unsent = on_unsent};

static void connect_address(struct cloud_fetch *f)
{
	enum tcp_step step;
	int rc = tcp_connect(f->r.loop, NULL, &f->addr[f->addr_next - 1], port_of(f), NULL,
	    &handler, f, &f->tcp, &step);

	if (rc && step == TCP_STEP_SOCKET)
		finish(f, HTTP_SOCKET, strerror(-rc), NULL);
	else if (rc && step == TCP_STEP_NONBLOCKING)
		finish(f, HTTP_NONBLOCKING, strerror(-rc), NULL);
	else if (rc)
		connect_failed(f, -rc);
}

static void next_address(struct cloud_fetch *f)
{
	const struct http_client_settings settings = {
	    .host = f->host,
	    .ca_file = f->r.ca_file,
	    .random = rand_bytes,
	    .request = f->r.request,
	    .request_bytes = f->r.request_bytes,
	};
	char why[HTTP_ERROR_TEXT] = "";

	f->addr_next++;
	f->connected = false;
	if (http_client_new(&settings, mono_now(), &f->client, why)) {
		finish(f, HTTP_SSL_INIT, why, NULL);
		return;
	}
	set_timer(f);
	connect_address(f);
}

static void on_resolved(void *ctx, int error, const struct ip_addr *addrs, size_t count)
{
	struct cloud_fetch *f = ctx;
	char why[HTTP_ERROR_TEXT];

	f->dns = NULL;
	if (error) {
		(void)snprintf(why, sizeof(why), "%s %s", f->host,
		    error == -EPERM       ? "leads to a loopback or link-local address: refused"
		    : error == -ETIMEDOUT ? "could not be looked up: no answer"
					  : "is not known");
		finish(f, HTTP_RESOLVE, why, NULL);
		return;
	}
	memcpy(f->addr, addrs, count * sizeof(*addrs));
	f->addr_count = count;
	next_address(f);
}

int cloud_fetch_start(const struct cloud_fetch_request *request, struct cloud_fetch **out)
{
	struct cloud_fetch *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	f->r = *request;
	(void)snprintf(f->host, sizeof(f->host), "%s", request->host);
	(void)uv_timer_init(request->loop, &f->timer);
	(void)uv_timer_init(request->loop, &f->again);
	f->timer.data = f->again.data = f;
	f->handles = 2;
	rc = dns_resolve(request->loop, f->host, HTTP_CONNECT_MSEC, on_resolved, f, &f->dns);
	if (rc) {
		drop(f);
		return rc;
	}
	*out = f;
	return 0;
}

void cloud_fetch_cancel(struct cloud_fetch *fetch)
{
	if (fetch)
		drop(fetch);
}
