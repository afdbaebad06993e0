/* SPDX-License-Identifier: BSD-3-Clause
 *
 * TCP over libuv. A connection is freed by its close callback and by nothing else; the handler is
 * silenced first, so that the owner never hears of a connection it has let go. */
#include "control/sys/tcp.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/sys/sockaddr.h"

#define TCP_LINGER_MSEC 2000
#define TCP_BACKLOG     8

struct tcp_conn {
	uv_tcp_t handle;
	uv_timer_t linger;
	uv_connect_t connect;
	uv_shutdown_t shutdown;
	const struct tcp_handler *handler; /* NULL: the owner has let go */
	void *ctx;
	bool open;    /* the handshake is done */
	bool unsent;  /* a write has failed */
	bool closing; /* uv_close() was called */
	unsigned handles;
	size_t queued_bytes;
	uint8_t buffer[16384];
};

struct tcp_write {
	uv_write_t request;
	struct tcp_conn *conn;
	size_t bytes;
	uint8_t data[];
};

struct tcp_listener {
	uv_tcp_t handle;
	tcp_accept_fn *accept;
	const struct tcp_handler *handler;
	void *ctx;
};

static void on_handle_closed(uv_handle_t *handle)
{
	struct tcp_conn *c = handle->data;

	if (--c->handles == 0)
		free(c);
}

static void close_handles(struct tcp_conn *c)
{
	if (c->closing)
		return;
	c->closing = true;
	uv_close((uv_handle_t *)&c->linger, on_handle_closed);
	uv_close((uv_handle_t *)&c->handle, on_handle_closed);
}

static void fail(struct tcp_conn *c, int error)
{
	const struct tcp_handler *handler = c->handler;
	void *ctx = c->ctx;

	c->handler = NULL;
	close_handles(c);
	if (handler && c->unsent && handler->unsent)
		handler->unsent(ctx, error);
	else if (handler)
		handler->closed(ctx, error);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct tcp_conn *c = handle->data;

	*buf = uv_buf_init((char *)c->buffer, sizeof(c->buffer));
}

static void on_read(uv_stream_t *stream, ssize_t bytes, const uv_buf_t *buf)
{
	struct tcp_conn *c = stream->data;

	if (bytes < 0)
		fail(c, bytes == UV_EOF ? 0 : (int)bytes);
	else if (bytes > 0 && c->handler)
		c->handler->bytes(c->ctx, (const uint8_t *)buf->base, (size_t)bytes);
}

static void on_connect(uv_connect_t *request, int status)
{
	struct tcp_conn *c = request->handle->data;

	if (c->closing)
		return;
	if (status == 0)
		status = uv_read_start((uv_stream_t *)&c->handle, on_alloc, on_read);
	if (status) {
		fail(c, status);
		return;
	}
	c->open = true;
	if (c->handler && c->handler->connected)
		c->handler->connected(c->ctx);
}

static void on_written(uv_write_t *request, int status)
{
	struct tcp_write *w = request->data;
	struct tcp_conn *c = w->conn;

	c->queued_bytes -= w->bytes;
	free(w);
	if (c->closing)
		return;
	c->unsent = status != 0;
	if (status)
		fail(c, status);
	else if (c->queued_bytes == 0 && c->handler && c->handler->writable)
		c->handler->writable(c->ctx);
}

static struct tcp_conn *conn_new(uv_loop_t *loop, const struct tcp_handler *handler, void *ctx)
{
	struct tcp_conn *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	if (uv_tcp_init(loop, &c->handle)) {
		free(c);
		return NULL;
	}
	(void)uv_timer_init(loop, &c->linger);
	c->handle.data = c->linger.data = c;
	c->handles = 2;
	c->handler = handler;
	c->ctx = ctx;
	return c;
}

static int bind_device(const uv_tcp_t *handle, const char *device)
{
	int fd, rc;

	if (!device)
		return 0;
	rc = uv_fileno((const uv_handle_t *)handle, &fd);
	if (rc)
		return rc;
	if (setsockopt(
		fd, SOL_SOCKET, SO_BINDTODEVICE, device, (socklen_t)strnlen(device, IFNAMSIZ)))
		return -errno;
	return 0;
}

static unsigned family_of(const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V6 ? AF_INET6 : AF_INET;
}

/* Gives the handle a socket of its own. */
static int open_socket(struct tcp_conn *c, unsigned family, enum tcp_step *step)
{
	int fd = socket((int)family, SOCK_STREAM | SOCK_CLOEXEC, 0), rc;

	*step = TCP_STEP_SOCKET;
	if (fd < 0)
		return -errno;
	*step = TCP_STEP_NONBLOCKING;
	rc = fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ? -errno : uv_tcp_open(&c->handle, fd);
	if (rc)
		(void)close(fd);
	return rc;
}

int tcp_connect(uv_loop_t *loop, const struct ip_addr *local, const struct ip_addr *remote,
    uint16_t port, const char *device, const struct tcp_handler *handler, void *ctx,
    struct tcp_conn **out, enum tcp_step *step)
{
	struct tcp_conn *c = conn_new(loop, handler, ctx);
	enum tcp_step at = TCP_STEP_SOCKET;
	struct sockaddr_storage sa;
	int rc = c ? open_socket(c, family_of(remote), &at) : -ENOMEM;

