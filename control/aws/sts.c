/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The request AssumeRole, by the query protocol. Does not send it. */
#include "control/aws/sts.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_SECONDS 3600
#define BODY_BYTES      2048

/* Of letters, digits and `more`, `least` to `most` of them. */
static bool is_word(const char *text, size_t least, size_t most, const char *more)
{
	size_t n = 0;

	for (; text[n]; n++)
		if (n == most || (!isalnum((unsigned char)text[n]) && !strchr(more, text[n])))
			return false;
	return n >= least;
}

static const char *check(const struct sts_role *role, char host[AWS_HOST])
{
	if (strncmp(role->arn, "arn:", 4) != 0 || !is_word(role->arn, 20, 256, ":/+=,.@_-"))
		return "the role is not of the form arn:aws:iam::123456789012:role/name";
	if (role->session_name[0] && !is_word(role->session_name, 2, 64, "+=,.@_-"))
		return "the role's session name is not 2 to 64 of letters, digits and +=,.@_-";
	if (role->external_id[0] && !is_word(role->external_id, 2, 256, "+=,.@:/_-"))
		return "the role's external id is not of letters, digits and +=,.@:/_-";
	if (aws_endpoint("sts", role->region, role->dual_stack, host))
		return "the region of the role is not of the form ap-northeast-1";
	return NULL;
}

/* All values were checked: they fit. */
static void write_body(const struct sts_role *role, char body[BODY_BYTES])
{
	char seconds[16];

	(void)snprintf(seconds, sizeof(seconds), "%u",
	    role->duration_seconds ? role->duration_seconds : DEFAULT_SECONDS);
	body[0] = '\0';
	(void)aws_form_add(body, BODY_BYTES, "Action", "AssumeRole");
	(void)aws_form_add(body, BODY_BYTES, "Version", "2011-06-15");
	(void)aws_form_add(body, BODY_BYTES, "RoleArn", role->arn);
	(void)aws_form_add(body, BODY_BYTES, "RoleSessionName",
	    role->session_name[0] ? role->session_name : "cgw");
	(void)aws_form_add(body, BODY_BYTES, "DurationSeconds", seconds);
	if (role->external_id[0])
		(void)aws_form_add(body, BODY_BYTES, "ExternalId", role->external_id);
}

int sts_assume_role(const struct creds *creds, const struct sts_role *role, int64_t unix_seconds,
    struct aws_request *out, char why[CREDS_TEXT])
{
	char host[AWS_HOST], body[BODY_BYTES];
	const char *bad = check(role, host);
	const struct aws_call call = {
	    .service = "sts",
	    .region = role->region,
	    .host = host,
	    .content_type = AWS_FORM,
	    .body = body,
	};
	int rc;

	memset(out, 0, sizeof(*out));
	(void)snprintf(why, CREDS_TEXT, "%s", bad ? bad : "");
	if (bad)
		return -EINVAL;
	write_body(role, body);
	rc = aws_request_sign(&call, creds, unix_seconds, out);
	if (rc)
		(void)snprintf(
		    why, CREDS_TEXT, "the request to STS could not be signed: %s", strerror(-rc));
	return rc;
}
