/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AWS credentials: what signs a request. They never reach a log, an argument list or a screen. */
#pragma once

#include <stddef.h>

#define CREDS_KEY   257  /* 256 characters, as long as `cloud vpn parameter` takes */
#define CREDS_TOKEN 4097 /* session tokens have no documented limit; about 1 KiB is usual */

struct creds {
	char access_key[CREDS_KEY];
	char secret_key[CREDS_KEY];
	char token[CREDS_TOKEN]; /* "" = none */
};

/* Fills `out` from the two keys, and a session token or NULL. An access key is of [A-Za-z0-9_], the
 * others of visible ASCII, none empty or too long: -EINVAL otherwise, and `out` is wiped. */
int creds_set(struct creds *out, const char *access_key, const char *secret_key, const char *token);

void creds_wipe(struct creds *creds);
