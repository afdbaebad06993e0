/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Whatever was accepted can be saved, is loaded at the next start, and means the same then: lines
 * made at random from the grammar, lines that grow when they are written out, too many lines. */
#include "control/config/text.h"
#include "control/config/walk.h"
#include "tests/unit/config/store_fixture.h"

#define ROUNDS 300
#define LINES  120 /* of a round */

static uint64_t seed;

/* xorshift64*: the same numbers in every run. */
static unsigned below(unsigned most)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned)(seed * UINT64_C(2685821657736338717) >> 33) % most;
}

static const char *one_of(const char *const *words)
{
	unsigned count = 0;

	while (words[count])
		count++;
	return words[below(count)];
}

#define ONE_OF(...) one_of((const char *const[]){__VA_ARGS__, NULL})

/* A text of up to `most` characters, such as nobody should choose. */
static void put_text(unsigned most, bool ascii, struct text *out)
{
	unsigned chars = 1 + below(below(8) ? (most < 8 ? most : 8) : most);

	text_puts(out, "\"");
	while (chars--)
		text_puts(
		    out, ascii ? ONE_OF("a", "Z", "0", " ", "\\\"", "'", "#", "?", "|", "\\\\", ">",
				     "<", "*", "=", ",", "-", ";", "`", "$")
			       : ONE_OF("a", "Z", "0", " ", "\\\"", "'", "#", "?", "|", "\\\\", ">",
				     "<", "*", "\xc3\xa9", "\xe6\x97\xa5", "\xf0\x9f\x98\x80"));
	text_puts(out, "\"");
}

static bool is(const char *atom, const char *type)
{
	size_t bytes = strlen(type);

	return strncmp(atom, type, bytes) == 0 && strspn(atom + bytes, "0123456789-|>") > 0;
}

/* A value of a type of the grammar; `most` is the number behind it. */
static void put_typed(const char *type, unsigned most, struct text *out)
{
	unsigned n = below(4);

	if (is(type, "IP"))
		text_printf(out, "192.0.2.%u", 1 + n);
	else if (is(type, "PREFIX"))
		text_printf(out, "10.%u.0.1/%u", n, 16 + 8 * below(2));
	else if (is(type, "CIDR"))
		text_printf(out, "10.%u.0.0/16", n);
	else if (is(type, "NET"))
		text_puts(out, ONE_OF("default", "10.1.0.0/16", "10.2.0.0/255.255.0.0"));
	else if (is(type, "LAN"))
		text_printf(out, "lan%u", 1 + n);
	else if (is(type, "TUNNEL"))
		text_printf(out, "%u", 1 + n);
	else if (is(type, "RANGES"))
		text_puts(out, ONE_OF("1", "1-3", "-2", "all"));
	else if (is(type, "HOST"))
		text_puts(out, ONE_OF("a.example", "ntp"));
	else if (is(type, "TEXT"))
		put_text(most > 300 ? 300 : most, false, out);
	else if (is(type, "ASCII") || is(type, "SECRET"))
		put_text(most, true, out);
	else if (is(type, "HEX"))
		text_puts(out, ONE_OF("0x00", "0xFFeeDD"));
	else if (is(type, "HASH"))
		text_puts(out, "$y$j9T$abcdefghijklmnop$0123456789");
	else if (is(type, "HOSTS"))
		text_puts(out, ONE_OF("*", "10.0.0.1,10.0.0.2", "10.0.0.1-10.0.0.9", "10.0.0.0/8"));
	else if (is(type, "PROTOCOLS"))
		text_puts(out, ONE_OF("*", "tcp", "udp,icmp", "established", "47"));
	else if (is(type, "PORTS"))
		text_puts(out, ONE_OF("*", "www", "1-9", "53,123", "-1024"));
	else if (is(type, "FORWARD"))
		text_puts(out, ONE_OF("500", "1-9", "8080=80"));
	else if (is(type, "POOL"))
		text_printf(out, "172.16.%u.2-172.16.%u.191/24", n, n);
	else if (is(type, "OUTER"))
		text_printf(out, "172.16.%u.5", n);
	else if (is(type, "PAIR"))
		text_printf(out, "192.0.2.%u=10.0.0.%u", 1 + n, 1 + n);
	else if (is(type, "OPTION"))
		text_puts(out, ONE_OF("dns=192.0.2.1", "domain=a.example", "43=0a,ff", "26=1400"));
	else if (is(type, "MAC"))
		text_puts(out, "00:a0:DE:01:02:03");
	else if (is(type, "OCTET"))
		text_puts(out, ONE_OF("00", "fF"));
	else if (is(type, "TERM"))
		text_puts(out, ONE_OF("90", "72:00", "infinity"));
	else if (is(type, "CALENDAR"))
		text_puts(out, ONE_OF("*/*", "1-3,12/mon-fri", "*/31"));
	else if (is(type, "CLOCK"))
		text_puts(out, ONE_OF("startup", "12:00", "*:*:30"));
	else if (is(type, "ZONE"))
		text_puts(out, ONE_OF("jst", "utc", "-12:00", "+05:30"));
	else if (is(type, "PERCENT"))
		text_puts(out, "80%");
	else
		text_puts(out, "1h");
}

