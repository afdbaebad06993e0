/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A VPN connection made from here, as an engine. It looks first:
 *
 *   is there one of ours -> the target -> customer gateways -> virtual private gateways ->
 *   route tables -> a dry run of everything that is to be made
 *
 * and either ends with the plan, or makes what is missing: customer gateway, virtual private
 * gateway, attachment, route propagation, connection, static routes; each with the tag `cgw`. It is
 * done when the connection is available. What was made when something fails stays, and carries the
 * tag. */
#pragma once

#include <stdbool.h>

#include "control/aws/task.h"

#define CREATE_TAG      "cgw"
#define CREATE_PREFIXES 16
#define CREATE_TABLES   32
#define CREATE_PLAN     4096

struct create_wish {
	char target[VPN_TEXT];  /* "vpc-..." or "tgw-..." */
	struct ip_addr address; /* ours, as AWS sees it */
	uint32_t as_number;     /* ours */
	uint32_t prefix_count;  /* 0: BGP; else static routes to these */
	struct ip_prefix prefix[CREATE_PREFIXES];
	char tag[VPN_TEXT];  /* value of the tag: which router, which setting */
	char name[VPN_TEXT]; /* of everything that is made; "" = the tag's value */
};

struct create;

/* `plan` true: ends with the plan. 0; -EINVAL with a sentence about the wish, -ENOMEM. */
int create_new(const struct create_wish *wish, bool plan, struct create **out, char why[VPN_ERROR]);
struct aws_task *create_task(struct create *create);

/* After DONE: lines for a person; and whether all that is to be made may be made. */
const char *create_plan(const struct create *create);
bool create_may(const struct create *create);
/* After DONE of one that was not to plan only: its id. */
const char *create_vpn_id(const struct create *create);
