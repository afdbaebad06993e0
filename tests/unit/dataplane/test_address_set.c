/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sets of addresses: what was put in is in, nothing else is, and a full set says so. */
#include "dataplane/address_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct address_set set;

static struct ip_addr v6(uint32_t n)
{
	struct ip_addr addr = {.family = IP_FAMILY_V6, .bytes = {0x20, 1, 0xd, 0xb8}};

	memcpy(addr.bytes + 12, &n, sizeof(n));
	return addr;
}

/* Every address of a /22, so that many begin their search in the same place. */
static void test_what_is_in_and_what_is_not(void **state)
{
	(void)state;
	memset(&set, 0, sizeof(set));
	for (uint32_t i = 0; i < ADDRESS_SET_MAX; i++) {
		struct ip_addr one = ip_addr_v4(0xc6120000 + i), other = v6(i);

		assert_true(address_set_add(&set, &one));
		assert_true(address_set_add(&set, &one));
		assert_true(address_set_add(&set, &other));
	}
	assert_int_equal(set.count4, ADDRESS_SET_MAX);
	assert_int_equal(set.count6, ADDRESS_SET_MAX);
	for (uint32_t i = 0; i < 2 * ADDRESS_SET_MAX; i++) {
		struct ip_addr other = v6(i);

		assert_int_equal(address_set_has4(&set, 0xc6120000 + i), i < ADDRESS_SET_MAX);
		assert_int_equal(address_set_has(&set, &other), i < ADDRESS_SET_MAX);
	}
}

static void test_a_full_set_says_so(void **state)
{
	struct ip_addr known = ip_addr_v4(0xc6120001), one_more = ip_addr_v4(1), six = v6(9999);

	(void)state;
	assert_true(address_set_add(&set, &known));
	assert_false(address_set_add(&set, &one_more));
	assert_false(address_set_add(&set, &six));
	assert_false(address_set_has(&set, &one_more));
}

static void test_the_unspecified_address_is_in_no_set(void **state)
{
	struct ip_addr nobody = ip_addr_v4(0);

	(void)state;
	assert_true(address_set_add(&set, &nobody));
	assert_false(address_set_has(&set, &nobody));
	memset(&set, 0, sizeof(set));
	assert_false(address_set_has4(&set, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_in_and_what_is_not),
	    cmocka_unit_test(test_a_full_set_says_so),
	    cmocka_unit_test(test_the_unspecified_address_is_in_no_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
