/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Error answers of AWS's APIs.
 * Source: Amazon EC2 API Reference, version 2016-11-15, "Error codes". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EC2_TEXT 200

/* An error document: <Response><Errors><Error> as EC2 sends, <ErrorResponse><Error> as others. */
struct ec2_error {
	char code[64];          /* "InvalidVpnConnectionID.NotFound": letters, digits, dots only */
	char message[EC2_TEXT]; /* escaped and cut; words that might be keys are asterisks */
};

/* 0, or -EBADMSG when the body is not one. JSON APIs have theirs as {"__type", "message"}. */
int ec2_error_read(const void *body, size_t bytes, struct ec2_error *out);

/* True for a refusal that is about this moment only: throttling, a fault at AWS. */
bool ec2_error_is_passing(const struct ec2_error *error);

/* True when the answer means that our clock is wrong, or may mean it: then `text` says so, with the
 * skew taken from the Date field ("the clock of this router is 16 minutes behind AWS: set it").
 * `date` "" = unknown; `unix_seconds` is our time when the answer came. Nothing is corrected. */
bool ec2_clock_note(
    const struct ec2_error *error, const char *date, int64_t unix_seconds, char text[EC2_TEXT]);
