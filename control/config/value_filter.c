/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Types of packet filters, address translation and address pools: lists of addresses, protocols and
 * ports. They are checked here and kept as texts; what enforces them reads them again by the same
 * names (value_port_number()). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/value_type.h"

#define LIST_MAX 10 /* items of one list, as on the router */

/* Calls `check` for each part of a list by commas; false when one is wrong or there are too many.
 */
static bool every_item(const char *word, bool (*check)(const char *item))
{
	unsigned count = 0;
	char item[64];

	for (const char *at = word;; at++) {
		size_t bytes = strcspn(at, ",");

		if (!bytes || bytes >= sizeof(item) || ++count > LIST_MAX)
			return false;
		memcpy(item, at, bytes);
		item[bytes] = '\0';
		if (!check(item))
			return false;
		at += bytes;
		if (!*at)
			return true;
	}
}

static bool is_address(const char *text)
{
	struct ip_addr addr;

	return ip_addr_parse(text, &addr) == 0 && addr.family == IP_FAMILY_V4;
}

/* "a-b" with a <= b. */
static bool is_address_range(const char *text)
{
	const char *dash = strchr(text, '-');
	struct ip_addr low, high;
	char first[32];

	if (!dash || (size_t)(dash - text) >= sizeof(first))
		return false;
	memcpy(first, text, (size_t)(dash - text));
	first[dash - text] = '\0';
	return is_address(first) && is_address(dash + 1) && ip_addr_parse(first, &low) == 0 &&
	       ip_addr_parse(dash + 1, &high) == 0 &&
	       ip_addr_v4_host(&low) <= ip_addr_v4_host(&high);
}

static bool is_host_item(const char *item)
{
	struct ip_prefix prefix;

	return strcmp(item, "*") == 0 || is_address_range(item) ||
	       (ip_prefix_parse(item, &prefix) == 0 && prefix.addr.family == IP_FAMILY_V4);
}

enum value_fit value_parse_hosts(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_TEXT;
	if (every_item(word, is_host_item))
		return VALUE_TYPED;
	return value_complain(why, "addresses are *, a.b.c.d, a.b.c.d/nn or a.b.c.d-e.f.g.h");
}

/* 0xNN/0xNN or decimal: flags and their mask. */
static bool is_flags(const char *text)
{
	for (unsigned part = 0; part < 2; part++) {
		char *end;

		if (!isdigit((unsigned char)*text) || strtoul(text, &end, 0) > 0xff ||
		    *end != (part ? '\0' : '/'))
			return false;
		text = end + 1;
	}
	return true;
}

static bool is_protocol_item(const char *item)
{
	static const char *const names[] = {"*", "icmp", "tcp", "udp", "ipv6", "gre", "esp", "ah",
	    "icmp6", "icmp-error", "icmp-info", "tcpsyn", "tcpfin", "tcprst", "established"};
	uint64_t number;

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(item, names[i]) == 0)
			return true;
	if (strncmp(item, "tcpflag=", 8) == 0)
		return is_flags(item + 8);
	if (strncmp(item, "tcpflag!=", 9) == 0)
		return is_flags(item + 9);
	return value_digits(item, strlen(item), &number) && number <= 255;
}

enum value_fit value_parse_protocols(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_TEXT;
	if (every_item(word, is_protocol_item))
		return VALUE_TYPED;
	return value_complain(
	    why, "protocols are *, a name as tcp, udp, icmp, esp, established, or 0..255");
}

int value_port_number(const char *name, size_t bytes)
{
	static const struct {
		const char *name;
		int port;
	} known[] = {{"ftpdata", 20}, {"ftp", 21}, {"ssh", 22}, {"telnet", 23}, {"smtp", 25},
	    {"time", 37}, {"domain", 53}, {"dhcps", 67}, {"dhcpc", 68}, {"tftp", 69},
	    {"gopher", 70}, {"finger", 79}, {"www", 80}, {"pop3", 110}, {"sunrpc", 111},
	    {"ident", 113}, {"nntp", 119}, {"ntp", 123}, {"netbios_ns", 137}, {"netbios_dgm", 138},
	    {"netbios_ssn", 139}, {"imap", 143}, {"snmp", 161}, {"snmptrap", 162}, {"bgp", 179},
	    {"https", 443}, {"syslog", 514}, {"printer", 515}, {"route", 520}, {"submission", 587}};
	uint64_t number;

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == bytes && memcmp(known[i].name, name, bytes) == 0)
			return known[i].port;
	return value_digits(name, bytes, &number) && number <= 65535 ? (int)number : -1;
}

/* N, a name, A-B, -B or A-. */
static bool is_port_range(const char *item)
{
	const char *dash = strchr(item, '-');
	int low = 0, high = 65535;

	if (!dash)
		return value_port_number(item, strlen(item)) >= 0;
	if (dash == item && !dash[1])
		return false;
	if (dash != item)
		low = value_port_number(item, (size_t)(dash - item));
	if (dash[1])
		high = value_port_number(dash + 1, strlen(dash + 1));
	return low >= 0 && high >= 0 && low <= high;
}

static bool is_port_item(const char *item)
{
	return strcmp(item, "*") == 0 || is_port_range(item);
}

enum value_fit value_parse_ports(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_TEXT;
	if (every_item(word, is_port_item))
		return VALUE_TYPED;
	return value_complain(
	    why, "ports are *, 0..65535, a name as www, or a range, at most 10 by commas");
}

enum value_fit value_parse_forward(const char *word, unsigned limit, struct value *out, char *why)
{
	const char *equal = strchr(word, '=');
	char outer[24] = "1";

	out->kind = VALUE_TEXT;
	if (equal && (size_t)(equal - word) < sizeof(outer)) {
		memcpy(outer, word, (size_t)(equal - word));
		outer[equal - word] = '\0';
	}
	if (is_port_range(outer) && is_port_range(equal ? equal + 1 : word) && *word != '=')
		return VALUE_TYPED;
	return value_complain(why, "a port is 0..65535, a name, a range, or OUTER=INNER");
}

enum value_fit value_parse_outer(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_TEXT;
	if (is_address(word) || is_address_range(word))
		return VALUE_TYPED;
	return isdigit((unsigned char)word[0])
		   ? value_complain(why, "that is neither an IPv4 address nor a range of them")
		   : VALUE_UNFIT;
}

/* "a-b/mask": both ends in the same network, which is no smaller than the range. */
enum value_fit value_parse_pool(const char *word, unsigned limit, struct value *out, char *why)
{
	const char *dash = strchr(word, '-');
	struct ip_prefix high, net;
	struct ip_addr low;
	char first[32];

	out->kind = VALUE_TEXT;
	if (!dash || !strchr(dash, '/') || (size_t)(dash - word) >= sizeof(first))
		return value_complain(why, "a pool is written 192.168.0.2-192.168.0.100/24");
	memcpy(first, word, (size_t)(dash - word));
	first[dash - word] = '\0';
	if (!is_address(first) || ip_addr_parse(first, &low) || ip_prefix_parse(dash + 1, &high) ||
	    high.addr.family != IP_FAMILY_V4)
		return value_complain(why, "a pool is written 192.168.0.2-192.168.0.100/24");
	net = ip_prefix_mask(&high);
	if (!ip_prefix_contains(&net, &low) || ip_addr_v4_host(&low) > ip_addr_v4_host(&high.addr))
		return value_complain(why, "the pool must be inside one network, from low to high");
	return VALUE_TYPED;
}
