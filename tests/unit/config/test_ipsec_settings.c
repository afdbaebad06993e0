/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the lines of a gateway mean where that is not as on the router. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/config.h"

static struct config *config;
static char error[CONFIG_ERROR_BYTES];

static int setup(void **state)
{
	const struct config_env nothing = {0};

	config = config_new(&nothing);
	return config ? 0 : -1;
}

static int teardown(void **state)
{
	config_free(config);
	return 0;
}

/* The configuration is these lines. */
static int enter(const char *lines)
{
	return config_replace(config, lines, strlen(lines), error, sizeof(error));
}

static void test_keepalive_without_a_method_is_dpd(void **state)
{
	const struct config_gateway *g;

	assert_int_equal(enter("ipsec ike keepalive use 1 on"), 0);
	g = &config_model(config)->gateway[1];
	assert_true(g->dpd && g->dpd_interval == 10 && g->dpd_count == 6);
	assert_int_equal(enter("ipsec ike keepalive use 1 on 20 3"), 0);
	g = &config_model(config)->gateway[1];
	assert_true(g->dpd && g->dpd_interval == 20 && g->dpd_count == 3);
	assert_int_equal(enter("ipsec ike keepalive use 1 auto"), 0);
	assert_false(config_model(config)->gateway[1].dpd);
}

static void test_a_part_of_its_life_after_which_an_sa_is_renewed(void **state)
{
	const struct config_gateway *g;

	assert_int_equal(enter("ipsec ike duration ipsec-sa 1 3600 off rekey 80%\n"
			       "ipsec ike duration ike-sa 1 28800 rekey 90%\n"),
	    0);
	g = &config_model(config)->gateway[1];
	assert_int_equal(g->sa_rekey, 80);
	assert_int_equal(g->ike_rekey, 90);
	assert_int_equal(g->sa_seconds, 3600);
	assert_int_equal(enter("ipsec ike duration ipsec-sa 1 3600"), 0);
	assert_int_equal(config_model(config)->gateway[1].sa_rekey, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_keepalive_without_a_method_is_dpd),
	    T(test_a_part_of_its_life_after_which_an_sa_is_renewed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
