/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The anti-replay window against a model that remembers every number, at every window size that AWS
 * allows and the bounds of ours. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "dataplane/pkt/replay.h"

static const uint32_t windows[] = {64, 65, 127, 128, 1000, 1024, 2048, 8191, 8192};

static enum pkt_verdict receive(struct replay *r, uint64_t sequence)
{
	struct replay before = *r, advanced = *r;
	enum pkt_verdict check = replay_check(r, sequence);
	enum pkt_verdict commit = replay_commit(r, sequence);

	assert_int_equal(check, commit);
	/* The short cut does the same as the long way, or nothing. */
	if (replay_advance(&advanced, sequence))
		assert_int_equal(commit, PKT_OK);
	assert_memory_equal(&advanced, advanced.top == before.top ? &before : r, sizeof(advanced));
	return commit;
}

static void test_E01_exact_replay_inside_the_window_is_dropped(void **state)
{
	for (unsigned i = 0; i < LENGTH(windows); i++) {
		struct replay r;

		replay_init(&r, windows[i], false, 0);
		for (uint64_t n = 1; n <= windows[i]; n++)
			assert_int_equal(receive(&r, n), PKT_OK);
		for (uint64_t n = 1; n <= windows[i]; n++)
			assert_int_equal(receive(&r, n), PKT_DROP_REPLAY);
	}
}

static void test_E02_left_of_the_window_is_dropped_by_another_name(void **state)
{
	for (unsigned i = 0; i < LENGTH(windows); i++) {
		struct replay r;

		replay_init(&r, windows[i], false, 0);
		assert_int_equal(receive(&r, 100000), PKT_OK);
		assert_int_equal(receive(&r, 100000 - windows[i]), PKT_DROP_REPLAY_OLD);
		assert_int_equal(receive(&r, 1), PKT_DROP_REPLAY_OLD);
		assert_int_equal(receive(&r, 100000 - windows[i] + 1), PKT_OK);
	}
}

/* A burst of `count` packets arrives backwards: the last to arrive is `count` - 1 behind the top.
 */
static unsigned dropped_of_reversed_burst(uint32_t window, uint32_t count)
{
	unsigned dropped = 0;
	struct replay r;

	replay_init(&r, window, false, 0);
	assert_int_equal(receive(&r, 50000), PKT_OK);
	for (uint64_t n = count; n >= 1; n--)
		dropped += receive(&r, 50000 + n) == PKT_DROP_REPLAY_OLD;
	return dropped;
}

static void test_E05_burst_reordered_by_the_window_passes_and_by_one_more_does_not(void **state)
{
	static const uint32_t sizes[] = {64, 1024, 2048};

	for (unsigned i = 0; i < LENGTH(sizes); i++) {
		assert_int_equal(dropped_of_reversed_burst(sizes[i], sizes[i] - 1), 0);
		assert_int_equal(dropped_of_reversed_burst(sizes[i], sizes[i]), 0);
		assert_int_equal(dropped_of_reversed_burst(sizes[i], sizes[i] + 1), 1);
	}
}

static void test_E06_sequence_zero_is_dropped(void **state)
{
	struct replay r;

	replay_init(&r, 1024, false, 0);
	assert_int_equal(receive(&r, 0), PKT_DROP_SEQ_ZERO);
	assert_int_equal(receive(&r, 1), PKT_OK);
	assert_int_equal(receive(&r, 0), PKT_DROP_SEQ_ZERO);
	assert_int_equal(r.top, 1);
}

static void test_E03_check_alone_never_moves_the_window(void **state)
{
	struct replay r, before;

	replay_init(&r, 1024, false, 0);
	assert_int_equal(receive(&r, 77), PKT_OK);
	before = r;
	for (uint64_t n = 0; n < 100000; n += 13)
		(void)replay_check(&r, n);
	assert_memory_equal(&r, &before, sizeof(r));
}

static void test_two_copies_in_one_burst_pass_once(void **state)
{
	struct replay r;

	replay_init(&r, 64, false, 0);
	assert_int_equal(replay_check(&r, 5), PKT_OK);
	assert_int_equal(replay_check(&r, 5), PKT_OK);
	assert_int_equal(replay_commit(&r, 5), PKT_OK);
	assert_int_equal(replay_commit(&r, 5), PKT_DROP_REPLAY);
}

/* After a restart all that was or could have been received counts as received. */
static void test_a_restart_accepts_only_above_the_stored_top(void **state)
{
	for (unsigned i = 0; i < LENGTH(windows); i++) {
		for (uint64_t top = 20000; top < 20130; top++) {
			struct replay r;

			replay_init(&r, windows[i], false, top);
			for (uint64_t n = top - windows[i] + 1; n <= top; n++)
				assert_int_equal(receive(&r, n), PKT_DROP_REPLAY);
			assert_int_equal(receive(&r, top - windows[i]), PKT_DROP_REPLAY_OLD);
			assert_int_equal(receive(&r, top + 3), PKT_OK);
			assert_int_equal(receive(&r, top + 2), PKT_OK);
			assert_int_equal(receive(&r, top + 1), PKT_OK);
			assert_int_equal(receive(&r, top + 2), PKT_DROP_REPLAY);
			assert_int_equal(receive(&r, top), PKT_DROP_REPLAY);
		}
	}
}

