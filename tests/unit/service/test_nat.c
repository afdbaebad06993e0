/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From `nat` lines to the rules that the kernel holds: each row is loaded into a network namespace
 * of the test's own, and nft(8) lists what is there. */
#include "tests/unit/service/nft_fixture.h"

#include "control/service/nat.h"
#include "control/service/ruleset.h"

#define APPLIED    "ip lan2 nat descriptor 1\n"
#define MASQUERADE APPLIED "nat descriptor type 1 masquerade\n"

static void load(void)
{
	char error[256] = "";

	if (nft_run(nft, out.data, error, sizeof(error)))
		fail_msg("%s\n%s", error, out.data);
}

static const char *list(void)
{
	static char text[65536];
	FILE *pipe = popen("nft list ruleset", "r");
	size_t bytes = fread(text, 1, sizeof(text) - 1, pipe);

	text[bytes] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return text;
}

static const char *listed(const char *lines)
{
	text_free(&out);
	ruleset_print(model_of(lines), &facts, true, &out);
	load();
	load(); /* once more changes nothing */
	return list();
}

static const struct row {
	const char *lines;
	const char *has[8];
	const char *lacks[4];
} rows[] = {
    {MASQUERADE,
	{"type nat hook postrouting priority srcnat; policy accept;",
	    "oifname \"lan2\" ip saddr 203.0.113.2 return comment \"nat 1 own\"",
	    "oifname \"lan2\" meta l4proto { tcp, udp } masquerade to :44096-64095 "
	    "comment \"nat 1 masquerade\"",
	    "oifname \"lan2\" masquerade comment", "iifname \"lan2\" ip daddr 203.0.113.2 drop",
	    "tcp dport 0-1023 reject with tcp reset",
	    "iifname \"lan2\" udp dport { 500, 4500 } accept", "ct helper set \"ftp\""},
	{"dnat to", "lan1", "udp dport 68"}},
    {MASQUERADE "nat descriptor timer 1 600\nnat descriptor timer 1 tcpfin 45\n"
		"nat descriptor timer 1 protocol=udp 121\n"
		"nat descriptor timer 1 protocol=tcp port=www,8080-8090 90",
	{"policy = { established : 600, fin_wait : 45, close_wait : 45, last_ack : 45, time_wait : "
	 "45 }",
	    "policy = { established : 90, fin_wait : 45, ",
	    "policy = { unreplied : 600, replied : 600 }",
	    "policy = { unreplied : 121, replied : 121 }",
	    "iifname \"lan2\" ct state new meta l4proto tcp ct timeout set",
	    "oifname \"lan2\" ct state new tcp dport { 80, 8080-8090 } ct timeout set"},
	{"lan1"}},
    {MASQUERADE "nat descriptor timer 1 tcpfin 45",
	{"policy = { fin_wait : 45, close_wait : 45, last_ack : 45, time_wait : 45 }"},
	{"protocol udp", "established :"}},
    {MASQUERADE "nat descriptor timer 7 600", {"masquerade"}, {"ct timeout"}},
    {MASQUERADE "nat descriptor address inner 1 192.168.100.0-192.168.100.99 192.168.7.9",
	{"oifname \"lan2\" ip saddr { 192.168.7.9, 192.168.100.0-192.168.100.99 } masquerade"},
	{NULL}},
    {MASQUERADE "nat descriptor address outer 1 203.0.113.9",
	{"oifname \"lan2\" meta l4proto { tcp, udp } snat to 203.0.113.9:44096-64095",
	    "oifname \"lan2\" snat to 203.0.113.9 comment",
	    "iifname \"lan2\" ip daddr 203.0.113.9 drop"},
	{"masquerade to", "ip daddr 203.0.113.2"}},
    {MASQUERADE "nat descriptor masquerade static 1 1 192.168.100.5 tcp 8080=80",
	{"iifname \"lan2\" ip daddr 203.0.113.2 tcp dport 8080 dnat to 192.168.100.5:80 "
	 "comment \"nat 1 masquerade static 1\"",
	    "oifname \"lan2\" ip saddr 192.168.100.5 tcp sport 80 snat to 203.0.113.2:8080"},
	{NULL}},
    {MASQUERADE "nat descriptor masquerade static 1 7 192.168.100.5 udp 5000-5010\n"
		"nat descriptor masquerade static 1 8 192.168.100.5 tcp www",
	{"udp dport 5000-5010 dnat to 192.168.100.5 comment",
	    "udp sport 5000-5010 snat to 203.0.113.2 comment",
	    "tcp dport 80 dnat to 192.168.100.5 comment"},
	{":5000"}},
    {MASQUERADE "nat descriptor masquerade static 1 1 192.168.100.5 tcp 8000-8002=80-82",
	{"tcp dport 8000-8002 dnat to 192.168.100.5:tcp dport map { 8000 : 80, 8001 : 81, 8002 : "
	 "82 }",
	    "tcp sport 80-82 snat to 203.0.113.2:tcp sport map { 80 : 8000, 81 : 8001, 82 : 8002 "
	    "}"},
	{NULL}},
    {MASQUERADE "nat descriptor masquerade static 1 1 192.168.100.5 esp\n"
		"nat descriptor masquerade static 1 2 192.168.100.6 icmp\n"
		"nat descriptor masquerade static 1 3 192.168.100.7 47",
	{"ip protocol esp dnat to 192.168.100.5", "ip protocol icmp dnat to 192.168.100.6",
	    "ip protocol gre dnat to 192.168.100.7", "ip protocol esp snat to 203.0.113.2"},
	{NULL}},
    /* What AWS's own settings for this router say: IKE of the router itself. */
    {MASQUERADE "nat descriptor masquerade static 1 1 192.168.100.1 udp 500\n"
		"nat descriptor masquerade static 1 2 192.168.100.1 esp\n"
		"nat descriptor masquerade static 1 3 192.168.100.1 udp 4500\n"
		"nat descriptor masquerade static 1 4 192.168.100.1 tcp 22",
	{"tcp dport 22 dnat to 192.168.100.1"},
	{"udp dport 500 dnat", "esp dnat", "udp dport 4500 dnat", "sport 500"}},
    {APPLIED "nat descriptor type 1 masquerade hairpin=on\n"
	     "nat descriptor masquerade static 1 1 192.168.100.5 tcp 80",
	{"\t\tip daddr 203.0.113.2 tcp dport 80 dnat to 192.168.100.5",
	    "ct status dnat iifname != \"lan2\" oifname != \"lan2\" masquerade"},
	{NULL}},
    {MASQUERADE "nat descriptor masquerade incoming 1 through", {"masquerade"}, {"drop", "reject"}},
    {MASQUERADE "nat descriptor masquerade incoming 1 discard", {" drop"}, {"reject"}},
    {MASQUERADE "nat descriptor masquerade incoming 1 forward 192.168.100.9",
	{"udp dport { 500, 4500 } return", "ip protocol esp return",
	    "iifname \"lan2\" ip daddr 203.0.113.2 dnat to 192.168.100.9 comment \"nat 1 "
	    "incoming\""},
	{"reject"}},
    {APPLIED "nat descriptor type 1 nat\nnat descriptor address outer 1 203.0.113.8-203.0.113.9\n"
	     "nat descriptor address inner 1 192.168.100.10-192.168.100.20",
	{"snat to ip saddr map { 192.168.100.10 : 203.0.113.8, 192.168.100.11 : 203.0.113.9 }"},
	{"masquerade", "192.168.100.12", "dnat to", "203.0.113.2 drop"}},
    {APPLIED "nat descriptor type 1 nat\nnat descriptor address outer 1 203.0.113.8-203.0.113.10",
	{"oifname \"lan2\" snat to 203.0.113.8-203.0.113.10 persistent"}, {"masquerade"}},
    {APPLIED "nat descriptor type 1 nat-masquerade\n"
	     "nat descriptor address outer 1 203.0.113.8 203.0.113.11-203.0.113.12\n"
	     "nat descriptor address inner 1 192.168.100.10-192.168.100.20",
	{"map { 192.168.100.10 : 203.0.113.8, 192.168.100.11 : 203.0.113.11 }",
	    "ip saddr 192.168.100.10-192.168.100.20 snat to 203.0.113.12",
	    "ip daddr 203.0.113.11-203.0.113.12 drop", "ip daddr 203.0.113.8 drop"},
	{"192.168.100.12 :"}},
    {APPLIED "nat descriptor type 1 nat\nnat descriptor static 1 1 203.0.113.8=192.168.100.8\n"
	     "nat descriptor static 1 2 203.0.113.16=192.168.100.16 2\n"
	     "nat descriptor address inner 1 10.9.9.9",
	{"iifname \"lan2\" dnat to ip daddr map { 203.0.113.8 : 192.168.100.8 }",
	    "oifname \"lan2\" snat to ip saddr map { 192.168.100.8 : 203.0.113.8 }",
	    "dnat to ip daddr map { 203.0.113.16 : 192.168.100.16, 203.0.113.17 : 192.168.100.17 "
	    "}"},
	{NULL}},
    {"ip lan2 nat descriptor 2 1\nnat descriptor type 1 masquerade\n"
     "nat descriptor type 2 masquerade\nnat descriptor address inner 2 10.0.0.0-10.255.255.255\n"
     "nat descriptor address outer 2 203.0.113.9\n"
     "ip lan1 nat descriptor 3\nnat descriptor type 3 masquerade",
	{"comment \"nat 2 masquerade\"", "comment \"nat 1 masquerade\"",
	    "oifname \"lan1\" meta l4proto { tcp, udp } masquerade"},
	{NULL}},
    {MASQUERADE "ip lan2 tcp mss limit 1400",
	{"oifname \"lan2\" tcp flags syn / syn,rst tcp option maxseg size > 1400 tcp option maxseg "
	 "size set 1400",
	    "iifname \"lan2\" tcp flags syn / syn,rst"},
	{NULL}},
    {MASQUERADE "ip lan2 tcp mss limit auto", {"tcp option maxseg size set rt mtu"}, {NULL}},
};

