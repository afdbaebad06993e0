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

/* ---- every word is explained, and what is refused is not offered --------------------------------
 */

static bool is_shown(const struct grammar_row *row)
{
	return !(row->flags & GRAMMAR_HIDDEN);
}

/* What `row` says of its parameters and of the words that are not its name. */
static unsigned unexplained(const struct grammar_row *row)
{
	struct pattern pattern;
	unsigned count = 0;

	assert_int_equal(pattern_compile(&pattern, row->syntax), 0);
	for (unsigned i = 0; i < pattern.count; i++) {
		const struct pattern_node *node = &pattern.node[i];
		const struct grammar_note *note = NULL;

		if (node->unshown || grammar_is_name(row, node))
			continue;
		if (node->kind == PATTERN_WORD)
			note = grammar_word_note(row, node, node->text, node->text_bytes);
		else if (node->kind == PATTERN_PARAM)
			note = grammar_parameter_note(row, node);
		else
			continue;
		/* Of on and off the help of the command says what they are about. */
		if (!note && !(node->text_bytes == 6 && memcmp(node->text, "switch", 6) == 0)) {
			print_error("nothing explains \"%.*s\" of: %s\n", node->text_bytes,
			    node->text, row->syntax);
			count++;
		}
	}
	return count;
}

static void test_every_word_is_explained(void **state)
{
	unsigned count = 0;

	for (unsigned i = 0; i < grammar_row_count; i++)
		if (is_shown(&grammar_rows[i]))
			count += unexplained(&grammar_rows[i]);
	assert_int_equal(count, 0);
}

/* Every note is of something: a parameter or a word that is gone takes its note with it. */
static void test_every_note_is_used(void **state)
{
	static bool word_used[512], parameter_used[512];
	unsigned count = 0;

	assert_true(grammar_word_count <= 512 && grammar_parameter_count <= 512);
	for (unsigned i = 0; i < grammar_row_count; i++) {
		struct pattern pattern;

		assert_int_equal(pattern_compile(&pattern, grammar_rows[i].syntax), 0);
		for (unsigned j = 0; j < pattern.count; j++) {
			const struct pattern_node *node = &pattern.node[j];
			const struct grammar_note *note = NULL;

			if (node->kind == PATTERN_WORD)
				note = grammar_word_note(
				    &grammar_rows[i], node, node->text, node->text_bytes);
			else if (node->kind == PATTERN_PARAM)
				note = grammar_parameter_note(&grammar_rows[i], node);
			if (note && node->kind == PATTERN_WORD)
				word_used[note - grammar_words] = true;
			else if (note)
				parameter_used[note - grammar_parameters] = true;
		}
	}
	for (unsigned i = 0; i < grammar_parameter_count; i++)
		if (!parameter_used[i]) {
			print_error("no parameter: %s\n", grammar_parameters[i].name);
			count++;
		}
	for (unsigned i = 0; i < grammar_word_count; i++)
		if (!word_used[i] && !strchr(grammar_words[i].name, '=')) {
			print_error("no word: %s\n", grammar_words[i].name);
			count++;
		}
	assert_int_equal(count, 0);
}

/* Words that several commands begin with belong to none of them, unless they are all of the first.
 */
static void test_every_fork_is_explained(void **state)
{
	unsigned count = 0;

	for (unsigned i = 0; i < grammar_row_count; i++) {
		const char *a = grammar_rows[i].syntax;

		for (unsigned j = i + 1; j < grammar_row_count; j++) {
			const char *b = grammar_rows[j].syntax;
			size_t same = 0, end = strcspn(a, "<[{(;");

			if (!is_shown(&grammar_rows[i]) || !is_shown(&grammar_rows[j]))
				continue;
			for (size_t k = 0; k < end && a[k] == b[k]; k++)
				if (a[k] == ' ')
					same = k;
			for (size_t k = 1; k <= same && k + 1 < end; k++) {
				char path[128];
				bool known = false;

				if (a[k] != ' ')
					continue;
				snprintf(path, sizeof(path), "%.*s", (int)k, a);
				for (unsigned n = 0; n < grammar_prefix_count; n++)
					known |= strcmp(grammar_prefixes[n].name, path) == 0;
				if (!known &&
				    strcmp(grammar_rows[i].help, grammar_rows[j].help) != 0) {
					print_error("nothing explains \"%s\"\n", path);
					count++;
				}
			}
		}
	}
	assert_int_equal(count, 0);
}

static void help_is(const char *line, const char *word, const char *help)
{
	assert_int_equal(expect(line, true, 1, false), 0);
	if (!find(word))
		fail_msg("\"%s\" does not offer %s", line, word);
	assert_string_equal(find(word)->help, help);
}

static void test_help_is_of_the_word_at_hand(void **state)
{
	help_is("ip filter 1 ", "pass-nolog", "Let through, do not log");
	help_is("ip filter ", "dynamic", "Filters that follow connections");
	help_is("ping ", "-c", "How many echoes to send");
	help_is("ping ", "-sa", "Own address to send from");
	help_is("cloud vpn create 1 ", "<an ASCII text of at most 64 characters>",
	    "vpc-... or tgw-...");
	help_is("bgp neighbor 1 65000 192.0.2.1 ", "local-address=", "Own address");
	help_is("ip route default ", "gateway", "Where the packets go");
	help_is("ip route ", "<default or an IPv4 network, a.b.c.d/nn>",
	    "Destination: default for all others");
	help_is("ipsec ike duration ", "isakmp-sa", "SA of the key exchange");
	help_is("packetdump start ", "snap", "Keep so much of each packet");
	help_is("show packet path 192.0.2.1 192.0.2.2 ", "size", "Length of the packet");
	help_is("ipsec ike pfs 1 ", "on", "Perfect forward secrecy");
}

