/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outbound sequence numbers: each once, none after the last. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "dataplane/pkt/seq.h"

static void test_a_new_sa_begins_with_1(void **state)
{
	uint64_t first;
	struct seq s;

	seq_init(&s, false, 0);
	assert_int_equal(seq_reserve(&s, 32, &first, false), 32);
	assert_int_equal(first, 1);
	assert_int_equal(seq_reserve(&s, 1, &first, false), 1);
	assert_int_equal(first, 33);
}

static void test_a_restart_begins_at_the_ceiling(void **state)
{
	uint64_t first;
	struct seq s;

	seq_init(&s, false, 70000);
	assert_int_equal(seq_reserve(&s, 1, &first, false), 1);
	assert_int_equal(first, 70000);
}

static void test_E12_the_counter_ends_at_2_to_the_32_minus_1(void **state)
{
	uint64_t first;
	struct seq s;

	seq_init(&s, false, UINT64_C(0xfffffffa));
	assert_int_equal(seq_reserve(&s, 4, &first, false), 4);
	assert_int_equal(seq_reserve(&s, 32, &first, false), 2);
	assert_int_equal(first, UINT64_C(0xfffffffe));
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(seq_reserve(&s, 32, &first, false), 0);
	assert_int_equal(s.next, UINT64_C(0x100000000));
}

static void test_E12_a_ceiling_beyond_the_end_gives_nothing(void **state)
{
	uint64_t first;
	struct seq s;

	seq_init(&s, false, UINT64_MAX);
	assert_int_equal(seq_reserve(&s, 1, &first, false), 0);
	seq_init(&s, true, UINT64_MAX);
	assert_int_equal(seq_reserve(&s, 1, &first, false), 0);
}

static void test_E14_esn_goes_on_past_2_to_the_32(void **state)
{
	uint64_t first;
	struct seq s;

	seq_init(&s, true, UINT64_C(0xffffffff));
	assert_int_equal(seq_reserve(&s, 3, &first, false), 3);
	assert_int_equal(first, UINT64_C(0xffffffff));
	assert_int_equal(seq_reserve(&s, 1, &first, false), 1);
	assert_int_equal(first, UINT64_C(0x100000002));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_new_sa_begins_with_1),
	    cmocka_unit_test(test_a_restart_begins_at_the_ceiling),
	    cmocka_unit_test(test_E12_the_counter_ends_at_2_to_the_32_minus_1),
	    cmocka_unit_test(test_E12_a_ceiling_beyond_the_end_gives_nothing),
	    cmocka_unit_test(test_E14_esn_goes_on_past_2_to_the_32),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
