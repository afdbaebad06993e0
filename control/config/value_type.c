/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The types of parameters that have a name in capitals, and the table of them all. One row a type:
 * how it is read and how it is described. What a value means, and whether it agrees with the rest
 * of the configuration, is not decided here. */
#include "control/config/value_type.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/config/model.h"

enum value_fit value_complain(char *why, const char *what)
{
	snprintf(why, VALUE_WHY_BYTES, "%s", say(what));
	return VALUE_UNFIT;
}

static size_t characters(const char *word)
{
	size_t n = 0;

	for (; *word; word++)
		n += ((unsigned char)*word & 0xc0) != 0x80;
	return n;
}

bool value_digits(const char *word, size_t bytes, uint64_t *out)
{
	*out = 0;
	if (!bytes || bytes > 10)
		return false;
	for (size_t i = 0; i < bytes; i++) {
		if (!isdigit((unsigned char)word[i]))
			return false;
		*out = *out * 10 + (uint64_t)(word[i] - '0');
	}
	return true;
}

static enum value_fit parse_address(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_ADDRESS;
	out->net.length = 32;
	if (ip_addr_parse(word, &out->net.addr) == 0 && out->net.addr.family == IP_FAMILY_V4)
		return VALUE_TYPED;
	if (isdigit((unsigned char)word[0]))
		return value_complain(why, "that is no IPv4 address");
	return VALUE_UNFIT;
}

static enum value_fit parse_prefix(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_PREFIX;
	if (ip_prefix_parse(word, &out->net) == 0 && out->net.addr.family == IP_FAMILY_V4)
		return VALUE_TYPED;
	if (isdigit((unsigned char)word[0]))
		return value_complain(
		    why, "that is no IPv4 address with a mask, as in 192.168.100.1/24");
	return VALUE_UNFIT;
}

static enum value_fit parse_cidr(const char *word, unsigned limit, struct value *out, char *why)
{
	char text[IP_PREFIX_TEXT_BYTES];
	struct ip_prefix masked;

	if (parse_prefix(word, limit, out, why) == VALUE_UNFIT) {
		if (*why)
			value_complain(why, "that is no IPv4 network, as in 10.0.0.0/16");
		return VALUE_UNFIT;
	}
	masked = ip_prefix_mask(&out->net);
	if (!ip_prefix_equal(&masked, &out->net)) {
		snprintf(why, VALUE_WHY_BYTES, say("host bits are set: the network is %s"),
		    ip_prefix_format(&masked, text));
		return VALUE_UNFIT;
	}
	return VALUE_TYPED;
}

static enum value_fit parse_net(const char *word, unsigned limit, struct value *out, char *why)
{
	if (strcmp(word, "default") == 0)
		word = "0.0.0.0/0";
	if (parse_cidr(word, limit, out, why) == VALUE_UNFIT)
		return VALUE_UNFIT;
	out->kind = VALUE_NET;
	return VALUE_TYPED;
}

static enum value_fit parse_lan(const char *word, unsigned limit, struct value *out, char *why)
{
	uint64_t number;

	out->kind = VALUE_LAN;
	if (strncmp(word, "lan", 3) != 0 || !value_digits(word + 3, strlen(word + 3), &number))
		return VALUE_UNFIT;
	if (number < 1 || number > CONFIG_LANS || word[3] == '0')
		return value_complain(why, "there are lan1 to lan8");
	out->number = (int64_t)number;
	return VALUE_TYPED;
}

static enum value_fit parse_tunnel(const char *word, unsigned limit, struct value *out, char *why)
{
	uint64_t number;

	if (!value_digits(word, strlen(word), &number))
		return VALUE_UNFIT;
	if (number < 1 || number > limit) {
		snprintf(why, VALUE_WHY_BYTES, say("the number is outside %llu..%llu"), 1ull,
		    (unsigned long long)limit);
		return VALUE_UNFIT;
	}
	out->kind = VALUE_NUMBER;
	out->number = (int64_t)number;
	return VALUE_TYPED;
}

static enum value_fit parse_ranges(const char *word, unsigned limit, struct value *out, char *why)
{
	const char *dash = strchr(word, '-');
	uint64_t low = 1, high = limit;

	out->kind = VALUE_TEXT;
	if (strcmp(word, "all") == 0)
		return VALUE_EXACT;
	if (!dash) {
		if (!value_digits(word, strlen(word), &low))
			return VALUE_UNFIT;
		high = low;
	} else if ((dash != word && !value_digits(word, (size_t)(dash - word), &low)) ||
		   (dash[1] && !value_digits(dash + 1, strlen(dash + 1), &high)) ||
		   word[1] == '\0') {
		return VALUE_UNFIT;
	}
	if (low < 1 || high > limit || low > high) {
		snprintf(why, VALUE_WHY_BYTES, say("numbers are 1..%u, the smaller first"), limit);
		return VALUE_UNFIT;
	}
	return VALUE_TYPED;
}

