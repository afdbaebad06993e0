/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sets of addresses, small and large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

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
	struct ip_addr addr = v6(1), zero = {.family = IP_FAMILY_V4},
		       none = {.family = IP_FAMILY_V6};

	(void)state;
	assert_false(addr_set_has4(&set, 0));
	assert_false(addr_set_has4(&set, 1));
	assert_false(addr_set_has(&set, &addr));
	assert_int_equal(addr_set_add(&set, &zero), 0);
	assert_false(addr_set_has(&set, &zero));
	assert_int_equal(addr_set_add(&set, &none), 0);
	assert_false(addr_set_has(&set, &none));
	addr_set_remove(&set, &none);
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
		assert_int_equal(set.v4.count, MANY);
		assert_int_equal(set.v6.count, MANY);
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

/* Beside a plain table of how often each was added; few addresses, so that they stand in rows. */
static void test_what_is_taken_out_is_gone_and_all_else_is_found(void **state)
{
	static uint32_t uses[2][4096];
	struct addr_set set = {0}, copy = {0};
	uint32_t random = 1, count[2] = {0};

	(void)state;
	memset(uses, 0, sizeof(uses));
	for (unsigned step = 0; step < 60000; step++) {
		/* Fills for a while, then empties. */
		unsigned six = step % 2, bias = step / 10000 % 2;
		struct ip_addr addr;
		uint32_t n;

		random = random * 1664525 + 1013904223;
		n = 1 + (random >> 8) % 4095;
		addr = six ? v6(n) : ip_addr_v4(n * 0x10001);
		if ((random >> 28) % 4 == bias) {
			addr_set_remove(&set, &addr);
			count[six] -= uses[six][n] == 1;
			uses[six][n] -= uses[six][n] != 0;
		} else {
			assert_int_equal(addr_set_add(&set, &addr), 0);
			count[six] += uses[six][n]++ == 0;
		}
		assert_int_equal(set.v4.count, count[0]);
		assert_int_equal(set.v6.count, count[1]);
		if (step % 3000)
			continue;
		assert_int_equal(addr_set_copy(&copy, &set), 0);
		for (n = 1; n < 4096; n++) {
			struct ip_addr a = ip_addr_v4(n * 0x10001), b = v6(n);

			assert_int_equal(addr_set_has(&copy, &a), uses[0][n] != 0);
			assert_int_equal(addr_set_has(&copy, &b), uses[1][n] != 0);
		}
	}
	addr_set_fini(&set);
	addr_set_fini(&copy);
}

static void test_a_use_that_is_left_keeps_it(void **state)
{
	struct ip_addr addr = ip_addr_v4(7), other = v6(7);
	struct addr_set set = {0};

	(void)state;
	addr_set_remove(&set, &addr);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(addr_set_add(&set, &addr), 0);
		assert_int_equal(addr_set_add(&set, &other), 0);
	}
	addr_set_remove(&set, &addr);
	addr_set_remove(&set, &other);
	assert_true(addr_set_has(&set, &addr) && addr_set_has(&set, &other));
	addr_set_remove(&set, &addr);
	assert_false(addr_set_has(&set, &addr));
	assert_true(addr_set_has(&set, &other));
	addr_set_fini(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_an_empty_set_has_nothing),
	    cmocka_unit_test(test_it_grows_and_forgets_nothing),
	    cmocka_unit_test(test_what_is_taken_out_is_gone_and_all_else_is_found),
	    cmocka_unit_test(test_a_use_that_is_left_keeps_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
