/* SPDX-License-Identifier: BSD-3-Clause
 *
 * check: what the configuration in force lacks, or what is wrong with a file. */
#include <errno.h>
#include <stdio.h>

#include "control/config/check.h"
#include "control/config/language.h"
#include "control/console/show.h"

static void print(void *ctx, const char *sentence)
{
	const struct show *show = ctx;

	text_printf(show->out, "%s\n", sentence);
}

int show_check(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	unsigned found;
	int wrong;

	if (!args_find(args, "file")) {
		found = config_check(show->config, print, (void *)show);
		if (!found)
			print((void *)show, say("Nothing is missing."));
		return 0;
	}
	wrong = config_check_file(args_text(args, "file"), print, (void *)show, error, error_bytes);
	if (wrong < 0)
		return wrong;
	if (wrong) {
		snprintf(error, error_bytes, say("%d lines are wrong"), wrong);
		return -EINVAL;
	}
	print((void *)show, say("The file would be taken."));
	return 0;
}
