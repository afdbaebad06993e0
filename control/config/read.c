/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Readers of composed words: pure, nothing is kept. */
#include "control/config/read.h"

#include <ctype.h>
#include <string.h>

#include "common/ip.h"
#include "control/config/value.h"
#include "control/config/value_type.h"

static bool read_v4(const char *text, size_t bytes, uint32_t *out)
{
	struct ip_addr addr;
	char copy[32];

	if (!bytes || bytes >= sizeof(copy))
		return false;
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	if (ip_addr_parse(copy, &addr) || addr.family != IP_FAMILY_V4)
		return false;
	*out = ip_addr_v4_host(&addr);
	return true;
}

bool read_range(const char *text, size_t bytes, struct config_range *out)
{
	const char *dash = memchr(text, '-', bytes);
	size_t first = dash ? (size_t)(dash - text) : bytes;

	if (!read_v4(text, first, &out->low))
		return false;
	out->high = out->low;
	return !dash || (read_v4(dash + 1, bytes - first - 1, &out->high) && out->low <= out->high);
}

bool read_pair(const char *word, struct config_range *outer, struct config_range *inner)
{
	const char *equal = strchr(word, '=');

	if (!equal || !read_v4(word, (size_t)(equal - word), &outer->low) ||
	    !read_v4(equal + 1, strlen(equal + 1), &inner->low))
		return false;
	outer->high = outer->low;
	inner->high = inner->low;
	return true;
}

bool read_pool(const char *word, struct config_range *pool, uint8_t *length)
{
	const char *dash = strchr(word, '-');
	struct ip_prefix high, net;
	struct ip_addr low;

	if (!dash || !strchr(dash, '/') || !read_v4(word, (size_t)(dash - word), &pool->low) ||
	    ip_prefix_parse(dash + 1, &high) || high.addr.family != IP_FAMILY_V4)
		return false;
	pool->high = ip_addr_v4_host(&high.addr);
	*length = high.length;
	low = ip_addr_v4(pool->low);
	net = ip_prefix_mask(&high);
	return ip_prefix_contains(&net, &low) && pool->low <= pool->high;
}

bool read_term(const char *word, uint32_t *minutes)
{
	const char *colon = strchr(word, ':');
	uint64_t hours = 0, rest;

	*minutes = CONFIG_INFINITY;
	if (strcmp(word, "infinity") == 0)
		return true;
	if (!colon) {
		if (!value_digits(word, strlen(word), &rest))
			return false;
	} else if (!value_digits(word, (size_t)(colon - word), &hours) || strlen(colon + 1) != 2 ||
		   !value_digits(colon + 1, 2, &rest) || rest > 59) {
		return false;
	}
	rest += hours * 60;
	*minutes = (uint32_t)rest;
	return rest >= 1 && rest <= 21474836;
}

bool read_port_range(const char *text, size_t bytes, struct read_ports *out)
{
	const char *dash = memchr(text, '-', bytes);
	size_t first = dash ? (size_t)(dash - text) : bytes,
	       second = bytes - first - (dash != NULL);
	int low = 0, high = 65535;

	if (dash && !first && !second)
		return false;
	if (!dash || first)
		low = value_port_number(text, first);
	if (!dash)
		high = low;
	else if (second)
		high = value_port_number(dash + 1, second);
	if (low < 0 || high < 0 || low > high)
		return false;
	*out = (struct read_ports){(uint16_t)low, (uint16_t)high};
	return true;
}

bool read_forward(const char *word, struct read_ports *outer, struct read_ports *inner)
{
	const char *equal = strchr(word, '='), *right = equal ? equal + 1 : word;

	if (!read_port_range(right, strlen(right), inner))
		return false;
	*outer = *inner;
	return !equal || (read_port_range(word, (size_t)(equal - word), outer) &&
			     outer->high - outer->low == inner->high - inner->low);
}

static int digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
					    : -1;
}

bool read_octet(const char *text, uint8_t *out)
{
	int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);

	if (low < 0)
		return false;
	*out = (uint8_t)(high << 4 | low);
	return true;
}

bool read_mac(const char *word, uint8_t mac[6])
{
	if (strlen(word) != 17)
		return false;
	for (unsigned i = 0; i < 6; i++)
		if (!read_octet(word + 3 * i, &mac[i]) || (i < 5 && word[3 * i + 2] != ':'))
			return false;
	return true;
}

bool read_item(const char **at, const char **item, size_t *bytes)
{
	if (!*at)
		return false;
	*item = *at;
	*bytes = strcspn(*at, ",");
	*at = (*at)[*bytes] ? *at + *bytes + 1 : NULL;
	return true;
}
