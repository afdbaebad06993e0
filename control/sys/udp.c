/* SPDX-License-Identifier: BSD-3-Clause
 *
 * UDP over libuv. Sending never queues: engines retransmit, a queue would only send stale bytes. */
#include "control/sys/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "control/sys/sockaddr.h"

struct udp_socket {
	uv_udp_t handle;
	udp_receive_fn *receive;
	void *ctx;
	char buffer[UDP_DATAGRAM_BYTES];
};

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct udp_socket *s = handle->data;

	*buf = uv_buf_init(s->buffer, sizeof(s->buffer));
}

static void on_receive(uv_udp_t *handle, ssize_t bytes, const uv_buf_t *buf,
    const struct sockaddr *from, unsigned flags)
{
	struct udp_socket *s = handle->data;
	struct ip_addr src;
	uint16_t port;

	/* A cut datagram is larger than anything we accept; an error is that of an earlier send. */
	if (bytes < 0 || !from || (flags & UV_UDP_PARTIAL))
		return;
	src = sockaddr_to_ip(from, &port);
	s->receive(s->ctx, buf->base, (size_t)bytes, &src, port);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void allow_fragments(uv_udp_t *handle)
{
	int fd, off = IP_PMTUDISC_DONT;

	if (uv_fileno((uv_handle_t *)handle, &fd) == 0)
		(void)setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &off, sizeof(off));
}

int udp_open(uv_loop_t *loop, const struct ip_addr *local, uint16_t port, udp_receive_fn *receive,
    void *ctx, struct udp_socket **out)
{
	struct udp_socket *s = calloc(1, sizeof(*s));
	struct sockaddr_storage sa;
	int rc;

	if (!s)
		return -ENOMEM;
	rc = uv_udp_init(loop, &s->handle);
	if (rc) {
		free(s);
		return rc;
	}
	s->handle.data = s;
	s->receive = receive;
	s->ctx = ctx;
	sockaddr_from_ip(local, port, &sa);
	rc = uv_udp_bind(&s->handle, (struct sockaddr *)&sa, 0);
	if (rc == 0)
		rc = uv_udp_recv_start(&s->handle, on_alloc, on_receive);
	if (rc) {
		uv_close((uv_handle_t *)&s->handle, on_closed);
		return rc;
	}
	allow_fragments(&s->handle);
	*out = s;
	return 0;
}

int udp_send(struct udp_socket *socket, const void *head, size_t head_bytes, const void *data,
    size_t bytes, const struct ip_addr *dst, uint16_t dst_port)
{
	struct sockaddr_storage sa;
	uv_buf_t bufs[2];
	unsigned n = 0;
	int rc;

	if (head && head_bytes)
		bufs[n++] = uv_buf_init((char *)head, (unsigned)head_bytes);
	bufs[n++] = uv_buf_init((char *)data, (unsigned)bytes);
	sockaddr_from_ip(dst, dst_port, &sa);
	rc = uv_udp_try_send(&socket->handle, bufs, n, (struct sockaddr *)&sa);
	return rc < 0 ? rc : 0;
}

void udp_close(struct udp_socket *socket)
{
	if (!socket)
		return;
	uv_udp_recv_stop(&socket->handle);
	uv_close((uv_handle_t *)&socket->handle, on_closed);
}
