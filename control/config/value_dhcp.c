/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Types of DHCP: hardware addresses, octets, and options with their values (RFC 2132). An option
 * that has no row in the table takes octets. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "control/config/dhcp_option.h"
#include "control/config/value_type.h"

/* clang-format off */
static const struct dhcp_option_kind kinds[] = {
    {1, DHCP_OPTION_ADDRESS, "subnet_mask"}, {2, DHCP_OPTION_INT32, "time_offset"},
    {3, DHCP_OPTION_ADDRESSES, "router"}, {4, DHCP_OPTION_ADDRESSES, "time_server"},
    {5, DHCP_OPTION_ADDRESSES, "name_server"}, {6, DHCP_OPTION_ADDRESSES, "dns"},
    {7, DHCP_OPTION_ADDRESSES, "log_server"}, {8, DHCP_OPTION_ADDRESSES, "cookie_server"},
    {9, DHCP_OPTION_ADDRESSES, "lpr_server"}, {10, DHCP_OPTION_ADDRESSES, "impress_server"},
    {11, DHCP_OPTION_ADDRESSES, "resource_location_server"}, {12, DHCP_OPTION_TEXT, "hostname"},
    {13, DHCP_OPTION_INT16, "boot_file_size"}, {14, DHCP_OPTION_TEXT, "merit_dump_file"},
    {15, DHCP_OPTION_TEXT, "domain"}, {16, DHCP_OPTION_ADDRESS, "swap_server"},
    {17, DHCP_OPTION_TEXT, "root_path"}, {18, DHCP_OPTION_TEXT, NULL},
    {19, DHCP_OPTION_SWITCH, "ip_forwarding"}, {20, DHCP_OPTION_SWITCH, NULL},
    {21, DHCP_OPTION_ADDRESSES, NULL}, {22, DHCP_OPTION_INT16, NULL}, {23, DHCP_OPTION_INT8, NULL},
    {24, DHCP_OPTION_INT32, NULL}, {26, DHCP_OPTION_INT16, NULL}, {27, DHCP_OPTION_SWITCH, NULL},
    {28, DHCP_OPTION_ADDRESS, NULL}, {29, DHCP_OPTION_SWITCH, NULL}, {30, DHCP_OPTION_SWITCH, NULL},
    {31, DHCP_OPTION_SWITCH, NULL}, {32, DHCP_OPTION_ADDRESS, NULL},
    {33, DHCP_OPTION_ADDRESSES, NULL}, {34, DHCP_OPTION_SWITCH, NULL},
    {35, DHCP_OPTION_INT32, NULL}, {36, DHCP_OPTION_SWITCH, NULL}, {37, DHCP_OPTION_INT8, NULL},
    {38, DHCP_OPTION_INT32, NULL}, {39, DHCP_OPTION_SWITCH, NULL}, {40, DHCP_OPTION_TEXT, NULL},
    {41, DHCP_OPTION_ADDRESSES, NULL}, {42, DHCP_OPTION_ADDRESSES, "ntp_server"},
    {44, DHCP_OPTION_ADDRESSES, "wins_server"}, {45, DHCP_OPTION_ADDRESSES, NULL},
    {46, DHCP_OPTION_INT8, NULL}, {47, DHCP_OPTION_TEXT, NULL}, {48, DHCP_OPTION_ADDRESSES, NULL},
    {49, DHCP_OPTION_ADDRESSES, NULL}, {64, DHCP_OPTION_TEXT, NULL},
    {65, DHCP_OPTION_ADDRESSES, NULL}, {66, DHCP_OPTION_TEXT, NULL}, {67, DHCP_OPTION_TEXT, NULL},
    {68, DHCP_OPTION_ADDRESSES, NULL}, {69, DHCP_OPTION_ADDRESSES, NULL},
    {70, DHCP_OPTION_ADDRESSES, NULL}, {71, DHCP_OPTION_ADDRESSES, NULL},
    {72, DHCP_OPTION_ADDRESSES, NULL}, {73, DHCP_OPTION_ADDRESSES, NULL},
    {74, DHCP_OPTION_ADDRESSES, NULL}, {75, DHCP_OPTION_ADDRESSES, NULL},
    {76, DHCP_OPTION_ADDRESSES, NULL},
};
/* clang-format on */

enum dhcp_option_type dhcp_option_type(uint8_t number)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].number == number)
			return kinds[i].type;
	return DHCP_OPTION_OCTETS;
}

/* The number of a name or a number in front of '='; 0 = none that may be set: 50 to 61 are the
 * protocol's own. */
