/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Passwords of the console: hashing by crypt(3) with yescrypt, and how often a user may be wrong.
 *
 * A hash takes a tenth of a second, so it is computed beside the loop. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "common/mono.h"

#define PASSWORD_BYTES 256 /* with its NUL */
#define PASSWORD_HASH  256

/* Called once; `ok`: the password is the one of the hash. */
typedef void password_checked_fn(void *ctx, bool ok);
/* Called once; `hash` is NULL when it could not be made. */
typedef void password_hashed_fn(void *ctx, const char *hash);

/* Compares `password` with `hash` in a thread of `loop`; without a loop at once. An empty hash
 * fits nothing. 0 or -errno, and then nobody is called. */
int password_check(uv_loop_t *loop, const char *password, const char *hash,
    password_checked_fn *report, void *ctx);
/* Makes the hash of a password likewise. */
int password_hash(uv_loop_t *loop, const char *password, password_hashed_fn *report, void *ctx);

/* ---- how often ---- */

#define PASSWORD_USERS 32

/* Users who were wrong lately; zeroed memory is an empty one. */
struct password_guard {
	struct {
		uid_t uid;
		unsigned wrong; /* in a row, 0 = free */
		mono_t until;   /* no other attempt before */
	} user[PASSWORD_USERS];
};

/* Seconds until `uid` may try again, 0 = now. */
unsigned password_wait(const struct password_guard *guard, uid_t uid, mono_t now);
/* Counts an attempt: after the third in a row that is wrong each makes the user wait twice as long
 * as the one before, from 5 seconds to 10 minutes. */
void password_counted(struct password_guard *guard, uid_t uid, bool ok, mono_t now);
