/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The grammar table: every command in its full form, the edges of every range, every `no`, what is
 * refused and in which words. */
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
    "dns service recursive",
    "dns domain example.com",
    "dns server 192.0.2.53 198.51.100.53",
    "dns server dhcp lan2",
    "schedule at 1 */* 00:00 * ntpdate ntp.example.com syslog",
    "schedule at 2 startup * cloud vpn set go 1 no-save",
    "schedule at 3 1,6-9/mon-fri,sun *:00:30 tunnel 1 tunnel disable 1",
    "statistics traffic on",
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
	assert_int_equal(parse("no ip lan1 address foo"), -EINVAL);
	assert_int_equal(parse("no ip lan1"), -EINVAL);
	assert_int_equal(parse("no show config"), -EINVAL);
	assert_int_equal(parse("no"), -EINVAL);
	assert_parses("no ipsec auto refresh 2", "no ipsec auto refresh 2");
	assert_parses("no ipsec auto refresh", "no ipsec auto refresh");
	assert_parses("no tunnel select", "no tunnel select");
	assert_int_equal(match.row->operation, OP_TUNNEL_SELECT);
}

struct edge {
	const char *format; /* with one %s */
	const char *low, *high, *below, *above;
};

static const struct edge edges[] = {
    {"ip route 10.0.0.0/8 gateway 192.0.2.1 metric %s", "1", "15", "0", "16"},
    {"ip route 10.0.0.0/8 gateway 192.0.2.1 weight %s", "0", "2147483647", "-1", "2147483648"},
    {"ip route 10.0.0.0/8 gateway tunnel %s", "1", "100", "0", "101"},
    {"ip lan%s mtu 1500", "1", "8", "0", "9"},
    {"ip lan1 mtu %s", "68", "9216", "67", "9217"},
    {"ip lan1 tcp mss limit %s", "536", "1460", "535", "1461"},
    {"ip tunnel tcp mss limit %s", "536", "1460", "535", "1461"},
    {"ip tunnel mtu %s", "64", "1500", "63", "1501"},
    {"ipsec tunnel %s", "1", "2147483647", "0", "2147483648"},
    {"ipsec sa policy %s 1 esp aes-cbc sha-hmac", "1", "2147483647", "0", "2147483648"},
    {"ipsec sa policy 1 %s esp aes-cbc sha-hmac", "1", "100", "0", "101"},
    {"ipsec ike duration ipsec-sa 1 %s", "300", "691200", "299", "691201"},
    {"ipsec ike duration isakmp-sa 1 %s", "300", "691200", "299", "691201"},
    {"ipsec ike duration ipsec-sa 1 300 %s", "100", "2147483647", "99", "2147483648"},
    {"ipsec ike duration ipsec-sa %s 300", "1", "100", "0", "101"},
    {"ipsec ike version 1 %s", "1", "2", "0", "3"},
    {"ipsec ike keepalive use 1 on dpd %s 3", "1", "600", "0", "601"},
    {"ipsec ike keepalive use 1 on dpd 10 %s", "1", "50", "0", "51"},
    {"ipsec ike keepalive use 1 on dpd 10 3 %s", "0", "1000000", "-1", "1000001"},
    {"ipsec ike nat-traversal 1 on keepalive=%s", "30", "100000", "29", "100001"},
    {"ipsec ike nat-traversal 1 on type=%s", "1", "2", "0", "3"},
    {"ipsec ike retry %s 5", "1", "50", "0", "51"},
    {"ipsec ike retry 10 %s", "1", "100", "0", "101"},
    {"ipsec ike retry 10 5 %s", "1", "5", "0", "6"},
    {"ipsec ike pfs %s on", "1", "100", "0", "101"},
    {"tunnel select %s", "1", "100", "0", "101"},
    {"tunnel enable %s", "1", "100", "0", "101"},
    {"bgp autonomous-system %s", "1", "4294967295", "0", "4294967296"},
    {"bgp neighbor %s 1 192.0.2.1", "1", "2147483647", "0", "2147483648"},
    {"bgp neighbor 1 %s 192.0.2.1", "1", "4294967295", "0", "4294967296"},
    {"bgp neighbor 1 1 192.0.2.1 hold-time=%s", "3", "28800", "2", "28801"},
    {"bgp neighbor 1 1 192.0.2.1 metric=%s", "1", "21474836", "0", "21474837"},
    {"bgp import filter %s equal all", "1", "2147483647", "0", "2147483648"},
    {"bgp import filter 1 equal all metric=%s", "1", "16777215", "0", "16777216"},
    {"bgp import filter 1 equal all preference=%s", "0", "255", "-1", "256"},
    {"bgp import %s static filter 1", "1", "4294967295", "0", "4294967296"},
    {"bgp import 1 static filter %s", "1", "2147483647", "0", "2147483648"},
    {"cloud vpn service %s amazon-api", "1", "50", "0", "51"},
    {"cloud vpn bind 1 %s 50", "1", "100", "0", "101"},
    {"cloud vpn bind 1 50 %s", "1", "100", "0", "101"},
    {"cloud vpn price %s x 1 1", "1", "16", "0", "17"},
    {"cloud vpn refresh 1 %s", "5", "10080", "4", "10081"},
    {"cloud vpn set go %s", "1", "50", "0", "51"},
    {"show ipsec sa gateway %s", "1", "100", "0", "101"},
    {"show status tunnel %s", "1", "100", "0", "101"},
    {"login timer %s", "120", "21474836", "119", "21474837"},
    {"console columns %s", "80", "200", "79", "201"},
    {"console lines %s", "10", "100", "9", "101"},
    {"ip filter %s pass *", "1", "21474836", "0", "21474837"},
    {"ip filter 1 pass * * %s", "0", "255", "-1", "256"},
    {"ip filter 1 pass * * tcp %s", "0", "65535", "-1x", "65536"},
    {"ip lan1 secure filter in %s", "1", "21474836", "0", "21474837"},
    {"ip filter dynamic 1 * * tcp timeout=%s", "1", "86400", "0", "86401"},
    {"ip filter dynamic timer tcp-syn-timeout=%s", "1", "2147483", "0", "2147484"},
    {"ip filter dynamic timer tcp-fin-timeout=%s", "1", "2147483", "0", "2147484"},
    {"ip filter dynamic timer tcp-idle-time=%s", "1", "2147483", "0", "2147484"},
    {"ip filter dynamic timer udp-idle-time=%s", "1", "2147483", "0", "2147484"},
    {"ip filter dynamic timer dns-timeout=%s", "1", "2147483", "0", "2147484"},
    {"nat descriptor type %s nat", "1", "2147483647", "0", "2147483648"},
    {"nat descriptor static 1 1 192.0.2.9=10.0.0.9 %s", "1", "256", "0", "257"},
    {"nat descriptor static %s 1 192.0.2.9=10.0.0.9", "1", "2147483647", "0", "2147483648"},
    {"nat descriptor masquerade static 1 %s 10.0.0.1 esp", "1", "2147483647", "0", "2147483648"},
    {"nat descriptor masquerade static 1 1 10.0.0.1 tcp %s", "0", "65535", "-1x", "65536"},
    {"ipsec ike child-exchange type 1 %s", "1", "2", "0", "3"},
    {"ipsec ike keepalive use 1 on icmp-echo 10.0.0.1 length=%s", "64", "1500", "63", "1501"},
    {"bgp preference %s", "1", "2147483647", "0", "2147483648"},
    {"bgp export filter 1 equal all preference=%s", "0", "255", "-1", "256"},
    {"bgp force-to-advertise 1 default metric=%s", "1", "16777215", "0", "16777216"},
    {"dhcp scope %s 10.0.0.1-10.0.0.2/8", "1", "65535", "0", "65536"},
    {"dhcp scope bind %s 10.0.0.2 text x", "1", "65535", "0", "65536"},
    {"dhcp scope option %s dns=10.0.0.1", "1", "65535", "0", "65536"},
    {"dhcp scope option 1 %s=0a", "62", "254", "0", "255"},
    {"dhcp scope option 1 26=%s", "0", "65535", "-1", "65536"},
    {"dhcp scope option 1 23=%s", "0", "255", "-1", "256"},
    {"description %s x", "1", "21474836", "0", "21474837"},
    {"save %s", "0", "4", "-1", "5"},
    {"rollback %s", "0", "10", "-1", "11"},
    {"commit confirmed %s", "1", "1440", "0", "1441"},
    {"ping -c %s 192.0.2.1", "1", "21474836", "0", "21474837"},
    {"ping -s %s 192.0.2.1", "64", "65515", "63", "65516"},
};

