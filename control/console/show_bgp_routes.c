/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show status bgp neighbor ADDRESS advertised-routes|received-routes|routes, in the columns of the
 * router this follows. What was refused on the way in is not kept and not shown. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/config/language.h"
#include "control/console/show_json.h"

#define ROUTES_AT_FIRST 1024

struct shown {
	size_t count;
	struct agent_bgp_route *route;
};

static bool is_neighbor(const struct show *show, const struct ip_addr *address)
{
	struct agent_bgp_status *status = calloc(CONFIG_NEIGHBORS, sizeof(*status));
	size_t count = status ? agent_neighbors(show->agent, status, CONFIG_NEIGHBORS) : 0;
	bool found = false;

	for (size_t i = 0; i < count && i < CONFIG_NEIGHBORS; i++)
		found |= ip_addr_equal(&status[i].config->remote, address);
	free(status);
	return found;
}

/* False: no memory. */
static bool collect(const struct show *show, const struct ip_addr *neighbor,
    enum agent_bgp_routes which, struct shown *shown)
{
	for (size_t room = ROUTES_AT_FIRST;; room = shown->count) {
		shown->route = calloc(room, sizeof(*shown->route));
		if (!shown->route)
			return false;
		shown->count = agent_bgp_routes(show->agent, neighbor, which, shown->route, room);
		if (shown->count <= room)
			return true;
		free(shown->route);
	}
}

static void keep_used(struct shown *shown)
{
	size_t kept = 0;

	for (size_t i = 0; i < shown->count; i++)
		if (shown->route[i].used)
			shown->route[kept++] = shown->route[i];
	shown->count = kept;
}

static void print(const struct show *show, const struct shown *shown)
{
	text_printf(show->out,
	    show_word(show, "Total routes: %zu\n*: valid route\n", "経路数: %zu\n*: 有効な経路\n"),
	    shown->count);
	text_puts(show->out, "  Network            Next Hop        Metric LocPrf Path\n");
	for (size_t i = 0; i < shown->count; i++) {
		const struct agent_bgp_route *r = &shown->route[i];
		char prefix[IP_PREFIX_TEXT_BYTES], hop[IP_ADDR_TEXT_BYTES], med[12] = "",
									    pref[12] = "";

		/* As the router has it: none of our own is 0. */
		if (r->med_set || ip_addr_is_unspecified(&r->next_hop))
			snprintf(med, sizeof(med), "%" PRIu32, r->med);
		if (r->local_pref_set)
			snprintf(pref, sizeof(pref), "%" PRIu32, r->local_pref);
		text_printf(show->out, "%c %-18s %-15s %6s %6s %s\n", r->used ? '*' : ' ',
		    r->prefix.length ? ip_prefix_format(&r->prefix, prefix) : "default",
		    ip_addr_format(&r->next_hop, hop), med, pref, r->path[0] ? r->path : r->origin);
	}
}

static json_t *to_json(const struct shown *shown, const struct ip_addr *neighbor, const char *which)
{
	json_t *routes = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count && !bad; i++) {
		const struct agent_bgp_route *r = &shown->route[i];

		bad = json_array_append_new(routes,
		    json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:b}", "prefix",
			show_json_prefix(&r->prefix), "next_hop", show_json_address(&r->next_hop),
			"med", r->med_set ? json_integer(r->med) : json_null(), "local_preference",
			r->local_pref_set ? json_integer(r->local_pref) : json_null(), "path",
			show_json_text_or_null(r->path), "origin", r->origin, "used", r->used));
	}
	return json_pack("{s:o, s:s, s:o}", "neighbor", show_json_address(neighbor), "which", which,
	    "routes", show_json_array(routes, bad));
}

int show_bgp_routes(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct ip_addr neighbor = args_address(args, "address");
	bool advertised = args_is(args, "what", "advertised-routes");
	bool all = advertised || args_is(args, "what", "received-routes");
	struct shown shown = {0};
	int rc = 0;

	if (!is_neighbor(show, &neighbor)) {
		snprintf(error, error_bytes, "%s", say("there is no such neighbor"));
		return -ENOENT;
	}
	if (!collect(
		show, &neighbor, advertised ? AGENT_BGP_ADVERTISED : AGENT_BGP_RECEIVED, &shown))
		return show_no_memory(error, error_bytes);
	if (!all)
		keep_used(&shown);
	if (show->answer)
		rc = show_answer(show, "show-status-bgp-routes/1",
		    to_json(&shown, &neighbor,
			advertised ? "advertised"
			: all      ? "received"
				   : "in_use"),
		    error, error_bytes);
	else
		print(show, &shown);
	free(shown.route);
	return rc;
}
