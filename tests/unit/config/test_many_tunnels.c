/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Numbers of tunnels and gateways end where the program was told to at its start: in what is taken,
 * in what is said of what is not, in help, in `all`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/config.h"
#include "control/config/grammar.h"

static char error[CONFIG_ERROR_BYTES];

static bool is_taken(const char *line)
{
	static struct grammar_match match;
	int rc = grammar_parse(&match, line, strlen(line), error, sizeof(error));

	grammar_match_wipe(&match);
	return rc == 0;
}

static bool helps_with(const char *line, const char *text)
{
	static struct grammar_expects expects;

	assert_int_equal(
	    grammar_expect(line, strlen(line), true, 0, false, &expects, error, sizeof(error)), 0);
	for (unsigned i = 0; i < expects.count; i++)
		if (strstr(expects.item[i].text, text))
			return true;
	return false;
}

static const char *const lines[] = {"tunnel select %u", "tunnel enable %u", "tunnel disable 1-%u",
    "ip route 10.0.0.0/16 gateway tunnel %u", "ipsec ike version %u 1",
    "ipsec sa policy 1 %u esp aes-cbc sha-hmac", "cloud vpn bind 1 %u", "show status tunnel %u",
    "show ipsec sa gateway %u", "show log tunnel %u", "packetdump start tunnel %u"};

static void numbers_end_at(unsigned last)
{
	char line[100], range[24];

	snprintf(range, sizeof(range), "1..%u", last);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		snprintf(line, sizeof(line), lines[i], last);
		if (!is_taken(line))
			fail_msg("%s: %s", line, error);
		snprintf(line, sizeof(line), lines[i], last + 1);
		if (is_taken(line) || !strstr(error, range))
			fail_msg("%s: %s", line, error);
	}
	assert_true(helps_with("tunnel select ", range));
	assert_true(helps_with("ipsec ike pfs ", range));
}

static void test_unless_said_they_end_at_100(void **state)
{
	numbers_end_at(100);
	config_tunnels_set(20);
	numbers_end_at(100);
}

static void test_they_end_where_the_program_was_told_to(void **state)
{
	config_tunnels_set(3000);
	numbers_end_at(3000);
	config_tunnels_set(UINT32_MAX);
	numbers_end_at(CONFIG_TUNNELS_MAX);
}

static int accept_any(void *ctx, const struct config_model *model, char *why, size_t why_bytes)
{
	return 0;
}

static void test_a_configuration_with_the_last_of_them(void **state)
{
	static const char text[] =
	    "tunnel select 5000\n ipsec tunnel 9000\n  ipsec sa policy 9000 4999 esp aes-cbc "
	    "sha-hmac\n  ipsec ike pre-shared-key 4999 text sesame\n ip tunnel address "
	    "169.254.1.2/30\n tunnel enable 5000\nip route 10.0.0.0/16 gateway tunnel 5000\n";
	const struct config_env env = {.apply = accept_any};
	struct config *config;
	const struct config_model *model;
	char *running;

	config_tunnels_set(5000);
	config = config_new(&env);
	if (config_replace(config, text, strlen(text), error, sizeof(error)))
		fail_msg("%s", error);
	model = config_model(config);
	assert_true(model->tunnel[5000].enabled);
	assert_ptr_equal(config_tunnel_gateway(model, 5000), &model->gateway[4999]);
	running = config_running_text(config);
	assert_non_null(strstr(running, "tunnel select 5000\n"));
	assert_non_null(strstr(running, "  ipsec ike pre-shared-key 4999 text sesame\n"));
	free(running);
	config_free(config);
	config_tunnels_set(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_unless_said_they_end_at_100),
	    cmocka_unit_test(test_they_end_where_the_program_was_told_to),
	    cmocka_unit_test(test_a_configuration_with_the_last_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
