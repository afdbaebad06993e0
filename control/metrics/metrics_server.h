/* SPDX-License-Identifier: BSD-3-Clause
 *
 * GET /metrics on a Unix socket and on loopback, on the loop of the program (libmicrohttpd). */
#pragma once

#include <stdint.h>
#include <uv.h>

#include "control/config/text.h"

struct metrics_server;

struct metrics_server_options {
	uv_loop_t *loop;
	const char *path;  /* of the socket, mode 0660; "" = none */
	const char *group; /* the group of the socket; unknown = that of the process */
	uint16_t port;     /* on 127.0.0.1 and, where there is IPv6, on ::1; 0 = none */
	void (*write)(void *ctx, struct text *out); /* writes the metrics */
	void *ctx;
};

/* NULL with a sentence when the socket or the port cannot be had. */
struct metrics_server *metrics_server_start(
    const struct metrics_server_options *options, char *error, size_t error_bytes);

/* Ends all connections, removes the socket and frees once the loop has run the closing callbacks.
 */
void metrics_server_stop(struct metrics_server *server);
