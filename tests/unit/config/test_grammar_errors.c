/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the grammar refuses, and in which words: none of them tells a secret. */
#include "tests/unit/config/grammar_fixture.h"

static void test_ambiguous_abbreviations_are_refused(void **state)
{
	assert_error("i", "column 1: \"i\" is ambiguous: ip, ipsec");
	assert_error(
	    "ipsec ike encryption 1 aes", "column 24: \"aes\" is ambiguous: aes-cbc, aes256-cbc");
}

static void test_errors_name_the_column_and_what_was_expected(void **state)
{
	assert_error("foo bar", "column 1: there is no command \"foo\": `?` lists those there are");
	assert_error(
	    "no shaw config", "column 4: there is no command \"shaw\": `?` lists those there are");
	assert_error("no show config",
	    "column 1: this command cannot be negated: there is no `no` in front of it");
	assert_error("ip lan1 adress 192.168.1.1/24",
	    "column 9: \"adress\" is not known here; expected address, secondary, mtu, tcp, "
	    "secure, nat");
	assert_error("ip lan1 mtu 1500 x", "column 18: \"x\" is one word too many");
	assert_error("ip lan1 address",
	    "column 16: the command is not complete; expected dhcp or an "
	    "IPv4 address with its mask, a.b.c.d/nn");
	assert_error("ip route 10.0.0.1/8 gateway 192.0.2.1",
	    "column 10: \"10.0.0.1/8\": host bits are set: the network is 10.0.0.0/8");
	assert_error("ip route 10.0.0.0/33 gateway 192.0.2.1",
	    "column 10: \"10.0.0.0/33\": that is no IPv4 network, as in 10.0.0.0/16");
	assert_error("ip route 10.0.0.0/8 gateway 192.0.2.256",
	    "column 29: \"192.0.2.256\": that is no IPv4 address");
	assert_error(
	    "ipsec ike pfs 1 maybe", "column 17: \"maybe\" is not known here; expected on|off");
	assert_error("bgp neighbor 1 1 192.0.2.1 hold-time=2",
	    "column 28: \"hold-time=2\": the number is outside 3..28800");
}

static void test_C02_shell_characters_are_words_like_others(void **state)
{
	assert_int_equal(parse("show config; save"), -EINVAL);
	assert_non_null(strstr(error, "column 6: \"config;\" is not known here"));
	assert_int_equal(parse("ip lan1 address `id`"), -EINVAL);
	assert_non_null(strstr(error, "column 17: \"`id`\""));
}

static void test_C05_a_bad_secret_is_not_echoed(void **state)
{
	char line[300];

	repeat(line, sizeof(line), "ipsec ike pre-shared-key 1 text ", 's', 129, "");
	assert_int_equal(parse(line), -EINVAL);
	assert_null(strstr(error, "sss"));
	assert_int_equal(parse("ipsec ike pre-shared-key 1 0x012"), -EINVAL);
	assert_null(strstr(error, "012"));
	assert_int_equal(parse("ipsec ike pre-shared-key 1 text *"), -EINVAL);
	assert_non_null(strstr(error, "how a secret is shown"));
}

static void test_C05_secrets_are_known_and_masked(void **state)
{
	static const char *const lines[] = {"ipsec ike pre-shared-key 1 text sesame",
	    "ipsec ike pre-shared-key 1 0x736573616d65", "cloud vpn parameter 1 id sesame vpn-1"};
	static const char *const masked[] = {"ipsec ike pre-shared-key 1 text *",
	    "ipsec ike pre-shared-key 1 *", "cloud vpn parameter 1 id * vpn-1"};

	for (unsigned i = 0; i < 3; i++) {
		struct text text = {0};
		struct grammar_args args;

		assert_int_equal(parse(lines[i]), 0);
		assert_true(match.secret);
		args = grammar_match_args(&match);
		grammar_print(&args, true, &text);
		assert_string_equal(text.data, masked[i]);
		text_free(&text);
	}
	assert_int_equal(parse("ipsec ike hash 1 sha"), 0);
	assert_false(match.secret);
}

