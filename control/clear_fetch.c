/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A socket, a timer and the reader of HTTP answers. Nothing is tried twice and no redirect is
 * followed: an answer of any status goes to the caller. */
#include "control/clear_fetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/sys/tcp.h"

struct clear_fetch {
	struct tcp_conn *tcp;
	struct http1 *http;
	uv_timer_t timer;
	uint8_t *request;
	size_t bytes;
	clear_fetch_fn *done;
	void *ctx;
};

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void drop(struct clear_fetch *f)
{
	if (f->tcp)
		tcp_abort(f->tcp);
	f->tcp = NULL;
	http1_free(f->http);
	f->http = NULL;
	if (f->request)
		secret_wipe(f->request, f->bytes);
	free(f->request);
	f->request = NULL;
	uv_close((uv_handle_t *)&f->timer, on_timer_closed);
}

static void finish(struct clear_fetch *f, const struct http1_answer *answer, const char *why)
{
	f->done(f->ctx, answer, why);
	drop(f);
}

static void on_limit(uv_timer_t *timer)
{
	finish(timer->data, NULL, "no answer in time");
}

static void on_connected(void *ctx)
{
	struct clear_fetch *f = ctx;

	if (tcp_send(f->tcp, f->request, f->bytes))
		finish(f, NULL, "the request could not be sent");
}

static void judge(struct clear_fetch *f, enum http1_status status)
{
	if (status == HTTP1_DONE)
		finish(f, http1_answer(f->http), "");
	else if (status == HTTP1_BAD)
		finish(f, NULL, http1_why(f->http));
}

static void on_bytes(void *ctx, const uint8_t *data, size_t bytes)
{
	struct clear_fetch *f = ctx;

	judge(f, http1_input(f->http, data, bytes));
}

static void on_closed(void *ctx, int error)
{
	struct clear_fetch *f = ctx;
	enum http1_status status;

	f->tcp = NULL;
	if (error) {
		finish(f, NULL, strerror(-error));
		return;
	}
	status = http1_end(f->http);
	if (status == HTTP1_MORE)
		finish(f, NULL, "the answer was cut short");
	else
		judge(f, status);
}

int clear_fetch_start(uv_loop_t *loop, const struct ip_addr *addr, uint16_t port,
    const void *request, size_t bytes, uint32_t limit_msec, clear_fetch_fn *done, void *ctx,
    struct clear_fetch **out)
{
	static const struct tcp_handler handler = {
	    .connected = on_connected, .bytes = on_bytes, .closed = on_closed};
	struct clear_fetch *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return -ENOMEM;
	f->done = done;
	f->ctx = ctx;
	f->bytes = bytes;
	(void)uv_timer_init(loop, &f->timer);
	f->timer.data = f;
	f->http = http1_new();
	f->request = malloc(bytes);
	rc = f->http && f->request ? 0 : -ENOMEM;
	if (rc == 0) {
		memcpy(f->request, request, bytes);
		rc = tcp_connect(loop, NULL, addr, port, NULL, &handler, f, &f->tcp, NULL);
	}
	if (rc) {
		drop(f);
		return rc;
	}
	(void)uv_timer_start(&f->timer, on_limit, limit_msec, 0);
	*out = f;
	return 0;
}

void clear_fetch_cancel(struct clear_fetch *fetch)
{
	if (fetch)
		drop(fetch);
}