static enum value_fit parse_host(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t bytes = strlen(word), label = 0;
	bool letter = false;

	out->kind = VALUE_TEXT;
	for (size_t i = 0; i < bytes; i++) {
		char c = word[i];

		letter |= isalpha((unsigned char)c) != 0;
		label = c == '.' ? 0 : label + 1;
		if (c == '.'
			? i == 0 || word[i - 1] == '.' || word[i - 1] == '-'
			: !(isalnum((unsigned char)c) || (c == '-' && label > 1)) || label > 63)
			return value_complain(why, "that is neither an address nor a host name");
	}
	if (!letter || bytes > limit || word[bytes - 1] == '-')
		return value_complain(why, "that is neither an address nor a host name");
	return VALUE_FREE;
}

static enum value_fit parse_text(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t n = characters(word);

	out->kind = VALUE_TEXT;
	if (n >= 1 && n <= limit)
		return VALUE_FREE;
	snprintf(why, VALUE_WHY_BYTES, say("a text of %zu characters where 1..%u are allowed"), n,
	    limit);
	return VALUE_UNFIT;
}

static enum value_fit parse_ascii(const char *word, unsigned limit, struct value *out, char *why)
{
	for (const char *p = word; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e)
			return value_complain(why, "only ASCII characters are allowed here");
	return parse_text(word, limit, out, why);
}

static enum value_fit parse_secret(const char *word, unsigned limit, struct value *out, char *why)
{
	enum value_fit fit = parse_ascii(word, limit, out, why);

	out->kind = VALUE_SECRET;
	if (strcmp(word, "*") == 0)
		return value_complain(
		    why, "\"*\" is how a secret is shown: enter the secret itself");
	return fit;
}

static enum value_fit parse_hex(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t digits;

	out->kind = VALUE_SECRET;
	if (word[0] != '0' || (word[1] != 'x' && word[1] != 'X'))
		return VALUE_UNFIT;
	digits = strspn(word + 2, "0123456789abcdefABCDEF");
	if (word[2 + digits] != '\0' || digits == 0 || digits % 2 || digits / 2 > limit) {
		snprintf(why, VALUE_WHY_BYTES,
		    say("0x and an even number of hexadecimal digits, up to %u"), limit * 2);
		return VALUE_UNFIT;
	}
	return VALUE_TYPED;
}

static enum value_fit parse_medium(const char *word, unsigned limit, struct value *out, char *why)
{
	out->kind = VALUE_TEXT;
	return strncmp(word, "usb1:", 5) == 0 || strncmp(word, "sd1:", 4) == 0 ? VALUE_TYPED
									       : VALUE_UNFIT;
}

/* A hash as crypt(3) writes it: $id$parameters$salt$hash. */
static enum value_fit parse_hash(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t bytes = strlen(word);

	out->kind = VALUE_SECRET;
	if (strcmp(word, "*") == 0)
		return value_complain(
		    why, "\"*\" is how a secret is shown: enter the secret itself");
	if (bytes < 20 || bytes > limit || word[0] != '$' ||
	    strspn(word + 1,
		"$./0123456789=,ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") != bytes - 1)
		return value_complain(why, "that is no hash of a password");
	return VALUE_TYPED;
}

