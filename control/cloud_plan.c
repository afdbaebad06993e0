/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which numbers a connection gets. Tunnel n brings gateway n and neighbor n with it, so a number is
 * free when all three are; the policy is 200 + n unless that is taken. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "control/cloud.h"

#define POLICY_BASE   200
#define TIMESTAMP_LEN 14

bool cloud_description(const char *description)
{
	const size_t n = strlen(CLOUD_SERVICE);

	return strncmp(description, CLOUD_SERVICE, n) == 0 && description[n] == '_';
}

bool cloud_timestamp(const char *description, char timestamp[15])
{
	const char *at = strrchr(description, '_');

	if (!cloud_description(description) || !at || strlen(at + 1) != TIMESTAMP_LEN)
		return false;
	for (const char *p = at + 1; *p; p++)
		if (!isdigit((unsigned char)*p))
			return false;
	memcpy(timestamp, at + 1, TIMESTAMP_LEN + 1);
	return true;
}

static bool is_ours(const struct config_model *model, uint32_t number)
{
	return model->tunnel[number].present &&
	       cloud_description(model->tunnel[number].description);
}

/* The command whose lines hold the number, NULL = it is free. */
static const char *held_by(const struct config_model *model, uint32_t number)
{
	if (model->tunnel[number].present)
		return "tunnel select";
	if (model->gateway[number].present)
		return "ipsec ike ...";
	for (uint32_t i = 0; i < model->bgp.neighbor_count; i++)
		if (model->bgp.neighbor[i].id == number)
			return "bgp neighbor";
	return NULL;
}

static bool number_free(const struct config_model *model, uint32_t number)
{
	return !held_by(model, number);
}

static bool bound_elsewhere(const struct config_model *model, uint32_t id, uint32_t number)
{
	for (uint32_t c = 1; c <= CONFIG_CLOUDS; c++)
		if (c != id &&
		    (model->cloud[c].bind[0] == number || model->cloud[c].bind[1] == number))
			return true;
	return false;
}

/* The tunnel of ours that leads to `remote`, 0 = none. */
static uint32_t number_of(
    const struct config_model *model, uint32_t id, const struct ip_addr *remote)
{
	for (uint32_t n = 1; n <= CONFIG_TUNNELS; n++) {
		const struct config_gateway *gateway = config_tunnel_gateway(model, n);

		if (is_ours(model, n) && !bound_elsewhere(model, id, n) && gateway &&
		    gateway->remote_set && ip_addr_equal(&gateway->remote, remote))
			return n;
	}
	return 0;
}

/* Fills plan->bound. */
static enum cloud_plan_result choose_tunnels(const struct config_model *model, uint32_t id,
    const struct vpn_connection *vpn, struct cloud_plan *plan, char error[VPN_ERROR])
{
	const struct config_cloud *cloud = &model->cloud[id];
	uint32_t found = 0;

	plan->bind = !cloud->bind[0] || !cloud->bind[1];
	if (!plan->bind) {
		for (unsigned i = 0; i < 2; i++) {
			plan->bound[i] = cloud->bind[i];
			if (!number_free(model, cloud->bind[i]) &&
			    !is_ours(model, cloud->bind[i])) {
				(void)snprintf(error, VPN_ERROR,
				    "tunnel %u of cloud vpn bind %u has other settings already: "
				    "`%s %u`",
				    cloud->bind[i], id, held_by(model, cloud->bind[i]),
				    cloud->bind[i]);
				return CLOUD_PLAN_OTHER;
			}
		}
		return CLOUD_PLAN_OK;
	}
	for (uint32_t i = 0; i < vpn->tunnel_count && found < 2; i++) {
		uint32_t n = number_of(model, id, &vpn->tunnel[i].vgw_outside);

		if (n)
			plan->bound[found++] = n;
	}
	for (uint32_t n = 1; n <= CONFIG_TUNNELS && found < 2; n++)
		if (number_free(model, n) && !bound_elsewhere(model, id, n))
			plan->bound[found++] = n;
	if (found < 2) {
		(void)snprintf(error, VPN_ERROR, "two free tunnels are needed");
		return CLOUD_PLAN_ALL_USED;
	}
	if (plan->bound[0] > plan->bound[1]) {
		uint32_t first = plan->bound[1];

		plan->bound[1] = plan->bound[0];
		plan->bound[0] = first;
	}
	return CLOUD_PLAN_OK;
}

