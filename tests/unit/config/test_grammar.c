/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The grammar table: every command in its full form, abbreviated and as it is printed, every `no`.
 */
#include "tests/unit/config/grammar_fixture.h"

static void test_every_row_compiles_and_has_its_texts(void **state)
{
	for (unsigned i = 0; i < grammar_row_count; i++) {
		const struct grammar_row *row = &grammar_rows[i];
		struct pattern pattern;

		if (pattern_compile(&pattern, row->syntax))
			fail_msg("%s", row->syntax);
		assert_true((row->set != NULL) + (row->operation != OP_NONE) == 1);
		assert_true(row->operation != OP_REFUSED || row->refusal);
		/* A setting has a stem, so that `no` can name it. */
		assert_true(!row->set || strchr(row->syntax, ';'));
		if (!(row->flags & GRAMMAR_HIDDEN))
			assert_true(row->help[0] && row->help_ja[0]);
	}
}

static void test_malformed_patterns_are_refused(void **state)
{
	static const char *const bad[] = {
	    "", "a [", "a ]", "a ( b", "<x>", "<x:1-2", "a |", "{ }", "a [ b ) c"};
	struct pattern pattern;
	char large[PATTERN_NODES * 2 + 4];

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (pattern_compile(&pattern, bad[i]) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
	for (unsigned i = 0; i <= PATTERN_NODES; i++)
		memcpy(large + 2 * i, "a ", 3);
	assert_int_equal(pattern_compile(&pattern, large), -EINVAL);
}

/* Every setting, whole. */
static const char *const settings[] = {
    "login password encrypted $y$j9T$abcdefgh$0123456789abcdefghij./",
    "administrator password encrypted $y$j9T$abcdefgh$0123456789abcdefghij./",
    "login timer 300",
    "login timer clear",
    "console character en.ascii",
    "console columns 132",
    "console lines 24",
    "console lines infinity",
    "console prompt \"edge 1\"",
    "timezone jst",
    "timezone +09:00",
    "timezone -12:00",
    "timezone utc",
    "console character ja.utf8",
    "ip route default gateway 192.0.2.1",
    "ip route 10.0.0.0/16 gateway tunnel 1 hide gateway tunnel 2 hide",
    "ip route 10.0.0.0/8 gateway 192.0.2.1 metric 15 gateway 192.0.2.2 weight 0 hide",
    "ip route 172.16.0.0/12 gateway null",
    "ip route 10.0.0.0/8 gateway loopback",
    "ip route 10.0.0.0/8 gateway dhcp lan2",
    "ip route default gateway pp 1 filter 1 2 gateway pp anonymous name=home",
    "ip route 10.0.0.0/8 gateway 192.0.2.1 keepalive 1 dpi 5 6",
    "description lan1 \"towards the office\"",
    "ip lan1 address 192.168.100.1/24",
    "ip lan1 address 192.168.100.1/24 broadcast 192.168.100.255",
    "ip lan2 address dhcp",
    "ip lan2 secure filter in 200080 200081 200082 dynamic 100 101",
    "ip lan2 secure filter out 1",
    "ip lan2 secure filter out dynamic 100",
    "ip lan2 nat descriptor 1000",
    "ip lan2 nat descriptor 1000 1 reverse 2",
    "ip filter 200080 pass * 192.168.100.1 udp * 500",
    "ip filter 200081 pass * 192.168.100.1 esp * *",
    "ip filter 1 reject-nolog 10.0.0.0/8,172.16.0.0/12 192.168.0.1-192.168.0.9 tcp,udp "
    "www,8080-8090 *",
    "ip filter 2 restrict *",
    "ip filter 3 pass * * tcpflag=0x02/0x12 * telnet",
    "ip filter 4 pass * * tcpflag!=2/18",
    "ip filter 21474836 pass-log * * established",
    "ip filter dynamic timer tcp-syn-timeout=30 tcp-fin-timeout=5 tcp-idle-time=3600 "
    "udp-idle-time=30 dns-timeout=5",
    "ip filter dynamic 100 * * www",
    "ip filter dynamic 101 * 192.0.2.1 filter 1 2 in 3 out 4 syslog=off timeout=30",
    "nat descriptor type 1000 masquerade",
    "nat descriptor type 1 nat-masquerade hairpin=on",
    "nat descriptor address outer 1000 primary",
    "nat descriptor address outer 1000 192.0.2.1-192.0.2.9",
    "nat descriptor address inner 1000 auto",
    "nat descriptor address inner 1000 192.168.0.1-192.168.0.99",
    "nat descriptor masquerade static 1000 1 192.168.100.1 udp 500",
    "nat descriptor masquerade static 1000 2 192.168.100.1 esp",
    "nat descriptor masquerade static 1000 3 192.168.100.1 tcp 8080=80",
    "nat descriptor masquerade static 1000 4 192.168.100.1 icmp",
    "nat descriptor masquerade static 1000 5 192.168.100.1 47",
    "nat descriptor masquerade incoming 1000 reject",
    "nat descriptor masquerade incoming 1000 forward 192.168.100.9",
    "nat descriptor static 1 1 192.0.2.9=192.168.100.9",
    "nat descriptor static 1 2 192.0.2.16=192.168.100.16 8",
    "nat descriptor address outer 1 192.0.2.1 192.0.2.8-192.0.2.9",
    "ip lan8 address 10.0.0.1/8",
    "ip lan1 mtu 1500",
    "ip lan2 tcp mss limit auto",
    "ip lan2 tcp mss limit off",
    "description tunnel amazon-api_20170110112233",
    "description tunnel \"two words # and more?\"",
    "tunnel encapsulation ipsec",
    "ipsec tunnel 201",
    "ipsec sa policy 201 1 esp aes-cbc sha-hmac",
    "ipsec sa policy 201 1 esp aes256-cbc sha256-hmac anti-replay-check=off",
    "ipsec sa policy 201 1 esp",
    "ipsec sa policy 201 1 ah sha-hmac",
    "ipsec sa policy 201 1 esp aes-cbc sha-hmac local-id=10.0.0.0/8 remote-id=10.1.0.0/16",
    "tunnel encapsulation ipip",
    "ipsec use off",
    "ipsec tunnel fastpath-fragment-function follow df-bit on",
    "ipsec ike always-on 1 on",
    "ipsec ike child-exchange type 1 2",
    "ipsec ike duration ipsec-sa 1 3600 rekey 80%",
    "ipsec ike duration isakmp-sa 1 28800 off rekey off forced-reduction=30",
    "ipsec ike keepalive log 1 off",
    "ipsec ike keepalive use 1 on icmp-echo 10.0.0.1 length=64 10 6",
    "ipsec ike keepalive use 1 on heartbeat 10 6 0 down=disconnect send-only-new-sa=auto",
    "ipsec ike local address 1 vrrp lan1 255",
    "ipsec ike local address 1 ipv6 prefix 1 on lan1",
    "ipsec ike local address 1 ipcp pp 1",
    "ipsec ike local name 1 192.0.2.1 ipv4-addr",
    "ipsec ike remote name 1 peer@example.com user-fqdn",
    "ipsec ike log 1 message-info key-info",
    "ipsec ike log payload-info",
    "ipsec ike message-id-control 1 on",
    "ipsec ike negotiation receive 1 off",
    "ipsec ike proposal-limitation 1 on",
    "ipsec ike restrict-dangling-sa 1 off",
    "ipsec ike send info 1 off",
    "ipsec ike version 1 1",
    "ipsec ike duration ipsec-sa 1 3600",
    "ipsec ike duration ipsec-sa 1 3600 2000000",
    "ipsec ike duration isakmp-sa 1 28800 off",
    "ipsec ike encryption 1 aes-cbc",
    "ipsec ike encryption 1 3des-cbc",
    "ipsec ike group 1 modp1024",
    "ipsec ike group 1 modp2048 modp1536",
    "ipsec ike hash 1 sha256",
    "ipsec ike keepalive use 1 on dpd 10 3",
    "ipsec ike keepalive use 1 on dpd 10 3 0",
    "ipsec ike keepalive use 1 auto",
    "ipsec ike local address 1 192.168.100.1",
    "ipsec ike local id 1 0.0.0.0/0",
    "ipsec ike nat-traversal 1 on type=2",
    "ipsec ike nat-traversal 1 on keepalive=30 force=off type=1",
    "ipsec ike pfs 1 on",
    "ipsec ike pre-shared-key 1 text abc.DEF_123",
    "ipsec ike pre-shared-key 1 0x0123456789abcdef",
    "ipsec ike remote address 1 203.0.113.1",
    "ipsec ike remote address 1 any",
    "ipsec ike remote address 1 vpn.example.com",
    "ipsec ike remote id 1 10.0.0.0/16",
    "ipsec auto refresh 1 off",
    "ipsec tunnel outer df-bit clear",
    "ip tunnel secure filter in 1 2",
    "ip tunnel nat descriptor 1",
    "ip tunnel address 169.254.0.34/30",
    "ip tunnel remote address 169.254.0.33",
    "ip tunnel mtu 1280",
    "ip tunnel tcp mss limit 1387",
    "tunnel enable 1",
    "bgp use on",
    "bgp autonomous-system 65000",
    "bgp router id 192.168.100.1",
    "bgp neighbor 1 10124 169.254.0.33 hold-time=30 local-address=169.254.0.34",
    "bgp neighbor 2 10124 169.254.0.125 metric=100 passive=on hold-time=off",
    "bgp import filter 1 equal 0.0.0.0/0",
    "bgp import filter 2 reject include all",
    "bgp import filter 3 refines 10.0.0.0/8 192.168.0.0/16 metric=5 preference=100",
    "bgp import 10124 static filter 1 2 3",
    "bgp preference 500",
    "bgp default med 100",
    "bgp log neighbor packet",
    "bgp reric interval 5",
    "bgp neighbor 1 10124 169.254.0.33 gateway=lan1 ignore-capability=off",
    "bgp neighbor pre-shared-key 1 text sesame",
    "bgp import 10124 bgp 64512 filter 1",
    "bgp import 10124 aggregate filter 1",
    "bgp export filter 1 reject include 10.0.0.0/8 preference=255",
    "bgp export aspath 10 \"^65000 .*$\" filter 1 2",
    "bgp export 64512 filter 1",
    "bgp export route selection rule all",
    "bgp aggregate 10.0.0.0/8 filter 1",
    "bgp aggregate filter 1 static reject equal 10.0.0.0/8",
    "bgp force-to-advertise 64512 default metric=5",
    "syslog host 192.0.2.1 log.example.com",
    "dhcp service server",
    "dhcp server rfc2131 compliant except remain-silent",
    "dhcp server rfc2131 compliant broadcast-nak use-clientid",
    "dhcp server rfc2131 compliant off",
    "dhcp scope 1 192.168.100.2-192.168.100.191/24",
    "dhcp scope 1 10.0.0.2-10.0.0.9/24 except 10.0.0.3 10.0.0.5-10.0.0.6 gateway 10.0.0.1 "
    "expire 24:00 maxexpire infinity",
    "dhcp scope bind 1 192.168.100.2 ethernet 00:a0:de:01:23:45",
    "dhcp scope bind 1 192.168.100.2 text client01",
    "dhcp scope bind 1 192.168.100.2 01 00 a0 de 01 23 45 01 01 01",
    "dhcp scope bind 1 192.168.100.2 00:a0:de:01:23:45",
    "dhcp scope option 1 router=192.168.100.1 dns=192.168.100.1,192.0.2.53 43=0a,ff 26=1400",
    "dhcp relay server 192.0.2.67 192.0.2.68",
    "nat descriptor timer 1 600",
    "nat descriptor timer 1 tcpfin 60",
    "nat descriptor timer 1 protocol=udp 300",
    "nat descriptor timer 1 protocol=tcp port=80,8000-8010 120",
    "ip lan1 secondary address 192.168.101.1/24",
    "ip lan1 secondary address 192.168.101.1/24 broadcast 192.168.101.255",
    "ip filter dynamic 9 * * pop3",
    "ip filter dynamic 10 * * dhcpv6s",
    "dns server select 500001 192.0.2.53 any .",
    "dns service recursive",
    "dns domain example.com",
    "dns server 192.0.2.53 198.51.100.53",
    "dns server dhcp lan2",
    "dns server select 1 192.0.2.53 any corp.example.com",
    "dns server select 2 192.0.2.53 192.0.2.54 a .",
    "dns server select 3 dhcp lan2 192.0.2.53 ptr 10.20.0.0/16",
    "dns server select 4 dhcp lan2 example.com",
    "ip host gw.example.com 192.168.100.1 ttl=60",
    "dns static a printer.example.com 192.168.100.20",
    "dns static aaaa printer.example.com 2001:db8::20 ttl=60",
    "dns static ptr 192.168.100.20 printer.example.com",
    "dns static cname lp.example.com printer.example.com",
    "schedule at 1 */* 00:00 * ntpdate ntp.example.com syslog",
    "schedule at 2 startup * cloud vpn set go 1 no-save",
    "schedule at 3 1,6-9/mon-fri,sun *:00:30 tunnel 1 tunnel disable 1",
    "statistics traffic on",
    "statistics flow on",
    "description 1 \"branch office\"",
    "ipsec auto refresh on",
    "ipsec ike retry 10 5",
    "ipsec ike retry 50 100 5",
    "syslog notice on",
    "syslog info off",
    "syslog debug on",
    "cloud vpn service 1 amazon-api",
    "cloud vpn name 1 yamaha",
    "cloud vpn parameter 1 abcdefghij ABCDEFGHIJKLM vpn-01234567",
    "cloud vpn option 1 region=us-east-1",
    "cloud vpn bind 1 1 2",
    "cloud vpn bind 2 3",
    "cloud vpn refresh 1 60",
    "cloud vpn refresh 2 off",
    "cloud vpn price 1 us-east-1 0.05 0.09 10=0.085",
    "cloud vpn currency JPY 145",
    "cloud vpn syslog on",
};

static void test_every_setting_parses_and_prints_the_same(void **state)
{
	bool seen[512] = {false};

	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		assert_same(settings[i]);
		assert_non_null(match.row->set);
		seen[match.row - grammar_rows] = true;
	}
	for (unsigned i = 0; i < grammar_row_count; i++)
		if (grammar_rows[i].set && !seen[i])
			fail_msg("no line for: %s", grammar_rows[i].syntax);
}

