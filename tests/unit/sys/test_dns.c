/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which answers of a name look-up may be connected to. Names come from the local hosts file. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/sys/dns.h"

static int result;
static size_t result_count;
static unsigned calls;

static void on_done(void *ctx, int error, const struct ip_addr *addrs, size_t count)
{
	calls++;
	result = error;
	result_count = count;
}

static void resolve(const char *host, uint32_t timeout_msec, bool cancel)
{
	struct dns_query *query;
	uv_loop_t loop;

	calls = 0;
	result = 1;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(dns_resolve(&loop, host, timeout_msec, on_done, NULL, &query), 0);
	if (cancel)
		dns_cancel(query);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_A14_loopback_and_link_local_answers_are_refused(void **state)
{
	static const char *const bad[] = {"127.0.0.1", "127.9.9.9", "169.254.169.254", "0.0.0.0",
	    "224.0.0.1", "::1", "fe80::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
	    "fd00:ec2::254"};
	static const char *const good[] = {"192.0.2.10", "10.1.2.3", "2001:db8::1"};
	struct ip_addr addr;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(ip_addr_parse(bad[i], &addr), 0);
		assert_true(dns_addr_refused(&addr));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(ip_addr_parse(good[i], &addr), 0);
		assert_false(dns_addr_refused(&addr));
	}
}

static void test_A14_name_of_this_machine_is_refused(void **state)
{
	resolve("localhost", 5000, false);
	assert_int_equal(calls, 1);
	assert_int_equal(result, -EPERM);
}

static void test_numeric_name_is_its_address(void **state)
{
	resolve("192.0.2.10", 5000, false);
	assert_int_equal(result, 0);
	assert_int_equal(result_count, 1);
}

static void test_cancelled_look_up_is_silent(void **state)
{
	resolve("localhost", 5000, true);
	assert_int_equal(calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_A14_loopback_and_link_local_answers_are_refused),
	    cmocka_unit_test(test_A14_name_of_this_machine_is_refused),
	    cmocka_unit_test(test_numeric_name_is_its_address),
	    cmocka_unit_test(test_cancelled_look_up_is_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
