/* SPDX-License-Identifier: BSD-3-Clause
 *
 * lifelines.c asked of each tunnel and of AWS's endpoints, by the way that leads there now. */
#include "control/agent_internal.h"
#include "control/lifelines.h"

#define SOME_ENDPOINT "52.94.0.1" /* a public address of AWS; nothing is sent to it */

static size_t ask(struct agent *agent, struct lifelines *l, struct agent_shut *out)
{
	struct agent_path path;
	uint32_t self;

	if (l->remote.family != IP_FAMILY_V4)
		return 0;
	agent_path_to(agent, &l->remote, &path);
	l->model = agent->model;
	l->lan = path.lan;
	if (!l->lan)
		return 0;
	if (l->local.family != IP_FAMILY_V4)
		l->local = agent_lan_address(agent, l->lan);
	self = agent_filter_self(agent, l->lan);
	if (self)
		l->local = ip_addr_v4(self);
	l->kernel = agent_filters_by_kernel(agent, false, l->lan);
	return l->local.family == IP_FAMILY_V4 ? lifelines_shut(l, out) : 0;
}

static size_t keep(
    const struct agent_shut *found, size_t count, struct agent_shut *out, size_t n, size_t max)
{
	for (size_t i = 0; i < count && n < max; i++)
		out[n++] = found[i];
	return n;
}

size_t agent_shut(struct agent *agent, struct agent_shut *out, size_t max)
{
	struct agent_shut found[LIFELINES_SHUT];
	struct agent_tunnel_status status;
	struct lifelines https = {0};
	size_t n = 0;

	agent_settle(agent);
	if (!agent->model || !agent->model->filter_list_count)
		return 0;
	for (uint32_t number = 1; number <= config_tunnels() && n < max; number++) {
		struct lifelines l = {.tunnel = number};

		if (!agent_tunnel(agent, number, &status))
			continue;
		l.local = status.local;
		l.remote = status.remote;
		if (status.ike.isakmp_count)
			l.esp = status.ike.nat_local || status.ike.nat_remote ? LIFELINES_ESP_IN_UDP
									      : LIFELINES_ESP_PLAIN;
		n = keep(found, ask(agent, &l, found), out, n, max);
	}
	(void)ip_addr_parse(SOME_ENDPOINT, &https.remote);
	return keep(found, ask(agent, &https, found), out, n, max);
}