static uint64_t next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* A number near the top: mostly a step ahead, often behind it within twice the window, rarely a
 * jump past the window. */
static uint64_t next_number(uint64_t *random, uint64_t top, uint32_t window)
{
	uint64_t kind = next_random(random) % 16, behind = next_random(random) % (window * 2);

	if (kind == 0)
		return top + next_random(random) % (window * 3);
	if (kind < 8)
		return top + 1 + next_random(random) % 4;
	return behind < top ? top - behind : 0;
}

/* The model: a byte for every number. */
static void compare_with_model(uint32_t window, uint64_t seed)
{
	enum { NUMBERS = 1000000, ROUNDS = 20000 };
	uint8_t *seen = calloc(1, NUMBERS);
	uint64_t top = 0, random = seed;
	struct replay r;

	replay_init(&r, window, false, 0);
	for (unsigned i = 0; i < ROUNDS && top + window * 3 < NUMBERS; i++) {
		uint64_t n = next_number(&random, top, window);
		enum pkt_verdict want = PKT_OK;

		if (n == 0)
			want = PKT_DROP_SEQ_ZERO;
		else if (n <= top && top - n >= window)
			want = PKT_DROP_REPLAY_OLD;
		else if (seen[n])
			want = PKT_DROP_REPLAY;
		assert_int_equal(receive(&r, n), want);
		if (want == PKT_OK)
			seen[n] = 1;
		if (n > top)
			top = n;
		assert_int_equal(r.top, top);
	}
	free(seen);
}

static void test_random_traffic_agrees_with_a_model(void **state)
{
	for (unsigned i = 0; i < LENGTH(windows); i++)
		for (uint64_t seed = 1; seed <= 4; seed++)
			compare_with_model(windows[i], seed * UINT64_C(0x9e3779b97f4a7c15));
}

static void test_window_is_brought_into_its_limits(void **state)
{
	struct replay r;

	replay_init(&r, 0, false, 0);
	assert_int_equal(r.window, 64);
	replay_init(&r, 100000, false, 0);
	assert_int_equal(r.window, 8192);
}

static void test_without_esn_the_number_is_what_the_wire_says(void **state)
{
	struct replay r;

	replay_init(&r, 1024, false, 0xfffffff0);
	assert_int_equal(replay_infer(&r, 5), 5);
	assert_int_equal(receive(&r, 5), PKT_DROP_REPLAY_OLD);
	assert_int_equal(receive(&r, 0xffffffff), PKT_OK);
}

/* RFC 4303 appendix A2.2: whatever the top, each number of the window and the 2^31 after it are
 * inferred right from their low half. */
static void test_E13_high_half_is_inferred_across_the_wrap(void **state)
{
	static const uint64_t tops[] = {1, 63, 1023, 1024, 5000, 0xffffff00, 0xfffffffe, 0xffffffff,
	    UINT64_C(0x100000000), UINT64_C(0x100000001), UINT64_C(0x1000003fe),
	    UINT64_C(0x1000003ff), UINT64_C(0x100000400), UINT64_C(0x7ffffffff),
	    UINT64_C(0x123456789abcdef)};

	for (unsigned i = 0; i < LENGTH(tops); i++) {
		struct replay r;

		replay_init(&r, 1024, true, tops[i]);
		for (uint64_t back = 0; back < 1024 && back < tops[i]; back++)
			assert_int_equal(
			    replay_infer(&r, (uint32_t)(tops[i] - back)), tops[i] - back);
		for (uint64_t ahead = 1; ahead < 0x80000000; ahead = ahead * 3 + 1)
			assert_int_equal(
			    replay_infer(&r, (uint32_t)(tops[i] + ahead)), tops[i] + ahead);
	}
}

static void test_E13_a_new_sa_has_no_high_half_below_zero(void **state)
{
	struct replay r;

	replay_init(&r, 1024, true, 0);
	assert_int_equal(replay_infer(&r, 1), 1);
	assert_int_equal(replay_infer(&r, 0xffffffff), 0xffffffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_E01_exact_replay_inside_the_window_is_dropped),
	    cmocka_unit_test(test_E02_left_of_the_window_is_dropped_by_another_name),
	    cmocka_unit_test(
		test_E05_burst_reordered_by_the_window_passes_and_by_one_more_does_not),
	    cmocka_unit_test(test_E06_sequence_zero_is_dropped),
	    cmocka_unit_test(test_E03_check_alone_never_moves_the_window),
	    cmocka_unit_test(test_two_copies_in_one_burst_pass_once),
	    cmocka_unit_test(test_a_restart_accepts_only_above_the_stored_top),
	    cmocka_unit_test(test_random_traffic_agrees_with_a_model),
	    cmocka_unit_test(test_window_is_brought_into_its_limits),
	    cmocka_unit_test(test_without_esn_the_number_is_what_the_wire_says),
	    cmocka_unit_test(test_E13_high_half_is_inferred_across_the_wrap),
	    cmocka_unit_test(test_E13_a_new_sa_has_no_high_half_below_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
