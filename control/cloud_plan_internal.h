/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of the plan share. */
#pragma once

#include "control/cloud_plan.h"

/* What a person should know of the choice; one too many is left out. */
__attribute__((format(printf, 2, 3))) void cloud_plan_note(
    struct cloud_plan *plan, const char *format, ...);

/* cloud_plan_wan.c: how the port `wan` lets IKE and ESP in to plan->site.local. */
void cloud_plan_let_in(const struct config_model *model, uint32_t wan, struct cloud_plan *plan);
