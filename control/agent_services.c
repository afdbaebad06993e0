/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The services beside the VPN: what they want to know of this machine, and what of them is shown.
 */
#include <string.h>

#include "control/agent_internal.h"

static void fill_lan(struct agent *agent, uint32_t number, struct service_lan *out)
{
	const struct agent_lan *lan = &agent->lan[number];
	const struct ip_prefix *address = agent_lan_prefix(agent, number);

	out->present = lan->present;
	out->wan = lan->wan;
	if (address)
		out->address = *address;
}

static void fill(struct agent *agent, struct service_facts *facts)
{
	memset(facts, 0, sizeof(*facts));
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		fill_lan(agent, n, &facts->lan[n]);
}

void agent_services_sync(struct agent *agent)
{
	struct service_facts facts;

	fill(agent, &facts);
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
	fill(agent, &facts);
	return nat_list(agent->model, &facts, out, max);
}

int agent_nat_sessions(struct agent *agent, struct nat_session *out, size_t max, size_t *total)
{
	return conntrack_read(out, max, total);
}
