/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The way between us and one host in a VPC, as AWS has it, as an engine:
 *
 *   DescribeVpnConnections -> DescribeVpnGateways -> DescribeNetworkInterfaces ->
 *   DescribeRouteTables -> DescribeSecurityGroups
 *
 * Reads only. What AWS refuses to tell is left out, and said. */
#pragma once

#include <stdbool.h>

#include "control/aws/task.h"
#include "control/aws/view.h"

#define WAY_TABLES     64
#define WAY_SUBNETS    256
#define WAY_ROUTES     1024
#define WAY_RULES      512
#define WAY_GROUPS     16
#define WAY_FINDINGS   16
#define WAY_TEXT_BYTES 300

struct way_table {
	char id[VPN_TEXT];
};

/* A subnet's table; or the one of subnets without one of their own. */
struct way_association {
	unsigned table; /* counted from 1 */
	char subnet[VPN_TEXT], main[8];
};

struct way_route {
	unsigned table;
	char cidr[64], gateway[VPN_TEXT], transit[VPN_TEXT], state[32];
};

struct way_permission {
	char protocol[16], from[16], to[16];
};

struct way_range {
	unsigned permission; /* counted from 1 */
	char cidr[64];
};

/* What AWS told; `*_known` false: it refused, and `refused` says what. */
struct way {
	struct ip_addr host, source; /* theirs, ours */
	char vgw[VPN_TEXT], tgw[VPN_TEXT];
	bool static_only;
	struct view view;
	bool vpc_known, interface_known, tables_known, groups_known;
	char vpc[VPN_TEXT]; /* that the gateway is attached to */
	bool found;         /* an interface has the address: */
	char interface[VPN_TEXT], interface_vpc[VPN_TEXT], subnet[VPN_TEXT];
	size_t group_count, table_count, association_count, route_count, permission_count,
	    range_count;
	char group[WAY_GROUPS][VPN_TEXT];
	struct way_table table[WAY_TABLES];
	struct way_association association[WAY_SUBNETS];
	struct way_route route[WAY_ROUTES];
	struct way_permission permission[WAY_RULES];
	struct way_range range[WAY_RULES];
	size_t refused_count;
	char refused[8][VPN_ERROR]; /* "AWS refused DescribeVpcs (UnauthorizedOperation)" */
};

struct way_task;

/* 0; -EINVAL for what is no id of a VPN connection, -ENOMEM; with a sentence. */
int way_new(const char *vpn_id, const struct ip_addr *host, const struct ip_addr *source,
    struct way_task **out, char why[VPN_ERROR]);
struct aws_task *way_task(struct way_task *task);
const struct way *way_of(const struct way_task *task); /* after DONE */

/* What is wrong with it, a sentence each, the nearest to us first; at most WAY_FINDINGS. Returns
 * how many. */
size_t way_judge(const struct way *way, char finding[WAY_FINDINGS][WAY_TEXT_BYTES]);
