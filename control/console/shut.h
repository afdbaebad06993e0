/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What our own filters take away from ourselves, in words. Pure. */
#pragma once

#include "control/agent.h"
#include "control/config/text.h"

#define SHUT_LINE 200

/* Says entry `i` of `shut`. */
void shut_say(const struct agent_shut *shut, size_t i, char line[SHUT_LINE]);

/* The two lines that let it pass; together with those of the entries before it. */
void shut_advise(
    const struct config_model *model, const struct agent_shut *shut, size_t i, struct text *out);
