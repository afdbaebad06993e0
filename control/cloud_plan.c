/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which numbers a connection gets. Tunnel n brings gateway n and neighbor n with it, so a number is
 * free when all three are; the policy is 200 + n unless that is taken. What is passed over is said.
 */
#include "control/cloud_plan.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/cloud_plan_internal.h"
#include "control/config/language.h"

#define POLICY_BASE   200
#define TIMESTAMP_LEN (VPN_TIMESTAMP - 1)

struct planning {
	const struct config_model *model;
	uint32_t id;
	const struct vpn_connection *vpn;
	struct cloud_plan *plan;
	char *error;
};

__attribute__((format(printf, 3, 4))) static enum cloud_plan_result refuse(
    const struct planning *p, enum cloud_plan_result result, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(p->error, VPN_ERROR, format, args);
	va_end(args);
	return result;
}

void cloud_plan_note(struct cloud_plan *plan, const char *format, ...)
{
	va_list args;

	if (plan->note_count == CLOUD_PLAN_NOTES)
		return;
	va_start(args, format);
	(void)vsnprintf(plan->note[plan->note_count++], VPN_ERROR, format, args);
	va_end(args);
}

/* ---- whose a tunnel is ---- */

bool cloud_timestamp(const char *description, char timestamp[VPN_TIMESTAMP])
{
	const size_t n = strlen(CLOUD_SERVICE);
	const char *at = strrchr(description, '_');

	if (strncmp(description, CLOUD_SERVICE, n) != 0 || description[n] != '_' ||
	    strlen(at + 1) != TIMESTAMP_LEN)
		return false;
	for (const char *p = at + 1; *p; p++)
		if (!isdigit((unsigned char)*p))
			return false;
	memcpy(timestamp, at + 1, VPN_TIMESTAMP);
	return true;
}

bool cloud_description(const char *description)
{
	char timestamp[VPN_TIMESTAMP];

	return cloud_timestamp(description, timestamp);
}

static bool is_ours(const struct config_model *model, uint32_t number)
{
	return model->tunnel[number].present &&
	       cloud_description(model->tunnel[number].description);
}

static bool neighbor_stands(const struct config_model *model, uint32_t number)
{
	for (uint32_t i = 0; i < model->bgp.neighbor_count; i++)
		if (model->bgp.neighbor[i].id == number)
			return true;
	return false;
}

/* The command whose lines hold the number, NULL = it is free. */
static const char *held_by(const struct config_model *model, uint32_t number)
{
	if (model->tunnel[number].present)
		return "tunnel select";
	if (model->gateway[number].present)
		return "ipsec ike ...";
	return neighbor_stands(model, number) ? "bgp neighbor" : NULL;
}

/* The cloud setting that has bound the number, 0 = no other. */
static uint32_t bound_elsewhere(const struct planning *p, uint32_t number)
{
	for (uint32_t c = 1; c <= CONFIG_CLOUDS; c++)
		if (c != p->id &&
		    (p->model->cloud[c].bind[0] == number || p->model->cloud[c].bind[1] == number))
			return c;
	return 0;
}

static bool leads_to(
    const struct config_model *model, uint32_t number, const struct ip_addr *remote)
{
	const struct config_gateway *gateway = config_tunnel_gateway(model, number);

	return gateway && gateway->remote_set && ip_addr_equal(&gateway->remote, remote);
}

/* ---- tunnel numbers ---- */

static enum cloud_plan_result use_bound(const struct planning *p)
{
	const uint32_t *bind = p->model->cloud[p->id].bind;
	const unsigned bound = bind[1] ? 2 : 1;

	if (bound < p->plan->count)
		return refuse(p, CLOUD_PLAN_MISSING,
		    "`cloud vpn bind %u %u` names one tunnel, the connection has two", p->id,
		    bind[0]);
	for (unsigned i = 0; i < bound; i++)
		if (held_by(p->model, bind[i]) && !is_ours(p->model, bind[i]))
			return refuse(p, CLOUD_PLAN_OTHER,
			    "tunnel %u of cloud vpn bind %u has other settings already: `%s %u`",
			    bind[i], p->id, held_by(p->model, bind[i]), bind[i]);
	/* One of two, for a connection that has one tunnel only: its own, or the first. */
	if (bound > p->plan->count && leads_to(p->model, bind[1], &p->vpn->tunnel[0].vgw_outside))
		p->plan->bound[0] = bind[1];
	else
		memcpy(p->plan->bound, bind, p->plan->count * sizeof(*bind));
	return CLOUD_PLAN_OK;
}

