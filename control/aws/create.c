/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making what the look found missing. What AWS has made it does not know everywhere at once: a
 * question that names it is asked again for a while.
 *
 * The tunnels are restricted to what we would rather have, since AWS takes the weakest that both
 * sides have: IKEv1, AES-256, SHA2-256, group 14. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/create_internal.h"
#include "control/aws/ec2.h"
#include "control/aws/rows.h"

#define AGAIN_MSEC  5000
#define AGAIN_TIMES 24  /* for something to be known, or attached */
#define READY_TIMES 240 /* for the connection to be available: 20 minutes */

/* ---- questions ---- */

static void tag(struct create *c, const char *type)
{
	const char *name = c->wish.name[0] ? c->wish.name : c->wish.tag;

	aws_ask_add(&c->ask, "TagSpecification.1.ResourceType", type);
	aws_ask_add(&c->ask, "TagSpecification.1.Tag.1.Key", CREATE_TAG);
	aws_ask_add(&c->ask, "TagSpecification.1.Tag.1.Value", c->wish.tag);
	aws_ask_add(&c->ask, "TagSpecification.1.Tag.2.Key", "Name");
	aws_ask_add(&c->ask, "TagSpecification.1.Tag.2.Value", name);
}

void create_ask_cgw(struct create *c)
{
	char text[IP_ADDR_TEXT_BYTES];

	aws_ask_ec2(&c->ask, "CreateCustomerGateway");
	aws_ask_add(&c->ask, "Type", "ipsec.1");
	aws_ask_add(&c->ask, "IpAddress", ip_addr_format(&c->wish.address, text));
	(void)snprintf(text, sizeof(text), "%u", c->wish.as_number);
	aws_ask_add(&c->ask, "BgpAsn", text);
	tag(c, "customer-gateway");
}

void create_ask_vgw(struct create *c)
{
	aws_ask_ec2(&c->ask, "CreateVpnGateway");
	aws_ask_add(&c->ask, "Type", "ipsec.1");
	tag(c, "vpn-gateway");
}

void create_ask_attach(struct create *c)
{
	aws_ask_ec2(&c->ask, "AttachVpnGateway");
	aws_ask_add(&c->ask, "VpcId", c->wish.target);
	aws_ask_add(&c->ask, "VpnGatewayId", c->vgw);
}

void create_ask_propagate(struct create *c)
{
	aws_ask_ec2(&c->ask, "EnableVgwRoutePropagation");
	aws_ask_add(&c->ask, "GatewayId", c->vgw);
	aws_ask_add(&c->ask, "RouteTableId", c->table[c->next]);
}

static void add_tunnel(struct create *c, unsigned number)
{
	static const char *const options[][2] = {
	    {"IKEVersion.1.Value", "ikev1"},
	    {"Phase1EncryptionAlgorithm.1.Value", "AES256"},
	    {"Phase2EncryptionAlgorithm.1.Value", "AES256"},
	    {"Phase1IntegrityAlgorithm.1.Value", "SHA2-256"},
	    {"Phase2IntegrityAlgorithm.1.Value", "SHA2-256"},
	    {"Phase1DHGroupNumber.1.Value", "14"},
	    {"Phase2DHGroupNumber.1.Value", "14"},
	};
	char name[96];

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		(void)snprintf(
		    name, sizeof(name), "Options.TunnelOptions.%u.%s", number, options[i][0]);
		aws_ask_add(&c->ask, name, options[i][1]);
	}
}

void create_ask_vpn(struct create *c)
{
	aws_ask_ec2(&c->ask, "CreateVpnConnection");
	aws_ask_add(&c->ask, "Type", "ipsec.1");
	aws_ask_add(&c->ask, "CustomerGatewayId", c->cgw);
	aws_ask_add(&c->ask, c->tgw ? "TransitGatewayId" : "VpnGatewayId",
	    c->tgw ? c->wish.target : c->vgw);
	aws_ask_add(&c->ask, "Options.StaticRoutesOnly", c->wish.prefix_count ? "true" : "false");
	for (unsigned i = 1; i <= VPN_TUNNELS; i++)
		add_tunnel(c, i);
	tag(c, "vpn-connection");
}

static void ask_tag_table(struct create *c)
{
	aws_ask_ec2(&c->ask, "CreateTags");
	aws_ask_add(&c->ask, "ResourceId.1", c->table[c->next]);
	aws_ask_add(&c->ask, "Tag.1.Key", CREATE_TAG);
	aws_ask_add(&c->ask, "Tag.1.Value", c->wish.tag);
}

static void ask_route(struct create *c)
{
	char prefix[IP_PREFIX_TEXT_BYTES];

	aws_ask_ec2(&c->ask, "CreateVpnConnectionRoute");
	aws_ask_add(&c->ask, "VpnConnectionId", c->vpn);
	aws_ask_add(
	    &c->ask, "DestinationCidrBlock", ip_prefix_format(&c->wish.prefix[c->next], prefix));
}

