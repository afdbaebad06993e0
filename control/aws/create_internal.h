/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What create.c and create_look.c share. */
#pragma once

#include "control/aws/create.h"

enum create_state {
	CREATE_BEGIN,
	CREATE_LOOK_OLD,
	CREATE_LOOK_TARGET,
	CREATE_LOOK_CGW,
	CREATE_LOOK_VGW,
	CREATE_LOOK_TABLES,
	CREATE_DRY,
	CREATE_MAKE_CGW,
	CREATE_MAKE_VGW,
	CREATE_ATTACH,
	CREATE_ATTACHED, /* waits for it */
	CREATE_PROPAGATE,
	CREATE_TAG_TABLE,
	CREATE_MAKE_VPN,
	CREATE_ROUTE,
	CREATE_AVAILABLE, /* waits for it */
};

struct create {
	struct aws_task task;
	struct create_wish wish;
	bool plan_only, tgw;
	enum create_state state;
	bool waited;    /* for the question to be asked again */
	unsigned tries; /* of the question that is open */
	unsigned next;  /* table, prefix or dry run */
	struct aws_ask ask;
	char cgw[VPN_TEXT], vgw[VPN_TEXT], vpn[VPN_TEXT]; /* "" = to be made */
	uint32_t table_count;                             /* in which routes are to be propagated */
	char table[CREATE_TABLES][VPN_TEXT];
	char text[CREATE_PLAN]; /* the plan */
	bool refused;           /* something of it may not be done */
};

/* Takes an answer while looking; asks the next question, or `*looked` is set. */
void create_look(
    struct create *c, const struct aws_answer *answer, struct aws_task_action *out, bool *looked);

/* Adds a line to the plan. */
void create_say(struct create *c, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Begin the questions that make something; used by the dry run as well. */
void create_ask_cgw(struct create *c);
void create_ask_vgw(struct create *c);
void create_ask_attach(struct create *c);
void create_ask_propagate(struct create *c);
void create_ask_vpn(struct create *c);
