/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Credentials that a service hands out for a while: the instance metadata service and the container
 * endpoint answer in JSON, STS in XML. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds.h"
#include "control/aws/creds_file.h"

#define CREDS_ANSWER_BYTES 65536 /* of JSON; a longer one is refused */

/* Reads {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}, with "Code": "Success" if there
 * is a code. `expires`: in seconds since 1970, INT64_MAX when the answer does not say. 0, or
 * -EBADMSG with a sentence without any value of the answer; `out` is then wiped. */
int creds_answer_json(
    const void *body, size_t bytes, struct creds *out, int64_t *expires, char why[CREDS_TEXT]);

/* The same of AssumeRoleResponse/AssumeRoleResult/Credentials. */
int creds_answer_sts(
    const void *body, size_t bytes, struct creds *out, int64_t *expires, char why[CREDS_TEXT]);

/* "2026-11-21T09:30:00Z", fractions of a second allowed and dropped. -EINVAL. */
int creds_instant(const char *text, int64_t *unix_seconds);
