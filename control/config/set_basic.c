/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Settings of interfaces and static routes, and what all settings share. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/config/set.h"

int set_addresses(const struct grammar_args *args, const char *name, struct ip_addr *out, int max)
{
	const struct value *value;
	unsigned at = 0;
	int count = 0;

	while ((value = args_next(args, name, &at)) != NULL) {
		if (count == max)
			return -1;
		out[count++] = value->net.addr;
	}
	return count;
}

int set_refuse(char *error, size_t error_bytes, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error, error_bytes, say(format), args);
	va_end(args);
	return -EINVAL;
}

void *set_grow(void *array, uint32_t *count, size_t element_bytes)
{
	char *elements, *element;

	memcpy(&elements, array, sizeof(elements));
	if ((*count & (*count - 1)) == 0) { /* full: there is room for a power of two */
		elements = reallocarray(elements, *count ? *count * (size_t)2 : 1, element_bytes);
		if (!elements)
			return NULL;
		memcpy(array, &elements, sizeof(elements));
	}
	element = elements + *count * element_bytes;
	(*count)++;
	return memset(element, 0, element_bytes);
}

bool set_is_host_address(const struct ip_prefix *address)
{
	uint32_t host = ip_addr_v4_host(&address->addr), mask;

	if (host >> 24 == 0 || ip_addr_is_loopback(&address->addr) || host >> 28 >= 14)
		return false;
	if (address->length == 0)
		return false;
	mask = UINT32_MAX << (32 - address->length);
	return address->length > 30 || ((host & ~mask) != 0 && (host & ~mask) != ~mask);
}

int set_nothing(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	return 0;
}

int set_lan_address(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_lan *lan = &model->lan[args_number(args, "lan", 0)];
	const struct value *value = args_find(args, "address");

	if (value->kind == VALUE_WORD) {
		lan->dhcp = true;
		return 0;
	}
	if (value->net.length == 32 || !set_is_host_address(&value->net))
		return set_refuse(error, error_bytes,
		    "an interface needs the address of a host and a mask, as in 192.168.100.1/24");
	lan->address_set = true;
	lan->address = value->net;
	return 0;
}

int set_lan_secondary(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_lan *lan = &model->lan[args_number(args, "lan", 0)];
	const struct value *value = args_find(args, "address");

	if (value->kind == VALUE_WORD)
		return set_refuse(
		    error, error_bytes, "a secondary address is written out: DHCP gives one");
	if (value->net.length == 32 || !set_is_host_address(&value->net))
		return set_refuse(error, error_bytes,
		    "an interface needs the address of a host and a mask, as in 192.168.100.1/24");
	lan->secondary_set = true;
	lan->secondary = value->net;
	return 0;
}

int set_lan_description(struct config_model *model, uint32_t tunnel,
    const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct config_lan *lan = &model->lan[args_number(args, "lan", 0)];

	snprintf(lan->description, sizeof(lan->description), "%s", args_text(args, "text"));
	return 0;
}

int set_lan_mtu(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	model->lan[args_number(args, "lan", 0)].mtu = args_number(args, "mtu", 0);
	return 0;
}

int set_lan_mss(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	uint32_t otherwise = args_is(args, "mss", "auto") ? 1 : 0;

	model->lan[args_number(args, "lan", 0)].mss_limit = args_number(args, "mss", otherwise);
	return 0;
}

/* One word of a gateway that is not done: the sentence, or NULL. */
static const char *not_done(const struct grammar_args *one)
{
	return args_keyword(one, "pp") ? "there is no pp interface here"
	       : args_keyword(one, "keepalive")
		   ? "keepalive of a gateway is not done by this version: `hide` follows the tunnel"
	       : args_keyword(one, "filter") || args_keyword(one, "dpi")
		   ? "gateways by filter are not done by this version"
		   : NULL;
}

/* `[gateway] ... [gateway] ...`: reads the words of one gateway from *at on. */
static int read_gateway(const struct grammar_args *args, unsigned *at,
    struct config_route_gateway *out, char *error, size_t error_bytes)
{
	bool via = false;

	*out = (struct config_route_gateway){.metric = 1, .weight = 1};
	for (; *at < args->count; (*at)++) {
		const struct value *value = &args->value[*at];
		struct grammar_args one = {1, value, args->store};

		if (not_done(&one))
			return set_refuse(error, error_bytes, "%s", say(not_done(&one)));
		if (args_keyword(&one, "gateway")) {
			if (via)
				return 0;
			via = true;
		} else if (args_find(&one, "address")) {
			out->kind = CONFIG_VIA_ADDRESS;
			out->address = value->net.addr;
			if (!set_is_host_address(&value->net))
				return set_refuse(
				    error, error_bytes, "that gateway is no address of a host");
		} else if (args_find(&one, "via")) {
			out->kind = CONFIG_VIA_DHCP;
			out->lan = (uint32_t)value->number;
		} else if (args_find(&one, "tunnel")) {
			out->kind = CONFIG_VIA_TUNNEL;
			out->tunnel = (uint32_t)value->number;
		} else if (args_keyword(&one, "null") || args_keyword(&one, "loopback")) {
			out->kind = CONFIG_VIA_NULL;
		} else if (args_keyword(&one, "hide")) {
			out->hide = true;
		} else if (args_find(&one, "metric")) {
			out->metric = (uint32_t)value->number;
		} else if (args_find(&one, "weight")) {
			out->weight = (uint32_t)value->number;
		}
	}
	return 0;
}

int set_ip_route(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_route *route = set_grow(&model->route, &model->route_count, sizeof(*route));
	unsigned at = 3; /* behind `ip route NET` */

	if (!route)
		return -ENOMEM;
	route->destination = args_find(args, "net")->net;
	while (at < args->count) {
		int rc;

		if (route->gateway_count == CONFIG_ROUTE_GATEWAYS)
			return set_refuse(error, error_bytes, "a route has at most %d gateways",
			    CONFIG_ROUTE_GATEWAYS);
		rc = read_gateway(
		    args, &at, &route->gateway[route->gateway_count++], error, error_bytes);
		if (rc)
			return rc;
	}
	return 0;
}
