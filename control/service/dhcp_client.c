/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lines KEY=VALUE, both of the client's events and of our own file. Keys that are not known are
 * passed over. */
#include "control/service/dhcp_client.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_SEC                                                                                \
	2147483647 /* of a finite lease; 0xffffffff is infinity (RFC 2131 section 3.3) */

struct fields {
	char event[16], ip[32], mask[32], router[128], server[32], dns[128], lease[24], ends[24];
};

static void keep(const char *line, size_t bytes, const char *key, char *out, size_t out_bytes)
{
	size_t length = strlen(key);

	if (bytes <= length || memcmp(line, key, length) != 0 || line[length] != '=' ||
	    bytes - length - 1 >= out_bytes)
		return;
	memcpy(out, line + length + 1, bytes - length - 1);
	out[bytes - length - 1] = '\0';
}

static void split(const char *text, size_t bytes, struct fields *f)
{
	const char *end = text + bytes;

	memset(f, 0, sizeof(*f));
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);

		keep(text, length, "event", f->event, sizeof(f->event));
		keep(text, length, "ip", f->ip, sizeof(f->ip));
		keep(text, length, "mask", f->mask, sizeof(f->mask));
		keep(text, length, "router", f->router, sizeof(f->router));
		keep(text, length, "serverid", f->server, sizeof(f->server));
		keep(text, length, "dns", f->dns, sizeof(f->dns));
		keep(text, length, "lease", f->lease, sizeof(f->lease));
		keep(text, length, "ends", f->ends, sizeof(f->ends));
		text += length + 1;
	}
}

/* An address of a host: what a port, a router or a server may bear. */
static bool read_host(const char *text, struct ip_addr *out)
{
	struct ip_addr addr;

	if (ip_addr_parse(text, &addr) || addr.family != IP_FAMILY_V4 ||
	    ip_addr_is_unspecified(&addr) || ip_addr_is_loopback(&addr) ||
	    ip_addr_is_multicast(&addr) || ip_addr_v4_host(&addr) >> 28 == 15)
		return false;
	*out = addr;
	return true;
}

/* The good ones of a list by blanks, at most `max`. Returns how many. */
static uint32_t read_hosts(char *text, struct ip_addr *out, uint32_t max)
{
	char *rest = NULL;
	uint32_t count = 0;

	for (char *word = strtok_r(text, " ", &rest); word && count < max;
	     word = strtok_r(NULL, " ", &rest))
		count += read_host(word, &out[count]);
	return count;
}

static bool read_number(const char *text, uint64_t most, uint64_t *out)
{
	char *end;

	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && *out <= most;
}

static bool read_binding(struct fields *f, struct dhcp_binding *out)
{
	uint64_t number;

	memset(out, 0, sizeof(*out));
	if (!read_host(f->ip, &out->address.addr) || !read_number(f->mask, 32, &number) ||
	    number < 8)
		return false;
	out->address.length = (uint8_t)number;
	(void)read_hosts(f->router, &out->router, 1);
	(void)read_host(f->server, &out->server);
	out->name_server_count = read_hosts(f->dns, out->name_server, CONFIG_NAME_SERVERS);
	if (!read_number(f->lease, UINT32_MAX, &number) || number == 0)
		return false;
	out->lease_sec = number > LONGEST_SEC ? UINT32_MAX : (uint32_t)number;
	out->ends_sec = INT64_MAX;
	out->valid = true;
	return true;
}

enum dhcp_event_kind dhcp_event_read(const char *text, size_t bytes, struct dhcp_binding *out)
{
	struct fields fields;

	split(text, bytes, &fields);
	memset(out, 0, sizeof(*out));
	if (strcmp(fields.event, "nak") == 0)
		return DHCP_EVENT_LOST;
	if (strcmp(fields.event, "deconfig") == 0)
		return DHCP_EVENT_IDLE;
	if (strcmp(fields.event, "bound") != 0 && strcmp(fields.event, "renew") != 0)
		return DHCP_EVENT_NONE;
	return read_binding(&fields, out) ? DHCP_EVENT_BOUND : DHCP_EVENT_NONE;
}

size_t dhcp_binding_write(const struct dhcp_binding *binding, char text[DHCP_EVENT_BYTES])
{
	char address[IP_ADDR_TEXT_BYTES];
	int n = snprintf(text, DHCP_EVENT_BYTES,
	    "ip=%s\nmask=%u\nlease=%" PRIu32 "\nends=%" PRId64 "\n",
	    ip_addr_format(&binding->address.addr, address), binding->address.length,
	    binding->lease_sec, binding->ends_sec);

	if (binding->router.family != IP_FAMILY_NONE)
		n += snprintf(text + n, (size_t)(DHCP_EVENT_BYTES - n), "router=%s\n",
		    ip_addr_format(&binding->router, address));
	if (binding->server.family != IP_FAMILY_NONE)
		n += snprintf(text + n, (size_t)(DHCP_EVENT_BYTES - n), "serverid=%s\n",
		    ip_addr_format(&binding->server, address));
	n += snprintf(text + n, (size_t)(DHCP_EVENT_BYTES - n), "dns=");
	for (uint32_t i = 0; i < binding->name_server_count; i++)
		n += snprintf(text + n, (size_t)(DHCP_EVENT_BYTES - n), "%s%s", i ? " " : "",
		    ip_addr_format(&binding->name_server[i], address));
	n += snprintf(text + n, (size_t)(DHCP_EVENT_BYTES - n), "\n");
	return (size_t)n;
}

bool dhcp_binding_read(const char *text, size_t bytes, int64_t now_sec, struct dhcp_binding *out)
{
	struct fields fields;
	uint64_t ends;

	split(text, bytes, &fields);
	if (!read_binding(&fields, out) || !read_number(fields.ends, INT64_MAX, &ends) ||
	    (int64_t)ends <= now_sec ||
	    (out->lease_sec != UINT32_MAX &&
		(int64_t)ends > now_sec + out->lease_sec + DHCP_LATE_SEC)) {
		out->valid = false;
		return false;
	}
	out->ends_sec = (int64_t)ends;
	return true;
}
