/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Help and completion, and the readable syntax of a row. */
#include "tests/unit/config/grammar_fixture.h"

/* ---- help and completion -----------------------------------------------------------------------
 */

static struct grammar_expects expects;

static int expect(const char *line, bool administrator, uint32_t tunnel, bool japanese)
{
	return grammar_expect(
	    line, strlen(line), administrator, tunnel, japanese, &expects, error, sizeof(error));
}

static const struct grammar_expect *find(const char *text)
{
	for (unsigned i = 0; i < expects.count; i++)
		if (strcmp(expects.item[i].text, text) == 0)
			return &expects.item[i];
	return NULL;
}

static void test_help_lists_what_may_follow(void **state)
{
	assert_int_equal(expect("ip ", true, 0, false), 0);
	assert_non_null(find("route"));
	assert_non_null(find("<lan1..lan8>"));
	assert_null(find("tunnel")); /* no tunnel is selected */
	assert_null(find("pp"));     /* refused in words: not offered */
	assert_int_equal(expect("ip ", true, 1, false), 0);
	assert_non_null(find("tunnel"));
	assert_int_equal(expect("ipsec ike pfs 1 ", true, 0, false), 0);
	assert_non_null(find("on"));
	assert_false(expects.complete);
	assert_int_equal(expect("show ipsec sa ", true, 0, false), 0);
	assert_true(expects.complete);
	assert_non_null(find("gateway"));
	assert_int_equal(expect("bogus ", true, 0, false), -EINVAL);
}

static void test_help_knows_both_languages(void **state)
{
	assert_int_equal(expect("ipsec ike pf", true, 0, false), 0);
	assert_string_equal(find("pfs")->help, "Perfect forward secrecy");
	assert_int_equal(expect("ipsec ike dur", true, 0, true), 0);
	assert_string_equal(find("duration")->help, "SA の寿命");
	assert_int_equal(expect("ipsec ike pfs ", true, 0, true), 0);
	assert_string_equal(find("<1..100>")->help, "相手の番号");
}

static void test_help_offers_what_the_level_allows(void **state)
{
	assert_int_equal(expect("", false, 0, false), 0);
	assert_non_null(find("show"));
	assert_non_null(find("administrator"));
	assert_null(find("save"));
	assert_null(find("no"));
	assert_int_equal(expect("show ", false, 0, false), 0);
	assert_null(find("config"));
	assert_int_equal(expect("", true, 0, false), 0);
	assert_non_null(find("no"));
	assert_non_null(find("save"));
}

static void test_completion_takes_the_begun_word(void **state)
{
	assert_int_equal(expect("sh conf", true, 0, false), 0);
	assert_int_equal(expects.column, 4);
	assert_int_equal(expects.count, 1);
	assert_string_equal(expects.item[0].text, "config");
	assert_true(expects.item[0].literal);
	assert_int_equal(expect("no ipsec ike nat", true, 0, false), 0);
	assert_non_null(find("nat-traversal"));
	assert_int_equal(expect("bgp neighbor 1 2 192.0.2.1 ho", true, 0, false), 0);
	assert_non_null(find("hold-time="));
	assert_int_equal(expect("tunnel select no", true, 0, false), 0);
	assert_non_null(find("none"));
}

static void test_syntax_is_readable(void **state)
{
	struct text text = {0};

	assert_int_equal(parse("ipsec ike group 1 modp768"), 0);
	grammar_print_syntax(match.row, &text);
	assert_string_equal(text.data, "ipsec ike group <gateway> <group> [ <group2> ]");
	text_free(&text);
	assert_int_equal(parse("tunnel enable 1"), 0);
	grammar_print_syntax(match.row, &text);
	assert_string_equal(text.data, "tunnel enable <tunnel>");
	text_free(&text);
	assert_int_equal(parse("bgp use on"), 0);
	grammar_print_syntax(match.row, &text);
	assert_string_equal(text.data, "bgp use on|off");
	text_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_help_lists_what_may_follow),
	    cmocka_unit_test(test_help_knows_both_languages),
	    cmocka_unit_test(test_help_offers_what_the_level_allows),
	    cmocka_unit_test(test_completion_takes_the_begun_word),
	    cmocka_unit_test(test_syntax_is_readable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
