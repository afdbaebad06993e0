/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What there is at AWS already, what is missing, and whether we may make it. A customer gateway of
 * the same address and AS number, and a gateway that the VPC has, are used; they get no tag. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/aws/create_internal.h"
#include "control/aws/ec2.h"
#include "control/aws/rows.h"

#define NOBODY "00000000000000000" /* for a dry run: what it names is not looked at */

struct thing {
	char id[VPN_TEXT], state[32];
};

void create_say(struct create *c, const char *format, ...)
{
	size_t used = strlen(c->text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(c->text + used, sizeof(c->text) - used, format, args);
	va_end(args);
	used = strlen(c->text);
	(void)snprintf(c->text + used, sizeof(c->text) - used, "\n");
}

/* ---- questions ---- */

static void ask(
    struct create *c, enum create_state state, const char *action, struct aws_task_action *out)
{
	c->state = state;
	aws_ask_ec2(&c->ask, action);
	aws_task_ask(out, &c->ask);
}

static void filter(struct create *c, unsigned number, const char *name, const char *value)
{
	char key[32];

	(void)snprintf(key, sizeof(key), "Filter.%u.Name", number);
	aws_ask_add(&c->ask, key, name);
	(void)snprintf(key, sizeof(key), "Filter.%u.Value.1", number);
	aws_ask_add(&c->ask, key, value);
}

static void ask_target(struct create *c, struct aws_task_action *out)
{
	ask(c, CREATE_LOOK_TARGET, c->tgw ? "DescribeTransitGateways" : "DescribeVpcs", out);
	aws_ask_add(&c->ask, c->tgw ? "TransitGatewayIds.1" : "VpcId.1", c->wish.target);
}

static void ask_cgws(struct create *c, struct aws_task_action *out)
{
	char text[IP_ADDR_TEXT_BYTES];

	ask(c, CREATE_LOOK_CGW, "DescribeCustomerGateways", out);
	filter(c, 1, "ip-address", ip_addr_format(&c->wish.address, text));
	(void)snprintf(text, sizeof(text), "%u", c->wish.as_number);
	filter(c, 2, "bgp-asn", text);
	filter(c, 3, "state", "available");
}

static void ask_vgws(struct create *c, struct aws_task_action *out)
{
	ask(c, CREATE_LOOK_VGW, "DescribeVpnGateways", out);
	filter(c, 1, "attachment.vpc-id", c->wish.target);
	filter(c, 2, "attachment.state", "attached");
}

static void ask_tables(struct create *c, struct aws_task_action *out)
{
	ask(c, CREATE_LOOK_TABLES, "DescribeRouteTables", out);
	filter(c, 1, "vpc-id", c->wish.target);
}

/* ---- dry runs ---- */

static const struct {
	const char *action;
	void (*ask)(struct create *c);
} dry_runs[] = {
    {"CreateCustomerGateway", create_ask_cgw},
    {"CreateVpnGateway", create_ask_vgw},
    {"AttachVpnGateway", create_ask_attach},
    {"EnableVgwRoutePropagation", create_ask_propagate},
    {"CreateVpnConnection", create_ask_vpn},
};
#define DRY_RUNS (sizeof(dry_runs) / sizeof(dry_runs[0]))

static bool needed(const struct create *c, unsigned run)
{
	switch (run) {
	case 0: return !c->cgw[0];
	case 1:
	case 2: return !c->tgw && !c->vgw[0];
	case 3: return !c->tgw && c->table_count > 0;
	default: return true;
	}
}

/* What the dry run names and is not there yet, is nobody's. */
static void ask_dry(struct create *c)
{
	struct create stand_in = *c;

	if (!c->cgw[0])
		(void)snprintf(stand_in.cgw, sizeof(stand_in.cgw), "cgw-" NOBODY);
	if (!c->vgw[0])
		(void)snprintf(stand_in.vgw, sizeof(stand_in.vgw), "vgw-" NOBODY);
	stand_in.next = 0;
	dry_runs[c->next].ask(&stand_in);
	c->ask = stand_in.ask;
	aws_ask_add(&c->ask, "DryRun", "true");
}

static void next_dry(struct create *c, struct aws_task_action *out, bool *looked)
{
	while (c->next < DRY_RUNS && !needed(c, c->next))
		c->next++;
	if (c->next == DRY_RUNS) {
		c->next = 0;
		*looked = true;
		return;
	}
	c->state = CREATE_DRY;
	ask_dry(c);
	aws_task_ask(out, &c->ask);
}

/* DryRunOperation: it may be done. Other errors are about the stand-in, not about us. */
static void on_dry(struct create *c, const struct aws_answer *answer)
{
	struct ec2_error error;

	if (ec2_error_read(answer->body, answer->bytes, &error) == 0 &&
	    (strcmp(error.code, "UnauthorizedOperation") == 0 ||
		strcmp(error.code, "AuthFailure") == 0)) {
		create_say(
		    c, "! AWS does not let us %s (%s)", dry_runs[c->next].action, error.code);
		c->refused = true;
	}
	c->next++;
}

/* ---- answers ---- */

/* The first element whose state is one of a thing that is there. */
static bool read_first(const struct create *c, const struct aws_answer *answer, const char *element,
    const char *id_column, struct thing *out, struct aws_task_action *action)
{
	const struct rows_column columns[] = {
	    {id_column, offsetof(struct thing, id), sizeof(out->id)},
	    ROWS_COLUMN("state", struct thing, state),
	};
	const struct rows_form form = {element, columns, 2, NULL, 0};
	struct thing row[64];
	size_t count;
	char why[VPN_ERROR];

	memset(out, 0, sizeof(*out));
	if (answer->status != 200) {
		aws_task_refused(answer, "", action);
		return false;
	}
	action->verdict =
	    rows_read(answer->body, answer->bytes, &form, row, sizeof(row[0]), 64, &count, why);
	if (action->verdict != VPN_OK) {
		aws_task_fail(action, action->verdict, "%s", why);
		return false;
	}
	for (size_t i = 0; i < count && i < 64; i++)
		if (strcmp(row[i].state, "deleted") != 0 && strcmp(row[i].state, "deleting") != 0) {
			*out = row[i];
			break;
		}
	return true;
}

static void on_old(struct create *c, const struct thing *thing, struct aws_task_action *out)
{
	if (thing->id[0])
		aws_task_fail(out, VPN_OK,
		    "%s was made from here before: `cloud vpn destroy` removes it", thing->id);
	else
		ask_target(c, out);
}

static void on_target(struct create *c, const struct thing *thing, struct aws_task_action *out)
{
	if (!thing->id[0])
		aws_task_fail(out, VPN_OK, "there is no %s", c->wish.target);
	else
		ask_cgws(c, out);
}

static void on_cgw(
    struct create *c, const struct thing *thing, struct aws_task_action *out, bool *looked)
{
	char address[IP_ADDR_TEXT_BYTES];

	memcpy(c->cgw, thing->id, sizeof(c->cgw));
	ip_addr_format(&c->wish.address, address);
	create_say(c, "%s customer gateway %s%sfor %s, AS %u", c->cgw[0] ? "=" : "+", c->cgw,
	    c->cgw[0] ? " " : "", address, c->wish.as_number);
	if (c->tgw)
		next_dry(c, out, looked);
	else
		ask_vgws(c, out);
}

static void on_vgw(struct create *c, const struct thing *thing, struct aws_task_action *out)
{
	memcpy(c->vgw, thing->id, sizeof(c->vgw));
	create_say(c, "%s virtual private gateway %s%sattached to %s", c->vgw[0] ? "=" : "+",
	    c->vgw, c->vgw[0] ? " " : "", c->wish.target);
	ask_tables(c, out);
}

struct table {
	char id[VPN_TEXT];
};

struct propagation {
	unsigned table;
	char gateway[VPN_TEXT];
};

static void on_tables(
    struct create *c, const struct aws_answer *answer, struct aws_task_action *out, bool *looked)
{
#define ITEM "DescribeRouteTablesResponse/routeTableSet/item"
	static const struct rows_column column[] = {ROWS_COLUMN("routeTableId", struct table, id)};
	static const struct rows_form form = {ITEM, column, 1, NULL, 0};
	static const struct rows_column from_column[] = {
	    ROWS_COLUMN("gatewayId", struct propagation, gateway)};
	static const struct rows_form from_form = {ITEM "/propagatingVgwSet/item", from_column, 1,
	    ITEM, offsetof(struct propagation, table)};
#undef ITEM
	struct propagation from[128];
	struct table row[CREATE_TABLES];
	size_t count = 0, froms = 0;
	char why[VPN_ERROR];

	if (answer->status != 200 ||
	    rows_read(answer->body, answer->bytes, &form, row, sizeof(row[0]), CREATE_TABLES,
		&count, why) != VPN_OK ||
	    rows_read(answer->body, answer->bytes, &from_form, from, sizeof(from[0]), 128, &froms,
		why) != VPN_OK)
		create_say(c, "! the VPC's route tables cannot be read: routes back have to be set "
			      "by hand");
	for (size_t i = 0; i < count && i < CREATE_TABLES; i++) {
		bool there = false;

		for (size_t k = 0; k < froms && k < 128; k++)
			there = there || (from[k].table == i + 1 && c->vgw[0] &&
					     strcmp(from[k].gateway, c->vgw) == 0);
		create_say(c, "%s route propagation in %s", there ? "=" : "+", row[i].id);
		if (!there)
			memcpy(c->table[c->table_count++], row[i].id, VPN_TEXT);
	}
	next_dry(c, out, looked);
}

void create_look(
    struct create *c, const struct aws_answer *answer, struct aws_task_action *out, bool *looked)
{
	static const struct {
		const char *element, *id;
	} lists[] = {
	    [CREATE_LOOK_OLD] = {"DescribeVpnConnectionsResponse/vpnConnectionSet/item",
		"vpnConnectionId"},
	    [CREATE_LOOK_TARGET] = {"DescribeVpcsResponse/vpcSet/item", "vpcId"},
	    [CREATE_LOOK_CGW] = {"DescribeCustomerGatewaysResponse/customerGatewaySet/item",
		"customerGatewayId"},
	    [CREATE_LOOK_VGW] = {"DescribeVpnGatewaysResponse/vpnGatewaySet/item", "vpnGatewayId"},
	};
	struct thing thing;

	if (c->state == CREATE_BEGIN) {
		ask(c, CREATE_LOOK_OLD, "DescribeVpnConnections", out);
		filter(c, 1, "tag:" CREATE_TAG, c->wish.tag);
		return;
	}
	if (c->state == CREATE_DRY) {
		on_dry(c, answer);
		next_dry(c, out, looked);
		return;
	}
	if (c->state == CREATE_LOOK_TABLES) {
		on_tables(c, answer, out, looked);
		return;
	}
	if (c->state == CREATE_LOOK_TARGET && c->tgw
		? !read_first(c, answer, "DescribeTransitGatewaysResponse/transitGatewaySet/item",
		      "transitGatewayId", &thing, out)
		: !read_first(c, answer, lists[c->state].element, lists[c->state].id, &thing, out))
		return;
	switch (c->state) {
	case CREATE_LOOK_OLD: on_old(c, &thing, out); break;
	case CREATE_LOOK_TARGET: on_target(c, &thing, out); break;
	case CREATE_LOOK_CGW: on_cgw(c, &thing, out, looked); break;
	default: on_vgw(c, &thing, out); break;
	}
}
