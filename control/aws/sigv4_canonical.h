/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside aws/: what sigv4.c needs of sigv4_canonical.c besides the canonical request (sigv4.h). */
#pragma once

#include "common/buf.h"
#include "control/aws/sigv4.h"

void sigv4_put(struct wr *w, const char *text);

#define SIGV4_HASH_BYTES 32 /* of SHA-256 */

/* Writes 2 * `count` digits of a-f and 0-9, and a NUL. */
void sigv4_hex(const uint8_t *bytes, size_t count, char *out);

/* The SHA-256 of `data` in hexadecimal. 0 or -EINVAL. */
int sigv4_hash(const void *data, size_t bytes, char text[SIGV4_HEX]);

/* "host;x-amz-date": the names of a request's headers, lower case, sorted, each once. The request
 * is one that sigv4_canonical_request() has taken. */
void sigv4_put_signed_names(struct wr *w, const struct sigv4_request *request);