/* Refused or not, a line that holds a secret is known as one: whoever keeps lines leaves it out. */
static void test_C05_a_refused_line_with_a_secret_is_known_as_one(void **state)
{
	static const char *const lines[] = {"ipsec ike pre-shared-key 1 text open sesame",
	    "ipsec ike pre-shared-key 101 text sesame", "ipsec ike pre-shared-key 1 text \"sesame",
	    "ipsec ike pre-shared-key 1 text sesa\x01me", "ipsec ike pre-shared-key 1 txt sesame",
	    "ipsec ike pre-shared-key 1 text open?sesame", "cloud vpn parameter 1 id sesame",
	    "cloud vpn parameter 1 id sesame vpn-1 sesame",
	    "no ipsec ike pre-shared-key 1 text open sesame",
	    "bgp neighbor pre-shared-key 1 text sesame"};
	static const char *const others[] = {
	    "", "sesame", "ipsec ike hash 1 sesame", "ipsec ike sesame", "i", "cloud vpn"};

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		error[0] = '\0';
		parse(lines[i]);
		assert_true(match.secret);
		assert_null(strstr(error, "sesame"));
	}
	assert_int_equal(parse("ipsec ike pre-shared-key 101 text sesame"), -EINVAL);
	assert_non_null(strstr(error, "\"101\": the number is outside 1..100"));
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		parse(others[i]);
		assert_false(match.secret);
	}
}

static void test_commands_of_the_router_are_refused_in_words(void **state)
{
	static const char *const lines[] = {"pp select 1", "ip pp secure filter in 1",
	    "no ip pp address", "pppoe use lan2", "vpn cloud option 1 region=us-east-1",
	    "description pp x", "l2tp service on", "pptp service on", "ipv6 lan1 address auto",
	    "ospf use on", "rip use on", "telnetd service on", "sshd service on",
	    "httpd service on", "snmp host any", "switch control use lan1 on", "lua use on",
	    "queue lan1 type priority", "save usb1:config.txt", "restart", "date 2026/1/1",
	    "dns host lan1", "no dns host", "dns static mx example.com mail.example.com",
	    "dns server pp 1", "dns server select 1 pp 1 any .",
	    "dns server select 1 reject any *.example.com",

	    "ip lan1 proxyarp on", "login user somebody", "user attribute somebody connection=off",
	    "show status user", "show status boot", "ip routing process fast", "ip stealth all",
	    "ip icmp echo-reply send off", "ip simple-service on", "ip filter source-route on",
	    "ip filter directed-broadcast on", "ip filter set 1 in 1", "ip filter fqdn timer ttl",
	    "ip keepalive 1 icmp-echo 10 5 192.0.2.1", "ip policy filter 1 pass * * * *",
	    "ip flow timer tcp 900", "ip lan1 rip send off", "no ip lan1 rip send",
	    "ip lan1 ospf area backbone", "ip lan1 vrrp 1 192.0.2.1",
	    "ip lan1 intrusion detection in on", "ip lan1 wol relay on",
	    "ip lan1 arp static 192.0.2.9 00:a0:de:00:00:01", "ip lan1 igmp router",
	    "nat descriptor ftp port 1 21", "nat descriptor log on",
	    "nat descriptor masquerade port range 1 60000-64095",
	    "nat descriptor masquerade session limit 1 1 1000", "dns private address spoof on",
	    "dns cache max entry 256", "dhcp client hostname lan2 primary x",
	    "dhcp duplicate check 1000 1000", "dhcp relay select hash", "syslog facility user",
	    "ntp local address 192.0.2.1", "rdate 192.0.2.1", "netvolante-dns use lan2 auto",
	    "upnp use on", "url filter use on", "lan type lan1 auto",
	    "wol send lan1 00:a0:de:00:00:01", "bridge member bridge1 lan1 lan2", "radius auth on",
	    "ethernet filter 1 pass-nolog *", "alarm entire off", "system led brightness 1",
	    "console info on", "ipsec transport 1 101 udp 1701", "login password *",
	    "administrator password *", "security class 1 on off", "provider type isdn-terminal",
	    "operation button function download none", "sntpd service on", "tunnel name aws"};

	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (parse(lines[i]))
			fail_msg("%s: %s", lines[i], error);
		assert_int_equal(match.row->operation, OP_REFUSED);
		assert_non_null(match.row->refusal);
		assert_non_null(match.row->refusal_ja);
	}
}

static void test_words_that_are_refused_make_no_other_ambiguous(void **state)
{
	assert_parses("l t clear", "login timer clear");
	assert_parses("sh env", "show environment");
	assert_int_equal(parse("res"), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ambiguous_abbreviations_are_refused),
	    cmocka_unit_test(test_errors_name_the_column_and_what_was_expected),
	    cmocka_unit_test(test_C02_shell_characters_are_words_like_others),
	    cmocka_unit_test(test_C05_a_bad_secret_is_not_echoed),
	    cmocka_unit_test(test_C05_secrets_are_known_and_masked),
	    cmocka_unit_test(test_C05_a_refused_line_with_a_secret_is_known_as_one),
	    cmocka_unit_test(test_commands_of_the_router_are_refused_in_words),
	    cmocka_unit_test(test_words_that_are_refused_make_no_other_ambiguous),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
