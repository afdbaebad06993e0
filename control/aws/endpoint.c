/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Host names of AWS's APIs. Looks nothing up and connects to nothing. */
#include "control/aws/endpoint.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The first row whose prefix fits; the last fits all. */
static const struct partition {
	const char *prefix, *domain, *dual_stack_domain; /* NULL = has none */
} partitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-isob-", "sc2s.sgov.gov", NULL},
    {"us-iso-", "c2s.ic.gov", NULL},
    {"us-isof-", "csp.hci.ic.gov", NULL},
    {"eu-isoe-", "cloud.adc-e.uk", NULL},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"", "amazonaws.com", "api.aws"},
};

bool aws_region_valid(const char *region)
{
	size_t bytes = strnlen(region, AWS_REGION);

	if (bytes == 0 || bytes == AWS_REGION || region[0] == '-' || region[bytes - 1] == '-')
		return false;
	for (const char *p = region; *p; p++)
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) && *p != '-')
			return false;
	return true;
}

int aws_endpoint(const char *service, const char *region, bool dual_stack, char host[AWS_HOST])
{
	const struct partition *p = partitions;
	int length;

	if (!aws_region_valid(region))
		return -EINVAL;
	while (strncmp(region, p->prefix, strlen(p->prefix)) != 0)
		p++;
	if (dual_stack && !p->dual_stack_domain)
		return -ENOTSUP;
	length = snprintf(host, AWS_HOST, "%s.%s.%s", service, region,
	    dual_stack ? p->dual_stack_domain : p->domain);
	return length < AWS_HOST ? 0 : -EINVAL;
}
