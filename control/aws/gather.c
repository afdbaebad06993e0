/* SPDX-License-Identifier: BSD-3-Clause
 *
 * States: each is the question that is open, in the order of gather.h; those that are not needed
 * are passed over. */
#include "control/aws/gather.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/aws/ec2.h"
#include "control/aws/rows.h"
#include "control/aws/secret.h"

enum state { BEGIN, CONNECTION, SECRET, GATEWAY, VPC };

struct gather {
	struct aws_task task;
	enum state state;
	char id[VPN_TEXT], vpc[VPN_TEXT];
	struct aws_ask ask;
	struct vpn_connection vpn;
	struct view view;
};

/* ---- the VPC's prefixes ---- */

struct attachment {
	char vpc[VPN_TEXT], state[32];
};

static const struct rows_column attachment_columns[] = {
    ROWS_COLUMN("vpcId", struct attachment, vpc),
    ROWS_COLUMN("state", struct attachment, state),
};
static const struct rows_form attachment_form = {
    .element = "DescribeVpnGatewaysResponse/vpnGatewaySet/item/attachments/item",
    .column = attachment_columns,
    .columns = 2,
};

struct block {
	char cidr[64], state[32];
};

static const struct rows_column block_columns[] = {
    ROWS_COLUMN("cidrBlock", struct block, cidr),
    ROWS_COLUMN("cidrBlockState/state", struct block, state),
};
static const struct rows_form block_form = {
    .element = "DescribeVpcsResponse/vpcSet/item/cidrBlockAssociationSet/item",
    .column = block_columns,
    .columns = 2,
};

static void not_known(struct gather *g, struct aws_task_action *out, const char *why)
{
	g->vpn.prefix_count = 0;
	(void)snprintf(g->vpn.prefix_note, VPN_ERROR, "%s", why);
	out->type = AWS_TASK_DONE;
}

/* A refusal of what would only have been a help. */
static bool refused(struct gather *g, const struct aws_answer *answer, const char *action,
    struct aws_task_action *out)
{
	char text[VPN_ERROR];
	struct ec2_error error;

	if (answer->status == 200)
		return false;
	if (ec2_error_read(answer->body, answer->bytes, &error))
		(void)snprintf(error.code, sizeof(error.code), "HTTP status %d", answer->status);
	(void)snprintf(text, sizeof(text), "AWS refused %s (%s)", action, error.code);
	not_known(g, out, text);
	return true;
}

static void ask_gateway(struct gather *g, struct aws_task_action *out)
{
	if (g->vpn.tgw_id[0]) {
		not_known(g, out, "what is behind its transit gateway AWS does not say");
	} else if (!aws_id_valid(g->vpn.vgw_id, "vgw-")) {
		not_known(g, out, "it has no virtual private gateway");
	} else {
		g->state = GATEWAY;
		aws_ask_ec2(&g->ask, "DescribeVpnGateways");
		aws_ask_add(&g->ask, "VpnGatewayId.1", g->vpn.vgw_id);
		aws_task_ask(out, &g->ask);
	}
}

static void on_gateway(
    struct gather *g, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct attachment row[8];
	char why[VPN_ERROR];
	size_t count;

	if (refused(g, answer, "DescribeVpnGateways", out))
		return;
	out->verdict = rows_read(
	    answer->body, answer->bytes, &attachment_form, row, sizeof(row[0]), 8, &count, why);
	for (size_t i = 0; out->verdict == VPN_OK && i < count && i < 8; i++) {
		if (strcmp(row[i].state, "attached") != 0 || !aws_id_valid(row[i].vpc, "vpc-"))
			continue;
		g->state = VPC;
		memcpy(g->vpc, row[i].vpc, sizeof(g->vpc));
		aws_ask_ec2(&g->ask, "DescribeVpcs");
		aws_ask_add(&g->ask, "VpcId.1", g->vpc);
		aws_task_ask(out, &g->ask);
		return;
	}
	not_known(g, out,
	    out->verdict == VPN_OK ? "its gateway is attached to no VPC"
				   : "the answer of DescribeVpnGateways could not be read");
}

