/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The static routes as they are meant now: those of the configuration, with the routers that DHCP
 * named in place of `gateway dhcp lanN`, and the default route that came by DHCP where the
 * configuration has none. */
#include <stdlib.h>

#include "common/log.h"
#include "control/agent_internal.h"

/* The router that DHCP names at the port, where its address is used; family none without one. */
static struct ip_addr told_router(const struct agent *agent, uint32_t lan)
{
	const struct dhcp_binding *binding = services_binding(agent->services, lan);
	struct ip_addr none = {.family = IP_FAMILY_NONE};

	return agent->model->lan[lan].dhcp && binding->valid && agent_lan_wanted(agent, lan)
		   ? binding->router
		   : none;
}

/* A route whose gateways by DHCP are addresses; those that nothing was told of are left out. */
static struct config_route fill_in(const struct agent *agent, const struct config_route *route)
{
	struct config_route filled = {.destination = route->destination};

	for (uint32_t i = 0; i < route->gateway_count; i++) {
		struct config_route_gateway gateway = route->gateway[i];

		if (gateway.kind == CONFIG_VIA_DHCP) {
			gateway.kind = CONFIG_VIA_ADDRESS;
			gateway.address = told_router(agent, gateway.lan);
			if (gateway.address.family == IP_FAMILY_NONE)
				continue;
		}
		filled.gateway[filled.gateway_count++] = gateway;
	}
	return filled;
}

/* The default route of the first port that was told one. */
static bool make_default(const struct agent *agent, struct config_route *out)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		struct ip_addr router = told_router(agent, n);

		if (router.family == IP_FAMILY_NONE)
			continue;
		*out = (struct config_route){
		    .destination = {.addr = {.family = IP_FAMILY_V4}}, .gateway_count = 1};
		out->gateway[0] = (struct config_route_gateway){
		    .kind = CONFIG_VIA_ADDRESS, .address = router, .metric = 1, .weight = 1};
		return true;
	}
	return false;
}

void agent_statics_sync(struct agent *agent)
{
	size_t count = agent->model->route_count;
	struct config_route *statics = reallocarray(agent->statics, count + 1, sizeof(*statics));
	bool has_default = false;

	if (!statics) {
		log_error("routes error=no-memory");
		return;
	}
	agent->statics = statics;
	agent->static_count = 0;
	for (size_t i = 0; i < count; i++) {
		const struct config_route *route = &agent->model->route[i];

		statics[agent->static_count] = fill_in(agent, route);
		has_default |= route->destination.length == 0;
		if (statics[agent->static_count].gateway_count)
			agent->static_count++;
	}
	if (!has_default && make_default(agent, &statics[agent->static_count]))
		agent->static_count++;
}

const struct config_route *agent_statics(const struct agent *agent, size_t *count)
{
	*count = agent->static_count;
	return agent->statics;
}
