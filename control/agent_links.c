/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Ports: their kernel twins get the configured addresses, and the tables get a link each.
 *
 * The dataplane makes a twin by the name of its port (lan1). What it has not made is not there: the
 * address of a configured port waits for its twin. */
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/sys/twins.h"

static void report(const char *what, const char *name, const struct ip_prefix *address, int rc)
{
	char text[IP_PREFIX_TEXT_BYTES];

	if (rc)
		log_error("interface name=%s %s=%s error=%s", name, what,
		    ip_prefix_format(address, text), strerror(-rc));
	else
		log_info("interface name=%s %s=%s", name, what, ip_prefix_format(address, text));
}

/* The twin of a configured port bears exactly the configured IPv4 address. */
static void sync_address(
    struct agent *agent, const struct config_lan *config, struct agent_lan *lan, const char *name)
{
	const struct netlink_addr *addrs;
	bool found = false;
	size_t count;

	if (config->address_set)
		lan->owned = true;
	if (!lan->owned)
		return;
	addrs = netlink_addrs(agent->netlink, &count);
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].index != lan->index || addrs[i].address.addr.family != IP_FAMILY_V4)
			continue;
		if (config->address_set && ip_prefix_equal(&addrs[i].address, &config->address)) {
			found = true;
			continue;
		}
		report("address-removed", name, &addrs[i].address,
		    netlink_del_addr(agent->netlink, lan->index, &addrs[i].address));
	}
	lan->owned = config->address_set;
	if (config->address_set && !found)
		report("address", name, &config->address,
		    netlink_add_addr(agent->netlink, lan->index, &config->address));
}

static void sync_twin(struct agent *agent, uint32_t number, const struct netlink_link *link)
{
	const struct config_lan *config = &agent->model->lan[number];
	struct agent_lan *lan = &agent->lan[number];

	lan->present = true;
	lan->index = link->index;
	lan->up = link->up;
	lan->mtu = config->mtu ? config->mtu : link->mtu;
	memcpy(lan->mac, link->mac, sizeof(lan->mac));
	if (lan->prepared != link->index) {
		twins_prepare_port(link->name);
		lan->prepared = link->index;
	}
	if (!link->up || (config->mtu && config->mtu != link->mtu)) {
		int rc = netlink_set_link(agent->netlink, link->index, true, config->mtu);

		if (rc)
			log_error(
			    "interface name=%s up=failed error=%s", link->name, strerror(-rc));
	}
	sync_address(agent, config, lan, link->name);
}

static void publish_link(struct agent *agent, uint32_t number, const char *name, mono_t now)
{
	struct agent_lan *lan = &agent->lan[number];
	struct cfg_link record = {.mss_limit = agent->model->lan[number].mss_limit};

	if (!lan->present) {
		publish_retire(agent->publish, CFG_TABLE_LINKS, lan->slot);
		lan->slot = SHM_INDEX_NONE;
		return;
	}
	if (lan->slot == SHM_INDEX_NONE)
		lan->slot = publish_alloc(agent->publish, CFG_TABLE_LINKS, now);
	(void)snprintf(record.name, sizeof(record.name), "%s", name);
	record.flags =
	    CFG_LINK_PRESENT | (lan->up ? CFG_LINK_UP : 0) | (lan->wan ? CFG_LINK_WAN : 0);
	record.mtu = agent->model->lan[number].mtu;
	publish_put(agent->publish, CFG_TABLE_LINKS, lan->slot, &record);
}

/* The port of the best default route of the kernel. */
static uint32_t find_wan(struct agent *agent)
{
	size_t count;
	const struct netlink_route *routes = netlink_routes(agent->netlink, &count);
	uint32_t wan = 0, metric = UINT32_MAX;

	for (size_t i = 0; i < count; i++) {
		uint32_t lan;

		if (routes[i].prefix.length != 0 || routes[i].type != NETLINK_UNICAST ||
		    routes[i].hop_count == 0 || routes[i].prefix.addr.family != IP_FAMILY_V4)
			continue;
		lan = agent_lan_by_index(agent, routes[i].hop[0].index);
		if (lan && (wan == 0 || routes[i].metric < metric)) {
			wan = lan;
			metric = routes[i].metric;
		}
	}
	return wan;
}

void agent_links_sync(struct agent *agent, mono_t now)
{
	uint32_t wan;

	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		const struct netlink_link *link;
		char name[SHM_NAME_BYTES];

		(void)snprintf(name, sizeof(name), "lan%u", n);
		link = netlink_link_by_name(agent->netlink, name);
		if (link) {
			sync_twin(agent, n, link);
		} else {
			agent->lan[n].present = false;
			agent->lan[n].index = 0;
		}
	}
	wan = find_wan(agent);
	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		char name[SHM_NAME_BYTES];

		(void)snprintf(name, sizeof(name), "lan%u", n);
		agent->lan[n].wan = n == wan;
		publish_link(agent, n, name, now);
	}
}

uint32_t agent_lan_by_index(const struct agent *agent, uint32_t index)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		if (agent->lan[n].present && agent->lan[n].index == index)
			return n;
	return 0;
}

struct ip_addr agent_lan_address(const struct agent *agent, uint32_t lan)
{
	struct ip_addr none = {.family = IP_FAMILY_NONE};
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &count);

	if (lan == 0 || lan > CONFIG_LANS || !agent->lan[lan].present)
		return none;
	for (size_t i = 0; i < count; i++)
		if (addrs[i].index == agent->lan[lan].index &&
		    addrs[i].address.addr.family == IP_FAMILY_V4)
			return addrs[i].address.addr;
	return none;
}

bool agent_owns_address(const struct agent *agent, const struct ip_addr *addr)
{
	size_t count;
	const struct netlink_addr *addrs = netlink_addrs(agent->netlink, &count);

	for (size_t i = 0; i < count; i++)
		if (ip_addr_equal(&addrs[i].address.addr, addr))
			return true;
	return false;
}

uint32_t agent_wan(const struct agent *agent)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		if (agent->lan[n].wan)
			return n;
	return 0;
}

struct ip_addr agent_lan_source(const struct agent *agent)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		struct ip_addr addr = agent_lan_address(agent, n);

		if (!agent->lan[n].wan && addr.family != IP_FAMILY_NONE)
			return addr;
	}
	return (struct ip_addr){.family = IP_FAMILY_NONE};
}