static void test_every_setting_has_its_no(void **state)
{
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct grammar_row *row;
		char line[200], *end;
		unsigned stem;

		assert_int_equal(parse(settings[i]), 0);
		row = match.row;
		stem = match.stem;
		snprintf(line, sizeof(line), "no %s", settings[i]);
		assert_int_equal(parse(line), 0);
		assert_true(match.negated && match.row == row && match.stem == stem);
		/* And with nothing behind the words that name it. */
		end = line + 2;
		for (unsigned word = 0; word < stem; word++)
			end = strchrnul(end + 1, ' ');
		*end = '\0';
		if (parse(line))
			fail_msg("\"%s\": %s", line, error);
		assert_true(match.negated && match.row == row && match.stem == stem);
	}
}

static void test_no_takes_nothing_that_does_not_belong_there(void **state)
{
	assert_int_equal(parse("no ip lan1"), -EINVAL);
	assert_int_equal(parse("no ip lan1 adress"), -EINVAL);
	assert_int_equal(parse("no show config foo"), -EINVAL);
	assert_int_equal(parse("no show config"), -EINVAL);
	assert_int_equal(parse("no"), -EINVAL);
	assert_parses("no ipsec auto refresh 2", "no ipsec auto refresh 2");
	assert_parses("no ipsec auto refresh", "no ipsec auto refresh");
	assert_parses("no tunnel select", "no tunnel select");
	assert_int_equal(match.row->operation, OP_TUNNEL_SELECT);
}

