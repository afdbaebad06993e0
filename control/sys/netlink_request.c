/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The changes we ask of the kernel, one acknowledged request each. */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "control/sys/netlink.h"
#include "control/sys/netlink_table.h"

#define REQUEST_BYTES 4096

static uint8_t family_of(const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_V6 ? AF_INET6 : AF_INET;
}

static void put_addr(struct nlmsghdr *nlh, uint16_t type, const struct ip_addr *addr)
{
	mnl_attr_put(nlh, type, ip_family_bits(addr->family) / 8, addr->bytes);
}

static struct nlmsghdr *request_begin(
    struct netlink *nl, void *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	nlh->nlmsg_seq = ++nl->sequence;
	return nlh;
}

/* The late answer to a request that was given up, or none as a signal came; an acknowledgement is
 * never too large. */
static bool is_another(const char *answer, ssize_t bytes, uint32_t sequence)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)answer;

	if (bytes < 0)
		return errno == ENOSPC || errno == EINTR;
	return mnl_nlmsg_ok(nlh, (int)bytes) && nlh->nlmsg_seq != sequence;
}

static int request_end(struct netlink *nl, struct nlmsghdr *nlh)
{
	char answer[REQUEST_BYTES] __attribute__((aligned(8)));
	unsigned port = mnl_socket_get_portid(nl->requests);
	ssize_t bytes;

	if (mnl_socket_sendto(nl->requests, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	do {
		bytes = mnl_socket_recvfrom(nl->requests, answer, sizeof(answer));
	} while (is_another(answer, bytes, nlh->nlmsg_seq));
	if (bytes < 0)
		return -errno;
	if (mnl_cb_run(answer, (size_t)bytes, nlh->nlmsg_seq, port, NULL, NULL) < 0)
		return -errno;
	return 0;
}

int netlink_set_link(struct netlink *nl, uint32_t index, bool up, uint32_t mtu)
{
	char buffer[REQUEST_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = request_begin(nl, buffer, RTM_NEWLINK, 0);
	struct ifinfomsg *ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));

	ifi->ifi_index = (int)index;
	ifi->ifi_change = IFF_UP;
	ifi->ifi_flags = up ? IFF_UP : 0;
	if (mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, mtu);
	return request_end(nl, nlh);
}

static int change_addr(struct netlink *nl, uint16_t type, uint16_t flags, uint32_t index,
    const struct ip_prefix *address)
{
	char buffer[REQUEST_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = request_begin(nl, buffer, type, flags);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));

	ifa->ifa_family = family_of(&address->addr);
	ifa->ifa_prefixlen = address->length;
	ifa->ifa_index = index;
	put_addr(nlh, IFA_LOCAL, &address->addr);
	put_addr(nlh, IFA_ADDRESS, &address->addr);
	return request_end(nl, nlh);
}

int netlink_add_addr(struct netlink *nl, uint32_t index, const struct ip_prefix *address)
{
	int rc = change_addr(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, address);

	return rc == -EEXIST ? 0 : rc;
}

int netlink_del_addr(struct netlink *nl, uint32_t index, const struct ip_prefix *address)
{
	int rc = change_addr(nl, RTM_DELADDR, 0, index, address);

	return rc == -EADDRNOTAVAIL || rc == -ENODEV ? 0 : rc;
}

static void put_hops(struct nlmsghdr *nlh, const struct netlink_route *route)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, RTA_MULTIPATH);

	for (uint32_t i = 0; i < route->hop_count; i++) {
		const struct netlink_hop *hop = &route->hop[i];
		uint32_t start = nlh->nlmsg_len;
		struct rtnexthop *nh = mnl_nlmsg_put_extra_header(nlh, sizeof(*nh));

		nh->rtnh_ifindex = (int)hop->index;
		nh->rtnh_hops = (uint8_t)((hop->weight > 256 ? 256 : hop->weight) - 1);
		if (hop->gateway.family != IP_FAMILY_NONE)
			put_addr(nlh, RTA_GATEWAY, &hop->gateway);
		nh->rtnh_len = (uint16_t)(nlh->nlmsg_len - start);
	}
	mnl_attr_nest_end(nlh, nest);
}

/* What the kernel knows a route of ours by: prefix, metric, type and protocol. */
static void name_route(
    struct nlmsghdr *nlh, struct rtmsg *rtm, const struct netlink_route *route, uint8_t scope)
{
	rtm->rtm_family = family_of(&route->prefix.addr);
	rtm->rtm_dst_len = route->prefix.length;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = NETLINK_PROTOCOL;
	rtm->rtm_scope = scope;
	rtm->rtm_type = route->type == NETLINK_BLACKHOLE ? RTN_BLACKHOLE : RTN_UNICAST;
	if (route->prefix.length)
		put_addr(nlh, RTA_DST, &route->prefix.addr);
	mnl_attr_put_u32(nlh, RTA_PRIORITY, route->metric);
}

static int change_route(
    struct netlink *nl, uint16_t type, uint16_t flags, const struct netlink_route *route)
{
	char buffer[REQUEST_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = request_begin(nl, buffer, type, flags);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	const struct netlink_hop *hop = &route->hop[0];

	name_route(nlh, rtm, route, RT_SCOPE_UNIVERSE);
	if (route->source.family != IP_FAMILY_NONE)
		put_addr(nlh, RTA_PREFSRC, &route->source);
	if (route->hop_count && hop->gateway.family == IP_FAMILY_NONE)
		rtm->rtm_scope = RT_SCOPE_LINK;
	if (route->hop_count == 1) {
		mnl_attr_put_u32(nlh, RTA_OIF, hop->index);
		if (hop->gateway.family != IP_FAMILY_NONE)
			put_addr(nlh, RTA_GATEWAY, &hop->gateway);
	} else if (route->hop_count > 1) {
		put_hops(nlh, route);
	}
	return request_end(nl, nlh);
}

int netlink_put_route(struct netlink *nl, const struct netlink_route *route)
{
	return change_route(nl, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route);
}

int netlink_del_route(struct netlink *nl, const struct netlink_route *route)
{
	char buffer[REQUEST_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = request_begin(nl, buffer, RTM_DELROUTE, 0);
	struct rtmsg *rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	int rc;

	/* What is not given is not compared. */
	name_route(nlh, rtm, route, RT_SCOPE_NOWHERE);
	rc = request_end(nl, nlh);
	return rc == -ESRCH ? 0 : rc;
}

int netlink_neigh_use(struct netlink *nl, uint32_t index, const struct ip_addr *addr)
{
	char buffer[REQUEST_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = request_begin(nl, buffer, RTM_NEWNEIGH, NLM_F_CREATE);
	struct ndmsg *ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));

	ndm->ndm_family = family_of(addr);
	ndm->ndm_ifindex = (int)index;
	ndm->ndm_flags = NTF_USE;
	ndm->ndm_state = NUD_NONE;
	put_addr(nlh, NDA_DST, addr);
	return request_end(nl, nlh);
}
