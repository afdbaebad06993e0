/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show ip route [ADDRESS|detail|summary], in the columns of the RTX. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

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
	char prefix[IP_PREFIX_TEXT_BYTES], gateway[IP_ADDR_TEXT_BYTES], info[200], made[180];
	/* Of a million routes few do: the others are not looked up in the table of sentences. */
	bool says_more = strstr(route->info, "dropped") != NULL;

	if (route->prefix.length == 0 && route->prefix.addr.family == IP_FAMILY_V4)
		snprintf(prefix, sizeof(prefix), "default");
	else
		ip_prefix_format(&route->prefix, prefix);
	snprintf(info, sizeof(info), "%s%s%s", route->hidden ? "(hidden)" : "",
	    route->hidden && route->info[0] ? " " : "",
	    says_more ? say_made(route->info, made, sizeof(made)) : route->info);
	text_printf(show->out, "%-20s%-17s%10s%10s%s%s\n", prefix,
	    ip_addr_format(&route->gateway, gateway), route->interface, kind_name(route->kind),
	    info[0] ? "  " : "", info);
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

struct shown {
	size_t count;
	struct agent_route *route;
};

/* By address, the shorter prefix first; of one prefix the sources stay in their order, which is
 * that of the array. */
static int by_prefix(const void *a, const void *b)
{
	const struct agent_route *const *x = a, *const *y = b;
	int order = ip_prefix_compare(&(*x)->prefix, &(*y)->prefix);

	return order ? order : (*x < *y ? -1 : 1);
}

/* The same routes in the order they are shown; NULL = no memory. */
static struct agent_route *sorted(const struct agent_route *routes, size_t count)
{
	const struct agent_route **order = calloc(count + 1, sizeof(const struct agent_route *));
	struct agent_route *out = calloc(count + 1, sizeof(*out));

	for (size_t i = 0; order && i < count; i++)
		order[i] = &routes[i];
	if (order && out)
		qsort(order, count, sizeof(const struct agent_route *), by_prefix);
	for (size_t i = 0; order && out && i < count; i++)
		out[i] = *order[i];
	if (!order) {
		free(out);
		out = NULL;
	}
	free(order);
	return out;
}

static void print(const struct show *show, const struct shown *shown)
{
	text_puts(show->out,
	    show_word(show,
		"Destination         Gateway          Interface       Kind  Additional Info.\n",
		"宛先ネットワーク    ゲートウェイ     インタフェース  種別  付加情報\n"));
	for (size_t i = 0; i < shown->count; i++)
		print_route(show, &shown->route[i]);
}

static json_t *route_json(const struct agent_route *route)
{
	static const char *const kind[] = {"static", "implicit", "bgp"};
	bool nowhere = strcmp(route->interface, "-") == 0;

	return json_pack("{s:o, s:o, s:o, s:s, s:b, s:o}", "prefix",
	    show_json_prefix(&route->prefix), "gateway", show_json_address(&route->gateway),
	    "interface", nowhere ? json_null() : show_json_text(route->interface), "kind",
	    kind[route->kind], "hidden", route->hidden, "info",
	    show_json_text_or_null(route->info));
}

static json_t *to_json(const struct shown *shown)
{
	json_t *routes = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count && !bad; i++)
		bad = json_array_append_new(routes, route_json(&shown->route[i])) != 0;
	return json_pack("{s:o}", "routes", show_json_array(routes, bad));
}

/* ---- summary -----------------------------------------------------------------------------------
 */

struct summary {
	size_t active[3], hidden[3]; /* by kind */
};

static void print_summary(struct text *out, const struct summary *sum)
{
	static const char *const names[] = {"Static", "Implicit", "BGP"};

	text_puts(out, "Protocol   Active    Hidden\n-----------------------------\n");
	for (unsigned i = 0; i < 3; i++)
		text_printf(out, "%-9s%8zu%10zu\n", names[i], sum->active[i], sum->hidden[i]);
	text_printf(out, "-----------------------------\n%-9s%8zu%10zu\n", "Total",
	    sum->active[0] + sum->active[1] + sum->active[2],
	    sum->hidden[0] + sum->hidden[1] + sum->hidden[2]);
}

static json_t *summary_json(const struct summary *sum)
{
	json_t *kind[3];

	for (unsigned i = 0; i < 3; i++)
		kind[i] = json_pack("{s:I, s:I}", "active", (json_int_t)sum->active[i], "hidden",
		    (json_int_t)sum->hidden[i]);
	return json_pack("{s:o, s:o, s:o}", "static", kind[AGENT_ROUTE_STATIC], "implicit",
	    kind[AGENT_ROUTE_IMPLICIT], "bgp", kind[AGENT_ROUTE_BGP]);
}

static int show_summary(
    const struct show *show, const struct shown *all, char *error, size_t error_bytes)
{
	struct summary sum = {0};

	for (size_t i = 0; i < all->count; i++)
		if (!all->route[i].guard)
			(all->route[i].hidden ? sum.hidden : sum.active)[all->route[i].kind]++;
	if (show->answer)
		return show_answer(
		    show, "show-ip-route-summary/1", summary_json(&sum), error, error_bytes);
	print_summary(show->out, &sum);
	return 0;
}

/* Keeps the routes that were asked for. */
static void choose(struct shown *shown, const struct ip_addr *addr, bool detail)
{
	int longest = addr ? longest_match(shown->route, shown->count, addr) : 0;
	size_t kept = 0;

	for (size_t i = 0; i < shown->count; i++) {
		const struct agent_route *route = &shown->route[i];

		if ((detail || (!route->hidden && (!route->guard || addr))) &&
		    (!addr || (route->prefix.length == longest &&
				  ip_prefix_contains(&route->prefix, addr))))
			shown->route[kept++] = *route;
	}
	shown->count = kept;
}

int show_ip_route(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const struct value *what = args_find(args, "what");
	struct agent_route *all;
	struct shown shown;
	int rc = 0;

	shown.route = read_routes(show->agent, &shown.count);
	if (!shown.route)
		return show_no_memory(error, error_bytes);
	if (args_is(args, "what", "summary")) {
		rc = show_summary(show, &shown, error, error_bytes);
		free(shown.route);
		return rc;
	}
	all = sorted(shown.route, shown.count);
	free(shown.route);
	shown.route = all;
	if (!all)
		return show_no_memory(error, error_bytes);
	choose(&shown, what && what->kind == VALUE_ADDRESS ? &what->net.addr : NULL,
	    args_is(args, "what", "detail"));
	if (show->answer)
		rc = show_answer(show, "show-ip-route/1", to_json(&shown), error, error_bytes);
	else
		print(show, &shown);
	free(shown.route);
	return rc;
}
