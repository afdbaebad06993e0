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
#include <string.h>

#define API_VERSION "2016-11-15"

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

static int find_host(const struct ec2_place *place, char host[AWS_HOST], uint16_t *port)
{
	*port = AWS_HTTPS_PORT;
	if (!aws_region_valid(place->region))
		return -EINVAL;
	if (place->endpoint && place->endpoint[0])
		return aws_endpoint_parse(place->endpoint, host, port);
	return aws_endpoint("ec2", place->region, place->dual_stack, host);
}

/* What is wrong with the parameters, or NULL; fills host and port. */
static const char *check(const struct creds *creds, const struct ec2_place *place,
    const char *vpn_id, char host[AWS_HOST], uint16_t *port)
{
	if (!creds->access_key[0] || !creds->secret_key[0])
		return "no access key is set";
	if (!ec2_vpn_id_valid(vpn_id))
		return "the VPN connection id is not of the form vpn-0123456789abcdef0";
	switch (find_host(place, host, port)) {
	case 0: return NULL;
	case -ENOTSUP: return "this region has no dual-stack endpoints";
	default:
		return place->endpoint && place->endpoint[0] && aws_region_valid(place->region)
			   ? "the endpoint is not of the form https://host.name"
			   : "the region is not of the form ap-northeast-1";
	}
}

int ec2_describe_vpn(const struct creds *creds, const struct ec2_place *place, const char *vpn_id,
    int64_t unix_seconds, struct aws_request *out, char error[EC2_TEXT])
{
	char body[160], host[AWS_HOST];
	struct aws_call call = {
	    .service = "ec2",
	    .region = place->region,
	    .host = host,
	    .content_type = AWS_FORM,
	    .body = body,
	};
	const char *bad = check(creds, place, vpn_id, host, &call.port);
	int rc;

	memset(out, 0, sizeof(*out));
	(void)snprintf(error, EC2_TEXT, "%s", bad ? bad : "");
	if (bad)
		return -EINVAL;
	(void)snprintf(body, sizeof(body),
	    "Action=DescribeVpnConnections&Version=" API_VERSION "&VpnConnectionId.1=%s", vpn_id);
	rc = aws_request_sign(&call, creds, unix_seconds, out);
	if (rc)
		(void)snprintf(
		    error, EC2_TEXT, "the request could not be signed: %s", strerror(-rc));
	return rc;
}
