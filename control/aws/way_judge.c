/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What keeps a packet from its way through AWS: tunnels, static routes, the host, the subnet's
 * route table, security groups. Network ACLs and the host's own firewall are not looked at. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/aws/way.h"

struct judging {
	const struct way *way;
	char host[IP_ADDR_TEXT_BYTES], source[IP_ADDR_TEXT_BYTES];
	size_t count;
	char (*finding)[WAY_TEXT_BYTES];
};

__attribute__((format(printf, 2, 3))) static void find(struct judging *j, const char *format, ...)
{
	va_list args;

	if (j->count == WAY_FINDINGS)
		return;
	va_start(args, format);
	(void)vsnprintf(j->finding[j->count++], WAY_TEXT_BYTES, format, args);
	va_end(args);
}

static bool covers(const char *cidr, const struct ip_addr *addr, unsigned *length)
{
	struct ip_prefix prefix;

	if (ip_prefix_parse(cidr, &prefix) || prefix.addr.family != addr->family ||
	    !ip_prefix_contains(&prefix, addr))
		return false;
	*length = prefix.length;
	return true;
}

static void judge_tunnels(struct judging *j)
{
	const struct view *view = &j->way->view;
	unsigned up = 0;

	for (uint32_t i = 0; i < view->tunnel_count; i++)
		up += view->tunnel[i].up;
	if (view->tunnel_count && !up)
		find(j, "AWS sees no tunnel of this connection up: %s",
		    view->tunnel[0].message[0] ? view->tunnel[0].message : "it says no more");
}

/* Without BGP AWS knows our side by the connection's static routes alone. */
static void judge_static(struct judging *j)
{
	const struct view *view = &j->way->view;

	if (!j->way->static_only)
		return;
	for (uint32_t i = 0; i < view->route_count; i++)
		if (ip_prefix_contains(&view->route[i], &j->way->source))
			return;
	find(j,
	    "the VPN connection has no static route for %s: AWS sends nothing back. Add its prefix "
	    "to the connection's static routes",
	    j->source);
}

static bool judge_host(struct judging *j)
{
	const struct way *w = j->way;

	if (w->vpc_known && !w->vpc[0])
		find(j, "%s is attached to no VPC", w->vgw);
	if (!w->interface_known)
		return true;
	if (!w->found) {
		find(j, "nothing in this account and region has %s: is it the right address?",
		    j->host);
		return false;
	}
	if (w->vpc[0] && strcmp(w->vpc, w->interface_vpc) != 0)
		find(j, "%s is in %s, but %s is attached to %s", j->host, w->interface_vpc, w->vgw,
		    w->vpc);
	return true;
}

/* The subnet's own table, or the main one; 0 = there is none. */
static unsigned table_of(const struct way *w)
{
	unsigned main = 0;

	for (size_t i = 0; i < w->association_count; i++) {
		if (w->association[i].subnet[0] && strcmp(w->association[i].subnet, w->subnet) == 0)
			return w->association[i].table;
		if (strcmp(w->association[i].main, "true") == 0)
			main = w->association[i].table;
	}
	return main;
}

static void judge_table(struct judging *j)
{
	const struct way *w = j->way;
	const char *gateway = w->tgw[0] ? w->tgw : w->vgw;
	const struct way_route *best = NULL;
	unsigned table = table_of(w), longest = 0, length;

	if (!w->tables_known || !w->found)
		return;
	if (!table || table > w->table_count) {
		find(j, "%s has no route table", w->subnet);
		return;
	}
	for (size_t i = 0; i < w->route_count; i++)
		if (w->route[i].table == table && covers(w->route[i].cidr, &w->source, &length) &&
		    (!best || length > longest)) {
			best = &w->route[i];
			longest = length;
		}
	if (best && (strcmp(best->gateway, gateway) == 0 || strcmp(best->transit, gateway) == 0)) {
		if (strcmp(best->state, "active") != 0)
			find(j, "the route to %s by %s in %s is %s", best->cidr, gateway,
			    w->table[table - 1].id, best->state);
		return;
	}
	if (best)
		find(j,
		    "in %s, the route table of %s, what is for %s goes by %s (%s), not by %s: "
		    "enable route propagation, or add a route",
		    w->table[table - 1].id, w->subnet, j->source,
		    best->gateway[0] ? best->gateway : best->transit, best->cidr, gateway);
	else
		find(j,
		    "%s, the route table of %s, has no route for %s: enable route propagation of "
		    "%s, or add a route",
		    w->table[table - 1].id, w->subnet, j->source, gateway);
}

/* "-1" is every protocol; ports of ICMP are type and code. */
static bool lets_echo_in(const struct way_permission *permission)
{
	if (strcmp(permission->protocol, "-1") == 0)
		return true;
	if (strcmp(permission->protocol, "icmp") != 0 && strcmp(permission->protocol, "1") != 0)
		return false;
	return strcmp(permission->from, "-1") == 0 || strcmp(permission->from, "8") == 0;
}

static void judge_groups(struct judging *j)
{
	const struct way *w = j->way;
	unsigned ignored;

	if (!w->groups_known || !w->group_count)
		return;
	for (size_t i = 0; i < w->range_count; i++) {
		unsigned permission = w->range[i].permission;

		if (permission && permission <= w->permission_count &&
		    lets_echo_in(&w->permission[permission - 1]) &&
		    covers(w->range[i].cidr, &w->source, &ignored))
			return;
	}
	find(j, "%s%s lets no ICMP echo in from %s (%s)", w->group[0],
	    w->group_count > 1 ? " and the other security groups" : ", its security group,",
	    j->source, w->interface);
}

size_t way_judge(const struct way *way, char finding[WAY_FINDINGS][WAY_TEXT_BYTES])
{
	struct judging j = {.way = way, .finding = finding};

	ip_addr_format(&way->host, j.host);
	ip_addr_format(&way->source, j.source);
	judge_tunnels(&j);
	judge_static(&j);
	if (judge_host(&j)) {
		judge_table(&j);
		judge_groups(&j);
	}
	for (size_t i = 0; i < way->refused_count; i++)
		find(&j, "%s: that could not be looked at", way->refused[i]);
	return j.count;
}
