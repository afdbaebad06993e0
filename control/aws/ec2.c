/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The request DescribeVpnConnections: end point, body, signature, HTTP head.
 *
 * Every part that comes from the configuration is checked against a narrow alphabet before it is
 * put into a host name or a head, so nothing has to be escaped there. Does not send anything. */
#include "control/aws/ec2.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/aws/sigv4.h"

#define API_VERSION  "2016-11-15"
#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"

static bool region_valid(const char *region)
{
	size_t bytes = strnlen(region, EC2_REGION);

	if (bytes == 0 || bytes == EC2_REGION || region[0] == '-' || region[bytes - 1] == '-')
		return false;
	for (const char *p = region; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return false;
	return true;
}

int ec2_host(const char *region, char host[EC2_HOST])
{
	if (!region_valid(region))
		return -EINVAL;
	snprintf(host, EC2_HOST, "ec2.%s.amazonaws.com%s", region,
	    strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
	return 0;
}

bool ec2_vpn_id_valid(const char *vpn_id)
{
	size_t bytes = strnlen(vpn_id, 65);

	if (strncmp(vpn_id, "vpn-", 4) != 0 || bytes < 5 || bytes > 64)
		return false;
	for (const char *p = vpn_id + 4; *p; p++)
		if (!isalnum((unsigned char)*p))
			return false;
	return true;
}

static int write_request(const struct creds *creds, const char *timestamp,
    const char *authorization, const char *body, struct ec2_request *out)
{
	const bool token = creds->token[0] != '\0';
	size_t room = 1024 + strlen(authorization) + strlen(creds->token) + strlen(body);
	int length;

	out->bytes = malloc(room);
	if (!out->bytes)
		return -ENOMEM;
	out->length = room; /* what there is to wipe, until the request is whole */
	length = snprintf(out->bytes, room,
	    "POST / HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "User-Agent: cgw\r\n"
	    "Accept: text/xml\r\n"
	    "Connection: close\r\n"
	    "Content-Type: " CONTENT_TYPE "\r\n"
	    "Content-Length: %zu\r\n"
	    "X-Amz-Date: %s\r\n"
	    "%s%s%s"
	    "Authorization: %s\r\n"
	    "\r\n"
	    "%s",
	    out->host, strlen(body), timestamp, token ? "X-Amz-Security-Token: " : "", creds->token,
	    token ? "\r\n" : "", authorization, body);
	if (length < 0 || (size_t)length >= room)
		return -EINVAL;
	out->length = (size_t)length;
	return 0;
}

static int sign_request(const struct creds *creds, const char *region, const char *vpn_id,
    int64_t unix_seconds, struct ec2_request *out)
{
	struct sigv4_scope scope = {.region = region, .service = "ec2"};
	char body[160], authorization[SIGV4_AUTH];
	struct sigv4_field header[4] = {
	    {"host", out->host},
	    {"content-type", CONTENT_TYPE},
	    {"x-amz-date", scope.timestamp},
	    {"x-amz-security-token", creds->token},
	};
	struct sigv4_request request = {
	    .method = "POST",
	    .path = "/",
	    .header = header,
	    .header_count = creds->token[0] ? 4 : 3,
	    .body = body,
	};
	int rc = sigv4_timestamp(unix_seconds, scope.timestamp);

	if (rc)
		return rc;
	request.body_bytes = (size_t)snprintf(body, sizeof(body),
	    "Action=DescribeVpnConnections&Version=" API_VERSION "&VpnConnectionId.1=%s", vpn_id);
	rc = sigv4_sign(&request, &scope, creds, authorization);
	if (!rc)
		rc = write_request(creds, scope.timestamp, authorization, body, out);
	secret_wipe(authorization, sizeof(authorization));
	return rc;
}

int ec2_describe_vpn(const struct creds *creds, const char *region, const char *vpn_id,
    int64_t unix_seconds, struct ec2_request *out, char error[EC2_TEXT])
{
	const char *bad = NULL;
	int rc = 0;

	memset(out, 0, sizeof(*out));
	error[0] = '\0';
	if (!creds->access_key[0] || !creds->secret_key[0])
		bad = "no access key is set";
	else if (!ec2_vpn_id_valid(vpn_id))
		bad = "the VPN connection id is not of the form vpn-0123456789abcdef0";
	else if (ec2_host(region, out->host))
		bad = "the region is not of the form ap-northeast-1";
	if (bad) {
		snprintf(error, EC2_TEXT, "%s", bad);
		return -EINVAL;
	}
	rc = sign_request(creds, region, vpn_id, unix_seconds, out);
	if (rc) {
		snprintf(error, EC2_TEXT, "the request could not be signed: %s", strerror(-rc));
		ec2_request_free(out);
	}
	return rc;
}

void ec2_request_free(struct ec2_request *request)
{
	if (request->bytes)
		secret_wipe(request->bytes, request->length);
	free(request->bytes);
	memset(request, 0, sizeof(*request));
}
