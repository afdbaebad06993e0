/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A server of one's own, as a person names it. Looks nothing up. */
#include "common/endpoint.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Labels of letters, digits and hyphens, at least two of them: no address, no local name. */
static bool host_valid(const char *host)
{
	const char *label = host;
	bool dot = false, letter = false;

	for (const char *p = host;; p++) {
		if (*p == '.' || *p == '\0') {
			if (p == label || p - label > 63 || label[0] == '-' || p[-1] == '-')
				return false;
			if (*p == '\0')
				return dot && letter;
			dot = true;
			label = p + 1;
		} else if (isalnum((unsigned char)*p) || *p == '-') {
			letter |= isalpha((unsigned char)*p) != 0;
		} else {
			return false;
		}
	}
}

int endpoint_parse(const char *text, char host[ENDPOINT_HOST], uint16_t *port)
{
	static const char scheme[] = "https://";
	size_t bytes;
	char *end;
	unsigned long number = ENDPOINT_PORT;

	if (strncmp(text, scheme, sizeof(scheme) - 1) == 0)
		text += sizeof(scheme) - 1;
	bytes = strcspn(text, ":/");
	if (bytes == 0 || bytes >= ENDPOINT_HOST)
		return -EINVAL;
	memcpy(host, text, bytes);
	host[bytes] = '\0';
	text += bytes;
	if (*text == ':') {
		if (!isdigit((unsigned char)text[1]))
			return -EINVAL;
		number = strtoul(text + 1, &end, 10);
		text = end;
	}
	if (number == 0 || number > UINT16_MAX || (strcmp(text, "") != 0 && strcmp(text, "/") != 0))
		return -EINVAL;
	*port = (uint16_t)number;
	return host_valid(host) ? 0 : -EINVAL;
}
