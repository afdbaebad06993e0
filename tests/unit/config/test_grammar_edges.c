/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Values in the grammar: the edges of every range and text, and lists with one wrong member. */
#include "tests/unit/config/grammar_fixture.h"

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
    {"dns server select %s 192.0.2.53 any example.com", "1", "2147483647", "0", "2147483648"},
    {"ip host gw.example.com 192.0.2.1 ttl=%s", "1", "2147483647", "0", "2147483648"},
    {"dns static a gw.example.com 192.0.2.1 ttl=%s", "1", "2147483647", "0", "2147483648"},
    {"dns static aaaa gw.example.com 2001:db8::1 ttl=%s", "1", "2147483647", "0", "2147483648"},
    {"dns static cname a.example.com b.example.com ttl=%s", "1", "2147483647", "0", "2147483648"},
    {"nat descriptor timer 1 %s", "30", "21474836", "29", "21474837"},
    {"nat descriptor timer 1 tcpfin %s", "30", "21474836", "29", "21474837"},
    {"nat descriptor timer 1 protocol=udp %s", "30", "21474836", "29", "21474837"},
    {"nat descriptor timer 1 protocol=tcp port=80 %s", "30", "21474836", "29", "21474837"},
    {"nat descriptor timer %s 600", "1", "2147483647", "0", "2147483648"},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_range_ends_where_it_should),
	    cmocka_unit_test(test_every_text_ends_where_it_should),
	    cmocka_unit_test(test_lists_of_filters_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
