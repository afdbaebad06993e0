/* SPDX-License-Identifier: BSD-3-Clause
 *
 * lifelines.c asked of each tunnel and of AWS's endpoints, by the way that leads there now. Of a
 * model that is not in force it is the filters, the translation and the endpoints that are asked
 * about: ways and addresses are those that there are. */
#include "control/agent_internal.h"
#include "control/lifelines.h"
#include "control/service/filter_chains.h"

#define SOME_ENDPOINT "52.94.0.1" /* a public address of AWS; nothing is sent to it */

/* Whether the kernel judges at that port; of a candidate, as it is to be. */
static bool by_kernel(const struct agent *agent, const struct config_model *model, uint32_t lan)
{
	return model == agent->model ? agent_filters_by_kernel(agent, false, lan)
				     : filter_by_kernel(model, false, lan);
}

static size_t ask(struct agent *agent, struct lifelines *l, struct agent_shut *out)
{
	struct agent_path path;
	uint32_t self;

	if (l->remote.family != IP_FAMILY_V4)
		return 0;
	agent_path_to(agent, &l->remote, &path);
	l->lan = path.lan;
	if (!l->lan)
		return 0;
	if (l->local.family != IP_FAMILY_V4)
		l->local = agent_lan_address(agent, l->lan);
	self = agent_filter_self(agent, l->model, l->lan);
	if (self)
		l->local = ip_addr_v4(self);
	l->kernel = by_kernel(agent, l->model, l->lan);
	return l->local.family == IP_FAMILY_V4 ? lifelines_shut(l, out) : 0;
}

/* What the model says of the tunnel, and what is known of it while it runs to the same endpoint. */
static struct lifelines of_tunnel(
    struct agent *agent, const struct config_model *model, uint32_t number)
{
	const struct config_gateway *gateway = config_tunnel_gateway(model, number);
	struct lifelines l = {.model = model, .tunnel = number};
	struct agent_tunnel_status status;

	if (!model->tunnel[number].enabled || !gateway || !gateway->remote_set)
		return l;
	l.remote = gateway->remote;
	if (!agent_tunnel(agent, number, &status) || !ip_addr_equal(&status.remote, &l.remote))
		return l;
	l.local = status.local;
	if (status.ike.isakmp_count)
		l.esp = status.ike.nat_local || status.ike.nat_remote ? LIFELINES_ESP_IN_UDP
								      : LIFELINES_ESP_PLAIN;
	return l;
}

static size_t keep(
    const struct agent_shut *found, size_t count, struct agent_shut *out, size_t n, size_t max)
{
	for (size_t i = 0; i < count && n < max; i++)
		out[n++] = found[i];
	return n;
}

size_t agent_shut(
    struct agent *agent, const struct config_model *model, struct agent_shut *out, size_t max)
{
	struct agent_shut found[LIFELINES_SHUT];
	struct lifelines https = {.model = model};
	size_t n = 0;

	agent_settle(agent);
	if (!model->filter_list_count)
		return 0;
	for (uint32_t number = 1; number <= config_tunnels() && n < max; number++) {
		struct lifelines l = of_tunnel(agent, model, number);

		n = keep(found, ask(agent, &l, found), out, n, max);
	}
	(void)ip_addr_parse(SOME_ENDPOINT, &https.remote);
	return keep(found, ask(agent, &https, found), out, n, max);
}
