/* SPDX-License-Identifier: BSD-3-Clause
 *
 * rtnetlink messages into the cache's tables (rtnetlink(7)).
 *
 * Only the main routing table is kept: unicast and blackhole routes. Attributes are read by
 * libmnl's bounded iterators with their types validated. */
#include "control/sys/netlink_table.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/hash.h"

#define NUD_USABLE (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE | NUD_PERMANENT)

/* Room for one more element of `size` bytes in *table; false when there is no memory. */
static bool make_room(void **table, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? *room * 2 : 16;
	void *p;

	if (count < *room)
		return true;
	p = reallocarray(*table, more, size);
	if (!p)
		return false;
	*table = p;
	*room = more;
	return true;
}

/* Of a table in order, with room: opens the place `at`, and closes it again. */
static void open_place(void *table, size_t count, size_t at, size_t size)
{
	uint8_t *place = (uint8_t *)table + at * size;

	memmove(place + size, place, (count - at) * size);
}

static void close_place(void *table, size_t count, size_t at, size_t size)
{
	uint8_t *place = (uint8_t *)table + at * size;

	memmove(place, place + size, (count - at - 1) * size);
}

/* Place of the first element that belongs to a link of no lower index. */
static size_t place_of(const void *table, size_t count, size_t size, uint32_t index)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;
		const uint32_t *its = (const void *)((const uint8_t *)table + middle * size);

		if (*its < index)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

_Static_assert(offsetof(struct netlink_link, index) == 0, "as place_of() reads it");
_Static_assert(offsetof(struct netlink_addr, index) == 0, "as place_of() reads it");

size_t netlink_table_link_place(const struct netlink *nl, uint32_t index)
{
	return place_of(nl->links, nl->link_count, sizeof(*nl->links), index);
}

size_t netlink_table_addr_place(const struct netlink *nl, uint32_t index)
{
	return place_of(nl->addrs, nl->addr_count, sizeof(*nl->addrs), index);
}

/* An address of `family` from an attribute of the right length; family none otherwise. */
static struct ip_addr read_addr(uint8_t family, const struct nlattr *attr)
{
	struct ip_addr addr = {.family = IP_FAMILY_NONE};
	size_t bytes = family == AF_INET ? 4 : family == AF_INET6 ? 16 : 0;

	if (attr && bytes && mnl_attr_get_payload_len(attr) >= bytes) {
		addr.family = family == AF_INET ? IP_FAMILY_V4 : IP_FAMILY_V6;
		memcpy(addr.bytes, mnl_attr_get_payload(attr), bytes);
	}
	return addr;
}

struct attr_list {
	const struct nlattr **attr;
	uint16_t max;
};

static int keep_attr(const struct nlattr *attr, void *data)
{
	struct attr_list *list = data;
	uint16_t type = mnl_attr_get_type(attr);

	if (type <= list->max)
		list->attr[type] = attr;
	return MNL_CB_OK;
}

static void read_attrs(
    const struct nlmsghdr *nlh, unsigned header, const struct nlattr **attr, uint16_t max)
{
	struct attr_list list = {attr, max};

	memset(attr, 0, sizeof(*attr) * (max + 1u));
	(void)mnl_attr_parse(nlh, header, keep_attr, &list);
}

static uint32_t read_u32(const struct nlattr *attr)
{
	return attr && mnl_attr_get_payload_len(attr) >= 4 ? mnl_attr_get_u32(attr) : 0;
}

