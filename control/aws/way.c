/* SPDX-License-Identifier: BSD-3-Clause
 *
 * States: each is the question that is open; a refusal leads to the next one that makes sense
 * without it. */
#include "control/aws/way.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/ec2.h"
#include "control/aws/rows.h"

enum state { BEGIN, CONNECTION, GATEWAY, INTERFACE, TABLES, GROUPS };

struct way_task {
	struct aws_task task;
	enum state state;
	char id[VPN_TEXT];
	struct aws_ask ask;
	struct way way;
};

#define COUNT(columns) (sizeof(columns) / sizeof((columns)[0]))

/* Reads a list; a list that cannot be read is one that AWS did not tell. */
#define READ(answer, form, array, count)                                                           \
	read_rows(answer, &(form), array, sizeof((array)[0]), COUNT(array), count)

static bool read_rows(const struct aws_answer *answer, const struct rows_form *form, void *rows,
    size_t row_bytes, size_t max, size_t *count)
{
	char why[VPN_ERROR];

	if (rows_read(answer->body, answer->bytes, form, rows, row_bytes, max, count, why) !=
	    VPN_OK) {
		*count = 0;
		return false;
	}
	*count = *count < max ? *count : max;
	return true;
}

/* A refusal is kept; true when there was one. */
static bool refused(struct way_task *t, const struct aws_answer *answer, const char *action)
{
	struct way *w = &t->way;
	struct ec2_error error;

	if (answer->status == 200)
		return false;
	if (ec2_error_read(answer->body, answer->bytes, &error))
		(void)snprintf(error.code, sizeof(error.code), "HTTP status %d", answer->status);
	if (w->refused_count < COUNT(w->refused))
		(void)snprintf(w->refused[w->refused_count++], VPN_ERROR, "AWS refused %s (%s)",
		    action, error.code);
	return true;
}

/* ---- questions ---- */

static void ask(struct way_task *t, enum state state, const char *action, const char *name,
    const char *value, struct aws_task_action *out)
{
	t->state = state;
	aws_ask_ec2(&t->ask, action);
	aws_ask_add(&t->ask, name, value);
	aws_task_ask(out, &t->ask);
}

static void ask_filtered(struct way_task *t, enum state state, const char *action,
    const char *filter, const char *value, struct aws_task_action *out)
{
	ask(t, state, action, "Filter.1.Name", filter, out);
	aws_ask_add(&t->ask, "Filter.1.Value.1", value);
}

static void ask_interface(struct way_task *t, struct aws_task_action *out)
{
	char host[IP_ADDR_TEXT_BYTES];

	ask_filtered(t, INTERFACE, "DescribeNetworkInterfaces", "addresses.private-ip-address",
	    ip_addr_format(&t->way.host, host), out);
}

static void ask_tables(struct way_task *t, struct aws_task_action *out)
{
	const char *vpc = t->way.found ? t->way.interface_vpc : t->way.vpc;

	if (aws_id_valid(vpc, "vpc-"))
		ask_filtered(t, TABLES, "DescribeRouteTables", "vpc-id", vpc, out);
	else
		out->type = AWS_TASK_DONE;
}

static void ask_groups(struct way_task *t, struct aws_task_action *out)
{
	char name[32];

	if (!t->way.group_count) {
		out->type = AWS_TASK_DONE;
		return;
	}
	t->state = GROUPS;
	aws_ask_ec2(&t->ask, "DescribeSecurityGroups");
	for (size_t i = 0; i < t->way.group_count; i++) {
		(void)snprintf(name, sizeof(name), "GroupId.%zu", i + 1);
		aws_ask_add(&t->ask, name, t->way.group[i]);
	}
	aws_task_ask(out, &t->ask);
}

/* ---- answers ---- */

struct ends {
	char vgw[VPN_TEXT], tgw[VPN_TEXT], static_only[16];
};

static void on_connection(
    struct way_task *t, const struct aws_answer *answer, struct aws_task_action *out)
{
	static const struct rows_column columns[] = {
	    ROWS_COLUMN("vpnGatewayId", struct ends, vgw),
	    ROWS_COLUMN("transitGatewayId", struct ends, tgw),
	    ROWS_COLUMN("options/staticRoutesOnly", struct ends, static_only),
	};
	static const struct rows_form form = {
	    "DescribeVpnConnectionsResponse/vpnConnectionSet/item", columns, COUNT(columns), NULL,
	    0};
	struct way *w = &t->way;
	char ignored[VPN_ERROR];
	struct ends row[1];
	size_t count;

