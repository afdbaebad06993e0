/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One line a lease: EXPIRES MAC ADDRESS NAME CLIENT-ID, `*` for what is not known. The name is what
 * the client says of itself: bytes of a stranger. */
#include "control/service/leases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/read.h"

#define LINE_BYTES 1024

static void read_id(const char *text, struct lease *lease)
{
	if (strcmp(text, "*") == 0)
		return;
	for (const char *at = text; lease->id_bytes < CONFIG_CLIENT_ID; at += 3) {
		if (!read_octet(at, &lease->id[lease->id_bytes]))
			break;
		lease->id_bytes++;
		if (at[2] != ':')
			break;
	}
}

static void read_host(const char *text, struct lease *lease)
{
	size_t bytes = strlen(text);

	if (strcmp(text, "*") == 0 || bytes >= sizeof(lease->host))
		return;
	for (size_t i = 0; i < bytes; i++)
		if (text[i] < 0x21 || text[i] > 0x7e)
			return;
	memcpy(lease->host, text, bytes + 1);
}

static bool read_line(char *line, struct lease *lease)
{
	char *rest = NULL, *expires = strtok_r(line, " ", &rest), *mac = strtok_r(NULL, " ", &rest);
	char *address = strtok_r(NULL, " ", &rest), *host = strtok_r(NULL, " ", &rest);
	char *id = strtok_r(NULL, " ", &rest), *end;

	*lease = (struct lease){0};
	if (!id)
		return false;
	lease->expires_unix = strtoll(expires, &end, 10);
	if (*end || lease->expires_unix < 0 || !read_mac(mac, lease->mac) ||
	    ip_addr_parse(address, &lease->address) || lease->address.family != IP_FAMILY_V4)
		return false;
	read_host(host, lease);
	read_id(id, lease);
	return true;
}

size_t leases_read(const char *text, size_t bytes, struct lease *out, size_t max)
{
	const char *end = text + bytes;
	size_t count = 0;

	while (text < end && count < max) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char line[LINE_BYTES];

		if (length < sizeof(line)) {
			memcpy(line, text, length);
			line[length] = '\0';
			count += read_line(line, &out[count]);
		}
		text += length + 1;
	}
	return count;
}
