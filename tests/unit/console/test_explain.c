/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `explain drop`: every reason that the dataplane has is explained, and none that it has not. */
#include "dataplane/drop.h"

#include "control/console/explain.h"
#include "tests/unit/console/show_fixture.h"

#define NAME(identifier, name, text) name,

static const char *const reasons[] = {PKT_VERDICTS(NAME) DROP_REASONS(NAME)};
#define REASONS (sizeof(reasons) / sizeof(reasons[0]))

static void test_every_reason_of_the_dataplane_is_explained(void **state)
{
	assert_int_equal(REASONS, DROP_COUNT - 1);
	for (size_t i = 0; i < REASONS; i++)
		if (!explain_find(reasons[i]))
			fail_msg("\"%s\" has no row in explain_table.c", reasons[i]);
	assert_int_equal(explain_row_count, REASONS);
}

static void test_every_row_says_everything_in_both_languages(void **state)
{
	for (unsigned i = 0; i < explain_row_count; i++) {
		const struct explain_row *row = &explain_rows[i];

		assert_string_equal(row->name, reasons[i]);
		assert_true(strlen(row->meaning) > 20 && strlen(row->advice) > 10);
		assert_true(strlen(row->meaning_ja) > 20 && strlen(row->advice_ja) > 10);
	}
}

static void drop(const char *name, uint64_t packets)
{
	struct agent_drop *d = &agent.dataplane.drop_reason[agent.dataplane.drop_count++];

	snprintf(d->name, sizeof(d->name), "%s", name);
	snprintf(d->text, sizeof(d->text), "A sentence of the dataplane's.");
	d->packets = packets;
}

static int setup(void **state)
{
	(void)show_setup(state);
	fake_agent_fill(&agent, show.now);
	drop("replay", 3);
	drop("no_sa", 7);
	drop("made_up", 1);
	agent.tunnel[0].replay_drops = 2;
	agent.tunnel[0].in_drops = 5;
	agent.tunnel[1].out_drops = 6;
	return 0;
}

static void test_one_reason(void **state)
{
	assert_golden("explain drop replay", "explain_replay");
	show.japanese = true;
	assert_golden("explain drop replay", "explain_replay_ja");
	show.japanese = false;
	assert_golden("explain drop no_sa", "explain_no_sa");
}

static void test_all_of_them_begin_with_those_that_drop_most(void **state)
{
	const char *second;

	assert_int_equal(run("explain drop"), 0);
	assert_ptr_equal(strstr(out.data, "           7  no_sa"), out.data);
	second = strchr(out.data, '\n') + 1;
	assert_ptr_equal(strstr(out.data, "           3  replay"), second);
	assert_non_null(strstr(out.data, "           -  blackhole"));
}

static void test_a_reason_that_is_newer_than_this_console_has_its_own_sentence(void **state)
{
	assert_int_equal(run("explain drop made_up"), 0);
	assert_non_null(strstr(out.data, "made_up: 1 packets"));
	assert_non_null(strstr(out.data, "A sentence of the dataplane's."));
}

static void test_what_is_no_reason_is_refused(void **state)
{
	assert_int_equal(run("explain drop rain"), -ENOENT);
	assert_non_null(strstr(error, "\"rain\""));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, show_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_reason_of_the_dataplane_is_explained),
	    cmocka_unit_test(test_every_row_says_everything_in_both_languages),
	    T(test_one_reason),
	    T(test_all_of_them_begin_with_those_that_drop_most),
	    T(test_a_reason_that_is_newer_than_this_console_has_its_own_sentence),
	    T(test_what_is_no_reason_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