static void link_message(struct netlink *nl, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr[IFLA_MAX + 1];
	struct netlink_link link = {0};
	size_t i = netlink_table_link_place(nl, (uint32_t)ifi->ifi_index);
	bool known = i < nl->link_count && nl->links[i].index == (uint32_t)ifi->ifi_index;

	if (ifi->ifi_family != AF_UNSPEC)
		return;
	read_attrs(nlh, sizeof(*ifi), attr, IFLA_MAX);
	if (nlh->nlmsg_type == RTM_DELLINK) {
		if (known)
			close_place(nl->links, nl->link_count--, i, sizeof(link));
		nl->dirty = nl->routes_stale = true;
		return;
	}
	link.index = (uint32_t)ifi->ifi_index;
	link.up = ifi->ifi_flags & IFF_UP;
	link.running = ifi->ifi_flags & IFF_RUNNING;
	link.mtu = read_u32(attr[IFLA_MTU]);
	if (attr[IFLA_IFNAME])
		strncpy(link.name, mnl_attr_get_str(attr[IFLA_IFNAME]), sizeof(link.name) - 1);
	if (attr[IFLA_ADDRESS] && mnl_attr_get_payload_len(attr[IFLA_ADDRESS]) == 6)
		memcpy(link.mac, mnl_attr_get_payload(attr[IFLA_ADDRESS]), 6);
	if (!known) {
		if (!make_room((void **)&nl->links, nl->link_count, &nl->link_room, sizeof(link)))
			return;
		open_place(nl->links, nl->link_count++, i, sizeof(link));
	} else if (memcmp(&nl->links[i], &link, sizeof(link)) == 0) {
		return;
	} else if (!link.up || !link.running) {
		nl->routes_stale = true;
	}
	nl->links[i] = link;
	nl->dirty = true;
}

static void addr_message(struct netlink *nl, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr[IFA_MAX + 1];
	struct netlink_addr entry = {.index = ifa->ifa_index};
	bool known = false;
	size_t i;

	read_attrs(nlh, sizeof(*ifa), attr, IFA_MAX);
	entry.address.addr =
	    read_addr(ifa->ifa_family, attr[IFA_LOCAL] ? attr[IFA_LOCAL] : attr[IFA_ADDRESS]);
	entry.address.length = ifa->ifa_prefixlen;
	if (entry.address.addr.family == IP_FAMILY_NONE)
		return;
	for (i = netlink_table_addr_place(nl, entry.index);
	     i < nl->addr_count && nl->addrs[i].index == entry.index && !known; i++)
		known = ip_prefix_equal(&nl->addrs[i].address, &entry.address);
	if (nlh->nlmsg_type == RTM_DELADDR) {
		if (known)
			close_place(nl->addrs, nl->addr_count--, i - 1, sizeof(entry));
		nl->dirty = nl->routes_stale = true;
		return;
	}
	if (known)
		return;
	if (!make_room((void **)&nl->addrs, nl->addr_count, &nl->addr_room, sizeof(entry)))
		return;
	/* Behind the others of its link: they are as the kernel has them. */
	open_place(nl->addrs, nl->addr_count++, i, sizeof(entry));
	nl->addrs[i] = entry;
	nl->dirty = true;
}

static void read_hops(struct netlink_route *route, uint8_t family, const struct nlattr *multipath)
{
	const struct rtnexthop *hop = mnl_attr_get_payload(multipath);
	size_t left = mnl_attr_get_payload_len(multipath);

	while (left >= sizeof(*hop) && hop->rtnh_len >= sizeof(*hop) && hop->rtnh_len <= left &&
	       route->hop_count < NETLINK_HOPS) {
		struct netlink_hop *out = &route->hop[route->hop_count++];
		const struct nlattr *attr;

		out->index = (uint32_t)hop->rtnh_ifindex;
		out->weight = (uint16_t)(hop->rtnh_hops + 1);
		mnl_attr_for_each_payload(
		    (const void *)RTNH_DATA(hop), hop->rtnh_len - sizeof(*hop))
		{
			if (mnl_attr_get_type(attr) == RTA_GATEWAY)
				out->gateway = read_addr(family, attr);
		}
		left -= NLMSG_ALIGN(hop->rtnh_len) < left ? NLMSG_ALIGN(hop->rtnh_len) : left;
		hop = RTNH_NEXT(hop);
	}
}