/* Behind the name of a setting `no` reads nothing: what stands there may be any value of it. */
static void test_words_behind_a_named_setting_are_ignored(void **state)
{
	assert_parses("no ip lan1 address foo", "no ip lan1 address");
	assert_parses("no ip filter 2 foo bar", "no ip filter 2");
	assert_parses("no ip route default gateway foo", "no ip route default gateway");
	assert_int_equal(match.stem, 3);
	assert_parses("no ipsec ike remote name 3 x y", "no ipsec ike remote name 3 x");
	assert_int_equal(match.stem, 5);
	assert_parses("no tunnel enable 1 foo", "no tunnel enable 1");
	/* Not while another setting may be meant. */
	assert_int_equal(parse("no ipsec auto refresh 200 on"), -EINVAL);
	assert_int_equal(parse("no ipsec auto refresh foo"), -EINVAL);
	assert_int_equal(parse("no dns server foo"), -EINVAL);
	assert_int_equal(parse("no tunnel enable foo"), -EINVAL);
}

static void test_words_are_made_canonical(void **state)
{
	assert_parses("  ip   lan1 address  192.168.100.1/255.255.255.0 ",
	    "ip lan1 address 192.168.100.1/24");
	assert_parses("ip route 0.0.0.0/0 gateway 192.0.2.1", "ip route default gateway 192.0.2.1");
	assert_parses("ipsec ike duration child-sa 1 0300", "ipsec ike duration ipsec-sa 1 300");
	assert_parses("ipsec ike duration ike-sa 1 300", "ipsec ike duration isakmp-sa 1 300");
	assert_parses("console character ascii", "console character en.ascii");
	assert_parses(
	    "ipsec ike pre-shared-key 1 text a\\ b", "ipsec ike pre-shared-key 1 text \"a b\"");
	assert_parses("ipsec ike pre-shared-key 1 text 'a\"\\b'",
	    "ipsec ike pre-shared-key 1 text \"a\\\"\\\\b\"");
}

