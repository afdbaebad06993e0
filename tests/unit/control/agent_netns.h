/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An agent that knows the kernel's links, addresses and routes and an empty configuration, in a
 * network namespace of the test's own. Where namespaces cannot be had there is none, and the tests
 * skip. */
#pragma once

#include <stdlib.h>

#include "control/agent_internal.h"
#include "tests/unit/sys/netns.h"

static uv_loop_t loop;
static struct agent *agent;
static struct config_model *model; /* the agent's */

static void on_changed(void *ctx)
{
}

static inline int agent_netns_setup(void **state)
{
	if (!netns_enter())
		return 0;
	agent = calloc(1, sizeof(*agent));
	model = config_model_new();
	if (!agent || !model)
		return -1;
	agent->model = model;
	return uv_loop_init(&loop) || netlink_open(&loop, on_changed, NULL, &agent->netlink);
}

static inline int agent_netns_teardown(void **state)
{
	if (!netns_enter())
		return 0;
	netlink_close(agent->netlink);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	routes_free(&agent->routes);
	free(agent->underlay);
	config_model_free(model);
	free(agent);
	return uv_loop_close(&loop);
}