/* Says which numbers below the ones taken were passed over, and why. */
static void note_passed(const struct planning *p, const uint32_t *passed, unsigned count)
{
	char text[VPN_ERROR - 32] = "";
	size_t used = 0;

	for (unsigned i = 0; i < count && used < sizeof(text); i++) {
		const char *held = held_by(p->model, passed[i]);
		const char *comma = i ? ", " : "";

		if (held)
			used += (size_t)snprintf(
			    text + used, sizeof(text) - used, "%s%u (%s)", comma, passed[i], held);
		else
			used += (size_t)snprintf(text + used, sizeof(text) - used,
			    "%s%u (cloud vpn bind %u)", comma, passed[i],
			    bound_elsewhere(p, passed[i]));
	}
	if (count)
		cloud_plan_note(p->plan, say("numbers in use were left alone: %s"), text);
}

/* The tunnel of ours that leads to `remote`, 0 = none. */
static uint32_t number_of(const struct planning *p, const struct ip_addr *remote)
{
	for (uint32_t n = 1; n <= config_tunnels(); n++)
		if (is_ours(p->model, n) && !bound_elsewhere(p, n) && leads_to(p->model, n, remote))
			return n;
	return 0;
}

/* Those that lead to the connection already, then the lowest free ones. */
static enum cloud_plan_result find_numbers(const struct planning *p)
{
	static uint32_t passed[CONFIG_TUNNELS_MAX]; /* too large for the stack */
	uint32_t *bound = p->plan->bound;
	unsigned found = 0, passed_count = 0;

	for (uint32_t i = 0; i < p->plan->count; i++) {
		bound[found] = number_of(p, &p->vpn->tunnel[i].vgw_outside);
		found += bound[found] != 0;
	}
	for (uint32_t n = 1; n <= config_tunnels() && found < p->plan->count; n++) {
		if (!held_by(p->model, n) && !bound_elsewhere(p, n))
			bound[found++] = n;
		else if (n != bound[0])
			passed[passed_count++] = n;
	}
	if (found < p->plan->count)
		return refuse(p, CLOUD_PLAN_ALL_USED, "%s needed, and of %u numbers %u are in use",
		    p->plan->count == 1 ? "a free tunnel is" : "two free tunnels are",
		    config_tunnels(), config_tunnels() - found);
	if (p->plan->count == 2 && bound[0] > bound[1]) {
		uint32_t first = bound[1];

		bound[1] = bound[0];
		bound[0] = first;
	}
	note_passed(p, passed, passed_count);
	p->plan->bind = true;
	return CLOUD_PLAN_OK;
}

/* Gives each tunnel of the answer one of the numbers: its own where it has one. */
static void map_tunnels(const struct planning *p)
{
	const uint32_t *bound = p->plan->bound;
	bool swap = false;

	for (unsigned i = 0; p->plan->count == 2 && i < 2; i++)
		swap = swap || leads_to(p->model, bound[!i], &p->vpn->tunnel[i].vgw_outside);
	for (unsigned i = 0; i < p->plan->count; i++)
		p->plan->site.tunnel[i] = bound[swap ? !i : i];
}

/* ---- what another connection has ---- */

/* Its tunnels would be made a second time, with addresses that the first ones have. */
static enum cloud_plan_result check_twice(const struct planning *p)
{
	for (uint32_t c = 1; c <= CONFIG_CLOUDS; c++)
		if (c != p->id && p->model->cloud[c].bind[0] && *p->vpn->id &&
		    strcmp(p->model->cloud[c].vpn_id, p->vpn->id) == 0)
			return refuse(p, CLOUD_PLAN_TWICE,
			    "cloud vpn %u has the VPN connection %s already", c, p->vpn->id);
	return CLOUD_PLAN_OK;
}

