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

static void made_is(const char *english, const char *japanese)
{
	char made[1024];

	assert_string_equal(say_made(english, made, sizeof(made)), japanese);
}

static void test_a_sentence_that_was_made_elsewhere_is_found_by_its_form(void **state)
{
	made_is("expired", "expired"); /* in English it is as it was made */
	language_use(true);
	made_is("ec2.example (192.0.2.1 port 443): connection: Connection refused",
	    "ec2.example (192.0.2.1 ポート 443): 接続: 接続が拒否されました");
	made_is("no credentials for AWS\nenvironment: AWS_ACCESS_KEY_ID is not set",
	    "AWS の認証情報がありません\n環境変数: AWS_ACCESS_KEY_ID が設定されていません");
	made_is(
	    "!!  AWS: in rtb-1, the route table of subnet-1, what is for 192.168.200.254 goes by "
	    "igw-1 (0.0.0.0/0), not by vgw-1: enable route propagation, or add a route\n"
	    "!!  AWS: sg-1, its security group, lets no ICMP echo in from 192.168.200.254 "
	    "(eni-1)\n",
	    "!!  AWS: subnet-1 のルートテーブル rtb-1 では 192.168.200.254 宛が vgw-1 ではなく "
	    "igw-1 "
	    "(0.0.0.0/0) "
	    "に向かいます。ルート伝播を有効にするか、経路を追加してください\n"
	    "!!  AWS: セキュリティグループ sg-1 が 192.168.200.254 からの ICMP "
	    "エコー要求を許可していません (eni-1)\n");
	made_is("a static connection, and AWS refused DescribeVpcs (UnauthorizedOperation): set ip "
		"route for the prefixes behind it",
	    "静的ルーティングの VPN 接続です (AWS が DescribeVpcs を拒否しました "
	    "(UnauthorizedOperation))。接続先のネットワークへの ip route を設定してください");
	made_is("the certificate of ec2.example is refused: not yet valid, key too weak",
	    "ec2.example の証明書を拒否しました: 有効期間の前です、鍵が弱すぎます");
	made_is("AWS refused: UnauthorizedOperation: You are not: authorized",
	    "AWS が拒否しました: UnauthorizedOperation: You are not: authorized");
	made_is(
	    "the clock of this router is 60 minutes 0 seconds ahead of AWS: set it and try again",
	    "このルーターの時計は AWS より 60 分 0 "
	    "秒進んでいます。時刻を設定して再試行してください");
	made_is("pre-shared key mismatch? HASH_R of message 6 is wrong",
	    "事前共有鍵が異なる可能性があります: メッセージ 6 の HASH_R が不正です");
	made_is("no socket on 203.0.113.2: UDP port 500 is held by charon (pid 7)",
	    "203.0.113.2 のポートを使用できません: UDP ポート 500 は charon (pid 7) "
	    "が使用しています");
	made_is("9 文字目: \"adress\"", "9 文字目: \"adress\"");
	made_is("", "");
	made_is("nobody knows this", "nobody knows this");
	language_use(false);
}

/* A form takes at most six values, and its Japanese uses no other. */
static void test_forms_are_well_made(void **state)
{
	for (unsigned i = 0; i < language_form_count; i++) {
		const char *english = language_forms[i].english;
		unsigned values = 0;

		for (const char *p = strchr(english, '%'); p; p = strchr(p + 1, '%')) {
			assert_true(p[1] == 's' || p[1] == 'u');
			values++;
		}
		assert_in_range(values, 0, 6);
		for (const char *p = strchr(language_forms[i].japanese, '%'); p;
		     p = strchr(p + 1, '%'))
			assert_in_range(p[1], '1', '0' + values);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(english, language_forms[j].english);
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
	    cmocka_unit_test(test_a_sentence_that_was_made_elsewhere_is_found_by_its_form),
	    cmocka_unit_test(test_forms_are_well_made),
	    cmocka_unit_test(test_no_sentence_stands_twice),
	    cmocka_unit_test(test_sentences_are_said_in_the_language_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
