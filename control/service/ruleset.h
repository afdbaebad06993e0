/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of nftables that is ours, whole: made of what the parts of the configuration want of
 * the kernel's slow path. */
#pragma once

#include "control/config/text.h"
#include "control/service/facts.h"

#define RULESET_TABLE_NAME "cgw"
#define RULESET_TABLE      "ip " RULESET_TABLE_NAME

/* Appends commands that replace our table by the one that is wanted, or take it away when none is:
 * one transaction. With `helpers` connections of FTP are followed, which not every kernel can. */
void ruleset_print(const struct config_model *model, const struct service_facts *facts,
    bool helpers, struct text *out);

/* Commands that take it away. */
void ruleset_print_none(struct text *out);