/* False: not a route that is kept. */
static bool read_route(const struct nlmsghdr *nlh, struct netlink_route *route)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr[RTA_MAX + 1];

	read_attrs(nlh, sizeof(*rtm), attr, RTA_MAX);
	if ((rtm->rtm_family != AF_INET && rtm->rtm_family != AF_INET6) ||
	    (rtm->rtm_type != RTN_UNICAST && rtm->rtm_type != RTN_BLACKHOLE) ||
	    (rtm->rtm_flags & RTM_F_CLONED))
		return false;
	if ((attr[RTA_TABLE] ? read_u32(attr[RTA_TABLE]) : rtm->rtm_table) != RT_TABLE_MAIN)
		return false;
	memset(route, 0, sizeof(*route));
	route->prefix.addr = read_addr(rtm->rtm_family, attr[RTA_DST]);
	route->prefix.addr.family = rtm->rtm_family == AF_INET ? IP_FAMILY_V4 : IP_FAMILY_V6;
	route->prefix.length = rtm->rtm_dst_len;
	route->type = rtm->rtm_type == RTN_UNICAST ? NETLINK_UNICAST : NETLINK_BLACKHOLE;
	route->protocol = rtm->rtm_protocol;
	route->metric = read_u32(attr[RTA_PRIORITY]);
	route->source = read_addr(rtm->rtm_family, attr[RTA_PREFSRC]);
	if (route->type == NETLINK_BLACKHOLE)
		return true;
	if (attr[RTA_MULTIPATH]) {
		read_hops(route, rtm->rtm_family, attr[RTA_MULTIPATH]);
	} else if (attr[RTA_OIF]) {
		route->hop_count = 1;
		route->hop[0].index = read_u32(attr[RTA_OIF]);
		route->hop[0].gateway = read_addr(rtm->rtm_family, attr[RTA_GATEWAY]);
		route->hop[0].weight = 1;
	}
	return true;
}

/* ---- routes by name: a neighbour's ten thousand prefixes are twenty thousand routes ---- */

#define NO_ROUTE UINT32_MAX

static uint32_t *route_chain(const struct netlink *nl, const struct netlink_route *route)
{
	uint32_t hash =
	    hash_bytes(HASH_START, route->prefix.addr.bytes, sizeof(route->prefix.addr.bytes));

	hash = hash_bytes(hash, &route->prefix.length, sizeof(route->prefix.length));
	hash = hash_bytes(hash, &route->metric, sizeof(route->metric));
	return &nl->route_chain[(hash ^ hash >> 16) % nl->route_room];
}

/* Index of the route of the same prefix and metric, NO_ROUTE = none. */
static uint32_t find_route(const struct netlink *nl, const struct netlink_route *route)
{
	uint32_t i = nl->route_count ? *route_chain(nl, route) : NO_ROUTE;

	while (i != NO_ROUTE && (nl->routes[i].metric != route->metric ||
				    !ip_prefix_equal(&nl->routes[i].prefix, &route->prefix)))
		i = nl->route_next[i];
	return i;
}

static void link_route(struct netlink *nl, uint32_t i)
{
	uint32_t *chain = route_chain(nl, &nl->routes[i]);

	nl->route_next[i] = *chain;
	*chain = i;
}

static void unlink_route(struct netlink *nl, uint32_t i)
{
	uint32_t *link = route_chain(nl, &nl->routes[i]);

	while (*link != i)
		link = &nl->route_next[*link];
	*link = nl->route_next[i];
}

/* Room for one more route; false when there is no memory. */
static bool make_route_room(struct netlink *nl)
{
	size_t room = nl->route_room ? nl->route_room * 2 : 64;
	uint32_t *chain, *next;
	struct netlink_route *routes;

	if (nl->route_count < nl->route_room)
		return true;
	chain = reallocarray(NULL, room, sizeof(*chain));
	next = chain ? reallocarray(nl->route_next, room, sizeof(*next)) : NULL;
	if (next)
		nl->route_next = next;
	routes = next ? reallocarray(nl->routes, room, sizeof(*routes)) : NULL;
	if (!routes) {
		free(chain);
		return false;
	}
	free(nl->route_chain);
	nl->route_chain = chain;
	nl->routes = routes;
	nl->route_room = room;
	memset(chain, 0xff, room * sizeof(*chain));
	for (uint32_t i = 0; i < nl->route_count; i++)
		link_route(nl, i);
	return true;
}

static void remove_route(struct netlink *nl, uint32_t i)
{
	uint32_t last = (uint32_t)nl->route_count - 1;

	unlink_route(nl, i);
	if (i != last) {
		unlink_route(nl, last);
		nl->routes[i] = nl->routes[last];
		link_route(nl, i);
	}
	nl->route_count--;
}

