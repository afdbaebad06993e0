/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The services beside the VPN: what they want to know of this machine, and what of them is shown.
 */
#include <string.h>
#include <time.h>

#include "control/agent_internal.h"

static void fill_lan(struct agent *agent, uint32_t number, struct service_lan *out)
{
	const struct agent_lan *lan = &agent->lan[number];
	const struct ip_prefix *address = agent_lan_prefix(agent, number);
	const struct dhcp_binding *binding = services_binding(agent->services, number);

	out->present = lan->present;
	out->wan = lan->wan;
	if (address)
		out->address = *address;
	out->leased = agent->model->lan[number].dhcp;
	out->name_server_count = binding->name_server_count;
	memcpy(out->name_server, binding->name_server, sizeof(out->name_server));
}

void agent_service_facts(struct agent *agent, struct service_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		fill_lan(agent, n, &facts->lan[n]);
	facts->relied = agent->judges.relied;
}

void agent_services_sync(struct agent *agent)
{
	struct service_facts facts;

	agent_service_facts(agent, &facts);
	services_sync(agent->services, agent->model, &facts);
}

size_t agent_dhcp_leases(struct agent *agent, struct lease *out, size_t max)
{
	agent_settle(agent);
	return services_leases(agent->services, out, max);
}

size_t agent_nat(struct agent *agent, struct nat_applied *out, size_t max)
{
	struct service_facts facts;

	agent_settle(agent);
	agent_service_facts(agent, &facts);
	return nat_list(agent->model, &facts, out, max);
}

int agent_nat_sessions(struct agent *agent, struct nat_session *out, size_t max, size_t *total)
{
	return conntrack_read(out, max, total);
}

void agent_dhcp_client(struct agent *agent, uint32_t lan, struct agent_dhcp_client *out)
{
	struct timespec now;

	agent_settle(agent);
	memset(out, 0, sizeof(*out));
	out->configured = agent->model->lan[lan].dhcp;
	out->running = services_client_runs(agent->services, lan);
	out->binding = *services_binding(agent->services, lan);
	out->used = agent_lan_wanted(agent, lan) != NULL;
	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	if (out->binding.ends_sec != INT64_MAX && out->binding.ends_sec > now.tv_sec)
		out->rest_sec = out->binding.ends_sec - now.tv_sec;
	memcpy(out->mac, agent->lan[lan].mac, sizeof(out->mac));
}
