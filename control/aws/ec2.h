/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The EC2 query API, as far as we use it: the request DescribeVpnConnections, and error answers.
 * Source: Amazon EC2 API Reference, version 2016-11-15. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds.h"

#define EC2_REGION         33 /* 32 characters of a-z 0-9 - */
#define EC2_HOST           80
#define EC2_TEXT           200
#define EC2_DEFAULT_REGION "ap-northeast-1"

/* The endpoint's DNS name: "ec2.ap-northeast-1.amazonaws.com", cn-* under amazonaws.com.cn. Regions
 * are not listed, new ones appear. -EINVAL for what cannot be a region. */
int ec2_host(const char *region, char host[EC2_HOST]);

/* "vpn-" and 1 to 60 letters and digits. */
bool ec2_vpn_id_valid(const char *vpn_id);

struct ec2_request {
	char host[EC2_HOST];
	char *bytes; /* the whole HTTP/1.1 request, signed; owned, ec2_request_free() wipes */
	size_t length;
};

/* A POST of Action=DescribeVpnConnections for one id, signed for `unix_seconds`, asking for the
 * connection to be closed. 0, or -EINVAL / -ENOMEM with a sentence in `error` that names the bad
 * parameter and never a credential. */
int ec2_describe_vpn(const struct creds *creds, const char *region, const char *vpn_id,
    int64_t unix_seconds, struct ec2_request *out, char error[EC2_TEXT]);
void ec2_request_free(struct ec2_request *request);

/* An error document: <Response><Errors><Error> as EC2 sends, <ErrorResponse><Error> as others. */
struct ec2_error {
	char code[64];          /* "InvalidVpnConnectionID.NotFound": letters, digits, dots only */
	char message[EC2_TEXT]; /* escaped and cut; words that might be keys are asterisks */
};

/* 0, or -EBADMSG when the body is not one. */
int ec2_error_read(const void *body, size_t bytes, struct ec2_error *out);

/* True when the answer means that our clock is wrong, or may mean it: then `text` says so, with the
 * skew taken from the Date field ("the clock of this router is 16 minutes behind AWS: set it").
 * `date` "" = unknown; `unix_seconds` is our time when the answer came. Nothing is corrected. */
bool ec2_clock_note(
    const struct ec2_error *error, const char *date, int64_t unix_seconds, char text[EC2_TEXT]);