static void put_parameter(const struct pattern_node *node, struct text *out)
{
	const char *atom = node->type, *end = node->type + node->type_bytes;
	unsigned atoms = 1, chosen;

	for (const char *p = atom; p < end; p++)
		atoms += *p == '|';
	for (chosen = below(atoms); chosen; chosen--)
		atom = strchr(atom, '|') + 1;
	atom += *atom == '!';
	if (node->prefix)
		text_add(out, node->prefix, node->prefix_bytes);
	if (*atom >= 'A' && *atom <= 'Z') {
		const char *dash = strpbrk(atom, "-|>");

		put_typed(atom, *dash == '-' ? (unsigned)strtoul(dash + 1, NULL, 10) : 64, out);
	} else if (strspn(atom, "0123456789-") == strcspn(atom, "|>") &&
		   strcspn(atom, "-") < strcspn(atom, "|>")) {
		uint64_t low = strtoull(atom, NULL, 10),
			 high = strtoull(strchr(atom, '-') + 1, NULL, 10);

		text_printf(out, "%llu",
		    (unsigned long long)(below(8) ? low + below(4) % (high - low + 1) : high));
	} else {
		text_add(out, atom, strcspn(atom, "=|>"));
	}
}

/* A line of the row, its choices made at random. */
static void make_line(unsigned row, struct text *out)
{
	const struct pattern *pattern = walk_pattern(row);
	unsigned node = pattern->start;

	for (unsigned words = 0; words < 60; words++) {
		uint64_t nodes = pattern->reach[node].nodes;
		unsigned choice, next = 0;

		if (!nodes || (pattern->reach[node].end && below(3) == 0))
			return;
		choice = below((unsigned)__builtin_popcountll(nodes));
		for (unsigned i = 0; i <= choice; i++)
			next = pattern_next(&nodes);
		text_puts(out, words ? " " : "");
		if (pattern->node[next].kind == PATTERN_WORD)
			text_add(out, pattern->node[next].text, pattern->node[next].text_bytes);
		else
			put_parameter(&pattern->node[next], out);
		node = pattern->node[next].next;
	}
}

static bool enter(struct config *config, uint32_t *tunnel, const char *line)
{
	static struct grammar_match match;
	bool taken = grammar_parse(&match, line, strlen(line), error, sizeof(error)) == 0 &&
		     match.row && match.row->set &&
		     config_change(config, tunnel, &match, error, sizeof(error)) == 0;

	grammar_match_wipe(&match);
	return taken;
}

/* What a start would find of what runs. */
static void assert_reads_back(struct config *config)
{
	struct config *again = new_config(NULL);
	char *text = config_running_text(config), *second;
	const struct config_model *a = config_model(config), *b;

	if (config_replace(again, text, strlen(text), error, sizeof(error)))
		fail_msg("%s, of:\n%s", error, text);
	second = config_running_text(again);
	assert_string_equal(second, text);
	b = config_model(again);
	assert_memory_equal(a->lan, b->lan, sizeof(a->lan));
	assert_memory_equal(a->cloud, b->cloud, sizeof(a->cloud));
	assert_memory_equal(a->tunnel, b->tunnel, (config_tunnels() + 1) * sizeof(*a->tunnel));
	assert_memory_equal(a->gateway, b->gateway, (config_tunnels() + 1) * sizeof(*a->gateway));
	free(text);
	free(second);
	config_free(again);
}

static void test_random_lines_that_were_accepted_are_loaded_again(void **state)
{
	unsigned taken = 0;

	seed = 20261122;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct config *config = new_config("");
		uint32_t tunnel = 0;

		for (unsigned i = 0; i < LINES; i++) {
			struct text line = {0};

			if (below(4) == 0)
				tunnel = below(4);
			make_line(below(grammar_row_count), &line);
			taken += line.data && enter(config, &tunnel, line.data);
			text_free(&line);
		}
		assert_reads_back(config);
		config_free(config);
	}
	assert_true(taken > ROUNDS * LINES / 8); /* else it shows nothing */
}

/* `HEAD 'QUOTES'`: each quote becomes two characters when the line is printed. */
static void quotes(char line[CONFIG_LINE_CHARS + 2], unsigned count)
{
	size_t used = (size_t)sprintf(line, "schedule at 1 startup * '");

	memset(line + used, '"', count);
	strcpy(line + used + count, "'");
}

static void test_C01_a_line_that_could_not_be_loaded_again_is_refused_whole(void **state)
{
	static char line[CONFIG_LINE_CHARS + 2];
	struct config *config = new_config("syslog debug on\n");
	uint32_t tunnel = 0;

	quotes(line, 4000);
	assert_false(enter(config, &tunnel, line));
	assert_string_equal(error,
	    "written out in full the line is longer than 4095 characters, and "
	    "could not be loaded again");
	assert_text(config, "syslog debug on\n");
	/* 24 characters, two quotes, and the two blanks that a line may be indented by. */
	quotes(line, (4095 - 24 - 2 - 2) / 2 + 1);
	assert_false(enter(config, &tunnel, line));
	quotes(line, (4095 - 24 - 2 - 2) / 2);
	assert_true(enter(config, &tunnel, line));
	assert_reads_back(config);
	config_free(config);
}

static void test_C06_more_than_a_start_would_read_is_not_saved(void **state)
{
	struct text lines = {0};
	struct config *config;

	save(OLD);
	for (unsigned i = 1; i <= 2200; i++)
		text_printf(&lines, "schedule at %u startup * %02000u\n", i, i);
	config = new_config(lines.data);
	assert_int_equal(store_save(config, dir, error, sizeof(error)), -EFBIG);
	assert_string_equal(error, "the configuration was not saved: it is larger than 4 MiB");
	assert_int_equal(load_is(OLD), STORE_LOADED);
	text_free(&lines);
	config_free(config);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_random_lines_that_were_accepted_are_loaded_again),
	    T(test_C01_a_line_that_could_not_be_loaded_again_is_refused_whole),
	    T(test_C06_more_than_a_start_would_read_is_not_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