static int parse_edge(const char *format, const char *value)
{
	const char *at = strstr(format, "%s");
	char line[200];

	snprintf(line, sizeof(line), "%.*s%s%s", (int)(at - format), format, value, at + 2);
	return parse(line);
}

static void test_every_range_ends_where_it_should(void **state)
{
	for (unsigned i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		const struct edge *edge = &edges[i];

		if (parse_edge(edge->format, edge->low) || parse_edge(edge->format, edge->high))
			fail_msg("%s: %s", edge->format, error);
		if (parse_edge(edge->format, edge->below) != -EINVAL ||
		    parse_edge(edge->format, edge->above) != -EINVAL ||
		    parse_edge(edge->format, "1x") != -EINVAL)
			fail_msg("%s: taken outside of its range", edge->format);
	}
}

static void repeat(
    char *line, size_t line_bytes, const char *head, char c, unsigned count, const char *tail)
{
	size_t used = (size_t)snprintf(line, line_bytes, "%s", head);

	memset(line + used, c, count);
	snprintf(line + used + count, line_bytes - used - count, "%s", tail);
}

static void test_every_text_ends_where_it_should(void **state)
{
	static const struct {
		const char *head, *tail;
		unsigned most;
		char fill;
	} texts[] = {
	    {"description tunnel ", "", 64, 'x'},
	    {"ipsec ike pre-shared-key 1 text ", "", 128, 'x'},
	    {"ipsec ike pre-shared-key 1 0x", "", 256, 'a'},
	    {"cloud vpn name 1 ", "", 32, 'x'},
	    {"cloud vpn parameter 1 ", " b c", 256, 'x'},
	    {"cloud vpn parameter 1 a ", " c", 256, 'x'},
	    {"cloud vpn parameter 1 a b ", "", 256, 'x'},
	    {"cloud vpn option 1 region=", "", 32, 'x'},
	};
	char line[600];

	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		repeat(
		    line, sizeof(line), texts[i].head, texts[i].fill, texts[i].most, texts[i].tail);
		if (parse(line))
			fail_msg("%s: %s", line, error);
		repeat(line, sizeof(line), texts[i].head, texts[i].fill, texts[i].most + 1,
		    texts[i].tail);
		if (parse(line) != -EINVAL)
			fail_msg("%s: one more was taken", texts[i].head);
	}
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
	assert_parses("sh st bg n", "show status bgp neighbor");
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

