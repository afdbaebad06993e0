/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From a failure of AWS's side to its kind, and from the kind to what to do. That the runs report
 * these kinds, test_cloud.c and test_cloud_texts.c look at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/cloud_fault.h"
#include "control/config/language.h"
#include "control/console/remedy.h"

/* It is there, in Japanese too, and of no other kind. */
static void assert_remedy(const char *remedy, const char *former)
{
	const char *japanese;

	assert_non_null(remedy);
	assert_string_not_equal(remedy, "");
	assert_string_not_equal(remedy, former);
	language_use(true);
	japanese = say(remedy);
	language_use(false);
	assert_non_null(strpbrk(japanese, "\xe3\xe4\xe5\xe6"));
}

static void test_every_kind_has_its_own_remedy_in_both_languages(void **state)
{
	assert_string_equal(remedy_of_cloud(CLOUD_FAULT_OTHER), "");
	for (unsigned a = CLOUD_FAULT_OTHER + 1; a < CLOUD_FAULTS; a++)
		for (unsigned b = 0; b < a; b++)
			assert_remedy(remedy_of_cloud(a), remedy_of_cloud(b));
}

static void test_every_kind_of_a_tunnel_that_is_down_has_its_own_remedy(void **state)
{
	assert_string_equal(remedy_of_tunnel(AGENT_TUNNEL_OTHER), "");
	for (unsigned a = AGENT_TUNNEL_OTHER + 1; a < AGENT_TUNNEL_FAULTS; a++)
		for (unsigned b = 0; b < a; b++)
			assert_remedy(remedy_of_tunnel(a), remedy_of_tunnel(b));
}

static void test_the_number_of_the_setting_stands_in_a_remedy(void **state)
{
	char out[REMEDY_BYTES];

	assert_string_equal(remedy_fill("`cloud vpn option N region=`, NAT, IN N; N", 3, out),
	    "`cloud vpn option 3 region=`, NAT, IN 3; 3");
	assert_string_equal(remedy_fill("`cloud vpn set go N`", 0, out), "`cloud vpn set go N`");
	for (unsigned japanese = 0; japanese < 2; japanese++) {
		language_use(japanese);
		for (unsigned f = 0; f < CLOUD_FAULTS; f++) {
			(void)remedy_fill(say(remedy_of_cloud(f)), 7, out);
			assert_null(strstr(out, " N "));
			assert_null(strstr(out, " N`"));
			assert_true(strlen(say(remedy_of_cloud(f))) < REMEDY_BYTES - 12);
		}
		for (unsigned f = 0; f < AGENT_TUNNEL_FAULTS; f++) {
			(void)remedy_fill(say(remedy_of_tunnel(f)), 7, out);
			assert_null(strstr(out, " N "));
			assert_null(strstr(out, " N`"));
		}
		assert_non_null(
		    strstr(remedy_fill(say(remedy_of_tunnel(AGENT_TUNNEL_PROPOSAL)), 7, out),
			"show cloud vpn compare 7"));
	}
	language_use(false);
}

static void test_codes_of_aws(void **state)
{
	static const struct {
		const char *code;
		enum cloud_fault fault;
	} row[] = {
	    {"AuthFailure", CLOUD_FAULT_KEY},
	    {"SignatureDoesNotMatch", CLOUD_FAULT_KEY},
	    {"RequestExpired", CLOUD_FAULT_CLOCK},
	    {"UnauthorizedOperation", CLOUD_FAULT_RIGHT},
	    {"InvalidVpnConnectionID.NotFound", CLOUD_FAULT_VPN_ID},
	    {"InvalidVpcID.NotFound", CLOUD_FAULT_TARGET},
	    {"InvalidTransitGatewayID.NotFound", CLOUD_FAULT_TARGET},
	    {"RequestLimitExceeded", CLOUD_FAULT_LATER},
	    {"authfailure", CLOUD_FAULT_OTHER},
	    {"", CLOUD_FAULT_OTHER},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(cloud_fault_of_code(row[i].code), row[i].fault);
}

static void test_questions_without_an_answer(void **state)
{
	static const struct {
		enum http_error error;
		enum cloud_fault fault;
	} row[] = {
	    {HTTP_RESOLVE, CLOUD_FAULT_NAME},
	    {HTTP_CANNOT_CONNECT, CLOUD_FAULT_UNREACHED},
	    {HTTP_CERTIFICATE, CLOUD_FAULT_CERTIFICATE},
	    {HTTP_CERTIFICATE_TIME, CLOUD_FAULT_CLOCK},
	    {HTTP_SSL, CLOUD_FAULT_CUT},
	    {HTTP_RECEIVE_TIMEOUT, CLOUD_FAULT_CUT},
	    {HTTP_ILLEGAL, CLOUD_FAULT_ANSWER},
	    {HTTP_SSL_INIT, CLOUD_FAULT_TRUST_STORE},
	    {HTTP_SOCKET, CLOUD_FAULT_OTHER},
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_int_equal(cloud_fault_of_http(row[i].error), row[i].fault);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_kind_has_its_own_remedy_in_both_languages),
	    cmocka_unit_test(test_every_kind_of_a_tunnel_that_is_down_has_its_own_remedy),
	    cmocka_unit_test(test_the_number_of_the_setting_stands_in_a_remedy),
	    cmocka_unit_test(test_codes_of_aws),
	    cmocka_unit_test(test_questions_without_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
