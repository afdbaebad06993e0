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
#include "control/service/nat.h"
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

/* Own address first, then the secondary one and the outer addresses of the translation at the port.
 */
#define OUTER_MAX     (CONFIG_NAT_LISTED * CONFIG_NAT_OUTERS)
#define ADDRESSES_MAX (2 + OUTER_MAX)

struct addresses {
	size_t count;
	struct ip_prefix prefix[ADDRESSES_MAX];
};

static bool overlap(const struct ip_prefix *one, const struct ip_prefix *other)
{
	struct ip_prefix a = ip_prefix_mask(one), b = ip_prefix_mask(other);

	return ip_prefix_covers(&a, &b) || ip_prefix_covers(&b, &a);
}

/* A network by DHCP that is another port's would be two ways to one neighbour; so would one
 * that is the port's second. */
static bool is_elsewhere(const struct agent *agent, uint32_t lan, const struct ip_prefix *address)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		const struct config_lan *other = &agent->model->lan[n];

		if (n != lan && other->address_set && overlap(address, &other->address))
			return true;
		if (other->secondary_set && overlap(address, &other->secondary))
			return true;
	}
	return false;
}

const struct ip_prefix *agent_lan_wanted(const struct agent *agent, uint32_t lan)
{
	const struct config_lan *config = &agent->model->lan[lan];
	const struct dhcp_binding *binding = services_binding(agent->services, lan);

	if (services_leaves(agent->services, lan) && binding->valid)
		return &binding->address;
	if (config->address_set)
		return &config->address;
	if (!config->dhcp || !binding->valid || is_elsewhere(agent, lan, &binding->address))
		return NULL;
	return &binding->address;
}

/* The addresses that a port is to bear. */
static void want_addresses(struct agent *agent, uint32_t number, struct addresses *out)
{
	static uint32_t outer[OUTER_MAX];
	const struct config_lan *config = &agent->model->lan[number];
	const struct ip_prefix *own = agent_lan_wanted(agent, number);
	size_t more;

	out->count = 0;
	if (!own)
		return;
	out->prefix[out->count++] = *own;
	if (config->secondary_set)
		out->prefix[out->count++] = config->secondary;
	more = nat_outer_addresses(
	    agent->model, number, ip_addr_v4_host(&own->addr), outer, OUTER_MAX);
	for (size_t i = 0; i < more; i++)
		if (!config->secondary_set || outer[i] != ip_addr_v4_host(&config->secondary.addr))
			out->prefix[out->count++] = (struct ip_prefix){ip_addr_v4(outer[i]), 32};
}

/* Once for each address: what DHCP gave cannot be used. */
static void say_elsewhere(
    struct agent *agent, uint32_t number, struct agent_lan *lan, const char *name)
{
	const struct dhcp_binding *binding = services_binding(agent->services, number);
	char text[IP_PREFIX_TEXT_BYTES];

	if (!agent->model->lan[number].dhcp || !binding->valid || agent_lan_wanted(agent, number) ||
	    ip_prefix_equal(&lan->refused, &binding->address))
		return;
	lan->refused = binding->address;
	log_error("dhcp interface=%s address=%s refused=\"another port has that network\"", name,
	    ip_prefix_format(&binding->address, text));
}

/* The twin of a configured port bears exactly the IPv4 addresses that the configuration gives it.
 */
static void sync_addresses(
    struct agent *agent, uint32_t number, struct agent_lan *lan, const char *name)
{
	static struct addresses wanted; /* too large for the stack */
	static bool found[ADDRESSES_MAX];
	const struct netlink_addr *addrs;
	size_t count;

	want_addresses(agent, number, &wanted);
	say_elsewhere(agent, number, lan, name);
	if (wanted.count || agent->model->lan[number].dhcp)
		lan->owned = true;
	if (!lan->owned)
		return;
	memset(found, 0, sizeof(found));
	addrs = netlink_addrs_of(agent->netlink, lan->index, &count);
	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		if (addrs[i].address.addr.family != IP_FAMILY_V4)
			continue;
		while (at < wanted.count && !ip_prefix_equal(&addrs[i].address, &wanted.prefix[at]))
			at++;
		if (at < wanted.count)
			found[at] = true;
		else
			report("address-removed", name, &addrs[i].address,
			    netlink_del_addr(agent->netlink, lan->index, &addrs[i].address));
	}
	lan->owned = wanted.count > 0;
	for (size_t i = 0; i < wanted.count; i++)
		if (!found[i])
			report("address", name, &wanted.prefix[i],
			    netlink_add_addr(agent->netlink, lan->index, &wanted.prefix[i]));
}

