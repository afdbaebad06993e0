/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which BGP sessions there are after `bgp configure refresh`. None of them finds an address here,
 * so that none runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/agent_bgp.h"
#include "control/config/config.h"

static uv_loop_t loop;
static struct agent *agent;
static struct config *config;
static char error[CONFIG_ERROR_BYTES];

static int setup(void **state)
{
	const struct config_env nothing = {0};

	agent = calloc(1, sizeof(*agent));
	config = config_new(&nothing);
	if (!agent || !config || uv_loop_init(&loop))
		return -1;
	agent->loop = &loop;
	agent->stopping = true; /* no sync follows */
	return agent_bgp_new(agent);
}

static int teardown(void **state)
{
	agent_bgp_stop(agent);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	agent_bgp_free(agent);
	config_free(config);
	free(agent);
	return uv_loop_close(&loop);
}

/* Neighbors `first` to `first` + `count` - 1, each with an address of its own. */
static void configure(const char *head, unsigned first, unsigned count)
{
	struct text lines = {0};

	text_puts(&lines, head);
	for (unsigned i = first; i < first + count; i++)
		text_printf(&lines, "bgp neighbor %u 64512 169.254.%u.1\n", i, i);
	if (config_replace(config, lines.data, lines.bytes, error, sizeof(error)))
		fail_msg("%s", error);
	text_free(&lines);
	agent->model = config_model(config);
	assert_int_equal(agent_bgp_refresh(agent, error, sizeof(error)), 0);
}

#define ON "bgp use on\nbgp autonomous-system 65000\n"

static bool has(unsigned id)
{
	for (size_t i = 0; i < agent->bgp->session_count; i++)
		if (agent->bgp->session[i]->neighbor.id == id)
			return true;
	return false;
}

static void test_sessions_are_those_of_the_configuration(void **state)
{
	configure(ON, 1, 3);
	assert_int_equal(agent->bgp->session_count, 3);
	configure(ON, 2, 1);
	assert_int_equal(agent->bgp->session_count, 1);
	assert_true(has(2));
	configure("bgp autonomous-system 65000\n", 2, 1);
	assert_false(agent_bgp_in_use(agent));
	configure("bgp use on\n", 2, 1);
	assert_false(agent_bgp_in_use(agent));
}

static void test_as_many_as_there_can_be_are_replaced_by_as_many_others(void **state)
{
	configure(ON, 1, CONFIG_NEIGHBORS);
	assert_int_equal(agent->bgp->session_count, CONFIG_NEIGHBORS);
	configure(ON, 1 + CONFIG_NEIGHBORS, CONFIG_NEIGHBORS);
	assert_int_equal(agent->bgp->session_count, CONFIG_NEIGHBORS);
	for (unsigned i = 1; i <= CONFIG_NEIGHBORS; i++) {
		assert_false(has(i));
		assert_true(has(i + CONFIG_NEIGHBORS));
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_sessions_are_those_of_the_configuration),
	    T(test_as_many_as_there_can_be_are_replaced_by_as_many_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
