/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is read, and that nothing of it stays behind on the heap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "control/json/json_text.h"
#include "tests/unit/freed.h"

#define SECRET "Abc." FREED_NEEDLE ".xyz0123"

static json_t *read_text(const char *text, size_t flags)
{
	return json_text_read(text, strlen(text), flags);
}

static void test_what_is_read(void **state)
{
	json_t *root = read_text("{\"a\":[1,\"b\"]}", 0);

	assert_non_null(root);
	json_decref(root);
	assert_null(read_text("{\"a\":1,\"a\":2}", 0)); /* whoever reads it may see either */
	assert_null(read_text("{\"a\":\"x\\u0000\"}", 0));
	root = read_text("{\"a\":\"x\\u0000\"}", JSON_ALLOW_NUL);
	assert_non_null(root);
	json_decref(root);
	assert_null(read_text("{\"a\":1} and more", 0));
	assert_null(read_text("", 0));
}

static void test_what_is_freed_is_wiped(void **state)
{
	static const char text[] = "{\"key\":\"" SECRET "\"}";
	json_t *root;

	/* The look finds what is given back as it is, so that what follows can fail. */
	json_set_alloc_funcs(malloc, free);
	freed_begin();
	json_decref(json_loadb(text, sizeof(text) - 1, 0, NULL));
	assert_true(freed_end() > 0);

	freed_begin();
	root = json_text_read(text, sizeof(text) - 1, 0);
	assert_non_null(root);
	json_decref(root);
	for (size_t bytes = 0; bytes < sizeof(text) - 1; bytes++)
		assert_null(json_text_read(text, bytes, 0));
	assert_int_equal(freed_end(), 0);
}

/* What was made before it was told. */
static void test_it_may_be_told_at_any_time(void **state)
{
	json_t *before;

	json_set_alloc_funcs(malloc, free);
	before = json_string(SECRET);
	assert_non_null(before);
	json_text_wipes();
	freed_begin();
	json_decref(before);
	assert_int_equal(freed_end(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_read),
	    cmocka_unit_test(test_what_is_freed_is_wiped),
	    cmocka_unit_test(test_it_may_be_told_at_any_time),
	};

	return cmocka_run_group_tests(tests, freed_install, NULL);
}