/* Puts the question of the state. */
static void ask(struct create *c, struct aws_task_action *out)
{
	switch (c->state) {
	case CREATE_MAKE_CGW: create_ask_cgw(c); break;
	case CREATE_MAKE_VGW: create_ask_vgw(c); break;
	case CREATE_ATTACH: create_ask_attach(c); break;
	case CREATE_ATTACHED:
		aws_ask_ec2(&c->ask, "DescribeVpnGateways");
		aws_ask_add(&c->ask, "VpnGatewayId.1", c->vgw);
		break;
	case CREATE_PROPAGATE: create_ask_propagate(c); break;
	case CREATE_TAG_TABLE: ask_tag_table(c); break;
	case CREATE_MAKE_VPN: create_ask_vpn(c); break;
	case CREATE_ROUTE: ask_route(c); break;
	default:
		aws_ask_ec2(&c->ask, "DescribeVpnConnections");
		aws_ask_add(&c->ask, "VpnConnectionId.1", c->vpn);
		break;
	}
	aws_task_ask(out, &c->ask);
}

static void go(struct create *c, enum create_state state, struct aws_task_action *out)
{
	c->state = state;
	c->tries = 0;
	ask(c, out);
}

static void again(struct create *c, struct aws_task_action *out)
{
	c->tries++;
	c->waited = true;
	out->type = AWS_TASK_WAIT;
	out->wait_msec = AGAIN_MSEC;
}

/* ---- the order of things ---- */

/* The next state once `state` is done: passes over what is not needed. */
static void advance(struct create *c, enum create_state done, struct aws_task_action *out)
{
	if (done < CREATE_MAKE_CGW && !c->cgw[0])
		go(c, CREATE_MAKE_CGW, out);
	else if (done < CREATE_MAKE_VGW && !c->tgw && !c->vgw[0])
		go(c, CREATE_MAKE_VGW, out);
	else if (done == CREATE_MAKE_VGW)
		go(c, CREATE_ATTACH, out);
	else if (done == CREATE_ATTACH)
		go(c, CREATE_ATTACHED, out);
	else if (done < CREATE_MAKE_VPN && !c->tgw && c->next < c->table_count)
		go(c, CREATE_PROPAGATE, out);
	else if (done < CREATE_MAKE_VPN)
		go(c, CREATE_MAKE_VPN, out);
	else if (done < CREATE_AVAILABLE && c->next < c->wish.prefix_count)
		go(c, CREATE_ROUTE, out);
	else
		go(c, CREATE_AVAILABLE, out);
}

/* ---- answers ---- */

struct value {
	char id[VPN_TEXT], state[32];
};

static bool read_value(const struct aws_answer *answer, const char *element, const char *id,
    const char *state, struct value *out)
{
	const struct rows_column columns[] = {
	    {id, offsetof(struct value, id), sizeof(out->id)},
	    {state, offsetof(struct value, state), sizeof(out->state)},
	};
	const struct rows_form form = {element, columns, 2, NULL, 0};
	char why[VPN_ERROR];
	size_t count;

	return rows_read(answer->body, answer->bytes, &form, out, sizeof(*out), 1, &count, why) ==
		   VPN_OK &&
	       count;
}

/* An id that AWS gave to what it made. */
static bool take_id(const struct aws_answer *answer, const char *element, const char *column,
    const char *prefix, char out[VPN_TEXT], struct aws_task_action *action)
{
	struct value value;

	if (!read_value(answer, element, column, "state", &value) ||
	    !aws_id_valid(value.id, prefix)) {
		aws_task_fail(action, VPN_ILLEGAL_RESPONSE, "the answer names no %s...", prefix);
		return false;
	}
	memcpy(out, value.id, VPN_TEXT);
	(void)snprintf(action->progress, sizeof(action->progress), "%s has been made", value.id);
	return true;
}

static void on_attached(
    struct create *c, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct value value;

	if (read_value(answer, "DescribeVpnGatewaysResponse/vpnGatewaySet/item/attachments/item",
		"vpcId", "state", &value) &&
	    strcmp(value.state, "attached") == 0) {
		(void)snprintf(out->progress, sizeof(out->progress), "%.90s is attached to %.90s",
		    c->vgw, c->wish.target);
		advance(c, CREATE_ATTACHED, out);
	} else if (c->tries < AGAIN_TIMES) {
		again(c, out);
	} else {
		aws_task_fail(out, VPN_OK, "%s does not become attached", c->vgw);
	}
}

static void on_available(
    struct create *c, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct value value = {0};

	(void)read_value(answer, "DescribeVpnConnectionsResponse/vpnConnectionSet/item",
	    "vpnConnectionId", "state", &value);
	if (strcmp(value.state, "available") == 0) {
		out->type = AWS_TASK_DONE;
	} else if (strcmp(value.state, "pending") == 0 && c->tries < READY_TIMES) {
		again(c, out);
	} else {
		aws_task_fail(out, VPN_OK, "%s does not become available, it is %s", c->vpn,
		    value.state[0] ? value.state : "gone");
	}
}

