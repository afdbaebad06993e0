/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The things are sorted by what hangs on what, and each goes through its few steps. What is gone
 * already is no error; what AWS still holds on to is asked again for a while. */
#include "control/aws/destroy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/create.h"
#include "control/aws/ec2.h"
#include "control/aws/rows.h"

#define AGAIN_MSEC  5000
#define AGAIN_TIMES 120

enum state {
	BEGIN,
	TAG,  /* of the connection */
	TAGS, /* everything that has it */
	DELETE_VPN,
	GONE_VPN,
	FIND_FROM, /* which gateway a route table learns from */
	STOP_FROM,
	UNTAG,
	FIND_VPC, /* which VPC a gateway is attached to */
	DETACH,
	GONE_ATTACHMENT,
	DELETE_VGW,
	DELETE_CGW,
};

struct thing {
	char id[VPN_TEXT], type[32];
};

struct destroy {
	struct aws_task task;
	bool plan_only, waited;
	enum state state;
	unsigned tries;
	char vpn[VPN_TEXT], tag[VPN_TEXT];
	struct aws_ask ask;
	size_t count, next;
	struct thing thing[DESTROY_THINGS];
	char other[VPN_TEXT]; /* the gateway, or the VPC, of the thing at hand */
	char text[DESTROY_PLAN];
	char *shown; /* what a person has agreed to, or NULL */
};

