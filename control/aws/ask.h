/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One question to an API of AWS: put together by an engine, signed and sent by somebody else.
 * Source: Amazon EC2 API Reference, version 2016-11-15; AWS Secrets Manager API Reference,
 * GetSecretValue. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds.h"
#include "control/aws/request.h"

#define AWS_ASK_BYTES      4096
#define AWS_DEFAULT_REGION "ap-northeast-1"
#define AWS_WHY            200 /* a sentence for a person; never a credential */

enum aws_api { AWS_API_EC2, AWS_API_SECRETS };

struct aws_ask {
	enum aws_api api;
	char region[AWS_REGION]; /* "" = where the account's connection is */
	char body[AWS_ASK_BYTES];
	bool too_long; /* something did not fit: cannot be signed */
};

/* Begins a question to EC2; its parameters follow. Values are encoded here. */
void aws_ask_ec2(struct aws_ask *ask, const char *action);
void aws_ask_add(struct aws_ask *ask, const char *name, const char *value);

/* GetSecretValue of the secret `arn`, in the region it names. -EINVAL: that is no such ARN. */
int aws_ask_secret(struct aws_ask *ask, const char *arn);

/* Where to ask. */
struct aws_place {
	const char *region;
	bool dual_stack;      /* the endpoints that have IPv6 addresses too */
	const char *endpoint; /* of EC2, see aws_endpoint_parse(); NULL or "" = the region's own */
};

/* Signs it for `unix_seconds`. 0, or -EINVAL / -ENOMEM with a sentence that names the bad
 * parameter. */
int aws_ask_sign(const struct aws_ask *ask, const struct creds *creds,
    const struct aws_place *place, int64_t unix_seconds, struct aws_request *out,
    char why[AWS_WHY]);

/* True for `prefix` ("vpn-", "vpc-") and 1 to 60 letters and digits behind it. */
bool aws_id_valid(const char *id, const char *prefix);
