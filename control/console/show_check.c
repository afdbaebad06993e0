/* SPDX-License-Identifier: BSD-3-Clause
 *
 * check: what the configuration in force lacks, or what is wrong with a file. */
#include <errno.h>
#include <stdio.h>

#include "control/config/check.h"
#include "control/config/language.h"
#include "control/console/show_json.h"

static void keep(void *ctx, const char *sentence)
{
	text_printf(ctx, "%s\n", sentence);
}

/* How many lines are wrong, or -errno with a sentence. */
static int collect(const struct show *show, const char *file, struct text *findings, char *error,
    size_t error_bytes)
{
	if (*file)
		return config_check_file(file, keep, findings, error, error_bytes);
	(void)config_check(show->config, keep, findings);
	return findings->bad ? show_no_memory(error, error_bytes) : 0;
}

static void print(const struct show *show, const char *file, const char *findings, int wrong)
{
	text_puts(show->out, findings);
	if (*file && !wrong)
		text_printf(show->out, "%s\n", say("The file would be taken."));
	else if (!*findings)
		text_printf(show->out, "%s\n", say("Nothing is missing."));
}

int show_check(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const char *file = args_text(args, "file");
	struct text findings = {0};
	int wrong = collect(show, file, &findings, error, error_bytes), rc = 0;
	const char *lines = findings.data ? findings.data : "";

	if (wrong < 0)
		rc = wrong;
	else if (show->answer)
		rc = show_answer(show, "check/1",
		    json_pack("{s:o, s:i, s:o}", "file", show_json_text_or_null(file),
			"wrong_lines", wrong, "findings", show_json_lines(lines)),
		    error, error_bytes);
	else
		print(show, file, lines, wrong);
	text_free(&findings);
	if (wrong <= 0 || rc)
		return rc;
	snprintf(error, error_bytes, say("%d lines are wrong"), wrong);
	return -EINVAL;
}