static enum cloud_plan_result refuse_inside(const struct planning *p,
    const struct cloud_place *place, uint32_t number, const struct vpn_tunnel *tunnel)
{
	char text[IP_ADDR_TEXT_BYTES];

	if (leads_to(p->model, number, &tunnel->vgw_outside) && !is_ours(p->model, number))
		return refuse(p, CLOUD_PLAN_OTHER,
		    "tunnel %u leads to %s already, by lines that are not of cloud vpn: `tunnel "
		    "select %u` and `description tunnel %s_%s` give it to cloud vpn",
		    number, ip_addr_format(&tunnel->vgw_outside, text), number, CLOUD_SERVICE,
		    place->timestamp);
	return refuse(p, CLOUD_PLAN_INSIDE,
	    "the inside address %s of %s is that of tunnel %u already",
	    ip_addr_format(&tunnel->cgw_inside.addr, text), p->vpn->id, number);
}

/* AWS sees to it within one virtual private gateway only, and a person may choose the networks; or
 * has pasted the file of this very connection before. */
static enum cloud_plan_result check_inside(
    const struct planning *p, const struct cloud_place *place)
{
	const uint32_t *own = p->plan->site.tunnel;

	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		const struct config_tunnel *other = &p->model->tunnel[n];

		for (uint32_t i = 0; i < p->plan->count && other->address_set; i++)
			if (n != own[0] && n != own[1] &&
			    ip_addr_equal(&other->address.addr, &p->vpn->tunnel[i].cgw_inside.addr))
				return refuse_inside(p, place, n, &p->vpn->tunnel[i]);
	}
	return CLOUD_PLAN_OK;
}

/* ---- what hangs on a tunnel ---- */

static uint32_t choose_policy(const struct planning *p, uint32_t number)
{
	const struct config_model *model = p->model;
	uint32_t policy = POLICY_BASE + number;
	bool used = true;

	if (model->tunnel[number].policy)
		return model->tunnel[number].policy;
	while (used) {
		used = false;
		for (uint32_t i = 0; i < model->policy_count; i++)
			used = used || model->policy[i].policy == policy;
		if (used)
			policy += config_tunnels();
	}
	if (policy != POLICY_BASE + number)
		cloud_plan_note(p->plan, say("policy %u is in use: tunnel %u gets %u"),
		    POLICY_BASE + number, number, policy);
	return policy;
}

static void fill_tunnel(const struct planning *p, unsigned i, const struct cloud_place *place)
{
	struct vpn_site *site = &p->plan->site;
	const uint32_t number = site->tunnel[i];

	p->plan->existing[i] =
	    cloud_timestamp(p->model->tunnel[number].description, site->timestamp[i]);
	if (!p->plan->existing[i])
		memcpy(site->timestamp[i], place->timestamp, VPN_TIMESTAMP);
	site->policy[i] = choose_policy(p, number);
	/* Where the default is said, saying it again changes nothing. */
	site->ike_lifetime_set[i] =
	    p->model->gateway[number].present && p->model->gateway[number].ike_seconds != 28800;
	site->neighbor_set[i] = p->plan->existing[i] && neighbor_stands(p->model, number);
}

/* ---- BGP ---- */

static const struct config_import_filter *filter_of(
    const struct config_model *model, uint32_t number)
{
	for (uint32_t i = 0; i < model->bgp.filter_count; i++)
		if (model->bgp.filter[i].number == number)
			return &model->bgp.filter[i];
	return NULL;
}

static bool announces_default(const struct config_import_filter *filter)
{
	return filter && !filter->reject && filter->match == CONFIG_EQUAL &&
	       filter->prefix_count == 1 && filter->prefix[0].length == 0;
}

/* The filter that the AS has already, whatever it announces: that choice is the user's; else one
 * that says what we would say; else a free number. */
static uint32_t choose_import(const struct planning *p, uint32_t as)
{
	const struct config_bgp *bgp = &p->model->bgp;
	struct cloud_plan *plan = p->plan;
	uint32_t number = 1;

	for (uint32_t i = 0; i < bgp->import_count; i++) {
		const struct config_import *import = &bgp->import[i];
		const struct config_import_filter *filter =
		    import->filter_count ? filter_of(p->model, import->filter[0]) : NULL;

		if (import->remote_as != as || !filter)
			continue;
		if (!filter->reject && filter->match == CONFIG_EQUAL &&
		    !announces_default(filter)) {
			memcpy(plan->announce, filter->prefix,
			    filter->prefix_count * sizeof(filter->prefix[0]));
			plan->site.announce = plan->announce;
			plan->site.announce_count = filter->prefix_count;
		}
		return filter->number;
	}
	while (filter_of(p->model, number) && !announces_default(filter_of(p->model, number)))
		number++;
	if (number > 1)
		cloud_plan_note(
		    plan, say("bgp import filter %u is in use: %u was taken"), 1, number);
	return number;
}

