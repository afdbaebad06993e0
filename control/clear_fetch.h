/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One HTTP exchange in clear text with an address: for the metadata service and the container
 * endpoint alone, which are beside the machine and have no TLS. Which addresses those are is
 * checked where the request is made (control/aws/creds_http.c). */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/ip.h"
#include "control/http/http1.h"

struct clear_fetch;

/* Once, unless cancelled. `answer` is valid during the call, of whatever status; NULL when there is
 * none, and `why` is a sentence then. The fetch is gone afterwards. */
typedef void clear_fetch_fn(void *ctx, const struct http1_answer *answer, const char *why);

/* Connects, sends the whole `request`, reads the answer; all of it within `limit_msec`. 0 or
 * -errno: then `done` is not called. The request is copied, and wiped. */
int clear_fetch_start(uv_loop_t *loop, const struct ip_addr *addr, uint16_t port,
    const void *request, size_t bytes, uint32_t limit_msec, clear_fetch_fn *done, void *ctx,
    struct clear_fetch **out);

/* Ends it in silence; NULL is fine. */
void clear_fetch_cancel(struct clear_fetch *fetch);
