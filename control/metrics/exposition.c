/* SPDX-License-Identifier: BSD-3-Clause
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/: quoting of label values and help.
 */
#include "control/metrics/exposition.h"

#include <inttypes.h>
#include <string.h>

/* In help backslash and newline are escaped, in a label value the quote as well. */
static void put_escaped(struct text *out, const char *text, bool quoted)
{
	for (; *text; text++) {
		if (*text == '\n')
			text_puts(out, "\\n");
		else if (*text == '\\' || (quoted && *text == '"'))
			text_printf(out, "\\%c", *text);
		else
			text_add(out, text, 1);
	}
}

void exposition_family(struct text *out, const char *name, const char *type, const char *help)
{
	text_printf(out, "# HELP %s ", name);
	put_escaped(out, help, false);
	text_printf(out, "\n# TYPE %s %s\n", name, type);
}

void exposition_sample(struct text *out, const char *name, const struct exposition_label *labels,
    unsigned count, uint64_t value)
{
	const char *between = "{";

	text_puts(out, name);
	for (unsigned i = 0; i < count; i++) {
		if (!labels[i].name)
			continue;
		text_printf(out, "%s%s=\"", between, labels[i].name);
		put_escaped(out, labels[i].value, true);
		text_puts(out, "\"");
		between = ",";
	}
	text_printf(out, "%s %" PRIu64 "\n", *between == ',' ? "}" : "", value);
}

void exposition_single(
    struct text *out, const char *name, const char *type, const char *help, uint64_t value)
{
	exposition_family(out, name, type, help);
	exposition_sample(out, name, NULL, 0, value);
}
