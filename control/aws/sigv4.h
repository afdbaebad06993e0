/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AWS Signature Version 4: a signature over the parts of an HTTP request.
 * Source: AWS IAM User Guide, "Create a signed AWS API request"; checked against the vectors of
 * aws-sig-v4-test-suite and against botocore. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds.h"

#define SIGV4_FIELDS    32   /* header fields, and query parameters, of one request */
#define SIGV4_AUTH      1024 /* the Authorization value with its NUL */
#define SIGV4_TIMESTAMP 17   /* "20150830T123600Z" with its NUL */
#define SIGV4_HEX       65   /* a SHA-256 in hexadecimal with its NUL */

struct sigv4_field {
	const char *name, *value; /* as they are, nothing encoded */
};

struct sigv4_request {
	const char *method; /* "POST" */
	const char *path;   /* absolute and normalised, not encoded: "/" */
	const struct sigv4_field *query;
	size_t query_count;
	/* Every field to be signed, in any order; host and x-amz-date must be among them. */
	const struct sigv4_field *header;
	size_t header_count;
	const void *body;
	size_t body_bytes;
};

struct sigv4_scope {
	char timestamp[SIGV4_TIMESTAMP]; /* UTC, the same as in x-amz-date */
	const char *region, *service;    /* "ap-northeast-1", "ec2" */
};

/* Fills `timestamp` with `unix_seconds` in UTC. 0 or -EINVAL (before 1970, after 9999). */
int sigv4_timestamp(int64_t unix_seconds, char timestamp[SIGV4_TIMESTAMP]);

/* Writes the value of the Authorization header. Keys derived on the way are wiped. 0, -EINVAL for a
 * request that cannot be signed (no host, too many fields, control bytes), -ENOMEM. */
int sigv4_sign(const struct sigv4_request *request, const struct sigv4_scope *scope,
    const struct creds *creds, char authorization[SIGV4_AUTH]);

/* The two texts a signature is computed from, for tests and for nothing else: allocated, the caller
 * frees. They hold no secret, but the canonical request holds a session token. NULL on error. */
char *sigv4_canonical_request(const struct sigv4_request *request);
char *sigv4_string_to_sign(const struct sigv4_scope *scope, const char *canonical_request);