static void route_message(struct netlink *nl, const struct nlmsghdr *nlh)
{
	struct netlink_route route;
	uint32_t i;

	if (!read_route(nlh, &route))
		return;
	i = find_route(nl, &route);
	if (nlh->nlmsg_type == RTM_DELROUTE) {
		/* Of two routes with one name, the one that is left is read again. */
		if (i != NO_ROUTE)
			remove_route(nl, i);
		nl->dirty = nl->routes_stale = true;
		return;
	}
	if (i != NO_ROUTE) {
		nl->dirty |= memcmp(&nl->routes[i], &route, sizeof(route)) != 0;
		nl->routes[i] = route;
	} else if (make_route_room(nl)) {
		i = (uint32_t)nl->route_count++;
		nl->routes[i] = route;
		link_route(nl, i);
		nl->dirty = true;
	}
}

static void neigh_message(struct netlink *nl, const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr[NDA_MAX + 1];
	struct netlink_neigh neigh = {.index = (uint32_t)ndm->ndm_ifindex};
	size_t i;

	read_attrs(nlh, sizeof(*ndm), attr, NDA_MAX);
	neigh.addr = read_addr(ndm->ndm_family, attr[NDA_DST]);
	if (neigh.addr.family == IP_FAMILY_NONE)
		return;
	for (i = 0; i < nl->neigh_count; i++)
		if (nl->neighs[i].index == neigh.index &&
		    ip_addr_equal(&nl->neighs[i].addr, &neigh.addr))
			break;
	if (attr[NDA_LLADDR] && mnl_attr_get_payload_len(attr[NDA_LLADDR]) == 6) {
		memcpy(neigh.mac, mnl_attr_get_payload(attr[NDA_LLADDR]), 6);
		neigh.usable = ndm->ndm_state & NUD_USABLE;
	}
	neigh.silent = ndm->ndm_state & (NUD_INCOMPLETE | NUD_FAILED);
	neigh.stale = ndm->ndm_state & NUD_STALE;
	if (nlh->nlmsg_type == RTM_DELNEIGH) {
		if (i < nl->neigh_count) {
			nl->neighs[i] = nl->neighs[--nl->neigh_count];
			nl->dirty = true;
		}
		return;
	}
	if (i == nl->neigh_count) {
		if (!make_room((void **)&nl->neighs, i, &nl->neigh_room, sizeof(neigh)))
			return;
		nl->neigh_count++;
		nl->dirty = true;
	} else if (nl->neighs[i].usable != neigh.usable ||
		   memcmp(nl->neighs[i].mac, neigh.mac, 6) != 0) {
		nl->dirty = true;
	}
	nl->neighs[i] = neigh;
}

int netlink_table_message(const struct nlmsghdr *nlh, void *data)
{
	struct netlink *nl = data;
	size_t bytes = mnl_nlmsg_get_payload_len(nlh);

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (bytes >= sizeof(struct ifinfomsg))
			link_message(nl, nlh);
		break;
	case RTM_NEWADDR:
	case RTM_DELADDR:
		if (bytes >= sizeof(struct ifaddrmsg))
			addr_message(nl, nlh);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		if (bytes >= sizeof(struct rtmsg))
			route_message(nl, nlh);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		if (bytes >= sizeof(struct ndmsg))
			neigh_message(nl, nlh);
		break;
	}
	return MNL_CB_OK;
}

void netlink_table_clear_routes(struct netlink *nl)
{
	nl->route_count = 0;
	if (nl->route_room)
		memset(nl->route_chain, 0xff, nl->route_room * sizeof(*nl->route_chain));
	nl->dirty = true;
}

void netlink_table_clear(struct netlink *nl)
{
	nl->link_count = nl->addr_count = nl->neigh_count = 0;
	netlink_table_clear_routes(nl);
}

void netlink_table_free(struct netlink *nl)
{
	free(nl->links);
	free(nl->addrs);
	free(nl->routes);
	free(nl->route_chain);
	free(nl->route_next);
	free(nl->neighs);
}
