/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The EC2 query API, as far as we use it: the request DescribeVpnConnections, and error answers.
 * Source: Amazon EC2 API Reference, version 2016-11-15. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds.h"
#include "control/aws/request.h"

#define EC2_TEXT           200
#define EC2_DEFAULT_REGION "ap-northeast-1"

/* "vpn-" and 1 to 60 letters and digits. */
bool ec2_vpn_id_valid(const char *vpn_id);

/* Where and as whom to ask. */
struct ec2_place {
	const char *region;
	bool dual_stack;      /* the endpoint that has IPv6 addresses too */
	const char *endpoint; /* see aws_endpoint_parse(); NULL or "" = the region's own */
};

/* A POST of Action=DescribeVpnConnections for one id, signed for `unix_seconds`, asking for the
 * connection to be closed. 0, or -EINVAL / -ENOMEM with a sentence in `error` that names the bad
 * parameter and never a credential. */
int ec2_describe_vpn(const struct creds *creds, const struct ec2_place *place, const char *vpn_id,
    int64_t unix_seconds, struct aws_request *out, char error[EC2_TEXT]);

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
