/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From lines of filters to what becomes of packets: a table of meanings, and an independent reader
 * of the same lines (tests/lib/filter-oracle) that judges packets which scapy dissects. */
#include "tests/unit/service/service_fixture.h"

#include "control/service/filter_compile.h"
#include "tests/unit/service/filter_packets.h"

#define PACKET_MAX 64

static struct filter_tables tables;
static struct filter_span list;

static void compile(const char *lines)
{
	const struct config_model *model = model_of(lines);
	struct filter_pools pools;

	filter_tables_free(&tables);
	assert_int_equal(filter_compile(model, &model->filter_list[0], &tables, &list), 0);
	pools = filter_tables_pools(&tables);
	assert_true(filter_pools_valid(&pools));
}

static struct filter_verdict judge(const uint8_t *packet, size_t bytes, bool up)
{
	const struct filter_pools pools = filter_tables_pools(&tables);
	struct filter_packet read;

	assert_int_equal(filter_read(packet, bytes, &read), 0);
	return filter_evaluate(&pools, list, &read, up);
}

/* ---- meanings ---- */

enum { ICMP = 1, TCP = 6, UDP = 17, GRE = 47, ESP = 50 };
#define SYN 2
#define ACK 16

static const struct row {
	const char *filters; /* without "ip filter"; asked in the order of their lines */
	const char *source, *destination;
	uint8_t protocol;
	uint16_t a, b; /* ports, or type and code */
	uint16_t flags;
	const char *verdict; /* p = passes, d = dropped; L = logged; then the number */
} rows[] = {
    {"1 pass *", "1.2.3.4", "5.6.7.8", GRE, 0, 0, 0, "p1"},
    {"1 pass 1.2.3.4", "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    {"1 pass 1.2.3.4", "1.2.3.5", "5.6.7.8", UDP, 1, 2, 0, "d0"},
    {"1 reject *", "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, "dL1"},
    {"1 reject-log *", "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, "dL1"},
    {"1 reject-nolog *", "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, "d1"},
    {"1 pass-log *", "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, "pL1"},
    {"1 pass-nolog *", "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    /* The first that fits decides. */
    {"1 pass 192.168.0.0/24 *|2 reject 192.168.0.1", "192.168.0.1", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    {"2 reject 192.168.0.1|1 pass 192.168.0.0/24 *", "192.168.0.1", "5.6.7.8", UDP, 1, 2, 0, "dL2"},
    /* Masks in all their forms; host bits say nothing. */
    {"1 pass 10.1.2.3/255.255.0.0", "10.1.9.9", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    {"1 pass 10.1.2.3/0xffff0000", "10.1.9.9", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    {"1 pass 10.1.2.3/16", "10.2.0.0", "5.6.7.8", UDP, 1, 2, 0, "d0"},
    {"1 pass * 10.1.*.*", "1.2.3.4", "10.1.255.255", UDP, 1, 2, 0, "p1"},
    {"1 pass * 10.1.*.*", "1.2.3.4", "10.2.0.0", UDP, 1, 2, 0, "d0"},
    {"1 pass -10.0.0.9,10.0.0.20-", "10.0.0.9", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    {"1 pass -10.0.0.9,10.0.0.20-", "10.0.0.10", "5.6.7.8", UDP, 1, 2, 0, "d0"},
    {"1 pass -10.0.0.9,10.0.0.20-", "255.255.255.255", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    {"1 pass 9.9.9.9,*", "10.0.0.10", "5.6.7.8", UDP, 1, 2, 0, "p1"},
    /* The lines that AWS's settings for the router have. */
    {"1 pass * 192.168.100.1 udp * 500", "1.2.3.4", "192.168.100.1", UDP, 9, 500, 0, "p1"},
    {"1 pass * 192.168.100.1 udp * 500", "1.2.3.4", "192.168.100.1", TCP, 9, 500, SYN, "d0"},
    {"1 pass * 192.168.100.1 esp * *", "1.2.3.4", "192.168.100.1", ESP, 0, 0, 0, "p1"},
    {"1 pass * 192.168.100.1 esp * 500", "1.2.3.4", "192.168.100.1", ESP, 0, 0, 0, "p1"},
    /* Ports are asked of TCP and UDP, and of nothing else. */
    {"1 pass * * * * 80", "1.2.3.4", "5.6.7.8", TCP, 9, 80, SYN, "p1"},
    {"1 pass * * * * 80", "1.2.3.4", "5.6.7.8", UDP, 9, 81, 0, "d0"},
    {"1 pass * * * * 80", "1.2.3.4", "5.6.7.8", GRE, 0, 0, 0, "p1"},
    {"1 pass * * * * 80", "1.2.3.4", "5.6.7.8", ICMP, 8, 0, 0, "p1"},
    {"1 pass * * tcp,icmp * 80", "1.2.3.4", "5.6.7.8", ICMP, 8, 0, 0, "p1"},
    {"1 pass * * tcp,icmp * 80", "1.2.3.4", "5.6.7.8", TCP, 8, 81, 0, "d0"},
    {"1 pass * * tcp ftp", "1.2.3.4", "5.6.7.8", TCP, 20, 9, 0, "p1"},
    {"1 pass * * tcp ftp", "1.2.3.4", "5.6.7.8", TCP, 21, 9, 0, "p1"},
    {"1 pass * * tcp ftpdata", "1.2.3.4", "5.6.7.8", TCP, 21, 9, 0, "d0"},
    {"1 pass * * tcp * -telnet,1024-", "1.2.3.4", "5.6.7.8", TCP, 9, 23, 0, "p1"},
    {"1 pass * * tcp * -telnet,1024-", "1.2.3.4", "5.6.7.8", TCP, 9, 24, 0, "d0"},
    /* Flags: what protocol `established` lets in, and what not. */
    {"1 pass * * established", "1.2.3.4", "5.6.7.8", TCP, 80, 9, ACK, "p1"},
    {"1 pass * * established", "1.2.3.4", "5.6.7.8", TCP, 80, 9, SYN | ACK, "p1"},
    {"1 pass * * established", "1.2.3.4", "5.6.7.8", TCP, 80, 9, SYN, "d0"},
    {"1 pass * * established", "1.2.3.4", "5.6.7.8", UDP, 80, 9, ACK, "d0"},
    {"1 pass * * established 80", "1.2.3.4", "5.6.7.8", TCP, 81, 9, ACK, "d0"},
    {"1 pass * * established,udp", "1.2.3.4", "5.6.7.8", UDP, 81, 9, 0, "p1"},
    {"1 pass * * tcpsyn,tcprst", "1.2.3.4", "5.6.7.8", TCP, 81, 9, 4, "p1"},
    {"1 pass * * tcpflag=0x02/0x12", "1.2.3.4", "5.6.7.8", TCP, 81, 9, SYN | 8, "p1"},
    {"1 pass * * tcpflag=0x02/0x12", "1.2.3.4", "5.6.7.8", TCP, 81, 9, SYN | ACK, "d0"},
    {"1 pass * * tcpflag!=0x02/0x12", "1.2.3.4", "5.6.7.8", TCP, 81, 9, SYN | ACK, "p1"},
    {"1 pass * * tcpflag!=0x02/0x12", "1.2.3.4", "5.6.7.8", UDP, 81, 9, 0, "d0"},
    {"1 pass * * tcpflag=0x0100/0x0100", "1.2.3.4", "5.6.7.8", TCP, 81, 9, 0x100, "p1"},
    {"1 pass * * tcpflag=0x0002/0xffff", "1.2.3.4", "5.6.7.8", TCP, 81, 9, SYN, "p1"},
    /* ICMP: types and codes when it stands alone. */
    {"1 pass * * icmp 8", "1.2.3.4", "5.6.7.8", ICMP, 8, 0, 0, "p1"},
    {"1 pass * * icmp 8", "1.2.3.4", "5.6.7.8", ICMP, 0, 0, 0, "d0"},
    {"1 reject * * icmp 5 1|2 pass *", "1.2.3.4", "5.6.7.8", ICMP, 5, 1, 0, "dL1"},
    {"1 reject * * icmp 5 1|2 pass *", "1.2.3.4", "5.6.7.8", ICMP, 5, 0, 0, "p2"},
    {"1 pass * * icmp-error 8 8", "1.2.3.4", "5.6.7.8", ICMP, 11, 0, 0, "p1"},
    {"1 pass * * icmp-error", "1.2.3.4", "5.6.7.8", ICMP, 8, 0, 0, "d0"},
    {"1 pass * * icmp-info", "1.2.3.4", "5.6.7.8", ICMP, 8, 0, 0, "p1"},
    {"1 pass * * icmp-info", "1.2.3.4", "5.6.7.8", ICMP, 255, 0, 0, "d0"},
    {"1 pass * * 99", "1.2.3.4", "5.6.7.8", 99, 0, 0, 0, "p1"},
};

static size_t make_packet(const struct row *row, uint8_t packet[PACKET_MAX])
{
	memset(packet, 0, PACKET_MAX);
	packet[0] = 0x45;
	packet[3] = 40;
	packet[9] = row->protocol;
	assert_int_equal(inet_pton(AF_INET, row->source, packet + 12), 1);
	assert_int_equal(inet_pton(AF_INET, row->destination, packet + 16), 1);
	if (row->protocol == ICMP) {
		packet[20] = (uint8_t)row->a;
		packet[21] = (uint8_t)row->b;
		return 40;
	}
	packet[20] = (uint8_t)(row->a >> 8);
	packet[21] = (uint8_t)row->a;
	packet[22] = (uint8_t)(row->b >> 8);
	packet[23] = (uint8_t)row->b;
	packet[32] = (uint8_t)(0x50 | row->flags >> 8);
	packet[33] = (uint8_t)row->flags;
	return 40;
}

/* Lines and the list of "N ...|M ...", in that order. */
static const char *lines_of(const char *filters)
{
	static struct text text;
	struct text numbers = {0};
	char copy[256], *save = NULL;

	text_free(&text);
	snprintf(copy, sizeof(copy), "%s", filters);
	for (char *one = strtok_r(copy, "|", &save); one; one = strtok_r(NULL, "|", &save)) {
		text_printf(&text, "ip filter %s\n", one);
		text_printf(&numbers, " %.*s", (int)strcspn(one, " "), one);
	}
	text_printf(&text, "ip lan2 secure filter in%s\n", numbers.data);
	text_free(&numbers);
	return text.data;
}

static const char *words(struct filter_verdict verdict)
{
	static char text[16];

	snprintf(text, sizeof(text), "%c%s%u", verdict.pass ? 'p' : 'd', verdict.log ? "L" : "",
	    verdict.number);
	return text;
}

static void test_every_row_means_what_it_says(void **state)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t packet[PACKET_MAX];
		size_t bytes = make_packet(&rows[i], packet);

		compile(lines_of(rows[i].filters));
		if (strcmp(words(judge(packet, bytes, true)), rows[i].verdict) != 0)
			fail_msg("row %u, %s: %s, not %s", i, rows[i].filters,
			    words(judge(packet, bytes, true)), rows[i].verdict);
	}
}

static void test_restrict_passes_while_the_line_is_up(void **state)
{
	static const char *const filters[] = {
	    "1 restrict *", "1 restrict-log *", "1 restrict-nolog *"};
	static const char *const up[] = {"p1", "pL1", "p1"}, *const down[] = {"dL1", "dL1", "d1"};
	const struct row row = {NULL, "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, NULL};
	uint8_t packet[PACKET_MAX];
	size_t bytes = make_packet(&row, packet);

	for (unsigned i = 0; i < 3; i++) {
		compile(lines_of(filters[i]));
		assert_string_equal(words(judge(packet, bytes, true)), up[i]);
		assert_string_equal(words(judge(packet, bytes, false)), down[i]);
	}
}

static void test_numbers_that_nothing_is_said_of_are_left_out(void **state)
{
	const struct row row = {NULL, "1.2.3.4", "5.6.7.8", UDP, 1, 2, 0, NULL};
	uint8_t packet[PACKET_MAX];
	size_t bytes = make_packet(&row, packet);

	compile("ip filter 2 pass *\nip lan2 secure filter in 1 2 3");
	assert_int_equal(list.count, 1);
	assert_string_equal(words(judge(packet, bytes, true)), "p2");
	compile("ip lan2 secure filter in 1 2 3");
	assert_string_equal(words(judge(packet, bytes, true)), "d0");
}

static void test_lists_stand_side_by_side_and_share_ranges(void **state)
{
	const struct config_model *model =
	    model_of("ip filter 1 pass 10.0.0.1,10.0.0.2\nip filter 2 pass 10.0.0.3\n"
		     "ip lan1 secure filter in 2 1\nip lan2 secure filter out 1\n"
		     "tunnel select 3\nip tunnel secure filter in 1 2");
	struct filter_span at[3];

	filter_tables_free(&tables);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(filter_compile(model, &model->filter_list[i], &tables, &at[i]), 0);
	assert_int_equal(tables.rules, 5);
	assert_int_equal(tables.ranges, 3);
	assert_int_equal(tables.rule[at[0].first].number, 2);
	assert_int_equal(tables.rule[at[1].first].number, 1);
	assert_int_equal(tables.rule[at[2].first].number, 1);
	assert_true(model->filter_list[2].tunnel && model->filter_list[2].interface == 3);
	assert_true(model->filter_list[1].out);
}

/* ---- the independent reader ---- */

#define ROUNDS  150
#define FILTERS 6
#define PACKETS 40

static char seen[ROUNDS * PACKETS][32];

static void one_round(FILE *to, unsigned *count)
{
	struct text lines = {0}, numbers = {0};
	uint32_t filters = 1 + pick(FILTERS);

	for (uint32_t i = 1; i <= filters; i++) {
		random_filter(i, &lines);
		text_printf(&numbers, " %u", 1 + (i * 5 + 2) % filters);
	}
	fprintf(to, "%slist%s\n", lines.data, numbers.data);
	text_printf(&lines, "ip lan2 secure filter in%s\n", numbers.data);
	compile(lines.data);
	for (unsigned i = 0; i < PACKETS; i++) {
		uint8_t packet[PACKET_MAX];
		size_t bytes = random_packet(packet, true);
		bool up = pick(2);
		struct filter_verdict verdict = judge(packet, bytes, up);

		fprintf(to, "packet ");
		for (size_t j = 0; j < bytes; j++)
			fprintf(to, "%02x", packet[j]);
		fprintf(to, up ? " up\n" : "\n");
		snprintf(seen[(*count)++], sizeof(seen[0]), "%s %s %u\n",
		    verdict.pass ? "pass" : "drop", verdict.log ? "log" : "quiet", verdict.number);
	}
	text_free(&lines);
	text_free(&numbers);
}

static void test_an_independent_reader_judges_the_same(void **state)
{
	char path[] = "/tmp/cgw-filter-XXXXXX", command[128], line[32];
	FILE *to = fdopen(mkstemp(path), "w"), *oracle;
	unsigned count = 0, fitted = 0, passed = 0;

	assert_non_null(to);
	for (unsigned i = 0; i < ROUNDS; i++)
		one_round(to, &count);
	assert_int_equal(fclose(to), 0);
	snprintf(command, sizeof(command), "env -u LD_PRELOAD tests/lib/filter-oracle <%s", path);
	oracle = popen(command, "r");
	assert_non_null(oracle);
	for (unsigned i = 0; i < count; i++) {
		assert_non_null(fgets(line, sizeof(line), oracle));
		if (strcmp(line, seen[i]) != 0)
			fail_msg("packet %u: %.*s, the oracle says %s (kept: %s)", i,
			    (int)strcspn(seen[i], "\n"), seen[i], line, path);
		fitted += !strstr(line, " 0\n");
		passed += line[0] == 'p';
	}
	assert_int_equal(pclose(oracle), 0);
	unlink(path);
	/* A test of filters that never fit would prove nothing. */
	assert_in_range(fitted, count / 4, count);
	assert_in_range(passed, count / 10, count);
}

static int end(void **state)
{
	filter_tables_free(&tables);
	return fixture_end(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_row_means_what_it_says),
	    cmocka_unit_test(test_restrict_passes_while_the_line_is_up),
	    cmocka_unit_test(test_numbers_that_nothing_is_said_of_are_left_out),
	    cmocka_unit_test(test_lists_stand_side_by_side_and_share_ranges),
	    cmocka_unit_test(test_an_independent_reader_judges_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, end);
}
