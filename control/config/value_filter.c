/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Types of packet filters, address translation and address pools: lists of addresses, protocols and
 * ports. They are checked here and kept as texts; what enforces them reads them again by the same
 * names (value_port_number()). */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/read.h"
#include "control/config/value_type.h"

#define LIST_MAX 10 /* items of one list, as on the router */

/* Calls `check` for each part of a list by commas; false when one is wrong or there are too many.
 */
static bool every_item(const char *word, bool (*check)(const char *item, size_t bytes))
{
	unsigned count = 0;
	const char *item;
	size_t bytes;

	while (read_item(&word, &item, &bytes))
		if (++count > LIST_MAX || !check(item, bytes))
			return false;
	return true;
}

static bool is_star(const char *item, size_t bytes)
{
	return bytes == 1 && *item == '*';
}

static bool is_host_item(const char *item, size_t bytes)
{
	struct config_range range;
	struct ip_prefix prefix;
	char text[40];

	if (is_star(item, bytes) || read_range(item, bytes, &range))
		return true;
	if (bytes >= sizeof(text))
		return false;
	memcpy(text, item, bytes);
	text[bytes] = '\0';
	return ip_prefix_parse(text, &prefix) == 0 && prefix.addr.family == IP_FAMILY_V4;
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

static bool is_protocol_item(const char *word, size_t bytes)
{
	static const char *const names[] = {"*", "icmp", "tcp", "udp", "ipv6", "gre", "esp", "ah",
	    "icmp6", "icmp-error", "icmp-info", "tcpsyn", "tcpfin", "tcprst", "established"};
	uint64_t number;
	char item[40];

	if (bytes >= sizeof(item))
		return false;
	memcpy(item, word, bytes);
	item[bytes] = '\0';
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

static bool is_port_item(const char *item, size_t bytes)
{
	struct read_ports ports;

	return is_star(item, bytes) || read_port_range(item, bytes, &ports);
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
	struct read_ports outer, inner;

	out->kind = VALUE_TEXT;
	if (read_forward(word, &outer, &inner))
		return VALUE_TYPED;
	return value_complain(
	    why, "a port is 0..65535, a name, a range, or OUTER=INNER of one size");
}

enum value_fit value_parse_outer(const char *word, unsigned limit, struct value *out, char *why)
{
	struct config_range range;

	out->kind = VALUE_TEXT;
	if (read_range(word, strlen(word), &range))
		return VALUE_TYPED;
	return isdigit((unsigned char)word[0])
		   ? value_complain(why, "that is neither an IPv4 address nor a range of them")
		   : VALUE_UNFIT;
}

enum value_fit value_parse_pair(const char *word, unsigned limit, struct value *out, char *why)
{
	struct config_range outer, inner;

	out->kind = VALUE_TEXT;
	if (read_pair(word, &outer, &inner))
		return VALUE_TYPED;
	return value_complain(why, "a pair is written 203.0.113.9=192.168.0.9");
}

enum value_fit value_parse_pool(const char *word, unsigned limit, struct value *out, char *why)
{
	struct config_range pool;
	uint8_t length;

	out->kind = VALUE_TEXT;
	if (read_pool(word, &pool, &length))
		return VALUE_TYPED;
	return value_complain(why, "a pool is addresses of one network from low to high, "
				   "as in 192.168.0.2-192.168.0.100/24");
}