/* clang-format off */
static const struct value_type types[] = {
    {"IP", parse_address, 0, "an IPv4 address", "IPv4 アドレス"},
    {"PREFIX", parse_prefix, 0, "an IPv4 address with its mask, a.b.c.d/nn",
	"マスク付き IPv4 アドレス a.b.c.d/nn"},
    {"CIDR", parse_cidr, 0, "an IPv4 network, a.b.c.d/nn", "IPv4 ネットワーク a.b.c.d/nn"},
    {"NET", parse_net, 0, "default or an IPv4 network, a.b.c.d/nn",
	"default または IPv4 ネットワーク a.b.c.d/nn"},
    {"LAN", parse_lan, 0, "lan1..lan8", "lan1..lan8"},
    {"TUNNEL", parse_tunnel, 0, "1..%u", "1..%u"},
    {"RANGES", parse_ranges, 0, "1..%u, a range as in 1-5, or all",
	"1..%u、1-5 のような範囲、または all"},
    {"HOST", parse_host, VALUE_TYPE_FREE, "a host name of at most %u characters",
	"%u 文字以内のホスト名"},
    {"TEXT", parse_text, VALUE_TYPE_FREE, "a text of at most %u characters", "%u 文字以内の文字列"},
    {"ASCII", parse_ascii, VALUE_TYPE_FREE, "an ASCII text of at most %u characters",
	"%u 文字以内の ASCII 文字列"},
    {"SECRET", parse_secret, VALUE_TYPE_FREE | VALUE_TYPE_SECRET,
	"a secret text of at most %u characters", "%u 文字以内の秘密の文字列"},
    {"HEX", parse_hex, VALUE_TYPE_SECRET, "0x and up to %u secret bytes in hexadecimal",
	"0x と %u バイト以内の秘密の 16 進数"},
    {"HASH", parse_hash, VALUE_TYPE_SECRET, "the hash of a password", "パスワードのハッシュ"},
    {"HOSTS", value_parse_hosts, 0, "*, addresses, a.b.c.d-e.f.g.h or a.b.c.d/nn, by commas",
	"*、またはアドレス、a.b.c.d-e.f.g.h、a.b.c.d/nn (コンマで区切る)"},
    {"PROTOCOLS", value_parse_protocols, 0,
	"*, tcp, udp, icmp, esp, established, tcpflag=V/M or 0..255, by commas",
	"*、tcp、udp、icmp、esp、established、tcpflag=V/M、0..255 (コンマで区切る)"},
    {"PORTS", value_parse_ports, 0, "*, port numbers, names or ranges, at most 10 by commas",
	"*、ポート番号、名称、範囲 (コンマで区切り 10 個まで)"},
    {"FORWARD", value_parse_forward, 0, "a port, a range, or outer=inner",
	"ポート番号、範囲、または 外側=内側"},
    {"POOL", value_parse_pool, 0, "addresses with their mask, a.b.c.d-e.f.g.h/nn",
	"マスク付きのアドレス範囲 a.b.c.d-e.f.g.h/nn"},
    {"OUTER", value_parse_outer, 0, "an IPv4 address or a range of them",
	"IPv4 アドレスまたはその範囲"},
    {"PAIR", value_parse_pair, 0, "two IPv4 addresses, outer=inner",
	"2 つの IPv4 アドレス 外側=内側"},
    {"OPTION", value_parse_option, 0, "an option of DHCP with its value, as in dns=192.168.0.1",
	"DHCP オプションと値 (例: dns=192.168.0.1)"},
    {"MAC", value_parse_mac, 0, "a hardware address, xx:xx:xx:xx:xx:xx",
	"MAC アドレス xx:xx:xx:xx:xx:xx"},
    {"OCTET", value_parse_octet, 0, "two hexadecimal digits", "2 桁の 16 進数"},
    {"TERM", value_parse_term, 0, "minutes, hh:mm or infinity", "分、hh:mm または infinity"},
    {"CALENDAR", value_parse_calendar, 0, "month/day, each a list, a range or *",
	"月/日 (リスト、範囲、*)"},
    {"CLOCK", value_parse_clock, 0, "hh:mm or hh:mm:ss, * for any, or startup",
	"hh:mm または hh:mm:ss (* は任意)、または startup"},
    {"MOMENT", value_parse_moment, 0, "45s, 30m, 2h, 3d ago; hh:mm[:ss], YYYY/MM/DD, or both with -",
	"45s、30m、2h、3d (前)、hh:mm[:ss]、YYYY/MM/DD、またはその組み合わせ (- で区切る)"},
    {"ZONE", value_parse_zone, 0, "jst, utc or an offset -12:00..+13:59",
	"jst、utc または時差 -12:00..+13:59"},
    {"MEDIUM", parse_medium, 0, "a file on usb1: or sd1:", "usb1: または sd1: のファイル"},
    {"PERCENT", value_parse_percent, 0, "70%%..90%%", "70%%..90%%"},
};
/* clang-format on */

const struct value_type *value_type_find(const char *text, size_t bytes, unsigned *limit)
{
	size_t name = 0;

	*limit = 0;
	while (name < bytes && isupper((unsigned char)text[name]))
		name++;
	if (name < bytes && text[name] == '-')
		*limit = (unsigned)strtoul(text + name + 1, NULL, 10);
	for (size_t i = 0; name && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strlen(types[i].name) != name || memcmp(types[i].name, text, name) != 0)
			continue;
		if (types[i].parse == parse_tunnel || types[i].parse == parse_ranges)
			*limit = config_tunnels();
		return &types[i];
	}
	return NULL;
}
