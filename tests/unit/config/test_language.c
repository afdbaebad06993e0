/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The table of sentences: both formats of a sentence take the same values. Whether every sentence
 * of the sources is in it, tests/console/client.py looks up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/language.h"

/* Moves *at behind the next conversion and returns its length; 0 = there is none. */
static size_t next_conversion(const char **at, const char **begin)
{
	for (; **at; (*at)++) {
		size_t bytes;

		if (**at != '%')
			continue;
		if ((*at)[1] == '%') {
			(*at)++;
			continue;
		}
		*begin = *at;
		bytes = 1 + strspn(*at + 1, "0123456789lzhX.");
		if ((*at)[bytes - 1] != 'X')
			bytes++;
		*at += bytes;
		return bytes;
	}
	return 0;
}

static void test_both_formats_take_the_same_values(void **state)
{
	for (unsigned i = 0; i < language_sentence_count; i++) {
		const char *english = language_sentences[i].english, *a;
		const char *japanese = language_sentences[i].japanese, *b;
		size_t bytes;

		while ((bytes = next_conversion(&english, &a)) > 0)
			if (next_conversion(&japanese, &b) != bytes || memcmp(a, b, bytes) != 0)
				fail_msg("%s", language_sentences[i].english);
		if (next_conversion(&japanese, &b))
			fail_msg("%s", language_sentences[i].english);
	}
}

static void test_no_sentence_stands_twice(void **state)
{
	for (unsigned i = 0; i < language_sentence_count; i++)
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
			    language_sentences[i].english, language_sentences[j].english);
}

static void test_sentences_are_said_in_the_language_in_use(void **state)
{
	assert_string_equal(say("no memory"), "no memory");
	language_use(true);
	assert_string_equal(say("no memory"), "メモリーが不足しています");
	assert_string_equal(say("a sentence of no table"), "a sentence of no table");
	language_use(false);
	assert_string_equal(say("no memory"), "no memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_both_formats_take_the_same_values),
	    cmocka_unit_test(test_no_sentence_stands_twice),
	    cmocka_unit_test(test_sentences_are_said_in_the_language_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
