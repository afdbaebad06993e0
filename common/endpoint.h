/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A server of HTTPS as a person names it. */
#pragma once

#include <stdint.h>

#define ENDPOINT_HOST 128
#define ENDPOINT_PORT 443

/* "https://vpce-0a1b.ec2.eu-west-1.vpce.amazonaws.com:8443", the scheme, the port and one slash
 * behind may be missing. Never another scheme, a path, a user, nor an address: a certificate is for
 * a name. 0, or -EINVAL. */
int endpoint_parse(const char *text, char host[ENDPOINT_HOST], uint16_t *port);