static void test_lines_become_rules_that_the_kernel_takes(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = listed(rows[i].lines);

		for (unsigned j = 0; j < 8 && rows[i].has[j]; j++)
			if (!strstr(text, rows[i].has[j]))
				fail_msg("of:\n%s\n\n%s\nis not in:\n%s", rows[i].lines,
				    rows[i].has[j], text);
		for (unsigned j = 0; j < 4 && rows[i].lacks[j]; j++)
			if (strstr(text, rows[i].lacks[j]))
				fail_msg("of:\n%s\n\n%s\nis in:\n%s", rows[i].lines,
				    rows[i].lacks[j], text);
	}
}

static void test_nothing_is_translated_unless_it_is_applied(void **state)
{
	static const char *const lines[] = {"", "nat descriptor type 1 masquerade", APPLIED,
	    "ip lan3 nat descriptor 1\nnat descriptor type 1 masquerade",
	    APPLIED "nat descriptor type 1 none"};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_string_equal(listed(lines[i]), "");
}

static void test_tables_of_others_are_left_alone(void **state)
{
	assert_int_equal(system("nft add table ip other"), 0);
	assert_non_null(strstr(listed(MASQUERADE), "table ip other"));
	text_free(&out);
	ruleset_print_none(&out);
	load();
	load();
	assert_string_equal(list(), "table ip other {\n}\n");
	assert_int_equal(system("nft delete table ip other"), 0);
}

