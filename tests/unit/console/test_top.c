/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cgw top`: answers into samples, samples onto screens of every size. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "control/console/top_screen.h"

static struct top_sample before, now;
static struct top_view view;
static char *text;
static size_t text_bytes;

static int setup(void **state)
{
	memset(&before, 0, sizeof(before));
	memset(&now, 0, sizeof(now));
	view = (struct top_view){.columns = 500, .end = "\n"};
	setenv("TZ", "UTC", 1);
	return setlocale(LC_CTYPE, "C.UTF-8") ? 0 : -1;
}

static int teardown(void **state)
{
	free(text);
	text = NULL;
	return 0;
}

static void draw(double seconds)
{
	FILE *out;

	free(text);
	out = open_memstream(&text, &text_bytes);
	top_draw(out, &view, &before, &now, seconds);
	fclose(out);
}

static void assert_has(const char *line)
{
	if (!strstr(text, line))
		fail_msg("\"%s\" is missing in\n%s", line, text);
}

static bool take(struct top_sample *sample, const char *json)
{
	return top_take(sample, json, strlen(json));
}

static void test_answers_become_a_sample(void **state)
{
	assert_true(take(&now,
	    "{\"schema\":\"show-status-tunnel/1\",\"time\":\"2017-01-09T14:12:33Z\",\"tunnels\":["
	    "{\"number\":1,\"up\":true,\"since\":\"2017-01-09T14:12:03Z\",\"description\":\"a\","
	    "\"reason\":null,"
	    "\"received\":{\"ipv4\":{\"packets\":1,\"bytes\":100},\"ipv6\":{\"packets\":2,"
	    "\"bytes\":200}},"
	    "\"transmitted\":{\"ipv4\":{\"packets\":3,\"bytes\":300},\"ipv6\":{\"packets\":4,"
	    "\"bytes\":400}},"
	    "\"ike\":{\"rekeys_phase1\":1,\"rekeys_phase2\":2}},"
	    "{\"number\":7,\"up\":false,\"since\":null,\"description\":\"b\",\"reason\":"
	    "\"no\\nanswer\"}]}"));
	assert_int_equal(now.tunnels, 2);
	assert_int_equal(now.tunnels_up, 1);
	assert_int_equal(now.time_unix - now.tunnel[0].since_unix, 30);
	assert_int_equal(now.tunnel[0].count.in_packets, 3);
	assert_int_equal(now.tunnel[0].count.out_bytes, 700);
	assert_int_equal(now.tunnel[0].rekeys, 3);
	assert_string_equal(now.tunnel[1].about, "no answer");
	assert_true(take(&now, "{\"schema\":\"show-status-bgp-neighbor/1\",\"neighbors\":["
			       "{\"state\":\"Established\"},{\"state\":\"Idle\"},{}]}"));
	assert_int_equal(now.sessions, 3);
	assert_int_equal(now.sessions_up, 1);
	assert_true(take(&now,
	    "{\"schema\":\"show-status-dataplane/1\",\"running\":true,\"totals\":{\"received\":9},"
	    "\"drops\":[{\"reason\":\"replay\",\"packets\":5}],\"ports\":[{\"name\":\"lan1\","
	    "\"up\":true}]}"));
	assert_true(now.running);
	assert_int_equal(now.received, 9);
	assert_string_equal(now.drop[0].reason, "replay");
	assert_string_equal(now.port[0].name, "lan1");
}

static void test_what_is_no_answer_is_not_taken(void **state)
{
	static const char *const texts[] = {"", "x", "[]", "{}", "{\"schema\":1}",
	    "{\"schema\":\"show-status-tunnel/2\",\"tunnels\":[]}", "{\"schema\":\"show-log/1\"}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(take(&now, texts[i]));
	/* Members of other types count as nothing. */
	assert_true(take(&now, "{\"schema\":\"show-status-tunnel/1\",\"tunnels\":[1,{\"number\":-1,"
			       "\"up\":\"yes\",\"description\":2,\"received\":3}]}"));
	assert_int_equal(now.tunnels, 2);
	assert_int_equal(now.tunnels_up, 0);
}

static void test_more_than_there_is_room_for_is_left_out(void **state)
{
	char *json = malloc(100000);
	size_t at = (size_t)sprintf(json, "{\"schema\":\"show-status-dataplane/1\",\"drops\":[");

	for (unsigned i = 0; i < TOP_DROPS + 3; i++)
		at += (size_t)sprintf(
		    json + at, "%s{\"reason\":\"r%u\",\"packets\":%u}", i ? "," : "", i, i + 1);
	at += (size_t)sprintf(json + at, "],\"ports\":[");
	for (unsigned i = 0; i < TOP_PORTS + 3; i++)
		at += (size_t)sprintf(json + at, "%s{\"name\":\"lan%u\"}", i ? "," : "", i);
	strcpy(json + at, "]}");
	assert_true(take(&now, json));
	assert_int_equal(now.drops, TOP_DROPS);
	assert_string_equal(now.drop[TOP_DROPS - 1].reason, "r127");
	assert_int_equal(now.ports, TOP_PORTS);
	free(json);
}

static void fill(unsigned tunnels, unsigned drops)
{
	now.time_unix = 1483971153;
	now.running = true;
	now.tunnels = now.tunnels_up = tunnels;
	now.drops = drops;
	for (unsigned i = 0; i < tunnels; i++) {
		now.tunnel[i] = (struct top_tunnel){.number = i + 1, .up = true};
		snprintf(now.tunnel[i].about, sizeof(now.tunnel[i].about), "東京 %u", i + 1);
	}
	for (unsigned i = 0; i < drops; i++) {
		snprintf(now.drop[i].reason, sizeof(now.drop[i].reason), "reason%u", i);
		now.drop[i].packets = i + 1;
	}
	before = now;
}

static void test_rates_are_what_came_in_between(void **state)
{
	fill(1, 3);
	now.tunnel[0].since_unix = now.time_unix - 3723;
	now.tunnel[0].count = (struct top_counters){2000, 2500000, 20, 250};
	before.tunnel[0].count = (struct top_counters){1000, 0, 10, 500};
	now.drop[0].packets = 2001;
	draw(2);
	assert_has("1      up        10.0M       500     1.00k         5      0   1h02m  東京 1\n");
	assert_has("reason0                    1.00k            2001\n"
		   "reason2                        0               3\n");
	draw(0);
	assert_has("1      up            -         -         -         -      0   1h02m  東京 1\n");
	now.running = false;
	draw(1);
	assert_has("dataplane NOT RUNNING");
}

/* A tunnel that came in the meantime, and the same place in the list another one's before. */
static void test_rates_are_of_the_same_tunnel(void **state)
{
	fill(2, 0);
	before.tunnels = 1;
	before.tunnel[0] = now.tunnel[1];
	before.tunnel[0].count.in_packets = now.tunnel[1].count.in_packets = 1000;
	draw(1);
	assert_has("\n2      up            0         0         0         0 ");
}

static unsigned columns_of(const char *line, size_t bytes)
{
	mbstate_t state = {0};
	unsigned columns = 0;
	wchar_t c;

	for (size_t at = 0, n; at < bytes; at += n) {
		n = mbrtowc(&c, line + at, bytes - at, &state);
		assert_true(n && n <= bytes - at);
		columns += (unsigned)wcwidth(c);
	}
	return columns;
}

static void test_every_size_of_a_screen_is_kept(void **state)
{
	fill(100, 20);
	now.ports = 3;
	for (unsigned lines = 1; lines < 60; lines++) {
		for (unsigned columns = 1; columns < 120; columns += 7) {
			unsigned drawn = 0;

			view = (struct top_view){columns, lines, 0, "\n"};
			draw(1);
			for (const char *line = text; line && *line; line = strchr(line, '\n')) {
				line += *line == '\n';
				drawn++;
				assert_in_range(columns_of(line, strcspn(line, "\n")), 0, columns);
			}
			assert_in_range(drawn, 0, lines - 1);
		}
	}
}

static void test_80_by_24_shows_tunnels_and_drops(void **state)
{
	fill(100, 20);
	now.ports = 2;
	view = (struct top_view){80, 24, 0, "\n"};
	draw(1);
	assert_has("\n1      up ");
	assert_has("\n8      up ");
	assert_null(strstr(text, "\n9      up "));
	assert_has("UP FOR  (more)");
	assert_has("reason19");
	view.first = 50;
	draw(1);
	assert_has("\n51     up ");
	view.first = 1000; /* is brought back */
	draw(1);
	assert_has("\n100    up ");
	assert_int_equal(view.first, 92);
	fill(2, 0);
	draw(1);
	assert_int_equal(view.first, 0);
	assert_null(strstr(text, "DROPPED"));
	assert_null(strstr(text, "more"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    T(test_answers_become_a_sample),
	    T(test_what_is_no_answer_is_not_taken),
	    T(test_more_than_there_is_room_for_is_left_out),
	    T(test_rates_are_what_came_in_between),
	    T(test_rates_are_of_the_same_tunnel),
	    T(test_every_size_of_a_screen_is_kept),
	    T(test_80_by_24_shows_tunnels_and_drops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
