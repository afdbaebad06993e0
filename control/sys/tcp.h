/* SPDX-License-Identifier: BSD-3-Clause
 *
 * TCP on the loop: a listener, and connections with a bounded queue. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/ip.h"

/* Bytes that may wait in one connection; past it the connection is ended with -ENOBUFS. */
#define TCP_QUEUE_BYTES (4u << 20)

struct tcp_conn;
struct tcp_listener;

struct tcp_handler {
	void (*connected)(void *ctx);                                /* our connect succeeded */
	void (*bytes)(void *ctx, const uint8_t *data, size_t bytes); /* valid during the call */
	void (*writable)(void *ctx);                                 /* the queue is empty again */
	/* The connection failed (-errno) or the peer ended it (0). The conn is gone: not to be used
	 * any more. Not called after tcp_close() or tcp_abort(). */
	void (*closed)(void *ctx, int error);
	/* In place of closed() where a write has failed; NULL: closed(). */
	void (*unsent)(void *ctx, int error);
};

/* Which part of tcp_connect() failed. */
enum tcp_step { TCP_STEP_SOCKET, TCP_STEP_NONBLOCKING, TCP_STEP_CONNECT };

/* Connects from `local` (family none: any) to `remote`:`port`. `device` (NULL: any) is the
 * interface that the connection may use, whatever the routes say. 0, or -errno and in `step` (NULL
 * is fine) what it comes from. */
int tcp_connect(uv_loop_t *loop, const struct ip_addr *local, const struct ip_addr *remote,
    uint16_t port, const char *device, const struct tcp_handler *handler, void *ctx,
    struct tcp_conn **out, enum tcp_step *step);

/* Copies and queues. 0 or -errno: then the connection is as good as lost and tcp_abort() is due. */
int tcp_send(struct tcp_conn *conn, const void *data, size_t bytes);

/* Sends what is queued, then ends the connection; gives up after 2 s. */
void tcp_close(struct tcp_conn *conn);
/* Ends it with a reset, at once. */
void tcp_abort(struct tcp_conn *conn);

/* Numbers of the connection, 0 when it is not connected. Host order. */
void tcp_ports(const struct tcp_conn *conn, uint16_t *local_port, uint16_t *remote_port);

/* A peer has connected. Return the context to serve it with (the handler is the listener's), or
 * NULL to reset the connection before a byte was read. */
typedef void *tcp_accept_fn(void *ctx, struct tcp_conn *conn, const struct ip_addr *remote);

/* Listens on `local`:`port`, reachable through `device` (NULL: any) alone. 0 or -errno. */
int tcp_listen(uv_loop_t *loop, const struct ip_addr *local, uint16_t port, const char *device,
    tcp_accept_fn *accept, const struct tcp_handler *handler, void *ctx, struct tcp_listener **out);
void tcp_listener_close(struct tcp_listener *listener);