static void on_vpc(struct gather *g, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct block row[VPN_PREFIXES];
	struct vpn_connection *vpn = &g->vpn;
	char why[VPN_ERROR];
	size_t count;

	if (refused(g, answer, "DescribeVpcs", out))
		return;
	out->verdict = rows_read(answer->body, answer->bytes, &block_form, row, sizeof(row[0]),
	    VPN_PREFIXES, &count, why);
	for (size_t i = 0; out->verdict == VPN_OK && i < count && i < VPN_PREFIXES; i++) {
		struct ip_prefix *prefix = &vpn->prefix[vpn->prefix_count];

		if (row[i].state[0] && strcmp(row[i].state, "associated") != 0)
			continue;
		if (ip_prefix_parse(row[i].cidr, prefix) == 0 &&
		    prefix->addr.family == IP_FAMILY_V4 && prefix->length >= 8) {
			*prefix = ip_prefix_mask(prefix);
			vpn->prefix_count++;
		}
	}
	if (vpn->prefix_count)
		out->type = AWS_TASK_DONE;
	else
		not_known(g, out,
		    out->verdict == VPN_OK ? "its VPC has no prefix"
					   : "the answer of DescribeVpcs could not be read");
}

/* ---- keys ---- */

static bool lacks_key(const struct vpn_connection *vpn)
{
	for (uint32_t i = 0; i < vpn->tunnel_count; i++)
		if (!vpn->tunnel[i].psk[0])
			return true;
	return false;
}

/* What the connection itself needs is there. */
static void complete(struct gather *g, struct aws_task_action *out)
{
	if (g->vpn.static_only)
		ask_gateway(g, out);
	else
		out->type = AWS_TASK_DONE;
}

static void on_secret(
    struct gather *g, const struct aws_answer *answer, struct aws_task_action *out)
{
	char why[VPN_ERROR];

	if (answer->status != 200)
		aws_task_refused(answer, "the key is kept in Secrets Manager", out);
	else if (secret_take_keys(answer->body, answer->bytes, &g->vpn, why))
		aws_task_fail(out, VPN_ILLEGAL_RESPONSE, "%s", why);
	else
		complete(g, out);
}

static void ask_secret(struct gather *g, struct aws_task_action *out)
{
	g->state = SECRET;
	if (aws_ask_secret(&g->ask, g->vpn.psk_arn))
		aws_task_fail(out, VPN_COMMAND_ILLEGAL,
		    "a pre-shared key is missing, and preSharedKeyArn is no secret of Secrets "
		    "Manager");
	else
		aws_task_ask(out, &g->ask);
}

/* ---- the connection ---- */

static void on_connection(
    struct gather *g, const struct aws_answer *answer, struct aws_task_action *out)
{
	char ignored[VPN_ERROR];

	if (answer->status != 200) {
		aws_task_refused(answer, "", out);
		return;
	}
	out->verdict = vpn_parse(answer->body, answer->bytes, g->id, &g->vpn, out->why);
	if (out->verdict == VPN_OK) /* what AWS sees is to be shown, nothing depends on it */
		(void)view_read(answer->body, answer->bytes, &g->view, ignored);
	if (out->verdict != VPN_OK)
		out->type = AWS_TASK_FAILED;
	else if (lacks_key(&g->vpn))
		ask_secret(g, out);
	else
		complete(g, out);
}

static void step(
    struct aws_task *task, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct gather *g = (struct gather *)task;

	memset(out, 0, sizeof(*out));
	switch (g->state) {
	case BEGIN:
		g->state = CONNECTION;
		aws_ask_ec2(&g->ask, "DescribeVpnConnections");
		aws_ask_add(&g->ask, "VpnConnectionId.1", g->id);
		aws_task_ask(out, &g->ask);
		break;
	case CONNECTION: on_connection(g, answer, out); break;
	case SECRET: on_secret(g, answer, out); break;
	case GATEWAY: on_gateway(g, answer, out); break;
	case VPC: on_vpc(g, answer, out); break;
	}
}

static void free_gather(struct aws_task *task)
{
	secret_wipe(task, sizeof(struct gather));
	free(task);
}

int gather_new(const char *vpn_id, struct gather **out, char why[VPN_ERROR])
{
	struct gather *g;

	if (!aws_id_valid(vpn_id, "vpn-")) {
		(void)snprintf(why, VPN_ERROR,
		    "the VPN connection id is not of the form vpn-0123456789abcdef0");
		return -EINVAL;
	}
	g = calloc(1, sizeof(*g));
	if (!g) {
		(void)snprintf(why, VPN_ERROR, "no memory");
		return -ENOMEM;
	}
	g->task = (struct aws_task){.step = step, .free = free_gather};
	(void)snprintf(g->id, sizeof(g->id), "%s", vpn_id);
	*out = g;
	return 0;
}

struct aws_task *gather_task(struct gather *gather)
{
	return &gather->task;
}

const struct vpn_connection *gather_connection(const struct gather *gather)
{
	return &gather->vpn;
}

const struct view *gather_view(const struct gather *gather)
{
	return &gather->view;
}
