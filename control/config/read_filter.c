/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Readers of a packet filter's words: pure, nothing is kept. Names of hosts are not looked up. */
#include "control/config/read_filter.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/ip.h"
#include "control/config/read.h"
#include "control/config/value.h"
#include "control/config/value_type.h"

/* Types 3 4 5 11 12 31 32, and 0 8-10 13-18 30 33-36: bit n = type n. */
#define ICMP_ERRORS 0x180001838ull
#define ICMP_INFOS  0x1e4007e701ull

/* Calls `take` for each item; false when one is wrong or there are too many. */
static bool each(
    const char *word, bool (*take)(const char *item, size_t bytes, void *out), void *out)
{
	unsigned count = 0;
	const char *item;
	size_t bytes;

	while (read_item(&word, &item, &bytes))
		if (++count > CONFIG_FILTER_ITEMS || !take(item, bytes, out))
			return false;
	return true;
}

static bool is(const char *item, size_t bytes, const char *name)
{
	return strlen(name) == bytes && memcmp(item, name, bytes) == 0;
}

/* One more range. `any` beside others is any: then low is 0 and high all there is. */
static void add(struct config_ranges *ranges, uint32_t low, uint32_t high)
{
	ranges->range[ranges->count++] = (struct filter_range){low, high};
}

/* Ranges one of which is everything are no condition at all. */
static void drop_any(struct config_ranges *ranges, uint32_t most)
{
	for (uint32_t i = 0; i < ranges->count; i++)
		if (!ranges->range[i].low && ranges->range[i].high == most)
			ranges->count = 0;
}

/* ---- addresses ---- */

/* 0..255 without zeros in front, or after `*` nothing but `*`: the lowest and highest it can be. */
static bool read_number(const char *text, size_t bytes, bool *star, struct filter_range *out)
{
	uint64_t number;

	*star = *star || is(text, bytes, "*");
	if (*star) {
		*out = (struct filter_range){0, 255};
		return is(text, bytes, "*");
	}
	if (!value_digits(text, bytes, &number) || number > 255 || (bytes > 1 && *text == '0'))
		return false;
	*out = (struct filter_range){(uint32_t)number, (uint32_t)number};
	return true;
}

/* a.b.c.d, where the last numbers may be `*`: from the lowest to the highest that it can be. */
static bool read_dotted(const char *text, size_t bytes, struct filter_range *out)
{
	const char *end = text + bytes;
	bool star = false;

	*out = (struct filter_range){0, 0};
	for (unsigned i = 0; i < 4; i++) {
		const char *dot = i < 3 ? memchr(text, '.', (size_t)(end - text)) : end;
		struct filter_range number;

		if (!dot || !read_number(text, (size_t)(dot - text), &star, &number))
			return false;
		out->low = out->low << 8 | number.low;
		out->high = out->high << 8 | number.high;
		text = dot + 1;
	}
	return true;
}

static bool read_network(const char *text, size_t bytes, struct filter_range *out)
{
	struct ip_prefix prefix;
	char copy[40];
	uint32_t hosts;

	if (bytes >= sizeof(copy))
		return false;
	memcpy(copy, text, bytes);
	copy[bytes] = '\0';
	if (ip_prefix_parse(copy, &prefix) || prefix.addr.family != IP_FAMILY_V4)
		return false;
	hosts = prefix.length ? (uint32_t)((1ull << (32 - prefix.length)) - 1) : UINT32_MAX;
	out->low = ip_addr_v4_host(&prefix.addr) & ~hosts;
	out->high = out->low | hosts;
	return true;
}

static bool read_between(const char *text, size_t bytes, const char *dash, struct filter_range *out)
{
	size_t first = (size_t)(dash - text), second = bytes - first - 1;
	struct filter_range low = {0, 0}, high = {UINT32_MAX, UINT32_MAX};

	if ((!first && !second) || (first && !read_dotted(text, first, &low)) ||
	    (second && !read_dotted(dash + 1, second, &high)))
		return false;
	*out = (struct filter_range){low.low, high.high};
	return out->low <= out->high;
}

