/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A TLS 1.2 client on memory buffers: ciphertext in, ciphertext out, no socket.
 *
 * There is no way to make one without a host name and a trust store, and none to read or write
 * before the certificate chain and the name have been verified. The one thing not injected is the
 * wall clock: mbedTLS reads it for the validity of certificates. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control/http/http.h"

struct tls;

struct tls_settings {
	const char *host;    /* DNS name that the certificate must carry; not an address */
	const char *ca_file; /* PEM bundle of the roots that are trusted, and no others */
	/* Unpredictable bytes: keys come from here. */
	void (*random)(void *ctx, uint8_t *out, size_t bytes);
	void *random_ctx;
};

enum tls_state {
	TLS_HANDSHAKE, /* not verified yet: nothing can be read or written */
	TLS_OPEN,
	TLS_CLOSED, /* the peer has said close_notify: what was read is all there is */
	TLS_FAILED, /* tls_why() says why; for good */
};

/* 0 and an engine that owns copies of all it needs; or -EINVAL (no name, an address for a name),
 * -ENOENT (no usable CA in ca_file), -ENOMEM, each with a sentence in `error`. */
int tls_new(const struct tls_settings *settings, struct tls **out, char error[HTTP_ERROR_TEXT]);
void tls_free(struct tls *tls); /* wipes; NULL is fine */

/* Ciphertext from the peer; all of it is taken. -ENOMEM, or -EMSGSIZE when far more is waiting than
 * records can hold. tls_input_end(): the peer closed the transport (RFC 8446 6.1: without
 * close_notify before it, that is truncation). */
int tls_input(struct tls *tls, const void *data, size_t bytes);
void tls_input_end(struct tls *tls);

/* Goes on with the handshake as far as the input allows. */
enum tls_state tls_step(struct tls *tls);

/* Plaintext. tls_write() takes everything or nothing: 0, -EAGAIN before TLS_OPEN, -EIO.
 * tls_read() returns bytes, 0 when there is none now (see tls_state()), -EIO. */
int tls_write(struct tls *tls, const void *data, size_t bytes);
ssize_t tls_read(struct tls *tls, void *out, size_t bytes);
/* Queues close_notify. */
void tls_close(struct tls *tls);

/* Ciphertext to send: `*bytes` of it, owned by the engine until the next call on it; taking it
 * counts as having sent it. NULL and 0 when there is none. */
const uint8_t *tls_output(struct tls *tls, size_t *bytes);

enum tls_state tls_state(const struct tls *tls);
/* HTTP_SSL, HTTP_CERTIFICATE or HTTP_CERTIFICATE_TIME of TLS_FAILED. */
enum http_error tls_error(const struct tls *tls);
/* Why TLS_FAILED, in words: "certificate of ec2... refused: expired, name does not match". */
const char *tls_why(const struct tls *tls);