static uint8_t read_number(const char *text, size_t bytes)
{
	uint64_t number;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].name && strlen(kinds[i].name) == bytes &&
		    memcmp(kinds[i].name, text, bytes) == 0)
			return kinds[i].number;
	if (!value_digits(text, bytes, &number) || number > 254 || (number > 49 && number < 62))
		return 0;
	return (uint8_t)number;
}

static bool is_number_up_to(const char *text, uint64_t most)
{
	uint64_t number;

	return value_digits(text, strlen(text), &number) && number <= most;
}

static bool is_addresses(const char *text, unsigned most)
{
	struct config_range range;
	unsigned count = 0;
	const char *item;
	size_t bytes;

	while (read_item(&text, &item, &bytes))
		if (++count > most || memchr(item, '-', bytes) || !read_range(item, bytes, &range))
			return false;
	return true;
}

static bool is_octets(const char *text)
{
	const char *item;
	uint8_t octet;
	size_t bytes;

	while (read_item(&text, &item, &bytes))
		if (bytes != 2 || !read_octet(item, &octet))
			return false;
	return true;
}

/* Nothing that a file of settings could take for something else. */
static bool is_plain(const char *text)
{
	for (const char *at = text; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr("._:/@+=-", *at))
			return false;
	return *text != '\0';
}

static bool is_switch(const char *text)
{
	return strcmp(text, "on") == 0 || strcmp(text, "off") == 0 || strcmp(text, "1") == 0 ||
	       strcmp(text, "0") == 0;
}

static bool value_fits(enum dhcp_option_type type, const char *text)
{
	switch (type) {
	case DHCP_OPTION_INT8: return is_number_up_to(text, 255);
	case DHCP_OPTION_INT16: return is_number_up_to(text, 65535);
	case DHCP_OPTION_INT32: return is_number_up_to(text, 2147483647);
	case DHCP_OPTION_ADDRESS: return is_addresses(text, 1);
	case DHCP_OPTION_ADDRESSES: return is_addresses(text, 16);
	case DHCP_OPTION_TEXT: return is_plain(text);
	case DHCP_OPTION_SWITCH: return is_switch(text);
	case DHCP_OPTION_OCTETS: return is_octets(text);
	}
	return false;
}

static const char *wanted(enum dhcp_option_type type)
{
	switch (type) {
	case DHCP_OPTION_INT8: return "the value of this option is a number up to 255";
	case DHCP_OPTION_INT16: return "the value of this option is a number up to 65535";
	case DHCP_OPTION_INT32: return "the value of this option is a number up to 2147483647";
	case DHCP_OPTION_ADDRESS: return "the value of this option is an address";
	case DHCP_OPTION_ADDRESSES: return "the value of this option is addresses by commas";
	case DHCP_OPTION_TEXT: return "the value of this option is letters, digits and ._:/@+=-";
	case DHCP_OPTION_SWITCH: return "the value of this option is on or off";
	case DHCP_OPTION_OCTETS:
		return "the value of this option is octets in hexadecimal by commas, as in 0a,ff";
	}
	return "";
}

uint8_t dhcp_option_read(const char *word, const char **value)
{
	const char *equal = strchr(word, '=');
	uint8_t number = equal ? read_number(word, (size_t)(equal - word)) : 0;

	*value = equal ? equal + 1 : "";
	return number;
}

enum value_fit value_parse_option(const char *word, unsigned limit, struct value *out, char *why)
{
	const char *value;
	uint8_t number = dhcp_option_read(word, &value);

	out->kind = VALUE_TEXT;
	if (!number)
		return value_complain(why,
		    "an option is 1..49 or 62..254 or a name as router, dns, domain, then = and "
		    "its value");
	if (strlen(value) >= CONFIG_OPTION_TEXT || !value_fits(dhcp_option_type(number), value))
		return value_complain(why, wanted(dhcp_option_type(number)));
	return VALUE_TYPED;
}

enum value_fit value_parse_mac(const char *word, unsigned limit, struct value *out, char *why)
{
	uint8_t mac[6];

	out->kind = VALUE_TEXT;
	return read_mac(word, mac) ? VALUE_TYPED : VALUE_UNFIT;
}

enum value_fit value_parse_octet(const char *word, unsigned limit, struct value *out, char *why)
{
	uint8_t octet;

	out->kind = VALUE_TEXT;
	return strlen(word) == 2 && read_octet(word, &octet) ? VALUE_TYPED : VALUE_UNFIT;
}