	if (step)
		*step = rc ? at : TCP_STEP_CONNECT;
	if (!c)
		return rc;
	if (rc == 0)
		rc = bind_device(&c->handle, device);
	if (rc == 0 && local && local->family != IP_FAMILY_NONE) {
		sockaddr_from_ip(local, 0, &sa);
		rc = uv_tcp_bind(&c->handle, (struct sockaddr *)&sa, 0);
	}
	if (rc == 0) {
		(void)uv_tcp_nodelay(&c->handle, 1);
		sockaddr_from_ip(remote, port, &sa);
		rc = uv_tcp_connect(&c->connect, &c->handle, (struct sockaddr *)&sa, on_connect);
	}
	if (rc) {
		c->handler = NULL;
		close_handles(c);
		return rc;
	}
	*out = c;
	return 0;
}

int tcp_send(struct tcp_conn *conn, const void *data, size_t bytes)
{
	struct tcp_write *w;
	uv_buf_t buf;
	int rc;

	if (conn->closing)
		return -ENOTCONN;
	if (bytes > TCP_QUEUE_BYTES - conn->queued_bytes)
		return -ENOBUFS;
	w = malloc(sizeof(*w) + bytes);
	if (!w)
		return -ENOMEM;
	w->conn = conn;
	w->bytes = bytes;
	w->request.data = w;
	memcpy(w->data, data, bytes);
	buf = uv_buf_init((char *)w->data, (unsigned)bytes);
	rc = uv_write(&w->request, (uv_stream_t *)&conn->handle, &buf, 1, on_written);
	if (rc) {
		free(w);
		return rc;
	}
	conn->queued_bytes += bytes;
	return 0;
}

static void on_linger(uv_timer_t *timer)
{
	close_handles(timer->data);
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
	close_handles(request->handle->data);
}

void tcp_close(struct tcp_conn *conn)
{
	if (!conn || conn->closing)
		return;
	conn->handler = NULL;
	if (!conn->open ||
	    uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->handle, on_shutdown)) {
		close_handles(conn);
		return;
	}
	(void)uv_timer_start(&conn->linger, on_linger, TCP_LINGER_MSEC, 0);
}

void tcp_abort(struct tcp_conn *conn)
{
	if (!conn || conn->closing)
		return;
	conn->handler = NULL;
	if (conn->open && uv_tcp_close_reset(&conn->handle, on_handle_closed) == 0) {
		conn->closing = true;
		uv_close((uv_handle_t *)&conn->linger, on_handle_closed);
		return;
	}
	close_handles(conn);
}

static uint16_t port_of(
    const struct tcp_conn *conn, int (*name)(const uv_tcp_t *, struct sockaddr *, int *))
{
	struct sockaddr_storage sa;
	int bytes = sizeof(sa);
	uint16_t port = 0;

	if (conn->open && name(&conn->handle, (struct sockaddr *)&sa, &bytes) == 0)
		(void)sockaddr_to_ip((struct sockaddr *)&sa, &port);
	return port;
}

void tcp_ports(const struct tcp_conn *conn, uint16_t *local_port, uint16_t *remote_port)
{
	*local_port = port_of(conn, uv_tcp_getsockname);
	*remote_port = port_of(conn, uv_tcp_getpeername);
}

static void on_connection(uv_stream_t *server, int status)
{
	struct tcp_listener *l = server->data;
	struct tcp_conn *c;
	struct sockaddr_storage sa;
	struct ip_addr remote;
	int bytes = sizeof(sa);

	if (status)
		return;
	c = conn_new(server->loop, l->handler, NULL);
	if (!c)
		return;
	if (uv_accept(server, (uv_stream_t *)&c->handle)) {
		c->handler = NULL;
		close_handles(c);
		return;
	}
	c->open = true;
	if (uv_tcp_getpeername(&c->handle, (struct sockaddr *)&sa, &bytes)) {
		tcp_abort(c);
		return;
	}
	remote = sockaddr_to_ip((struct sockaddr *)&sa, NULL);
	(void)uv_tcp_nodelay(&c->handle, 1);
	c->ctx = l->accept(l->ctx, c, &remote);
	if (!c->ctx) {
		tcp_abort(c);
		return;
	}
	if (uv_read_start((uv_stream_t *)&c->handle, on_alloc, on_read))
		fail(c, -EIO);
	else if (c->handler->connected)
		c->handler->connected(c->ctx);
}

static void on_listener_closed(uv_handle_t *handle)
{
	free(handle->data);
}

int tcp_listen(uv_loop_t *loop, const struct ip_addr *local, uint16_t port, const char *device,
    tcp_accept_fn *accept, const struct tcp_handler *handler, void *ctx, struct tcp_listener **out)
{
	struct tcp_listener *l = calloc(1, sizeof(*l));
	struct sockaddr_storage sa;
	int rc;

	if (!l)
		return -ENOMEM;
	rc = uv_tcp_init_ex(loop, &l->handle, family_of(local));
	if (rc) {
		free(l);
		return rc;
	}
	l->handle.data = l;
	l->accept = accept;
	l->handler = handler;
	l->ctx = ctx;
	rc = bind_device(&l->handle, device);
	sockaddr_from_ip(local, port, &sa);
	if (rc == 0)
		rc = uv_tcp_bind(&l->handle, (struct sockaddr *)&sa, 0);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&l->handle, TCP_BACKLOG, on_connection);
	if (rc) {
		uv_close((uv_handle_t *)&l->handle, on_listener_closed);
		return rc;
	}
	*out = l;
	return 0;
}

void tcp_listener_close(struct tcp_listener *listener)
{
	if (listener)
		uv_close((uv_handle_t *)&listener->handle, on_listener_closed);
}