/* As configured. Once it was, by us or by a run before this one, its port's again. */
static uint32_t wanted_mtu(struct agent *agent, uint32_t number, const struct netlink_link *link)
{
	struct agent_lan *lan = &agent->lan[number];
	uint32_t mtu = agent->model->lan[number].mtu;

	if (mtu) {
		uint32_t most = agent_port_mtu(agent, number);

		lan->mtu_ours = true;
		return most && most < mtu ? most : mtu;
	}
	if (lan->mtu_ours)
		mtu = agent_port_mtu(agent, number);
	if (!mtu)
		return link->mtu;
	lan->mtu_ours = false;
	return mtu;
}

static void sync_twin(struct agent *agent, uint32_t number, const struct netlink_link *link)
{
	struct agent_lan *lan = &agent->lan[number];

	lan->present = true;
	lan->index = link->index;
	lan->up = link->up;
	memcpy(lan->mac, link->mac, sizeof(lan->mac));
	if (lan->prepared != link->index) {
		twins_prepare_port(link->name);
		lan->prepared = link->index;
		lan->mtu_ours = true;
	}
	lan->mtu = wanted_mtu(agent, number, link);
	if (!link->up || lan->mtu != link->mtu) {
		int rc = netlink_set_link(agent->netlink, link->index, true, lan->mtu);

		if (rc)
			log_error(
			    "interface name=%s up=failed error=%s", link->name, strerror(-rc));
	}
	sync_addresses(agent, number, lan, link->name);
}

/* Also of a port that is not there: a dataplane that brings it has its filters from the first
 * packet on. */
static void publish_link(struct agent *agent, uint32_t number, mono_t now)
{
	struct agent_lan *lan = &agent->lan[number];
	struct cfg_link record = {.mss_limit = agent->model->lan[number].mss_limit};

	if (lan->slot == SHM_INDEX_NONE)
		lan->slot = publish_alloc(agent->publish, CFG_TABLE_LINKS, now);
	(void)snprintf(record.name, sizeof(record.name), "lan%u", number);
	record.flags = CFG_LINK_PRESENT | (lan->present && lan->up ? CFG_LINK_UP : 0) |
		       (lan->wan ? CFG_LINK_WAN : 0);
	if (agent_judges_tell(agent, false, number))
		record.flags |= CFG_LINK_KERNEL;
	record.filter_in = agent_filter_list(agent, false, number, false);
	record.filter_out = agent_filter_list(agent, false, number, true);
	record.filter_self = agent_filter_self(agent, agent->model, number);
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

static const struct netlink_link *twin_of(const struct agent *agent, uint32_t number)
{
	char name[SHM_NAME_BYTES];

	(void)snprintf(name, sizeof(name), "lan%u", number);
	return netlink_link_by_name(agent->netlink, name);
}

/* The clients first: what they were given in a former run is an address like those that are
 * configured. */
void agent_links_sync(struct agent *agent)
{
	bool present[CONFIG_LANS + 1] = {false};
	uint32_t wan;

	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		present[n] = twin_of(agent, n) != NULL;
	services_sync_clients(agent->services, agent->model, present);
	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		const struct netlink_link *link = twin_of(agent, n);

		if (link) {
			sync_twin(agent, n, link);
		} else {
			agent->lan[n].present = false;
			agent->lan[n].index = 0;
		}
	}
	wan = find_wan(agent);
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		agent->lan[n].wan = n == wan;
}

void agent_links_publish(struct agent *agent, mono_t now)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		publish_link(agent, n, now);
}

uint32_t agent_lan_by_index(const struct agent *agent, uint32_t index)
{
	for (uint32_t n = 1; n <= CONFIG_LANS; n++)
		if (agent->lan[n].present && agent->lan[n].index == index)
			return n;
	return 0;
}

const struct ip_prefix *agent_lan_prefix(const struct agent *agent, uint32_t lan)
{
	const struct ip_prefix *best = NULL, *wanted;
	const struct netlink_addr *addrs;
	size_t count;

	if (lan == 0 || lan > CONFIG_LANS || !agent->lan[lan].present || !agent->model)
		return NULL;
	wanted = agent_lan_wanted(agent, lan);
	addrs = netlink_addrs_of(agent->netlink, agent->lan[lan].index, &count);
	for (size_t i = 0; i < count; i++) {
		const struct ip_prefix *address = &addrs[i].address;

		if (address->addr.family != IP_FAMILY_V4)
			continue;
		if (wanted && ip_prefix_equal(address, wanted))
			return address;
		/* One that has a network behind it before one of the translation. */
		if (!best || (best->length == 32 && address->length < 32))
			best = address;
	}
	return best;
}

struct ip_addr agent_lan_address(const struct agent *agent, uint32_t lan)
{
	const struct ip_prefix *prefix = agent_lan_prefix(agent, lan);

	return prefix ? prefix->addr : (struct ip_addr){.family = IP_FAMILY_NONE};
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