static void test_what_is_printed_reads_back_the_same(void **state)
{
	static const char *const keys[] = {"'#x'", "\"a'b\"", "\\\\", "'?'", "a\\|b", "'a  b'"};
	char line[100], once[CONFIG_LINE_CHARS + 8];

	for (unsigned i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(line, sizeof(line), "ipsec ike pre-shared-key 1 text %s", keys[i]);
		assert_int_equal(parse(line), 0);
		snprintf(once, sizeof(once), "%s", canonical());
		assert_same(once);
	}
}

static void test_unique_abbreviations_are_taken(void **state)
{
	assert_parses("sh conf", "show config");
	assert_parses("sh ips sa g 1 d", "show ipsec sa gateway 1 detail");
	assert_parses("sh statu bg n", "show status bgp neighbor");
	assert_parses(
	    "ip ro default gate 192.0.2.1 me 2", "ip route default gateway 192.0.2.1 metric 2");
	assert_parses("ipsec ike enc 1 aes2", "ipsec ike encryption 1 aes256-cbc");
	assert_parses("no ip lan1 tc m l", "no ip lan1 tcp mss limit");
	/* A whole keyword is no abbreviation of a longer one. */
	assert_parses("ipsec ike hash 1 sha", "ipsec ike hash 1 sha");
	assert_parses("ipsec ike encryption 1 aes-cbc", "ipsec ike encryption 1 aes-cbc");
	/* Where any text would do, keywords are written whole: this is a host. */
	assert_parses("ipsec ike remote address 1 an", "ipsec ike remote address 1 an");
	/* Quoted, it is meant as it stands. */
	assert_int_equal(parse("\"sh\" config"), -EINVAL);
}