	if (answer->status != 200) {
		aws_task_refused(answer, "", out);
		return;
	}
	if (!READ(answer, form, row, &count) || !count) {
		aws_task_fail(out, VPN_ILLEGAL_RESPONSE, "no VPN connection in the answer");
		return;
	}
	(void)view_read(answer->body, answer->bytes, &w->view, ignored);
	memcpy(w->vgw, row[0].vgw, sizeof(w->vgw));
	memcpy(w->tgw, row[0].tgw, sizeof(w->tgw));
	w->static_only = strcmp(row[0].static_only, "true") == 0;
	if (aws_id_valid(w->vgw, "vgw-"))
		ask(t, GATEWAY, "DescribeVpnGateways", "VpnGatewayId.1", w->vgw, out);
	else
		ask_interface(t, out);
}

struct attachment {
	char vpc[VPN_TEXT], state[32];
};

static void on_gateway(
    struct way_task *t, const struct aws_answer *answer, struct aws_task_action *out)
{
	static const struct rows_column columns[] = {
	    ROWS_COLUMN("vpcId", struct attachment, vpc),
	    ROWS_COLUMN("state", struct attachment, state),
	};
	static const struct rows_form form = {
	    "DescribeVpnGatewaysResponse/vpnGatewaySet/item/attachments/item", columns,
	    COUNT(columns), NULL, 0};
	struct attachment row[8];
	size_t count = 0;

	if (!refused(t, answer, "DescribeVpnGateways"))
		t->way.vpc_known = READ(answer, form, row, &count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(row[i].state, "attached") == 0)
			memcpy(t->way.vpc, row[i].vpc, sizeof(t->way.vpc));
	ask_interface(t, out);
}

struct interface {
	char id[VPN_TEXT], vpc[VPN_TEXT], subnet[VPN_TEXT];
};

struct group {
	unsigned interface;
	char id[VPN_TEXT];
};

static void on_interface(
    struct way_task *t, const struct aws_answer *answer, struct aws_task_action *out)
{
#define ITEM "DescribeNetworkInterfacesResponse/networkInterfaceSet/item"
	static const struct rows_column columns[] = {
	    ROWS_COLUMN("networkInterfaceId", struct interface, id),
	    ROWS_COLUMN("vpcId", struct interface, vpc),
	    ROWS_COLUMN("subnetId", struct interface, subnet),
	};
	static const struct rows_form form = {ITEM, columns, COUNT(columns), NULL, 0};
	static const struct rows_column group_columns[] = {
	    ROWS_COLUMN("groupId", struct group, id)};
	static const struct rows_form group_form = {
	    ITEM "/groupSet/item", group_columns, 1, ITEM, offsetof(struct group, interface)};
#undef ITEM
	struct way *w = &t->way;
	struct interface row[32];
	struct group group[128];
	size_t count = 0, groups = 0, taken = 0;

	if (!refused(t, answer, "DescribeNetworkInterfaces"))
		w->interface_known =
		    READ(answer, form, row, &count) && READ(answer, group_form, group, &groups);
	/* The same address may be in several VPCs: ours first. */
	for (size_t i = 0; i < count; i++)
		if (strcmp(row[i].vpc, w->vpc) == 0)
			taken = i;
	w->found = count > 0;
	if (w->found) {
		memcpy(w->interface, row[taken].id, VPN_TEXT);
		memcpy(w->interface_vpc, row[taken].vpc, VPN_TEXT);
		memcpy(w->subnet, row[taken].subnet, VPN_TEXT);
	}
	for (size_t i = 0; i < groups && w->group_count < WAY_GROUPS; i++)
		if (group[i].interface == taken + 1)
			memcpy(w->group[w->group_count++], group[i].id, VPN_TEXT);
	ask_tables(t, out);
}