static enum cloud_plan_result check_bgp(const struct planning *p)
{
	const struct config_bgp *bgp = &p->model->bgp;
	uint32_t others = 0;

	for (uint32_t i = 0; i < bgp->neighbor_count; i++)
		if (bgp->neighbor[i].id != p->plan->bound[0] &&
		    bgp->neighbor[i].id != p->plan->bound[1])
			others++;
	if (others + p->plan->count > CONFIG_NEIGHBORS)
		return refuse(p, CLOUD_PLAN_NEIGHBOR,
		    "%u BGP neighbors are configured already, of %u there can be", others,
		    CONFIG_NEIGHBORS);
	if (others && bgp->autonomous_system && bgp->autonomous_system != p->vpn->tunnel[0].cgw_asn)
		return refuse(p, CLOUD_PLAN_NEIGHBOR,
		    "bgp autonomous-system is %u, with other neighbors; the connection wants %u",
		    bgp->autonomous_system, p->vpn->tunnel[0].cgw_asn);
	p->plan->site.import_filter = choose_import(p, p->vpn->tunnel[0].vgw_asn);
	return CLOUD_PLAN_OK;
}

/* ---- static routes ---- */

/* Whether any gateway of the route is one of the connection's tunnels. */
static bool through_us(const struct planning *p, const struct config_route *route)
{
	for (uint32_t g = 0; g < route->gateway_count; g++)
		for (unsigned i = 0; i < p->plan->count; i++)
			if (route->gateway[g].kind == CONFIG_VIA_TUNNEL &&
			    route->gateway[g].tunnel == p->plan->bound[i])
				return true;
	return false;
}

/* A route that a person has set stays as it is, wherever it leads. */
static void choose_routes(const struct planning *p)
{
	struct cloud_plan *plan = p->plan;
	char text[IP_PREFIX_TEXT_BYTES];

	plan->site.route = plan->route;
	for (uint32_t i = 0; i < p->vpn->prefix_count; i++) {
		const struct config_route *there = NULL;

		for (uint32_t r = 0; r < p->model->route_count; r++)
			if (ip_prefix_equal(&p->model->route[r].destination, &p->vpn->prefix[i]))
				there = &p->model->route[r];
		if (!there)
			plan->route[plan->site.route_count++] = p->vpn->prefix[i];
		else if (!through_us(p, there))
			cloud_plan_note(plan,
			    say("ip route %s leads elsewhere: it was left as it is"),
			    ip_prefix_format(&p->vpn->prefix[i], text));
	}
}

/* ---- the whole ---- */

enum cloud_plan_result cloud_plan_make(const struct config_model *model, uint32_t id,
    const struct cloud_place *place, const struct vpn_connection *vpn, struct cloud_plan *out,
    char error[VPN_ERROR])
{
	const struct planning p = {model, id, vpn, out, error};
	enum cloud_plan_result rc;

	memset(out, 0, sizeof(*out));
	out->count = vpn->tunnel_count;
	if (place->local.family == IP_FAMILY_NONE)
		return refuse(&p, CLOUD_PLAN_MISSING,
		    "there is no default route, so no address for IKE: set ip route default");
	rc = check_twice(&p);
	if (rc == CLOUD_PLAN_OK)
		rc = model->cloud[id].bind[0] ? use_bound(&p) : find_numbers(&p);
	if (rc != CLOUD_PLAN_OK)
		return rc;
	map_tunnels(&p);
	rc = check_inside(&p, place);
	if (rc != CLOUD_PLAN_OK)
		return rc;
	for (unsigned i = 0; i < out->count; i++)
		fill_tunnel(&p, i, place);
	if (vpn->static_only)
		choose_routes(&p);
	else
		rc = check_bgp(&p);
	out->site.local = place->local;
	if (place->wan)
		cloud_plan_let_in(model, place->wan, out);
	(void)snprintf(out->site.service, sizeof(out->site.service), "%s", CLOUD_SERVICE);
	(void)snprintf(out->site.name, sizeof(out->site.name), "%s", model->cloud[id].name);
	return rc;
}
