/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A typed line may hold a key: no block of the heap is given back with a part of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "control/console/frames.h"
#include "tests/unit/freed.h"

#define SECRET "Abc." FREED_NEEDLE ".xyz0123"

static const char line[] = "{\"line\":\"ipsec ike pre-shared-key 1 text " SECRET "\"}";

/* The look finds what is given back as it is, so that a test below can fail. */
static void test_jansson_left_to_itself_gives_secrets_back(void **state)
{
	json_set_alloc_funcs(malloc, free);
	freed_begin();
	json_decref(json_loadb(line, sizeof(line) - 1, 0, NULL));
	assert_true(freed_end() > 0);
}

static void test_a_line_that_comes_is_wiped(void **state)
{
	json_t *frame;

	freed_begin();
	frame = frame_parse(line, sizeof(line) - 1);
	assert_non_null(frame);
	json_decref(frame);
	for (size_t bytes = 0; bytes < sizeof(line) - 1; bytes++)
		assert_null(frame_parse(line, bytes));
	assert_int_equal(freed_end(), 0);
}

static void test_a_line_that_goes_is_wiped(void **state)
{
	char *text;

	freed_begin();
	text = frame_print(frame_text("answer", SECRET, sizeof(SECRET) - 1));
	assert_non_null(text);
	assert_int_equal(freed_end(), 0);
	assert_non_null(strstr(text, SECRET));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jansson_left_to_itself_gives_secrets_back),
	    cmocka_unit_test(test_a_line_that_comes_is_wiped),
	    cmocka_unit_test(test_a_line_that_goes_is_wiped),
	};

	return cmocka_run_group_tests(tests, freed_install, NULL);
}
