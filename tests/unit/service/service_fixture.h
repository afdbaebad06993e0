/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A model from lines, and a machine with two ports. A test program includes this once. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config/config.h"
#include "control/config/text.h"
#include "control/service/facts.h"

static struct config *fixture_config;
static struct service_facts facts;
static char fixture_error[CONFIG_ERROR_BYTES];

/* lan1 192.168.100.1/24 inside, lan2 203.0.113.2/24 with the default route. */
static inline void fixture_machine(void)
{
	memset(&facts, 0, sizeof(facts));
	facts.lan[1].present = facts.lan[2].present = facts.lan[2].wan = true;
	(void)ip_prefix_parse("192.168.100.1/24", &facts.lan[1].address);
	(void)ip_prefix_parse("203.0.113.2/24", &facts.lan[2].address);
}

/* The model of the lines; it is good until the next call. NULL when they are refused. */
static inline const struct config_model *fixture_model(const char *lines)
{
	const struct config_env env = {0};

	config_free(fixture_config);
	fixture_config = config_new(&env);
	fixture_error[0] = '\0';
	if (config_replace(
		fixture_config, lines, strlen(lines), fixture_error, sizeof(fixture_error)))
		return NULL;
	return config_model(fixture_config);
}

static inline const struct config_model *model_of(const char *lines)
{
	const struct config_model *model = fixture_model(lines);

	if (!model)
		fail_msg("%s", fixture_error);
	return model;
}

static inline int fixture_end(void **state)
{
	config_free(fixture_config);
	fixture_config = NULL;
	return 0;
}
