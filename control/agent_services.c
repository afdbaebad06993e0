/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The services beside the VPN: what they want to know of this machine, and what of them is shown.
 */
#include <string.h>

#include "control/agent_internal.h"

static void fill_lan(struct agent *agent, uint32_t number, struct service_lan *out)
{
	const struct agent_lan *lan = &agent->lan[number];
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &count);

	out->present = lan->present;
	out->wan = lan->wan;
	if (!lan->present)
		return;
	for (size_t i = 0; i < count && out->address.addr.family == IP_FAMILY_NONE; i++)
		if (addrs[i].index == lan->index && addrs[i].address.addr.family == IP_FAMILY_V4)
			out->address = addrs[i].address;
}

void agent_services_sync(struct agent *agent)
{
	struct service_facts facts = {0};

	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		fill_lan(agent, n, &facts.lan[n]);
	services_sync(agent->services, agent->model, &facts);
}

size_t agent_dhcp_leases(struct agent *agent, struct lease *out, size_t max)
{
	agent_settle(agent);
	return services_leases(agent->services, out, max);
}
