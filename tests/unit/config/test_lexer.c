/* SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/lexer.h"

static struct lexer lexer;
static char error[CONFIG_ERROR_BYTES];

static int split(const char *line)
{
	error[0] = '\0';
	return lexer_split(&lexer, line, strlen(line), error, sizeof(error));
}

static const char *word(unsigned i)
{
	assert_true(i < lexer.count);
	return lexer.storage + lexer.word[i].text;
}

static void assert_refused(const char *line, size_t bytes, const char *sentence)
{
	int rc = lexer_split(&lexer, line, bytes, error, sizeof(error));

	assert_int_equal(rc, -EINVAL);
	assert_string_equal(error, sentence);
}

static void test_words_are_split_at_blanks(void **state)
{
	assert_int_equal(split("  ip \t lan1 address"), 0);
	assert_int_equal(lexer.count, 3);
	assert_string_equal(word(0), "ip");
	assert_string_equal(word(2), "address");
	assert_int_equal(lexer.word[0].column, 3);
	assert_int_equal(lexer.word[1].column, 8);
	assert_true(lexer.open);
	assert_int_equal(split("ip "), 0);
	assert_false(lexer.open);
	assert_int_equal(split(""), 0);
	assert_int_equal(lexer.count, 0);
}

static void test_quotes_and_escapes(void **state)
{
	assert_int_equal(split("a \"b c\" 'd \\ e' f\\ g h\"i\"'j' \"k\\\"l\""), 0);
	assert_int_equal(lexer.count, 6);
	assert_string_equal(word(1), "b c");
	assert_string_equal(word(2), "d \\ e");
	assert_string_equal(word(3), "f g");
	assert_string_equal(word(4), "hij");
	assert_string_equal(word(5), "k\"l");
	assert_false(lexer.word[0].quoted);
	assert_true(lexer.word[1].quoted);
	assert_true(lexer.word[3].quoted);
	assert_int_equal(split("x \"\""), 0);
	assert_int_equal(lexer.count, 2);
	assert_string_equal(word(1), "");
}

static void test_comments_begin_where_a_word_could(void **state)
{
	assert_int_equal(split("ip # lan1"), 0);
	assert_int_equal(lexer.count, 1);
	assert_int_equal(split("# all of it"), 0);
	assert_int_equal(lexer.count, 0);
	assert_int_equal(split("key a#b \\#c '#d'"), 0);
	assert_int_equal(lexer.count, 4);
	assert_string_equal(word(1), "a#b");
	assert_string_equal(word(2), "#c");
	assert_string_equal(word(3), "#d");
}

static void test_question_mark_asks_for_help(void **state)
{
	assert_int_equal(split("ip lan1 ?"), 0);
	assert_int_equal(lexer.help_column, 9);
	assert_int_equal(lexer.count, 2);
	assert_int_equal(split("ip \\? '?'"), 0);
	assert_int_equal(lexer.help_column, 0);
	assert_int_equal(lexer.count, 3);
}

static void test_columns_count_characters(void **state)
{
	assert_refused("\xe8\xaa\xac\xe6\x98\x8e \x01", 8, "column 4: control character 0x01");
}

static void test_C01_4095_characters_are_taken_4096_are_refused_whole(void **state)
{
	char *line = malloc(1 << 20);

	assert_non_null(line);
	memset(line, 'x', 1 << 20);
	assert_int_equal(lexer_split(&lexer, line, 4095, error, sizeof(error)), 0);
	assert_int_equal(strlen(word(0)), 4095);
	assert_refused(line, 4096,
	    "column 4096: the line is longer than 4095 characters and was not executed");
	assert_refused(line, 1 << 20,
	    "column 4096: the line is longer than 4095 characters and was not executed");
	/* 4095 characters of four bytes are still 4095 characters. */
	for (int i = 0; i < 4095; i++)
		memcpy(line + i * 4, "\xf0\x9f\x98\x80", 4);
	assert_int_equal(lexer_split(&lexer, line, 4095 * 4, error, sizeof(error)), 0);
	assert_int_equal(strlen(word(0)), 4095 * 4);
	assert_int_equal(lexer_split(&lexer, line, 4096 * 4, error, sizeof(error)), -EINVAL);
	/* Continuation bytes are no characters: without a limit in bytes they would be free. */
	memset(line, 0x80, 1 << 20);
	assert_int_equal(lexer_split(&lexer, line, 1 << 20, error, sizeof(error)), -EINVAL);
	free(line);
}