static void test_every_keyword_has_help_in_both_languages(void **state)
{
	static struct grammar_expects list;

	/* Every prefix of every row: none may lack an explanation. */
	for (unsigned i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		for (const char *blank = settings[i]; blank; blank = strchr(blank + 1, ' ')) {
			size_t bytes = (size_t)(blank - settings[i]) + (blank != settings[i]);

			if (memchr(settings[i], '"', bytes))
				break;
			for (unsigned language = 0; language < 2; language++) {
				if (grammar_expect(settings[i], bytes, true, 1, language, &list,
					error, sizeof(error)))
					fail_msg("%.*s: %s", (int)bytes, settings[i], error);
				for (unsigned j = 0; j < list.count; j++)
					if (list.item[j].literal && !list.item[j].help[0])
						fail_msg("%.*s: %s: no help", (int)bytes,
						    settings[i], list.item[j].text);
			}
		}
	}
}

static void test_empty_lines_and_comments_are_nothing(void **state)
{
	assert_int_equal(parse(""), 0);
	assert_null(match.row);
	assert_int_equal(parse("   # comment"), 0);
	assert_null(match.row);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_row_compiles_and_has_its_texts),
	    cmocka_unit_test(test_malformed_patterns_are_refused),
	    cmocka_unit_test(test_every_setting_parses_and_prints_the_same),
	    cmocka_unit_test(test_every_setting_has_its_no),
	    cmocka_unit_test(test_no_takes_nothing_that_does_not_belong_there),
	    cmocka_unit_test(test_words_behind_a_named_setting_are_ignored),
	    cmocka_unit_test(test_words_are_made_canonical),
	    cmocka_unit_test(test_what_is_printed_reads_back_the_same),
	    cmocka_unit_test(test_unique_abbreviations_are_taken),
	    cmocka_unit_test(test_every_keyword_has_help_in_both_languages),
	    cmocka_unit_test(test_empty_lines_and_comments_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
