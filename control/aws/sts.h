/* SPDX-License-Identifier: BSD-3-Clause
 *
 * STS: a role's temporary credentials for those of somebody who may assume it.
 * Source: AWS STS API Reference, version 2011-06-15, AssumeRole. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/aws/creds_file.h"
#include "control/aws/request.h"

struct sts_role {
	const char *region; /* its STS is asked */
	bool dual_stack;
	const char *arn;
	const char *session_name;  /* shown in CloudTrail; "" = "cgw" */
	const char *external_id;   /* "" = none */
	unsigned duration_seconds; /* 0 = an hour */
};

/* The signed request. 0, or -EINVAL / -ENOMEM with a sentence that names the bad parameter. The
 * answer is read by creds_answer_sts(). */
int sts_assume_role(const struct creds *creds, const struct sts_role *role, int64_t unix_seconds,
    struct aws_request *out, char why[CREDS_TEXT]);
