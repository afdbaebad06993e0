/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Bodies and hosts of questions to AWS. Every part that comes from the configuration is checked
 * against a narrow alphabet before it is put into a host name or a head, so nothing has to be
 * escaped there. Does not send anything. */
#include "control/aws/ask.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EC2_VERSION "2016-11-15"
#define ID_BYTES    60
#define ARN_BYTES   256

bool aws_id_valid(const char *id, const char *prefix)
{
	const size_t begin = strlen(prefix);
	size_t bytes = strnlen(id, begin + ID_BYTES + 1);

	if (strncmp(id, prefix, begin) != 0 || bytes < begin + 1 || bytes > begin + ID_BYTES)
		return false;
	for (const char *p = id + begin; *p; p++)
		if (!isalnum((unsigned char)*p))
			return false;
	return true;
}

void aws_ask_ec2(struct aws_ask *ask, const char *action)
{
	memset(ask, 0, sizeof(*ask));
	ask->api = AWS_API_EC2;
	aws_ask_add(ask, "Action", action);
	aws_ask_add(ask, "Version", EC2_VERSION);
}

void aws_ask_add(struct aws_ask *ask, const char *name, const char *value)
{
	if (aws_form_add(ask->body, sizeof(ask->body), name, value))
		ask->too_long = true;
}

/* arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME; nothing in it needs escaping in JSON. */
int aws_ask_secret(struct aws_ask *ask, const char *arn)
{
	const char *part = arn;
	size_t bytes = strlen(arn), region;

	memset(ask, 0, sizeof(*ask));
	ask->api = AWS_API_SECRETS;
	if (bytes > ARN_BYTES || strncmp(arn, "arn:", 4) != 0)
		return -EINVAL;
	for (const char *p = arn; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr(":/_+=.@!-", *p))
			return -EINVAL;
	for (unsigned i = 0; i < 3; i++) {
		part = strchr(part, ':');
		if (!part++ || (i == 1 && strncmp(part, "secretsmanager:", 15) != 0))
			return -EINVAL;
	}
	region = strcspn(part, ":");
	if (region == 0 || region >= sizeof(ask->region))
		return -EINVAL;
	memcpy(ask->region, part, region);
	(void)snprintf(ask->body, sizeof(ask->body), "{\"SecretId\":\"%s\"}", arn);
	return aws_region_valid(ask->region) ? 0 : -EINVAL;
}

static int find_host(const struct aws_ask *ask, const struct aws_place *place, const char *region,
    char host[AWS_HOST], uint16_t *port)
{
	*port = AWS_HTTPS_PORT;
	if (!aws_region_valid(region))
		return -EINVAL;
	if (ask->api == AWS_API_SECRETS)
		return aws_endpoint("secretsmanager", region, place->dual_stack, host);
	if (place->endpoint && place->endpoint[0])
		return endpoint_parse(place->endpoint, host, port);
	return aws_endpoint("ec2", region, place->dual_stack, host);
}

/* What is wrong with the parameters, or NULL; fills host and port. */
static const char *check(const struct aws_ask *ask, const struct creds *creds,
    const struct aws_place *place, const char *region, char host[AWS_HOST], uint16_t *port)
{
	if (!creds->access_key[0] || !creds->secret_key[0])
		return "no access key is set";
	if (ask->too_long)
		return "the request is longer than can be sent";
	switch (find_host(ask, place, region, host, port)) {
	case 0: return NULL;
	case -ENOTSUP: return "this region has no dual-stack endpoints";
	default:
		return place->endpoint && place->endpoint[0] && aws_region_valid(region)
			   ? "the endpoint is not of the form https://host.name"
			   : "the region is not of the form ap-northeast-1";
	}
}

int aws_ask_sign(const struct aws_ask *ask, const struct creds *creds,
    const struct aws_place *place, int64_t unix_seconds, struct aws_request *out, char why[AWS_WHY])
{
	const bool secret = ask->api == AWS_API_SECRETS;
	const char *region = ask->region[0] ? ask->region : place->region;
	char host[AWS_HOST];
	struct aws_call call = {
	    .service = secret ? "secretsmanager" : "ec2",
	    .region = region,
	    .host = host,
	    .content_type = secret ? AWS_JSON : AWS_FORM,
	    .target = secret ? "secretsmanager.GetSecretValue" : NULL,
	    .body = ask->body,
	};
	const char *bad = check(ask, creds, place, region, host, &call.port);
	int rc;

	memset(out, 0, sizeof(*out));
	(void)snprintf(why, AWS_WHY, "%s", bad ? bad : "");
	if (bad)
		return -EINVAL;
	rc = aws_request_sign(&call, creds, unix_seconds, out);
	if (rc)
		(void)snprintf(why, AWS_WHY, "the request could not be signed: %s", strerror(-rc));
	return rc;
}