static void test_completion_knows_the_interfaces(void **state)
{
	assert_int_equal(expect("ip la", true, 0, false), 0);
	assert_non_null(find("lan1"));
	assert_non_null(find("lan8"));
	assert_true(find("lan1")->literal);
	assert_int_equal(expect("show status lan3", true, 0, false), 0);
	assert_non_null(find("lan3"));
	assert_null(find("lan1"));
	assert_int_equal(expect("ip route default gateway la", true, 0, false), 0);
	assert_null(find("lan1"));
}

static void not_offered(const char *line, const char *word)
{
	assert_int_equal(expect(line, true, 1, false), 0);
	if (find(word))
		fail_msg("\"%s\" offers %s", line, word);
}

static void test_what_is_always_refused_is_not_offered(void **state)
{
	not_offered("ipsec ike encryption 1 ", "3des-cbc");
	not_offered("ipsec sa policy 1 1 esp ", "des-cbc");
	not_offered("ipsec sa policy 1 1 esp aes-cbc ", "md5-hmac");
	not_offered("ipsec sa policy 1 1 ", "ah");
	not_offered("ipsec sa policy 1 1 esp aes-cbc sha-hmac ", "local-id=");
	not_offered("ipsec ike hash 1 ", "md5");
	not_offered("ipsec ike group 1 ", "modp768");
	not_offered("ipsec ike group 1 modp1024 ", "modp768");
	not_offered("ipsec ike version 1 ", "2");
	not_offered("ipsec ike keepalive use 1 on ", "heartbeat");
	not_offered("ipsec ike keepalive use 1 on ", "icmp-echo");
	not_offered("ipsec ike keepalive use 1 on dpd 10 6 ", "<0..1000000>");
	not_offered("ipsec ike duration isakmp-sa 1 3600 rekey ", "off");
	not_offered("ipsec ike duration ipsec-sa 1 3600 ", "forced-reduction=");
	not_offered("console character ", "euc");
	not_offered("console character ", "sjis");
	not_offered("bgp import 65000 ", "ospf");
	not_offered("bgp neighbor 1 65000 192.0.2.1 ", "gateway=");
	not_offered("ip route default gateway ", "pp");
	not_offered("ip route default gateway tunnel 1 ", "filter");
	not_offered("tunnel encapsulation ", "l2tp");
	/* They are understood all the same, and answered in words of their own. */
	assert_int_equal(parse("ipsec ike encryption 1 3des-cbc"), 0);
	assert_int_equal(parse("bgp import 65000 ospf filter 1"), 0);
	assert_int_equal(parse("ipsec sa policy 1 1 ah sha-hmac"), 0);
	/* Nor are they among what is expected. */
	assert_int_equal(parse("ipsec ike hash 1 bogus"), -EINVAL);
	assert_null(strstr(error, "md5"));
}

static void test_syntax_leaves_out_what_is_refused(void **state)
{
	struct text text = {0};

	assert_int_equal(parse("bgp import 65000 static filter 1"), 0);
	grammar_print_syntax(match.row, &text);
	assert_string_equal(text.data, "bgp import <as> static filter { <filter> }");
	text_free(&text);
	assert_int_equal(parse("ipsec ike keepalive use 1 off"), 0);
	grammar_print_syntax(match.row, &text);
	assert_string_equal(text.data,
	    "ipsec ike keepalive use <gateway> on|off|auto [ <method> ] "
	    "[ <interval> <count> ] [ { send-only-new-sa=on|off|auto } ]");
	text_free(&text);
	assert_int_equal(parse("tunnel encapsulation ipsec"), 0);
	grammar_print_syntax(match.row, &text);
	assert_string_equal(text.data, "tunnel encapsulation ipsec");
	text_free(&text);
}

static void test_abbreviations_prefer_what_is_meant(void **state)
{
	assert_int_equal(parse("show st tun 1"), 0);
	assert_int_equal(match.row->operation, OP_SHOW_TUNNEL);
	assert_int_equal(parse("sh stat tun 1"), 0);
	assert_int_equal(match.row->operation, OP_SHOW_TUNNEL);
	assert_int_equal(parse("show stati"), 0);
	assert_int_equal(match.row->operation, OP_SHOW_STATISTICS);
	assert_int_equal(parse("show tech"), 0);
	assert_int_equal(match.row->operation, OP_SHOW_TECHINFO);
	assert_int_equal(parse("show tech-"), 0);
	assert_int_equal(match.row->operation, OP_SHOW_TECHINFO);
	/* Completion offers both. */
	assert_int_equal(expect("sh st", true, 0, false), 0);
	assert_non_null(find("status"));
	assert_non_null(find("statistics"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_help_lists_what_may_follow),
	    cmocka_unit_test(test_help_knows_both_languages),
	    cmocka_unit_test(test_help_offers_what_the_level_allows),
	    cmocka_unit_test(test_completion_takes_the_begun_word),
	    cmocka_unit_test(test_syntax_is_readable),
	    cmocka_unit_test(test_every_word_is_explained),
	    cmocka_unit_test(test_every_note_is_used),
	    cmocka_unit_test(test_every_fork_is_explained),
	    cmocka_unit_test(test_help_is_of_the_word_at_hand),
	    cmocka_unit_test(test_completion_knows_the_interfaces),
	    cmocka_unit_test(test_what_is_always_refused_is_not_offered),
	    cmocka_unit_test(test_syntax_leaves_out_what_is_refused),
	    cmocka_unit_test(test_abbreviations_prefer_what_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
