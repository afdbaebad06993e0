/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sets of addresses, small and large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/pkt/addr_set.h"
#include "dataplane/pkt/bytes.h"

#define MANY 20000u

static struct ip_addr v6(uint32_t n)
{
	struct ip_addr addr = {.family = IP_FAMILY_V6, .bytes = {0x20, 1}};

	put_be32(&addr.bytes[12], n);
	return addr;
}

static void test_an_empty_set_has_nothing(void **state)
{
	struct addr_set set = {0};
	struct ip_addr addr = v6(1), zero = {.family = IP_FAMILY_V4};

	(void)state;
	assert_false(addr_set_has4(&set, 0));
	assert_false(addr_set_has4(&set, 1));
	assert_false(addr_set_has(&set, &addr));
	assert_int_equal(addr_set_add(&set, &zero), 0);
	assert_false(addr_set_has(&set, &zero));
	addr_set_fini(&set);
}

static void test_it_grows_and_forgets_nothing(void **state)
{
	struct addr_set set = {0};

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 1; i <= MANY; i++) {
			struct ip_addr a = ip_addr_v4(i * 8), b = v6(i * 8);

			assert_int_equal(addr_set_add(&set, &a), 0);
			assert_int_equal(addr_set_add(&set, &b), 0);
		}
		assert_int_equal(set.count4, MANY);
		assert_int_equal(set.count6, MANY);
	}
	for (uint32_t i = 1; i <= MANY * 8; i++) {
		struct ip_addr a = ip_addr_v4(i), b = v6(i);

		assert_int_equal(addr_set_has(&set, &a), i % 8 == 0);
		assert_int_equal(addr_set_has4(&set, i), i % 8 == 0);
		assert_int_equal(addr_set_has(&set, &b), i % 8 == 0);
	}
	addr_set_fini(&set);
	assert_false(addr_set_has4(&set, 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_empty_set_has_nothing),
	    cmocka_unit_test(test_it_grows_and_forgets_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
