/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show ip route [ADDRESS|detail|summary], in the columns of the RTX. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/console/show.h"

/* Enough at first; grown to what the agent says it has. */
#define ROUTES_AT_FIRST 1024

static struct agent_route *read_routes(struct agent *agent, size_t *count)
{
	size_t room = ROUTES_AT_FIRST;

	for (;;) {
		struct agent_route *routes = calloc(room, sizeof(*routes));

		*count = routes ? agent_routes(agent, routes, room) : 0;
		if (!routes || *count <= room)
			return routes;
		free(routes);
		room = *count;
	}
}

static const char *kind_name(enum agent_route_kind kind)
{
	switch (kind) {
	case AGENT_ROUTE_STATIC: return "static";
	case AGENT_ROUTE_IMPLICIT: return "implicit";
	case AGENT_ROUTE_BGP: return "BGP";
	}
	return "-";
}

static void print_route(const struct show *show, const struct agent_route *route)
{
	char prefix[IP_PREFIX_TEXT_BYTES], gateway[IP_ADDR_TEXT_BYTES], info[80];

	if (route->prefix.length == 0 && route->prefix.addr.family == IP_FAMILY_V4)
		snprintf(prefix, sizeof(prefix), "default");
	else
		ip_prefix_format(&route->prefix, prefix);
	snprintf(info, sizeof(info), "%s%s%s", route->hidden ? "(hidden)" : "",
	    route->hidden && route->info[0] ? " " : "", route->info);
	text_printf(show->out, "%-20s%-17s%10s%10s%s%s\n", prefix,
	    ip_addr_format(&route->gateway, gateway), route->interface, kind_name(route->kind),
	    info[0] ? "  " : "", info);
}

static void print_summary(const struct show *show, const struct agent_route *routes, size_t count)
{
	static const char *const names[] = {"Static", "Implicit", "BGP"};
	size_t active[3] = {0}, hidden[3] = {0};

	for (size_t i = 0; i < count; i++)
		(routes[i].hidden ? hidden : active)[routes[i].kind]++;
	text_puts(show->out, "Protocol   Active    Hidden\n-----------------------------\n");
	for (unsigned i = 0; i < 3; i++)
		text_printf(show->out, "%-9s%8zu%10zu\n", names[i], active[i], hidden[i]);
	text_printf(show->out, "-----------------------------\n%-9s%8zu%10zu\n", "Total",
	    active[0] + active[1] + active[2], hidden[0] + hidden[1] + hidden[2]);
}

/* The length of the longest route that covers the address, -1 = none does. */
static int longest_match(const struct agent_route *routes, size_t count, const struct ip_addr *addr)
{
	int longest = -1;

	for (size_t i = 0; i < count; i++)
		if (!routes[i].hidden && routes[i].prefix.length > longest &&
		    ip_prefix_contains(&routes[i].prefix, addr))
			longest = routes[i].prefix.length;
	return longest;
}

int show_ip_route(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct value *what = args_find(args, "what");
	bool detail = args_is(args, "what", "detail");
	size_t count;
	struct agent_route *routes = read_routes(show->agent, &count);
	int only = -1;

	if (!routes) {
		snprintf(error, error_bytes, "no memory");
		return -ENOMEM;
	}
	if (args_is(args, "what", "summary")) {
		print_summary(show, routes, count);
		free(routes);
		return 0;
	}
	if (what && what->kind == VALUE_ADDRESS)
		only = longest_match(routes, count, &what->net.addr);
	text_puts(show->out,
	    show_word(show,
		"Destination         Gateway          Interface       Kind  Additional Info.\n",
		"宛先ネットワーク    ゲートウェイ     インタフェース  種別  付加情報\n"));
	for (size_t i = 0; i < count; i++) {
		if (routes[i].hidden && !detail)
			continue;
		if (what && what->kind == VALUE_ADDRESS &&
		    (routes[i].prefix.length != only ||
			!ip_prefix_contains(&routes[i].prefix, &what->net.addr)))
			continue;
		print_route(show, &routes[i]);
	}
	free(routes);
	return 0;
}