static void test_a_set_of_rules_that_is_refused_changes_nothing(void **state)
{
	char before[65536], error[256] = "";

	snprintf(before, sizeof(before), "%s", listed(MASQUERADE));
	text_free(&out);
	ruleset_print_none(&out);
	text_puts(&out, "table ip cgw {\n\tchain x {\n\t\tno such thing\n\t}\n}\n");
	assert_int_equal(nft_run(nft, out.data, error, sizeof(error)), -EINVAL);
	assert_non_null(strstr(error, "syntax error"));
	assert_string_equal(list(), before);
}

static void test_the_port_bears_the_outer_addresses_but_its_own(void **state)
{
	uint32_t outer[600];
	size_t count;

	count = nat_outer_addresses(
	    model_of(APPLIED "nat descriptor type 1 nat\n"
			     "nat descriptor address outer 1 203.0.113.1-203.0.113.3 203.0.113.9\n"
			     "nat descriptor static 1 1 203.0.113.3=192.168.100.3 2"),
	    2, 0xcb007102, outer, 600);
	assert_int_equal(count, 4);
	assert_int_equal(outer[0], 0xcb007101);
	assert_int_equal(outer[1], 0xcb007103);
	assert_int_equal(outer[2], 0xcb007109);
	assert_int_equal(outer[3], 0xcb007104);
	assert_int_equal(nat_outer_addresses(model_of(MASQUERADE), 2, 0xcb007102, outer, 600), 0);
	assert_int_equal(nat_outer_addresses(model_of(MASQUERADE), 1, 0, outer, 600), 0);
}

static void test_what_cannot_be_is_refused_in_words(void **state)
{
	static const struct {
		const char *lines, *why;
	} wrong[] = {
	    {"nat descriptor type 1 none hairpin=on",
		"line 1: hairpin belongs to a translation: none does not translate"},
	    {"nat descriptor address outer 1 secondary",
		"line 1: the address itself is named here, as in `nat descriptor address outer 1 "
		"203.0.113.9`"},
	    {"nat descriptor address outer 1 ipcp",
		"line 1: a lan has no such address: `primary`, or the outer addresses themselves"},
	    {"nat descriptor address outer 1 10.0.0.0-10.0.1.0",
		"line 1: a descriptor has at most 256 outer addresses"},
	    {"nat descriptor address inner 1 10.0.0.0-10.0.1.0 10.0.0.9",
		"line 1: the ranges overlap"},
	    {"ip lan2 nat descriptor 1 reverse 2",
		"line 1: `reverse` is not done: a descriptor translates towards its own interface "
		"only"},
	    {"nat descriptor masquerade static 1 1 10.0.0.1 esp 5",
		"line 1: a protocol without ports takes none"},
	    {"nat descriptor masquerade static 1 1 10.0.0.1 tcp 1-2000=2001-4000",
		"line 1: at most 1024 ports can change their numbers in one line"},
	    {"nat descriptor static 1 1 255.255.255.255=10.0.0.1 2",
		"line 1: the addresses run past 255.255.255.255"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (fixture_model(wrong[i].lines))
			fail_msg("taken: %s", wrong[i].lines);
		assert_string_equal(fixture_error, wrong[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines_become_rules_that_the_kernel_takes),
	    cmocka_unit_test(test_nothing_is_translated_unless_it_is_applied),
	    cmocka_unit_test(test_tables_of_others_are_left_alone),
	    cmocka_unit_test(test_a_set_of_rules_that_is_refused_changes_nothing),
	    cmocka_unit_test(test_the_port_bears_the_outer_addresses_but_its_own),
	    cmocka_unit_test(test_what_cannot_be_is_refused_in_words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