/* Whether a refusal may be that what was just made is not known yet. */
static bool too_early(const struct create *c, const struct aws_answer *answer)
{
	struct ec2_error error;

	return c->tries < AGAIN_TIMES && c->state > CREATE_MAKE_VGW &&
	       ec2_error_read(answer->body, answer->bytes, &error) == 0 &&
	       (strstr(error.code, "NotFound") || strcmp(error.code, "IncorrectState") == 0 ||
		   strcmp(error.code, "Gateway.NotAttached") == 0 || ec2_error_is_passing(&error));
}

static void on_made(struct create *c, const struct aws_answer *answer, struct aws_task_action *out)
{
	switch (c->state) {
	case CREATE_MAKE_CGW:
		if (take_id(answer, "CreateCustomerGatewayResponse/customerGateway",
			"customerGatewayId", "cgw-", c->cgw, out))
			advance(c, c->state, out);
		break;
	case CREATE_MAKE_VGW:
		if (take_id(answer, "CreateVpnGatewayResponse/vpnGateway", "vpnGatewayId", "vgw-",
			c->vgw, out))
			advance(c, c->state, out);
		break;
	case CREATE_ATTACHED: on_attached(c, answer, out); break;
	case CREATE_PROPAGATE: go(c, CREATE_TAG_TABLE, out); break;
	case CREATE_TAG_TABLE:
		c->next++;
		advance(c, c->state, out);
		break;
	case CREATE_MAKE_VPN:
		c->next = 0;
		if (take_id(answer, "CreateVpnConnectionResponse/vpnConnection", "vpnConnectionId",
			"vpn-", c->vpn, out))
			advance(c, c->state, out);
		break;
	case CREATE_ROUTE:
		c->next++;
		advance(c, c->state, out);
		break;
	case CREATE_AVAILABLE: on_available(c, answer, out); break;
	default: advance(c, c->state, out); break;
	}
}

static void on_looked(struct create *c, struct aws_task_action *out)
{
	char prefix[IP_PREFIX_TEXT_BYTES];

	create_say(c, "+ VPN connection, %s, two tunnels: IKEv1, AES-256, SHA2-256, group 14",
	    c->wish.prefix_count ? "static routes" : "BGP");
	for (uint32_t i = 0; i < c->wish.prefix_count; i++)
		create_say(c, "+ static route to %s", ip_prefix_format(&c->wish.prefix[i], prefix));
	if (c->tgw)
		create_say(c, "  routes to %s in the route tables of VPCs are yours to set",
		    c->wish.target);
	if (c->plan_only)
		out->type = AWS_TASK_DONE;
	else if (c->refused)
		aws_task_fail(out, VPN_OK, "AWS does not let us make all of it:\n%.*s",
		    VPN_ERROR - 64, c->text);
	else
		advance(c, CREATE_DRY, out);
}

static void step(
    struct aws_task *task, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct create *c = (struct create *)task;
	bool looked = false;

	memset(out, 0, sizeof(*out));
	if (c->waited) {
		c->waited = false;
		ask(c, out);
	} else if (c->state < CREATE_MAKE_CGW) {
		create_look(c, answer, out, &looked);
		if (looked)
			on_looked(c, out);
	} else if (answer->status == 200) {
		on_made(c, answer, out);
	} else if (too_early(c, answer)) {
		again(c, out);
	} else {
		aws_task_refused(answer, "", out);
	}
}

/* ---- life ---- */

static void free_create(struct aws_task *task)
{
	free(task);
}

static const char *check(const struct create_wish *wish)
{
	const struct ip_addr *a = &wish->address;

	if (!aws_id_valid(wish->target, "vpc-") && !aws_id_valid(wish->target, "tgw-"))
		return "the target is a VPC (vpc-...) or a transit gateway (tgw-...)";
	if (a->family != IP_FAMILY_V4 || ip_addr_is_unspecified(a) || ip_addr_is_loopback(a) ||
	    ip_addr_is_link_local(a) || ip_addr_is_multicast(a) || ip_addr_is_private(a))
		return "our address as AWS sees it is needed: say `address A.B.C.D`";
	if (!wish->as_number)
		return "our AS number is needed";
	if (wish->prefix_count > CREATE_PREFIXES)
		return "more than 16 static routes";
	return NULL;
}

int create_new(const struct create_wish *wish, bool plan, struct create **out, char why[VPN_ERROR])
{
	const char *bad = check(wish);
	struct create *c = bad ? NULL : calloc(1, sizeof(*c));

	if (!c) {
		(void)snprintf(why, VPN_ERROR, "%s", bad ? bad : "no memory");
		return bad ? -EINVAL : -ENOMEM;
	}
	c->task = (struct aws_task){.step = step, .free = free_create};
	c->wish = *wish;
	c->plan_only = plan;
	c->tgw = strncmp(wish->target, "tgw-", 4) == 0;
	*out = c;
	return 0;
}

struct aws_task *create_task(struct create *create)
{
	return &create->task;
}

const char *create_plan(const struct create *create)
{
	return create->text;
}

bool create_may(const struct create *create)
{
	return !create->refused;
}

const char *create_vpn_id(const struct create *create)
{
	return create->vpn;
}
