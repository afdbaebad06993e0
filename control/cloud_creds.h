/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The effects of the chain of credentials: files read, hosts asked. */
#pragma once

#include <uv.h>

#include "control/aws/creds_chain.h"

struct cloud_creds;

/* Once, unless cancelled; not before cloud_creds_start() has returned. `found` is valid during the
 * call; NULL when there is nothing, and `why` is then what was tried, a line for each source. The
 * search is gone afterwards. */
typedef void cloud_creds_fn(void *ctx, const struct creds_found *found, const char *why);

/* Begins a search. Of `settings`, the environment and the home directory are the process's own and
 * need not be set. `ca_file` is borrowed to the end. 0 or -errno. */
int cloud_creds_start(uv_loop_t *loop, const struct creds_chain_settings *settings,
    const char *ca_file, cloud_creds_fn *done, void *ctx, struct cloud_creds **out);

/* Ends it in silence; NULL is fine. */
void cloud_creds_cancel(struct cloud_creds *search);
