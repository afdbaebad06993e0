/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From `secure filter` lines to the chains that the kernel holds: each row is loaded into a network
 * namespace of the test's own, and nft(8) lists what is there. */
#include "tests/unit/service/nft_fixture.h"

#include "control/service/filter_chains.h"
#include "control/service/filter_counts.h"
#include "control/service/filter_log.h"
#include "control/service/ruleset.h"

#define MASQUERADE "ip lan2 nat descriptor 1\nnat descriptor type 1 masquerade\n"
#define FILTERS                                                                                    \
	"ip filter 1 pass * 192.168.100.1 udp * 500\n"                                             \
	"ip filter 2 pass * 192.168.100.1 esp\n"                                                   \
	"ip filter 3 reject-log 10.0.0.0/8,172.16.0.0-172.31.255.255 * tcp,udp * 135,137-139\n"    \
	"ip filter 4 pass * * established\n"                                                       \
	"ip filter 5 pass * * icmp 8 0\n"                                                          \
	"ip filter 6 restrict * * tcpflag!=0x0002/0x0017\n"                                        \
	"ip filter 99 pass * * * * *\n"                                                            \
	"ip filter dynamic 1 * * tcp\nip filter dynamic 2 192.168.100.0/24 * udp\n"                \
	"ip filter dynamic 3 * * filter 5 in 99 timeout=60\n"

static const char *listed(const char *lines)
{
	static char text[65536];
	char error[256] = "";
	size_t bytes;
	FILE *pipe;

	text_free(&out);
	ruleset_print(model_of(lines), &facts, false, &out);
	for (unsigned i = 0; i < 2; i++) /* once more changes nothing */
		if (nft_run(nft, out.data, error, sizeof(error)))
			fail_msg("%s\n%s", error, out.data);
	pipe = popen("nft -s list ruleset", "r");
	bytes = fread(text, 1, sizeof(text) - 1, pipe);
	text[bytes] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return text;
}

static const struct row {
	const char *lines;
	const char *has[8];
	const char *lacks[4];
} rows[] = {
    {MASQUERADE FILTERS "ip lan2 secure filter in 3 4\n",
	{"chain filter_in {\n\t\ttype filter hook prerouting priority -50; policy accept;\n"
	 "\t\tiifname \"lan2\" jump in_lan2\n",
	    "ip saddr { 10.0.0.0/8, 172.16.0.0/12 } meta l4proto { tcp, udp } th dport "
	    "{ 135, 137-139 } counter drop comment \"3\"",
	    "th dport { 135, 137-139 } limit rate 10/second burst 50 packets log prefix "
	    "\"R in lan2 3\" group 198 snaplen 64",
	    "tcp flags & ack == ack counter goto in_lan2_pass comment \"4\"",
	    "jump in_lan2_dynamic\n\t\tcounter drop"},
	{"out_lan2", "in_lan2_self", "ct mark set"}},
    {FILTERS "ip lan1 secure filter out 99 dynamic 1 2\n",
	{"type filter hook postrouting priority security; policy accept;",
	    "oifname \"lan1\" jump out_lan1",
	    "ct state new tcp flags syn / syn,ack ct mark set ct mark & 0x0001ffff | 0x00010000 "
	    "counter accept comment \"dynamic 1\"",
	    "ct state new ip saddr 192.168.100.0-192.168.100.255 meta l4proto udp ct mark set",
	    "ct mark & 0x0000ffff == 0x00000001 counter accept",
	    "ct mark 0x00010000/16 counter accept", "counter goto out_lan1_pass comment \"99\""},
	{"nat", "in_lan1"}},
    {FILTERS "tunnel select 7\nip tunnel secure filter in 5 6 dynamic 3\n"
	     "ip tunnel secure filter out 99\n",
	{"iifname \"tunnel7\" jump in_tunnel7", "oifname \"tunnel7\" jump out_tunnel7",
	    "set pairs_in_tunnel7_3 {",
	    "icmp type echo-request icmp code net-unreachable counter goto",
	    "update @pairs_in_tunnel7_3 { ip saddr . ip daddr }",
	    "ip daddr . ip saddr @pairs_in_tunnel7_3 counter accept",
	    "ct mark & 0x0000ffff == 0x00000107 counter accept"},
	{"ct mark set"}},
    /* What static entries lead to the router itself is asked as such of its own IKE. */
    {MASQUERADE FILTERS "nat descriptor masquerade static 1 1 192.168.100.1 udp 500\n"
			"ip lan2 secure filter in 1 2\n",
	{"ip daddr 203.0.113.2 udp dport { 500, 4500 } jump in_lan2_self",
	    "chain in_lan2_self {\n\t\tudp dport 500 counter goto in_lan2_pass "
	    "comment \"1\"",
	    "ip daddr 192.168.100.1 udp dport 500 counter goto"},
	{NULL}},
    /* Where the fast path judges the kernel has nothing to do. */
    {FILTERS "ip lan1 secure filter in 99\n", {""}, {"table"}},
};