static bool take_host(const char *item, size_t bytes, void *out)
{
	const char *dash = memchr(item, '-', bytes);
	struct filter_range range;

	if (is(item, bytes, "*"))
		range = (struct filter_range){0, UINT32_MAX};
	else if (dash                       ? !read_between(item, bytes, dash, &range)
		 : memchr(item, '/', bytes) ? !read_network(item, bytes, &range)
					    : !read_dotted(item, bytes, &range))
		return false;
	add(out, range.low, range.high);
	return true;
}

bool read_hosts(const char *word, struct config_ranges *out)
{
	*out = (struct config_ranges){0};
	if (!each(word, take_host, out))
		return false;
	drop_any(out, UINT32_MAX);
	return true;
}

/* ---- protocols ---- */

/* V/M: two words of 16 bits, decimal or 0x. */
static bool read_flags(const char *text, struct filter_flags *out)
{
	uint16_t *part[] = {&out->value, &out->mask};

	for (unsigned i = 0; i < 2; i++) {
		bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
		unsigned long number;
		char *end;

		if (hex ? !isxdigit((unsigned char)text[2]) : !isdigit((unsigned char)*text))
			return false;
		number = strtoul(text, &end, hex ? 16 : 10);
		if (number > UINT16_MAX || *end != (i ? '\0' : '/'))
			return false;
		*part[i] = (uint16_t)number;
		text = end + 1;
	}
	return true;
}

static bool take_flags(const char *item, struct config_protocols *out)
{
	struct filter_flags flags = {0};

	if (strncmp(item, "tcpflag=", 8) == 0
		? !read_flags(item + 8, &flags)
		: strncmp(item, "tcpflag!=", 9) != 0 || !read_flags(item + 9, &flags))
		return false;
	flags.differs = item[7] == '!';
	out->flags[out->flags_count++] = flags;
	return true;
}

static bool take_protocol(const char *word, size_t bytes, void *to)
{
	static const struct {
		const char *name;
		uint8_t number;
	} numbers[] = {{"icmp", IPPROTO_ICMP}, {"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP},
	    {"ipv6", IPPROTO_IPV6}, {"gre", IPPROTO_GRE}, {"esp", IPPROTO_ESP}, {"ah", IPPROTO_AH},
	    {"icmp6", IPPROTO_ICMPV6}};
	static const struct {
		const char *name;
		uint16_t flag;
	} flags[] = {{"tcpfin", 0x01}, {"tcpsyn", 0x02}, {"tcprst", 0x04}, {"established", 0x10}};
	struct config_protocols *out = to;
	char item[40];
	uint64_t number;

	if (bytes >= sizeof(item))
		return false;
	memcpy(item, word, bytes);
	item[bytes] = '\0';
	if (strcmp(item, "*") == 0)
		return out->any = true;
	for (unsigned i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(item, numbers[i].name) == 0) {
			out->number[out->count++] = numbers[i].number;
			return true;
		}
	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(item, flags[i].name) == 0) {
			out->flags[out->flags_count++] =
			    (struct filter_flags){flags[i].flag, flags[i].flag, 0, 0};
			return true;
		}
	if (strcmp(item, "icmp-error") == 0 || strcmp(item, "icmp-info") == 0) {
		out->icmp_types |= item[5] == 'e' ? ICMP_ERRORS : ICMP_INFOS;
		return true;
	}
	if (!value_digits(item, bytes, &number) || number > 255)
		return take_flags(item, out);
	out->number[out->count++] = (uint8_t)number;
	return true;
}

bool read_protocols(const char *word, struct config_protocols *out)
{
	*out = (struct config_protocols){0};
	if (!each(word, take_protocol, out))
		return false;
	out->icmp_only = !out->any && out->count == 1 && out->number[0] == IPPROTO_ICMP &&
			 !out->flags_count && !out->icmp_types;
	return true;
}

/* ---- ports ---- */

static bool take_port(const char *item, size_t bytes, void *out)
{
	struct read_ports ports = {0, UINT16_MAX};

	if (is(item, bytes, "ftp"))
		ports = (struct read_ports){20, 21};
	else if (!is(item, bytes, "*") && !read_port_range(item, bytes, &ports))
		return false;
	add(out, ports.low, ports.high);
	return true;
}

bool read_ports_list(const char *word, struct config_ranges *out)
{
	*out = (struct config_ranges){0};
	if (!each(word, take_port, out))
		return false;
	drop_any(out, UINT16_MAX);
	return true;
}
