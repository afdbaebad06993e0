/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From configuration lines to an IKE engine's configuration: complete, incomplete, changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/config.h"
#include "control/tunnel.h"

#define CHAIN                                                                                      \
	"tunnel select 1\n"                                                                        \
	"ipsec tunnel 201\n"                                                                       \
	"ipsec sa policy 201 1 esp aes-cbc sha-hmac\n"                                             \
	"ipsec ike duration ipsec-sa 1 3600\n"                                                     \
	"ipsec ike encryption 1 aes-cbc\n"                                                         \
	"ipsec ike group 1 modp1024\n"                                                             \
	"ipsec ike hash 1 sha\n"                                                                   \
	"ipsec ike keepalive use 1 on dpd 10 3\n"                                                  \
	"ipsec ike local address 1 172.31.0.2\n"                                                   \
	"ipsec ike pfs 1 on\n"                                                                     \
	"ipsec ike nat-traversal 1 on type=2\n"                                                    \
	"tunnel enable 1\n"
#define KEY    "ipsec ike pre-shared-key 1 text made.up_key\n"
#define REMOTE "ipsec ike remote address 1 198.51.100.2\n"

static struct ike_config made;
static char reason[120];

static bool make(const char *text)
{
	const struct config_env env = {0};
	struct config *config = config_new(&env);
	char why[CONFIG_ERROR_BYTES];
	bool complete;

	assert_non_null(config);
	if (config_replace(config, text, strlen(text), why, sizeof(why)))
		fail_msg("%s", why);
	complete = tunnel_config_make(config_model(config), 1, &made, reason, sizeof(reason));
	config_free(config);
	return complete;
}

static void test_complete_chain(void **state)
{
	(void)state;
	assert_true(make(CHAIN KEY REMOTE "ipsec auto refresh on\n"));
	assert_int_equal(made.gateway, 1);
	assert_int_equal(made.version, 1);
	assert_true(made.initiate);
	assert_int_equal(ip_addr_v4_host(&made.local), 0xac1f0002);
	assert_int_equal(ip_addr_v4_host(&made.remote), 0xc6336402);
	assert_int_equal(made.psk_bytes, strlen("made.up_key"));
	assert_int_equal(made.encr, IKE_ENCR_AES128_CBC);
	assert_int_equal(made.hash, IKE_HASH_SHA1);
	assert_int_equal(made.group, IKE_MODP1024);
	assert_int_equal(made.pfs_group, IKE_GROUP_NONE);
	assert_int_equal(made.ike_lifetime_sec, 28800);
	assert_int_equal(made.sa_lifetime_sec, 3600);
	assert_true(made.pfs);
	assert_true(made.dpd);
	assert_int_equal(made.dpd_interval_sec, 10);
	assert_int_equal(made.dpd_count, 3);
	assert_true(made.nat_traversal);
	assert_int_equal(made.ts_local.length, 0);
	assert_int_equal(made.ts_local.addr.family, IP_FAMILY_V4);
}

static void test_without_auto_refresh_it_only_answers(void **state)
{
	(void)state;
	assert_true(make(CHAIN KEY REMOTE));
	assert_false(made.initiate);
}

static void test_incomplete_chain_says_what_is_missing(void **state)
{
	(void)state;
	assert_false(make("tunnel select 1\ntunnel enable 1\n"));
	assert_non_null(strstr(reason, "policy"));
	assert_false(make(CHAIN REMOTE));
	assert_non_null(strstr(reason, "pre-shared key"));
	assert_false(make(CHAIN KEY));
	assert_non_null(strstr(reason, "remote address"));
	assert_false(make(CHAIN KEY "ipsec ike remote address 1 any\n"));
	assert_non_null(strstr(reason, "numeric"));
}

static void test_only_what_ike_uses_makes_a_difference(void **state)
{
	struct ike_config before;

	(void)state;
	assert_true(make(CHAIN KEY REMOTE));
	before = made;
	assert_true(make(CHAIN KEY REMOTE "tunnel select 1\n"
					  "description tunnel other\n"
					  "ip tunnel tcp mss limit 1300\n"
					  "ipsec tunnel outer df-bit clear\n"));
	assert_true(tunnel_config_equal(&before, &made));
	assert_true(make(CHAIN "ipsec ike pre-shared-key 1 text another\n" REMOTE));
	assert_false(tunnel_config_equal(&before, &made));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_complete_chain),
	    cmocka_unit_test(test_without_auto_refresh_it_only_answers),
	    cmocka_unit_test(test_incomplete_chain_says_what_is_missing),
	    cmocka_unit_test(test_only_what_ike_uses_makes_a_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
