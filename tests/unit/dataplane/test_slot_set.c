/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sets of slots: the edges of words and of the table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/slot_set.h"

/* The members, as a sum that tells them apart. */
static uint64_t members(const struct slot_set *set, unsigned *count)
{
	uint64_t sum = 0;

	*count = 0;
	for (uint32_t i = 0; slot_set_next(set, &i); i++) {
		sum = sum * 1000003 + i;
		++*count;
	}
	return sum;
}

static void test_members_come_in_order_whatever_the_table_s_size(void **state)
{
	static const uint32_t sizes[] = {0, 1, 63, 64, 65, 128, 1000};

	(void)state;
	for (unsigned n = 0; n < sizeof(sizes) / sizeof(sizes[0]); n++) {
		for (uint32_t step = 1; step < 200; step += 7) {
			struct slot_set set;
			uint64_t want = 0;
			unsigned count, added = 0;

			assert_int_equal(slot_set_init(&set, sizes[n]), 0);
			for (uint32_t i = 0; i < sizes[n]; i += step, added++) {
				slot_set_add(&set, i);
				want = want * 1000003 + i;
			}
			assert_int_equal(members(&set, &count), want);
			assert_int_equal(count, added);
			slot_set_clear(&set);
			assert_int_equal(members(&set, &count), 0);
			assert_int_equal(count, 0);
			slot_set_fini(&set);
		}
	}
}

static void test_a_full_set_has_the_table_s_slots_and_no_more(void **state)
{
	(void)state;
	for (uint32_t size = 0; size < 200; size++) {
		struct slot_set set;
		unsigned count;

		assert_int_equal(slot_set_init(&set, size), 0);
		slot_set_fill(&set);
		(void)members(&set, &count);
		assert_int_equal(count, size);
		slot_set_fini(&set);
	}
}

static void test_one_that_was_never_made_is_empty(void **state)
{
	struct slot_set none = {0};
	uint32_t slot = 0;

	(void)state;
	slot_set_fill(&none);
	assert_false(slot_set_next(&none, &slot));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_members_come_in_order_whatever_the_table_s_size),
	    cmocka_unit_test(test_a_full_set_has_the_table_s_slots_and_no_more),
	    cmocka_unit_test(test_one_that_was_never_made_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
