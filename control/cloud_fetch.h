/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One HTTPS request to a public endpoint, from its name to its answer: look-up, TCP to one address
 * after the other, the HTTPS engine. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "control/http/client.h"

#define CLOUD_FETCH_ADDRESSES 4 /* tried before the fetch is given up */
#define CLOUD_FETCH_WHY       400

struct cloud_fetch;

struct cloud_fetch_request {
	uv_loop_t *loop;
	const char *host, *ca_file; /* copied, borrowed until the end of the fetch */
	uint16_t port;              /* 0 = 443 */
	const void *request;        /* the whole HTTP request, copied by each attempt's engine */
	size_t request_bytes;
	/* An address that failed and is followed by another, or by the end. */
	void (*attempt_failed)(void *ctx, enum http_error error, const char *why);
	/* Once, unless cancelled. HTTP_OK: `result` is the answer, of whatever status, valid during
	 * the call. Else `why` is a sentence that names the host, and the address as far as it came
	 * to one. The fetch is gone afterwards. */
	void (*done)(void *ctx, enum http_error error, const char *why,
	    const struct http_client_result *result);
	void *ctx;
};

/* Begins; `request->request` has to stay until the end. 0 or -errno: then `done` is not called. */
int cloud_fetch_start(const struct cloud_fetch_request *request, struct cloud_fetch **out);
/* Ends it in silence. */
void cloud_fetch_cancel(struct cloud_fetch *fetch);
