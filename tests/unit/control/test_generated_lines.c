/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the generator of aws/ writes, config/ must understand: the golden texts of the one are the
 * input of the other. Run from the top of the tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/config/config.h"

#define LINES_MAX 160

struct lines {
	char text[LINES_MAX][256];
	const char *line[LINES_MAX];
	size_t count;
};

static void read_golden(const char *name, struct lines *out)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "tests/golden/%s.txt", name);
	f = fopen(path, "r");
	assert_non_null(f);
	out->count = 0;
	while (out->count < LINES_MAX && fgets(out->text[out->count], sizeof(out->text[0]), f)) {
		char *text = out->text[out->count];

		text[strcspn(text, "\n")] = '\0';
		out->line[out->count++] = text;
	}
	fclose(f);
}

/* Whether `text` has this line, indented or not. */
static bool has_line(const char *text, const char *line)
{
	size_t bytes = strlen(line);

	for (const char *p = text; (p = strstr(p, line)) != NULL; p += bytes) {
		const char *before = p;

		while (before > text && before[-1] == ' ')
			before--;
		if ((before == text || before[-1] == '\n') && (p[bytes] == '\n' || !p[bytes]))
			return true;
	}
	return false;
}

/* Every line is taken and shown again as it was written. */
static void assert_accepted(const char *name)
{
	const struct config_env nothing = {0};
	static struct lines lines;
	char error[CONFIG_ERROR_BYTES] = "", *shown;
	struct config *config = config_new(&nothing);

	read_golden(name, &lines);
	if (config_apply_lines(config, lines.line, lines.count, error, sizeof(error)))
		fail_msg("%s: %s", name, error);
	shown = config_running_text(config);
	assert_non_null(shown);
	for (size_t i = 0; i < lines.count; i++)
		if (strcmp(lines.line[i], "bgp configure refresh") != 0 &&
		    !has_line(shown, lines.line[i]))
			fail_msg("%s: \"%s\" is not shown:\n%s", name, lines.line[i], shown);
	free(shown);
	config_free(config);
}

static void test_lines_for_a_plain_router_are_accepted(void **state)
{
	assert_accepted("vpn_bgp_plain");
	assert_accepted("vpn_static_one_tunnel");
}

/* Filters and address translation are kept; whether they are enforced is another matter. */
static void test_lines_for_a_router_with_filters_are_accepted(void **state)
{
	assert_accepted("vpn_bgp_filter_nat");
	assert_accepted("vpn_bgp_busy_router");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines_for_a_plain_router_are_accepted),
	    cmocka_unit_test(test_lines_for_a_router_with_filters_are_accepted),
	};

	return cmocka_run_group_tests_name("control/generated_lines", tests, NULL, NULL);
}