static void test_C02_bytes_that_are_no_text_are_refused_with_their_column(void **state)
{
	assert_refused("ip \0 x", 6, "column 4: control character 0x00");
	assert_refused("show\x1b[2J", 8, "column 5: control character 0x1b");
	assert_refused("ip \x7f", 4, "column 4: control character 0x7f");
	assert_refused("show config\r", 12, "column 12: control character 0x0d");
	assert_refused("a \xff", 3, "column 3: byte 0xff is not UTF-8");
	assert_refused("a \xc0\xaf", 4, "column 3: byte 0xc0 is not UTF-8");
	assert_refused("a \xed\xa0\x80", 5, "column 3: byte 0xed is not UTF-8");
	assert_refused("a \xe3\x81", 4, "column 3: byte 0xe3 is not UTF-8");
	assert_refused("a \xf4\x90\x80\x80", 6, "column 3: byte 0xf4 is not UTF-8");
	assert_refused("a \xc2\x9b", 4, "column 3: control character U+009B");
	assert_refused("a \xe2\x80\xae", 5, "column 3: control character U+202E");
	assert_refused("# comment \x1b", 11, "column 11: control character 0x1b");
	assert_refused("\"quoted \x07\"", 10, "column 9: control character 0x07");
}

static void test_C02_unbalanced_quotes_are_refused_with_their_column(void **state)
{
	assert_refused("ip \"lan1", 8, "column 4: the quote that opens here is not closed");
	assert_refused("ip x'", 5, "column 5: the quote that opens here is not closed");
	assert_refused("ip \\", 4, "column 4: a backslash ends the line");
	assert_refused("ip \"a\\", 6, "column 6: a backslash ends the line");
}

static void test_a_pipe_ends_the_command(void **state)
{
	assert_int_equal(split("show config | grep x"), 0);
	assert_int_equal(lexer.count, 2);
	assert_int_equal(lexer.pipe_column, 13);
	assert_int_equal(lexer.pipe, 13);
	assert_int_equal(split("show log|less"), 0);
	assert_int_equal(lexer.count, 2);
	assert_int_equal(lexer.pipe_column, 9);
	assert_int_equal(split("x '|' \\|"), 0);
	assert_int_equal(lexer.count, 3);
	assert_int_equal(lexer.pipe, 0);
}

static void test_files_are_refused_but_placeholders_are_words(void **state)
{
	assert_int_equal(split("show config > x"), -EINVAL);
	assert_non_null(strstr(error, "column 13: \">\" would write to a file"));
	assert_int_equal(split("id <id> 0.0.0.0/0"), 0);
	assert_string_equal(lexer.storage + lexer.word[1].text, "<id>");
	assert_int_equal(split("id >id"), -EINVAL);
}

static void test_too_many_words_are_refused(void **state)
{
	char line[2 * LEXER_WORDS + 8];

	for (int i = 0; i <= LEXER_WORDS; i++)
		memcpy(line + 2 * i, "x ", 3);
	assert_int_equal(split(line), -EINVAL);
	assert_string_equal(error, "column 321: more than 160 words");
	line[2 * LEXER_WORDS - 1] = '\0';
	assert_int_equal(split(line), 0);
	assert_int_equal(lexer.count, LEXER_WORDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_words_are_split_at_blanks),
	    cmocka_unit_test(test_quotes_and_escapes),
	    cmocka_unit_test(test_comments_begin_where_a_word_could),
	    cmocka_unit_test(test_question_mark_asks_for_help),
	    cmocka_unit_test(test_columns_count_characters),
	    cmocka_unit_test(test_C01_4095_characters_are_taken_4096_are_refused_whole),
	    cmocka_unit_test(test_C02_bytes_that_are_no_text_are_refused_with_their_column),
	    cmocka_unit_test(test_C02_unbalanced_quotes_are_refused_with_their_column),
	    cmocka_unit_test(test_a_pipe_ends_the_command),
	    cmocka_unit_test(test_files_are_refused_but_placeholders_are_words),
	    cmocka_unit_test(test_too_many_words_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
