/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Types of packet filters, address translation and address pools: lists of addresses, protocols and
 * ports. They are checked here and kept as texts; the handlers read them again by the same readers.
 */
#include <ctype.h>
#include <string.h>

#include "control/config/read.h"
#include "control/config/read_filter.h"
#include "control/config/value_type.h"

enum value_fit value_parse_hosts(const char *word, unsigned limit, struct value *out, char *why)
{
	struct config_ranges hosts;

	out->kind = VALUE_TEXT;
	if (read_hosts(word, &hosts))
		return VALUE_TYPED;
	return value_complain(why, "addresses are *, a.b.c.d, a.b.c.d/nn or a.b.c.d-e.f.g.h, at "
				   "most 10 by commas, no names");
}

enum value_fit value_parse_protocols(const char *word, unsigned limit, struct value *out, char *why)
{
	struct config_protocols protocols;

	out->kind = VALUE_TEXT;
	if (read_protocols(word, &protocols))
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
	    {"https", 443}, {"syslog", 514}, {"printer", 515}, {"talk", 517}, {"route", 520},
	    {"uucp", 540}, {"submission", 587}};
	uint64_t number;

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == bytes && memcmp(known[i].name, name, bytes) == 0)
			return known[i].port;
	return value_digits(name, bytes, &number) && number <= 65535 ? (int)number : -1;
}

enum value_fit value_parse_ports(const char *word, unsigned limit, struct value *out, char *why)
{
	struct config_ranges ports;

	out->kind = VALUE_TEXT;
	if (read_ports_list(word, &ports))
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
