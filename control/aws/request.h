/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One signed POST to an AWS API, whichever: the query APIs (EC2, STS) and the JSON ones (Secrets
 * Manager) differ in three header fields. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds.h"
#include "control/aws/endpoint.h"

#define AWS_FORM "application/x-www-form-urlencoded; charset=utf-8"
#define AWS_JSON "application/x-amz-json-1.1"

/* What is asked, of whom. All texts are borrowed during the call and hold nothing that would have
 * to be escaped in a head; `body` is as it goes out. */
struct aws_call {
	const char *service, *region; /* of the signature's scope: "ec2", "ap-northeast-1" */
	const char *host;
	uint16_t port;            /* 0 = 443; another is part of the Host field */
	const char *content_type; /* AWS_FORM, AWS_JSON */
	const char *target;       /* X-Amz-Target of a JSON API, NULL = none */
	const char *body;
};

struct aws_request {
	char host[AWS_HOST];
	uint16_t port;
	char *bytes; /* the whole HTTP/1.1 request, signed; owned, aws_request_free() wipes */
	size_t length;
};

/* Signs `call` for `unix_seconds`; the connection is asked to be closed behind the answer. 0,
 * -EINVAL for what cannot be signed, -ENOMEM; `out` is then empty. */
int aws_request_sign(const struct aws_call *call, const struct creds *creds, int64_t unix_seconds,
    struct aws_request *out);

void aws_request_free(struct aws_request *request);

/* Appends "&name=value" (without the & when `body` is empty), percent-encoded (RFC 3986 unreserved
 * characters stay), to a form of `room` bytes. -ENOSPC: it does not fit, `body` is as it was. */
int aws_form_add(char *body, size_t room, const char *name, const char *value);
