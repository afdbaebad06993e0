/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `show cloud vpn compare`: asks AWS what it says, and lays it beside what is here. Changes
 * nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/gather.h"
#include "control/cloud.h"
#include "control/cloud_apply.h"
#include "control/cloud_job.h"
#include "control/cloud_sides.h"
#include "control/config/config.h"
#include "control/config/language.h"

/* The session through a tunnel in words. */
static void bgp_words(struct agent *agent, uint32_t number, char *out, size_t bytes)
{
	struct agent_bgp_status status[CONFIG_NEIGHBORS];
	size_t count = agent_neighbors(agent, status, CONFIG_NEIGHBORS);

	out[0] = '\0';
	for (size_t i = 0; i < count && i < CONFIG_NEIGHBORS; i++)
		if (status[i].config->neighbor == number)
			(void)snprintf(out, bytes, "%s, %u in, %u out",
			    bgp_state_name(status[i].status.state), status[i].status.prefixes_in,
			    status[i].status.prefixes_out);
}

/* Hands it to whoever asked for more than the text. */
static void hand_over(struct agent *agent, uint32_t id, const struct gather *gather,
    const struct cloud_sides *sides, const char *problem, const char *changes, const char *text)
{
	const struct vpn_connection *vpn = gather_connection(gather);
	struct agent_compared *c = calloc(1, sizeof(*c));

	if (!c)
		return;
	c->id = id;
	(void)snprintf(c->vpn, sizeof(c->vpn), "%s", vpn->id);
	(void)snprintf(c->state, sizeof(c->state), "%s", vpn->state);
	(void)snprintf(c->problem, sizeof(c->problem), "%s", problem);
	c->static_only = vpn->static_only;
	for (unsigned i = 0; sides && i < sides->count && i < 2; i++) {
		c->tunnel[i].number = sides->tunnel[i];
		cloud_sides_rows(sides, i, c->tunnel[i].row);
		c->tunnel_count++;
	}
	c->route_count = gather_view(gather)->route_count;
	c->route = gather_view(gather)->route;
	c->changes = changes;
	c->text = text;
	agent->compare_take(agent->compare_ctx, c);
	free(c);
}

/* Our address as AWS knows it, of the tunnel that leads to this endpoint. */
static struct ip_addr ours_at_aws(
    const struct vpn_connection *vpn, const struct config_model *wanted, uint32_t number)
{
	const struct config_gateway *gateway = config_tunnel_gateway(wanted, number);

	for (uint32_t i = 0; gateway && i < vpn->tunnel_count; i++)
		if (ip_addr_equal(&vpn->tunnel[i].vgw_outside, &gateway->remote))
			return vpn->tunnel[i].cgw_outside;
	return (struct ip_addr){0};
}

static void compare(struct agent *agent, uint32_t id, const struct gather *gather,
    const struct cloud_outcome *outcome, struct text *out)
{
	char bgp[VPN_TUNNELS][64], net[IP_PREFIX_TEXT_BYTES];
	struct cloud_sides sides = {.wanted = config_model(outcome->wanted),
	    .running = agent->model,
	    .view = gather_view(gather),
	    .count = outcome->count};
	const struct vpn_connection *vpn = gather_connection(gather);
	unsigned differences;

	for (unsigned i = 0; i < outcome->count; i++) {
		sides.tunnel[i] = outcome->tunnel[i];
		sides.ours[i] = ours_at_aws(vpn, sides.wanted, sides.tunnel[i]);
		(void)agent_tunnel(agent, sides.tunnel[i], &sides.status[i]);
		bgp_words(agent, sides.tunnel[i], bgp[i], sizeof(bgp[i]));
		sides.bgp[i] = bgp[i];
	}
	text_printf(out, "cloud vpn %u, %s, %s, %s\n", id, vpn->id, vpn->state,
	    vpn->static_only ? "static routes" : "BGP");
	differences = cloud_sides_print(&sides, out);
	for (uint32_t i = 0; i < sides.view->route_count; i++) {
		text_printf(out, say("AWS sends %s to us by a static route"),
		    ip_prefix_format(&sides.view->route[i], net));
		text_puts(out, "\n");
	}
	if (outcome->difference[0]) {
		text_printf(out, say("%u lines differ; `cloud vpn set go %u` would change:"),
		    differences, id);
		text_printf(out, "\n%s", outcome->difference);
	} else {
		text_printf(out, "%s\n", say("the configuration says what AWS says"));
	}
	if (!out->bad)
		hand_over(agent, id, gather, &sides, "", outcome->difference, out->data);
}

static char *finish(struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok)
{
	struct gather *gather = (struct gather *)engine;
	struct cloud_outcome *outcome = calloc(1, sizeof(*outcome));
	struct text out = {0};

	if (!outcome)
		return NULL;
	if (cloud_preview(agent, id, gather_connection(gather), outcome)) {
		text_printf(&out, "%s\n", outcome->text);
		if (!out.bad)
			hand_over(agent, id, gather, NULL, outcome->text, "", out.data);
	} else {
		compare(agent, id, gather, outcome, &out);
	}
	cloud_outcome_free(outcome);
	free(outcome);
	return text_take(&out);
}

int agent_cloud_compare(struct agent *agent, uint32_t id, agent_compare_fn *take,
    agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes)
{
	struct gather *gather;
	char why[VPN_ERROR];
	int rc;

	if (!cloud_names_vpn(agent, id, error, error_bytes))
		return -EINVAL;
	rc = gather_new(agent->model->cloud[id].vpn_id, &gather, why);
	if (rc) {
		(void)snprintf(error, error_bytes, "cloud vpn parameter %u: %s", id, why);
		return rc;
	}
	rc = cloud_job_start(
	    agent, id, gather_task(gather), finish, report, ctx, error, error_bytes);
	if (!rc) {
		agent->compare_take = take;
		agent->compare_ctx = ctx;
	}
	return rc;
}
