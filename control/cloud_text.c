/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The log lines of `cloud vpn`, see cloud_text.h. */
#include "control/cloud_text.h"

#include <stdio.h>
#include <string.h>

static const struct {
	enum log_level level;
	const char *text;
} texts[] = {
#define TEXT(name, level, text) {LOG_LEVEL_##level, text},
    CLOUD_TEXTS(TEXT)
#undef TEXT
};

char *cloud_one_line(const char *text, char *out, size_t bytes)
{
	size_t used = 0;

	out[0] = '\0';
	while (*text && used < bytes) {
		size_t line = strcspn(text, "\n");

		if (line)
			used += (size_t)snprintf(
			    out + used, bytes - used, "%s%.*s", used ? "; " : "", (int)line, text);
		text += line + (text[line] == '\n');
	}
	return out;
}

void cloud_log(uint32_t id, bool details, enum cloud_text text, const char *argument)
{
	const char *format = texts[text].text, *hole = strstr(format, "%s");
	int head = hole ? (int)(hole - format) : (int)strlen(format);

	if (texts[text].level == LOG_LEVEL_DEBUG && !details)
		return;
	log_write_always(texts[text].level, CLOUD_TEXT_SUBJECT "[%u] %.*s%s%s", id, head, format,
	    hole && argument ? argument : "", hole ? hole + 2 : "");
}