/* Gives each tunnel of the answer one of the two numbers: its own where it has one. */
static void map_tunnels(
    const struct config_model *model, const struct vpn_connection *vpn, struct cloud_plan *plan)
{
	bool swap = false;

	for (unsigned i = 0; i < vpn->tunnel_count && i < 2; i++) {
		const struct config_gateway *other = config_tunnel_gateway(model, plan->bound[!i]);

		swap = swap || (other && other->remote_set &&
				   ip_addr_equal(&other->remote, &vpn->tunnel[i].vgw_outside));
	}
	for (unsigned i = 0; i < 2; i++)
		plan->site.tunnel[i] = plan->bound[swap ? !i : i];
}

static uint32_t choose_policy(const struct config_model *model, uint32_t number)
{
	uint32_t policy = POLICY_BASE + number;
	bool used = true;

	if (model->tunnel[number].policy)
		return model->tunnel[number].policy;
	while (used) {
		used = false;
		for (uint32_t i = 0; i < model->policy_count; i++)
			used = used || model->policy[i].policy == policy;
		if (used)
			policy += CONFIG_TUNNELS;
	}
	return policy;
}

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
static uint32_t choose_import(
    const struct config_model *model, uint32_t as, struct cloud_plan *plan)
{
	const struct config_bgp *bgp = &model->bgp;
	uint32_t number = 1;

	for (uint32_t i = 0; i < bgp->import_count; i++) {
		const struct config_import *import = &bgp->import[i];
		const struct config_import_filter *filter =
		    import->filter_count ? filter_of(model, import->filter[0]) : NULL;

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
	while (filter_of(model, number) && !announces_default(filter_of(model, number)))
		number++;
	return number;
}

static enum cloud_plan_result check_bgp(const struct config_model *model,
    const struct vpn_connection *vpn, const struct cloud_plan *plan, char error[VPN_ERROR])
{
	const struct config_bgp *bgp = &model->bgp;
	uint32_t others = 0;

	if (vpn->static_only)
		return CLOUD_PLAN_OK;
	for (uint32_t i = 0; i < bgp->neighbor_count; i++)
		if (bgp->neighbor[i].id != plan->bound[0] && bgp->neighbor[i].id != plan->bound[1])
			others++;
	if (others + vpn->tunnel_count > CONFIG_NEIGHBORS) {
		(void)snprintf(error, VPN_ERROR, "%u BGP neighbors are configured already", others);
		return CLOUD_PLAN_NEIGHBOR;
	}
	if (others && bgp->autonomous_system && bgp->autonomous_system != vpn->tunnel[0].cgw_asn) {
		(void)snprintf(error, VPN_ERROR,
		    "bgp autonomous-system is %u, with other neighbors; the connection wants %u",
		    bgp->autonomous_system, vpn->tunnel[0].cgw_asn);
		return CLOUD_PLAN_NEIGHBOR;
	}
	return CLOUD_PLAN_OK;
}

enum cloud_plan_result cloud_plan_make(const struct config_model *model, uint32_t id,
    const struct cloud_place *place, const struct vpn_connection *vpn, struct cloud_plan *out,
    char error[VPN_ERROR])
{
	enum cloud_plan_result rc;

	memset(out, 0, sizeof(*out));
	if (place->local.family == IP_FAMILY_NONE) {
		(void)snprintf(error, VPN_ERROR,
		    "there is no default route, so no address for IKE: set ip route default");
		return CLOUD_PLAN_MISSING;
	}
	rc = choose_tunnels(model, id, vpn, out, error);
	if (rc == CLOUD_PLAN_OK)
		rc = check_bgp(model, vpn, out, error);
	if (rc != CLOUD_PLAN_OK)
		return rc;
	map_tunnels(model, vpn, out);
	out->existing = is_ours(model, out->site.tunnel[0]);
	out->site.local = place->local;
	out->site.no_filters = true; /* no line of the dialect makes one yet */
	for (unsigned i = 0; i < VPN_TUNNELS; i++)
		out->site.policy[i] = choose_policy(model, out->site.tunnel[i]);
	out->site.import_filter = choose_import(model, vpn->tunnel[0].vgw_asn, out);
	(void)snprintf(out->site.wan_if, sizeof(out->site.wan_if), "%s", place->wan_if);
	(void)snprintf(out->site.service, sizeof(out->site.service), "%s", CLOUD_SERVICE);
	(void)snprintf(out->site.name, sizeof(out->site.name), "%s", model->cloud[id].name);
	memcpy(out->site.timestamp, place->timestamp, sizeof(out->site.timestamp));
	return CLOUD_PLAN_OK;
}
