/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What AWS answers is secret: no block of the heap is given back with a part of it, whichever
 * library it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/wiping.h"
#include "control/aws/creds_answer.h"
#include "control/aws/secret.h"
#include "control/aws/xml.h"
#include "tests/unit/aws/vpn_fixture.h"
#include "tests/unit/freed.h"

#define SECRET "Abc." FREED_NEEDLE ".xyz0123"

static const char json[] = "{\"Code\":\"Success\",\"AccessKeyId\":\"ASIAEXAMPLE\","
			   "\"SecretAccessKey\":\"" SECRET "\",\"Token\":\"token/" SECRET "\","
			   "\"Expiration\":\"2026-11-21T09:30:00Z\"}";

/* The look finds what is given back as it is, so that a test below can fail. */
static void test_a_library_left_to_itself_gives_secrets_back(void **state)
{
	json_t *root;

	(void)state;
	json_set_alloc_funcs(malloc, free);
	freed_begin();
	root = json_loadb(json, sizeof(json) - 1, 0, NULL);
	assert_non_null(root);
	json_decref(root);
	assert_true(freed_end() > 0);
}

static void test_credentials_in_json_are_wiped(void **state)
{
	static struct creds creds;
	char why[CREDS_TEXT];
	int64_t expires;

	(void)state;
	freed_begin();
	assert_int_equal(creds_answer_json(json, sizeof(json) - 1, &creds, &expires, why), 0);
	assert_int_equal(freed_end(), 0);
	assert_string_equal(creds.secret_key, SECRET);
	/* Cut anywhere, it is refused, and what was read of it is wiped as well. */
	freed_begin();
	for (size_t bytes = 0; bytes < sizeof(json) - 1; bytes++)
		assert_int_not_equal(creds_answer_json(json, bytes, &creds, &expires, why), 0);
	assert_int_equal(freed_end(), 0);
}

static void test_credentials_of_sts_are_wiped(void **state)
{
	static const char xml[] =
	    "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
	    "<AssumeRoleResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>"
	    "<SecretAccessKey>" SECRET "</SecretAccessKey><SessionToken>" SECRET "</SessionToken>"
	    "<Expiration>2026-11-21T09:30:00Z</Expiration></Credentials></AssumeRoleResult>"
	    "</AssumeRoleResponse>";
	static struct creds creds;
	char why[CREDS_TEXT];
	int64_t expires;

	(void)state;
	freed_begin();
	assert_int_equal(creds_answer_sts(xml, sizeof(xml) - 1, &creds, &expires, why), 0);
	assert_int_equal(freed_end(), 0);
	assert_string_equal(creds.secret_key, SECRET);
	freed_begin();
	for (size_t bytes = 0; bytes < sizeof(xml) - 1; bytes++)
		assert_int_not_equal(creds_answer_sts(xml, bytes, &creds, &expires, why), 0);
	assert_int_equal(freed_end(), 0);
}

static void test_pre_shared_keys_of_the_secrets_manager_are_wiped(void **state)
{
	static const char *const answers[] = {
	    "{\"Name\":\"x\",\"SecretString\":\"" SECRET "\"}",
	    "{\"SecretString\":\"{\\\"203.0.113.21\\\":\\\"" SECRET "\\\"}\"}",
	    "{\"SecretString\":\"[{\\\"tunnel1\\\":\\\"" SECRET
	    "\\\"},{\\\"tunnel1\\\":\\\"other" SECRET "\\\"}]\"}",
	    "{\"SecretString\":\"{\\\"203.0.113.21\\\":\\\"" SECRET "\\\"\"}",
	};
	static struct vpn_connection vpn;
	char why[VPN_ERROR];

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		vpn = (struct vpn_connection){.tunnel_count = 1};
		vpn.tunnel[0].vgw_outside = ip_addr_v4(0xcb007115);
		freed_begin();
		assert_int_equal(
		    secret_take_keys(answers[i], strlen(answers[i]), &vpn, why) == 0, i < 2);
		assert_int_equal(freed_end(), 0);
		assert_string_equal(vpn.tunnel[0].psk, i < 2 ? SECRET : "");
		assert_null(strstr(why, FREED_NEEDLE));
	}
}

static void test_pre_shared_keys_of_a_connection_are_wiped(void **state)
{
	static struct vpn_connection vpn;
	char *inner = fixture_replace(FIXTURE_INNER, "First_key.for.Tests0001", SECRET, 1);
	char *body = fixture_body(FIXTURE_OUTER, inner, "");
	char error[VPN_ERROR];

	(void)state;
	freed_begin();
	assert_int_equal(vpn_parse(body, strlen(body), FIXTURE_ID, &vpn, error), VPN_OK);
	assert_int_equal(freed_end(), 0);
	assert_string_equal(vpn.tunnel[0].psk, SECRET);
	free(inner);
	free(body);
}

static void test_memory_that_grows_leaves_nothing_behind(void **state)
{
	char *block = NULL;

	(void)state;
	freed_begin();
	for (size_t bytes = 32; bytes < 100000; bytes *= 3) {
		block = wiping_realloc(block, bytes);
		assert_non_null(block);
		if (bytes == 32)
			strcpy(block, SECRET);
		assert_string_equal(block, SECRET);
	}
	block = wiping_realloc(block, 30); /* smaller, too */
	assert_memory_equal(block, SECRET, sizeof(SECRET));
	wiping_free(block);
	wiping_free(NULL);
	assert_int_equal(freed_end(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_library_left_to_itself_gives_secrets_back),
	    cmocka_unit_test(test_credentials_in_json_are_wiped),
	    cmocka_unit_test(test_credentials_of_sts_are_wiped),
	    cmocka_unit_test(test_pre_shared_keys_of_the_secrets_manager_are_wiped),
	    cmocka_unit_test(test_pre_shared_keys_of_a_connection_are_wiped),
	    cmocka_unit_test(test_memory_that_grows_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, freed_install, NULL);
}