static void on_tables(
    struct way_task *t, const struct aws_answer *answer, struct aws_task_action *out)
{
#define ITEM "DescribeRouteTablesResponse/routeTableSet/item"
	static const struct rows_column columns[] = {
	    ROWS_COLUMN("routeTableId", struct way_table, id)};
	static const struct rows_form form = {ITEM, columns, 1, NULL, 0};
	static const struct rows_column association_columns[] = {
	    ROWS_COLUMN("subnetId", struct way_association, subnet),
	    ROWS_COLUMN("main", struct way_association, main),
	};
	static const struct rows_form association_form = {ITEM "/associationSet/item",
	    association_columns, COUNT(association_columns), ITEM,
	    offsetof(struct way_association, table)};
	static const struct rows_column route_columns[] = {
	    ROWS_COLUMN("destinationCidrBlock", struct way_route, cidr),
	    ROWS_COLUMN("gatewayId", struct way_route, gateway),
	    ROWS_COLUMN("transitGatewayId", struct way_route, transit),
	    ROWS_COLUMN("state", struct way_route, state),
	};
	static const struct rows_form route_form = {ITEM "/routeSet/item", route_columns,
	    COUNT(route_columns), ITEM, offsetof(struct way_route, table)};
#undef ITEM
	struct way *w = &t->way;

	if (!refused(t, answer, "DescribeRouteTables"))
		w->tables_known =
		    READ(answer, form, w->table, &w->table_count) &&
		    READ(answer, association_form, w->association, &w->association_count) &&
		    READ(answer, route_form, w->route, &w->route_count);
	ask_groups(t, out);
}

static void on_groups(
    struct way_task *t, const struct aws_answer *answer, struct aws_task_action *out)
{
#define ITEM "DescribeSecurityGroupsResponse/securityGroupInfo/item/ipPermissions/item"
	static const struct rows_column columns[] = {
	    ROWS_COLUMN("ipProtocol", struct way_permission, protocol),
	    ROWS_COLUMN("fromPort", struct way_permission, from),
	    ROWS_COLUMN("toPort", struct way_permission, to),
	};
	static const struct rows_form form = {ITEM, columns, COUNT(columns), NULL, 0};
	static const struct rows_column range_columns[] = {
	    ROWS_COLUMN("cidrIp", struct way_range, cidr)};
	static const struct rows_form range_form = {
	    ITEM "/ipRanges/item", range_columns, 1, ITEM, offsetof(struct way_range, permission)};
#undef ITEM
	struct way *w = &t->way;

	if (!refused(t, answer, "DescribeSecurityGroups"))
		w->groups_known = READ(answer, form, w->permission, &w->permission_count) &&
				  READ(answer, range_form, w->range, &w->range_count);
	out->type = AWS_TASK_DONE;
}

/* ---- the engine ---- */

static void step(
    struct aws_task *task, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct way_task *t = (struct way_task *)task;

	memset(out, 0, sizeof(*out));
	switch (t->state) {
	case BEGIN:
		ask(t, CONNECTION, "DescribeVpnConnections", "VpnConnectionId.1", t->id, out);
		break;
	case CONNECTION: on_connection(t, answer, out); break;
	case GATEWAY: on_gateway(t, answer, out); break;
	case INTERFACE: on_interface(t, answer, out); break;
	case TABLES: on_tables(t, answer, out); break;
	case GROUPS: on_groups(t, answer, out); break;
	}
}

static void free_task(struct aws_task *task)
{
	free(task);
}

int way_new(const char *vpn_id, const struct ip_addr *host, const struct ip_addr *source,
    struct way_task **out, char why[VPN_ERROR])
{
	struct way_task *t;

	if (!aws_id_valid(vpn_id, "vpn-")) {
		(void)snprintf(why, VPN_ERROR, "no VPN connection id is set");
		return -EINVAL;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		(void)snprintf(why, VPN_ERROR, "no memory");
		return -ENOMEM;
	}
	t->task = (struct aws_task){.step = step, .free = free_task};
	(void)snprintf(t->id, sizeof(t->id), "%s", vpn_id);
	t->way.host = *host;
	t->way.source = *source;
	*out = t;
	return 0;
}

struct aws_task *way_task(struct way_task *task)
{
	return &task->task;
}

const struct way *way_of(const struct way_task *task)
{
	return &task->way;
}
