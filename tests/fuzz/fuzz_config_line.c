/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A console line of any bytes: parsed, helped, completed and, when it is a setting, applied. What
 * is taken must read back as itself, and no sentence may carry a control byte to a terminal. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct grammar_match match, again;
static struct grammar_expects expects;

static void check_sentence(const char *error)
{
	if (!*error)
		abort();
	for (; *error; error++)
		if ((unsigned char)*error < 0x20 || *error == 0x7f)
			abort();
}

static void print(const struct grammar_match *m, struct text *out)
{
	struct grammar_args args = grammar_match_args(m);

	text_puts(out, m->negated ? "no " : "");
	grammar_print(&args, false, out);
}

/* The canonical line of what was taken parses again, to the same canonical line. */
static void check_round_trip(void)
{
	char error[CONFIG_ERROR_BYTES];
	struct text once = {0}, twice = {0};

	print(&match, &once);
	if (grammar_parse(&again, once.data, once.bytes, error, sizeof(error))) {
		/* Quoting can push a line at the limit over it. */
		if (once.bytes <= CONFIG_LINE_CHARS)
			abort();
	} else {
		print(&again, &twice);
		if (strcmp(once.data, twice.data) != 0)
			abort();
	}
	text_free(&once);
	text_free(&twice);
}

static void apply(void)
{
	struct config_env env = {0};
	struct config *config = config_new(&env);
	char error[CONFIG_ERROR_BYTES] = "";
	uint32_t tunnel = 1;
	char *text;

	if (!config)
		return;
	if (config_change(config, &tunnel, &match, error, sizeof(error))) {
		check_sentence(error);
	} else {
		text = config_running_text(config);
		if (config_replace(config, text, strlen(text), error, sizeof(error)))
			abort();
		free(text);
	}
	config_free(config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char error[CONFIG_ERROR_BYTES] = "";
	const char *line = (const char *)data;

	if (grammar_parse(&match, line, bytes, error, sizeof(error))) {
		check_sentence(error);
	} else if (match.row) {
		check_round_trip();
		apply();
	}
	error[0] = '\0';
	if (grammar_expect(line, bytes, true, 1, bytes & 1, &expects, error, sizeof(error)))
		check_sentence(error);
	return 0;
}