/* In the order in which they go. Things of other types are none of ours. */
static const struct {
	const char *type, *what;
	enum state first;
} kinds[] = {
    {"vpn-connection", "VPN connection", DELETE_VPN},
    {"route-table", "route propagation in", FIND_FROM},
    {"vpn-gateway", "virtual private gateway", FIND_VPC},
    {"customer-gateway", "customer gateway", DELETE_CGW},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static size_t kind_of(const struct thing *thing)
{
	size_t k = 0;

	while (k < KINDS && strcmp(kinds[k].type, thing->type) != 0)
		k++;
	return k;
}

/* ---- questions ---- */

static void ask_for(struct destroy *d, const char *action, const char *name, const char *value)
{
	aws_ask_ec2(&d->ask, action);
	aws_ask_add(&d->ask, name, value);
}

static void ask(struct destroy *d, struct aws_task_action *out)
{
	const char *id = d->thing[d->next].id;

	switch (d->state) {
	case BEGIN:
	case TAG: ask_for(d, "DescribeVpnConnections", "VpnConnectionId.1", d->vpn); break;
	case TAGS:
		ask_for(d, "DescribeTags", "Filter.1.Name", "tag:" CREATE_TAG);
		aws_ask_add(&d->ask, "Filter.1.Value.1", d->tag);
		break;
	case DELETE_VPN: ask_for(d, "DeleteVpnConnection", "VpnConnectionId", id); break;
	case GONE_VPN: ask_for(d, "DescribeVpnConnections", "VpnConnectionId.1", id); break;
	case FIND_FROM: ask_for(d, "DescribeRouteTables", "RouteTableId.1", id); break;
	case STOP_FROM:
		ask_for(d, "DisableVgwRoutePropagation", "RouteTableId", id);
		aws_ask_add(&d->ask, "GatewayId", d->other);
		break;
	case UNTAG:
		ask_for(d, "DeleteTags", "ResourceId.1", id);
		aws_ask_add(&d->ask, "Tag.1.Key", CREATE_TAG);
		aws_ask_add(&d->ask, "Tag.1.Value", d->tag);
		break;
	case FIND_VPC:
	case GONE_ATTACHMENT: ask_for(d, "DescribeVpnGateways", "VpnGatewayId.1", id); break;
	case DETACH:
		ask_for(d, "DetachVpnGateway", "VpnGatewayId", id);
		aws_ask_add(&d->ask, "VpcId", d->other);
		break;
	case DELETE_VGW: ask_for(d, "DeleteVpnGateway", "VpnGatewayId", id); break;
	case DELETE_CGW: ask_for(d, "DeleteCustomerGateway", "CustomerGatewayId", id); break;
	}
	aws_task_ask(out, &d->ask);
}

static void go(struct destroy *d, enum state state, struct aws_task_action *out)
{
	d->state = state;
	d->tries = 0;
	ask(d, out);
}

static void again(struct destroy *d, struct aws_task_action *out)
{
	if (d->tries++ == AGAIN_TIMES) {
		aws_task_fail(out, VPN_OK, "%s does not go away", d->thing[d->next].id);
		return;
	}
	d->waited = true;
	out->type = AWS_TASK_WAIT;
	out->wait_msec = AGAIN_MSEC;
}

/* Begins with the thing at d->next, or is done. */
static void begin_thing(struct destroy *d, struct aws_task_action *out)
{
	if (d->next == d->count)
		out->type = AWS_TASK_DONE;
	else
		go(d, kinds[kind_of(&d->thing[d->next])].first, out);
}

static void thing_gone(struct destroy *d, struct aws_task_action *out)
{
	(void)snprintf(
	    out->progress, sizeof(out->progress), "%s is done with", d->thing[d->next].id);
	d->next++;
	begin_thing(d, out);
}

/* ---- answers ---- */

struct pair {
	char first[VPN_TEXT], second[VPN_TEXT];
};

/* Elements with two texts; `*count` is how many, at most `max`. False: the answer cannot be read,
 * which says of nothing that it is gone, and the task has failed. */
static bool read_pairs(const struct aws_answer *answer, const char *element, const char *first,
    const char *second, struct pair *row, size_t max, size_t *count, struct aws_task_action *out)
{
	const struct rows_column columns[] = {
	    {first, offsetof(struct pair, first), VPN_TEXT},
	    {second, offsetof(struct pair, second), VPN_TEXT},
	};
	const struct rows_form form = {element, columns, 2, NULL, 0};
	char why[VPN_ERROR];
	enum vpn_result rc =
	    rows_read(answer->body, answer->bytes, &form, row, sizeof(*row), max, count, why);

	if (rc != VPN_OK) {
		aws_task_fail(out, rc, "%s", why);
		return false;
	}
	*count = *count < max ? *count : max;
	return true;
}

static void on_tag(struct destroy *d, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct pair tag[64];
	size_t count;

	if (!read_pairs(answer, "DescribeVpnConnectionsResponse/vpnConnectionSet/item/tagSet/item",
		"key", "value", tag, 64, &count, out))
		return;
	d->tag[0] = '\0';
	for (size_t i = 0; i < count; i++)
		if (strcmp(tag[i].first, CREATE_TAG) == 0)
			memcpy(d->tag, tag[i].second, sizeof(d->tag));
	if (d->tag[0])
		go(d, TAGS, out);
	else
		aws_task_fail(out, VPN_OK,
		    "%s does not carry the tag " CREATE_TAG ": it was not made from here, and is "
		    "left alone",
		    d->vpn);
}

/* Whether `a` goes before `b`; of one kind by their ids, as AWS lists them in any order. */
static bool is_before(const struct thing *a, const struct thing *b)
{
	size_t x = kind_of(a), y = kind_of(b);

	return x != y ? x < y : strcmp(a->id, b->id) < 0;
}

static void sort(struct destroy *d)
{
	for (size_t i = 1; i < d->count; i++)
		for (size_t k = i; k && is_before(&d->thing[k], &d->thing[k - 1]); k--) {
			struct thing thing = d->thing[k];

			d->thing[k] = d->thing[k - 1];
			d->thing[k - 1] = thing;
		}
}

static void on_tags(struct destroy *d, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct pair row[DESTROY_THINGS];
	size_t used = 0, count;

	if (!read_pairs(answer, "DescribeTagsResponse/tagSet/item", "resourceId", "resourceType",
		row, DESTROY_THINGS, &count, out))
		return;
	for (size_t i = 0; i < count; i++) {
		struct thing *thing = &d->thing[d->count];

		memcpy(thing->id, row[i].first, sizeof(thing->id));
		(void)snprintf(thing->type, sizeof(thing->type), "%.31s", row[i].second);
		d->count += kind_of(thing) < KINDS;
	}
	sort(d);
	for (size_t i = 0; i < d->count && used < sizeof(d->text); i++)
		used += (size_t)snprintf(d->text + used, sizeof(d->text) - used, "- %s %s\n",
		    kinds[kind_of(&d->thing[i])].what, d->thing[i].id);
	if (d->plan_only)
		out->type = AWS_TASK_DONE;
	else if (d->shown && strcmp(d->shown, d->text) != 0)
		aws_task_fail(out, VPN_OK,
		    "what would be taken away is not what was shown any more: nothing was taken "
		    "away");
	else
		begin_thing(d, out);
}

static void on_gone_vpn(
    struct destroy *d, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct pair row[1];
	size_t count;

	if (!read_pairs(answer, "DescribeVpnConnectionsResponse/vpnConnectionSet/item",
		"vpnConnectionId", "state", row, 1, &count, out))
		return;
	if (count && strcmp(row[0].second, "deleted") != 0)
		again(d, out);
	else
		thing_gone(d, out);
}

/* The gateway that the table learns from; of several none is known to be ours. */
static void on_from(struct destroy *d, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct pair row[8];
	size_t count;

	if (!read_pairs(answer,
		"DescribeRouteTablesResponse/routeTableSet/item/propagatingVgwSet/item",
		"gatewayId", "none", row, 8, &count, out))
		return;
	if (count == 1) {
		memcpy(d->other, row[0].first, sizeof(d->other));
		go(d, STOP_FROM, out);
	} else {
		go(d, UNTAG, out);
	}
}

static void on_attachment(
    struct destroy *d, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct pair row[8];
	const struct pair *attached = NULL;
	size_t count;

	if (!read_pairs(answer, "DescribeVpnGatewaysResponse/vpnGatewaySet/item/attachments/item",
		"vpcId", "state", row, 8, &count, out))
		return;
	for (size_t i = 0; i < count; i++)
		if (strcmp(row[i].second, "detached") != 0)
			attached = &row[i];
	if (!attached) {
		go(d, DELETE_VGW, out);
	} else if (d->state == GONE_ATTACHMENT) {
		again(d, out);
	} else {
		memcpy(d->other, attached->first, sizeof(d->other));
		go(d, DETACH, out);
	}
}

static void on_answer(
    struct destroy *d, const struct aws_answer *answer, struct aws_task_action *out)
{
	switch (d->state) {
	case BEGIN: break;
	case TAG: on_tag(d, answer, out); break;
	case TAGS: on_tags(d, answer, out); break;
	case DELETE_VPN: go(d, GONE_VPN, out); break;
	case GONE_VPN: on_gone_vpn(d, answer, out); break;
	case FIND_FROM: on_from(d, answer, out); break;
	case STOP_FROM: go(d, UNTAG, out); break;
	case FIND_VPC:
	case GONE_ATTACHMENT: on_attachment(d, answer, out); break;
	case DETACH: go(d, GONE_ATTACHMENT, out); break;
	case UNTAG:
	case DELETE_VGW:
	case DELETE_CGW: thing_gone(d, out); break;
	}
}

/* A refusal while something is taken away: gone already, or still held on to. */
static void on_refusal(
    struct destroy *d, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct ec2_error error = {0};

	(void)ec2_error_read(answer->body, answer->bytes, &error);
	if (d->state > TAGS && strstr(error.code, "NotFound"))
		thing_gone(d, out);
	else if (d->state > TAGS &&
		 (strcmp(error.code, "IncorrectState") == 0 || ec2_error_is_passing(&error)))
		again(d, out);
	else
		aws_task_refused(answer, "", out);
}

static void step(
    struct aws_task *task, const struct aws_answer *answer, struct aws_task_action *out)
{
	struct destroy *d = (struct destroy *)task;

	memset(out, 0, sizeof(*out));
	if (d->waited) {
		d->waited = false;
		ask(d, out);
	} else if (d->state == BEGIN) {
		go(d, d->vpn[0] ? TAG : TAGS, out);
	} else if (answer->status == 200) {
		on_answer(d, answer, out);
	} else {
		on_refusal(d, answer, out);
	}
}

/* ---- life ---- */

static void free_destroy(struct aws_task *task)
{
	free(((struct destroy *)task)->shown);
	free(task);
}

int destroy_new(
    const char *vpn_id, const char *tag, bool plan, struct destroy **out, char why[VPN_ERROR])
{
	struct destroy *d;

	if (vpn_id[0] && !aws_id_valid(vpn_id, "vpn-")) {
		(void)snprintf(why, VPN_ERROR, "that is no id of a VPN connection");
		return -EINVAL;
	}
	d = calloc(1, sizeof(*d));
	if (!d) {
		(void)snprintf(why, VPN_ERROR, "no memory");
		return -ENOMEM;
	}
	d->task = (struct aws_task){.step = step, .free = free_destroy};
	d->plan_only = plan;
	(void)snprintf(d->vpn, sizeof(d->vpn), "%s", vpn_id);
	(void)snprintf(d->tag, sizeof(d->tag), "%s", tag);
	*out = d;
	return 0;
}

int destroy_expect(struct destroy *destroy, const char *shown)
{
	destroy->shown = shown ? strdup(shown) : NULL;
	return shown && !destroy->shown ? -ENOMEM : 0;
}

struct aws_task *destroy_task(struct destroy *destroy)
{
	return &destroy->task;
}

const char *destroy_vpn_id(const struct destroy *destroy)
{
	return destroy->vpn;
}

const char *destroy_plan(const struct destroy *destroy)
{
	return destroy->text;
}

size_t destroy_count(const struct destroy *destroy)
{
	return destroy->count;
}
