/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What check.c and check_services.c share; nobody else includes this. */
#pragma once

#include "control/config/model.h"

struct checking {
	void (*visit)(void *ctx, const char *sentence);
	void *ctx;
	unsigned count;
};

/* Says a sentence, in the language in use. */
void check_found(struct checking *checking, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* check_services.c: address translation, DHCP, schedules, bound tunnels. */
void check_services(struct checking *checking, const struct config_model *model);
