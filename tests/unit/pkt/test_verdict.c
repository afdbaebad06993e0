/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of the verdicts: each its own, and short enough for its place in shared memory. */
#include "tests/unit/pkt/pkt_fixture.h"

#include "common/shm_abi.h"
#include "dataplane/pkt/verdict.h"

#define VERDICT_TEXT(identifier, name, text) text,

static const char *const texts[] = {PKT_VERDICTS(VERDICT_TEXT)};

static void test_names_are_unique_and_fit(void **state)
{
	assert_string_equal(pkt_verdict_name(PKT_OK), "ok");
	assert_string_equal(pkt_verdict_name(PKT_VERDICT_COUNT), "unknown");
	assert_string_equal(pkt_verdict_name((enum pkt_verdict) - 1), "unknown");
	for (unsigned i = 1; i < PKT_VERDICT_COUNT; i++) {
		const char *name = pkt_verdict_name((enum pkt_verdict)i);

		assert_true(strlen(name) < sizeof(((struct state_drop *)0)->name));
		assert_true(strlen(texts[i - 1]) < sizeof(((struct state_drop *)0)->text));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(name, pkt_verdict_name((enum pkt_verdict)k));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_are_unique_and_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
