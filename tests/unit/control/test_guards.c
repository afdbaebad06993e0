/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Guarded prefixes: kept without their routes, in order, and never more than the limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "control/guards.h"

/* The n-th /24 from 20.0.0.0 on. */
static struct ip_prefix nth(uint32_t n)
{
	return (struct ip_prefix){.addr = ip_addr_v4(0x14000000u + (n << 8)), .length = 24};
}

static void carry(struct guards *guards, uint32_t from, uint32_t count)
{
	for (uint32_t n = from; n < from + count; n++) {
		struct ip_prefix prefix = nth(n);

		assert_int_equal(guards_add(guards, &prefix), 0);
	}
}

static bool holds(const struct guards *guards, uint32_t n)
{
	struct ip_prefix prefix = nth(n);

	for (size_t i = 0; i < guards->count; i++)
		if (ip_prefix_equal(&guards->entry[i].prefix, &prefix))
			return true;
	return false;
}

static void test_a_prefix_stays_guarded_without_its_route(void **state)
{
	struct guards guards = {0};

	carry(&guards, 7, 2);
	carry(&guards, 3, 2);
	carry(&guards, 7, 2); /* twice in one round */
	assert_int_equal(guards_settle(&guards), 0);
	assert_int_equal(guards.count, 4);
	assert_int_equal(guards_settle(&guards), 0);
	assert_int_equal(guards.count, 4);
	for (size_t i = 1; i < guards.count; i++)
		assert_true(
		    ip_prefix_compare(&guards.entry[i - 1].prefix, &guards.entry[i].prefix) < 0);
	guards_clear(&guards);
	assert_int_equal(guards_settle(&guards), 0);
	assert_int_equal(guards.count, 0);
	guards_free(&guards);
}

/* A neighbor within its prefix limit that announces other prefixes every time. */
static void test_churn_of_prefixes_does_not_grow_the_guards(void **state)
{
	struct guards guards = {0};
	size_t forgotten = 0;

	for (uint32_t round = 0; round < 20; round++) {
		carry(&guards, round * 10000, 10000);
		forgotten += guards_settle(&guards);
		assert_true(guards.count <= 10000 + GUARDS_IDLE_MAX);
		assert_true(holds(&guards, round * 10000));
	}
	assert_int_equal(guards.count, 10000 + GUARDS_IDLE_MAX);
	assert_int_equal(forgotten, 20 * 10000 - guards.count);
	/* Those forgotten are the oldest; what is carried now never is. */
	assert_true(holds(&guards, 18 * 10000 + 1));
	assert_false(holds(&guards, 16 * 10000 + 1));
	for (size_t i = 1; i < guards.count; i++)
		assert_true(
		    ip_prefix_compare(&guards.entry[i - 1].prefix, &guards.entry[i].prefix) < 0);
	guards_free(&guards);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_prefix_stays_guarded_without_its_route),
	    cmocka_unit_test(test_churn_of_prefixes_does_not_grow_the_guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