/* cmocka's messages are short. */
static void wrong(size_t row, const char *what, const char *line, const char *text)
{
	puts(text);
	fail_msg("row %zu %s: %s", row, what, line);
}

static void test_lists_become_chains_that_the_kernel_takes(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = listed(rows[i].lines);

		for (unsigned j = 0; j < 8 && rows[i].has[j]; j++)
			if (!strstr(text, rows[i].has[j]))
				wrong(i, "lacks", rows[i].has[j], text);
		for (unsigned j = 0; j < 4 && rows[i].lacks[j]; j++)
			if (strstr(text, rows[i].lacks[j]))
				wrong(i, "has", rows[i].lacks[j], text);
	}
}

static void test_which_interfaces_are_the_kernels(void **state)
{
	const struct config_model *model =
	    model_of(MASQUERADE FILTERS "ip lan1 secure filter in 99\n"
					"ip lan3 secure filter out 99 dynamic 1\n"
					"tunnel select 2\nip tunnel secure filter in dynamic 1\n");

	assert_false(filter_by_kernel(model, false, 1));
	assert_true(filter_by_kernel(model, false, 2));
	assert_true(filter_by_kernel(model, false, 3));
	assert_false(filter_by_kernel(model, true, 1));
	assert_true(filter_by_kernel(model, true, 2));
}

static void test_prefixes_say_by_which_filter(void **state)
{
	static const char *const wrong[] = {"", "R", "R in lan2", "X in lan2 3", "R in lan2 3 ",
	    "R in lan2 3x", "R in 2 3", "R in lan 3"};
	struct filter_told told;

	assert_true(filter_log_read("R in lan2 3", &told));
	assert_true(!told.out && !told.tunnel && !told.passed && !told.dynamic);
	assert_int_equal(told.interface, 2);
	assert_int_equal(told.number, 3);
	assert_true(filter_log_read("I out tunnel16384 21474836", &told));
	assert_true(told.out && told.tunnel && told.passed && told.dynamic);
	assert_int_equal(told.interface, 16384);
	assert_int_equal(told.number, 21474836);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(filter_log_read(wrong[i], &told));
}

/* As nft(8) prints them: two rules of one filter, a number listed twice, others' numbers. */
static void test_counters_are_read_from_a_listing(void **state)
{
	static const char listing[] =
	    "table ip cgw {\n\tchain out_lan2 {\n"
	    "\t\tct mark & 0x0000ffff == 0x00000002 counter packets 3 bytes 9 accept\n"
	    "\t\tct mark 0x00020000/16 counter packets 4 bytes 9 accept\n"
	    "\t\ttcp dport 1 counter packets 10 bytes 5 drop comment \"1\"\n"
	    "\t\tudp dport 1 counter packets 20 bytes 5 drop comment \"1\"\n"
	    "\t\tcounter packets 18446744073709551615 bytes 5 goto x comment \"99\"\n"
	    "\t\tcounter packets 5 bytes 5 goto x comment \"7\"\n"
	    "\t\tct state new counter packets 6 bytes 5 accept comment \"dynamic 1\"\n"
	    "\t\tjump out_lan2_dynamic\n\t\tcounter packets 8 bytes 1 drop\n\t}\n}";
	struct config_filter_list list = {
	    .count = 3, .number = {1, 99, 1}, .dynamic_count = 1, .dynamic = {1}};
	struct filter_counts counts = {0};

	filter_counts_add(listing, &list, &counts);
	assert_int_equal(counts.packets[0], 30);
	assert_int_equal(counts.packets[1], UINT64_MAX);
	assert_int_equal(counts.packets[2], 0); /* the first of them decides */
	assert_int_equal(counts.dynamic[0], 6);
	assert_int_equal(counts.known, 7);
	assert_int_equal(counts.none, 8);
	filter_counts_add("", &list, &counts);
	filter_counts_add("counter packets 1", &list, &counts);
	assert_int_equal(counts.none, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lists_become_chains_that_the_kernel_takes),
	    cmocka_unit_test(test_which_interfaces_are_the_kernels),
	    cmocka_unit_test(test_prefixes_say_by_which_filter),
	    cmocka_unit_test(test_counters_are_read_from_a_listing),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