static void test_ambiguous_abbreviations_are_refused(void **state)
{
	assert_error("i", "column 1: \"i\" is ambiguous: ip, ipsec");
	assert_error(
	    "ipsec ike encryption 1 aes", "column 24: \"aes\" is ambiguous: aes-cbc, aes256-cbc");
}

static void test_errors_name_the_column_and_what_was_expected(void **state)
{
	assert_error("foo bar",
	    "column 1: \"foo\" is not known here; expected login, administrator, console, "
	    "timezone, ip, description, nat, tunnel, ipsec, bgp, syslog, dhcp, dns, schedule, "
	    "statistics, cloud, exit, quit, help, save, configure, commit, discard, rollback, "
	    "check, export, cold, ping, traceroute, doctor, show");
	assert_error("no shaw config",
	    "column 4: \"shaw\" is not known here; expected login, administrator, console, "
	    "timezone, ip, description, nat, tunnel, ipsec, bgp, syslog, dhcp, dns, schedule, "
	    "statistics, cloud");
	assert_error("no show config",
	    "column 1: this command cannot be negated: there is no `no` in front of it");
	assert_error("ip lan1 adress 192.168.1.1/24",
	    "column 9: \"adress\" is not known here; expected address, mtu, tcp, "
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
	    "no ip pp address", "pppoe use lan2", "description pp x", "l2tp service on",
	    "pptp service on", "ipv6 lan1 address auto", "ospf use on", "rip use on",
	    "telnetd service on", "sshd service on", "httpd service on", "snmp host any",
	    "switch control use lan1 on", "lua use on", "queue lan1 type priority",
	    "save usb1:config.txt", "restart", "date 2026/1/1", "ntpdate ntp.example.com",
	    "ipsec sa delete 1", "show status bgp neighbor 192.0.2.1 routes"};

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

static void test_lists_of_filters_are_checked(void **state)
{
	static const char *const bad[] = {"ip filter 1 pass 10.0.0.256",
	    "ip filter 1 pass 10.0.0.0/33", "ip filter 1 pass 10.0.0.2-10.0.0.1",
	    "ip filter 1 pass *,", "ip filter 1 pass ,*", "ip filter 1 pass * * tcpp",
	    "ip filter 1 pass * * tcpflag=1", "ip filter 1 pass * * tcpflag=0x10000/0x1",
	    "ip filter 1 pass * * tcpflag=0x/0x1", "ip filter 1 pass 10.*.0.1",
	    "ip filter 1 pass 010.0.0.1", "ip filter 1 pass www.example.com",
	    "ip filter 1 pass * * tcp 5-4", "ip filter 1 pass * * tcp nothing",
	    "ip filter 1 pass * * tcp -", "ip filter 1 pass * * tcp 1,2,3,4,5,6,7,8,9,10,11",
	    "ip filter 1 pass * * tcp * * *",
	    "nat descriptor masquerade static 1 1 10.0.0.1 tcp =80",
	    "nat descriptor address outer 1 10.0.0.5-10.0.0.4", "dhcp scope 1 10.0.0.1-10.0.1.1/24",
	    "dhcp scope 1 10.0.0.9-10.0.0.1/24", "dhcp scope 1 10.0.0.1-10.0.0.9",
	    "dhcp scope 1 10.0.0.1-10.0.0.9/24 expire 1:60",
	    "dhcp scope 1 10.0.0.1-10.0.0.9/24 expire 0", "schedule at 1 13/1 0:00 * save",
	    "schedule at 1 1/32 0:00 * save", "schedule at 1 mon/1 0:00 * save",
	    "schedule at 1 */1, 0:00 * save", "schedule at 1 24:00 * save",
	    "schedule at 1 0:60 * save", "schedule at 1 0:00: * save", "schedule at 1 0 * save",
	    "timezone +14:00", "timezone -12:01", "timezone 9:00", "timezone +9:0",
	    "ipsec ike duration ipsec-sa 1 300 rekey 69%",
	    "ipsec ike duration ipsec-sa 1 300 rekey 91%", "login password encrypted sesame",
	    "login password encrypted $y$short"};

	assert_same(
	    "ip filter 1 pass 1.1.1.1,2.2.2.0/24,3.3.3.3-4.4.4.4,* * * 1,2,3,4,5,6,7,8,9,10");
	assert_same("ip filter 1 pass * * 6 -1023 1024-");
	assert_same("ip filter 1 pass 10.1.*.*,-10.0.0.1,192.168.0.0-");
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse(bad[i]) != -EINVAL)
			fail_msg("\"%s\" was taken", bad[i]);
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
	    cmocka_unit_test(test_every_range_ends_where_it_should),
	    cmocka_unit_test(test_every_text_ends_where_it_should),
	    cmocka_unit_test(test_words_are_made_canonical),
	    cmocka_unit_test(test_what_is_printed_reads_back_the_same),
	    cmocka_unit_test(test_unique_abbreviations_are_taken),
	    cmocka_unit_test(test_ambiguous_abbreviations_are_refused),
	    cmocka_unit_test(test_errors_name_the_column_and_what_was_expected),
	    cmocka_unit_test(test_C02_shell_characters_are_words_like_others),
	    cmocka_unit_test(test_C05_a_bad_secret_is_not_echoed),
	    cmocka_unit_test(test_C05_secrets_are_known_and_masked),
	    cmocka_unit_test(test_C05_a_refused_line_with_a_secret_is_known_as_one),
	    cmocka_unit_test(test_commands_of_the_router_are_refused_in_words),
	    cmocka_unit_test(test_words_that_are_refused_make_no_other_ambiguous),
	    cmocka_unit_test(test_lists_of_filters_are_checked),
	    cmocka_unit_test(test_every_keyword_has_help_in_both_languages),
	    cmocka_unit_test(test_empty_lines_and_comments_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
