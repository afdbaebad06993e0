/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show log: what the ring of the log holds. */
#include <stdlib.h>
#include <string.h>

#include "control/console/show_json.h"

struct shown {
	const char **line;
	size_t count, room;
	bool bad;
};

static void keep_line(void *ctx, const char *line)
{
	struct shown *shown = ctx;

	if (shown->count == shown->room) {
		size_t room = shown->room ? shown->room * 2 : 256;
		const char **bigger = reallocarray(shown->line, room, sizeof(*bigger));

		if (!bigger) {
			shown->bad = true;
			return;
		}
		shown->line = bigger;
		shown->room = room;
	}
	shown->line[shown->count++] = line;
}

static void reverse(struct shown *shown)
{
	for (size_t i = 0; i < shown->count / 2; i++) {
		const char *line = shown->line[i];

		shown->line[i] = shown->line[shown->count - 1 - i];
		shown->line[shown->count - 1 - i] = line;
	}
}

static json_t *to_json(const struct shown *shown)
{
	json_t *lines = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count; i++)
		bad |= json_array_append_new(lines, show_json_text(shown->line[i])) != 0;
	return json_pack("{s:o}", "lines", show_json_array(lines, bad));
}

int show_log(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct shown shown = {0};
	int rc = 0;

	if (show->log)
		log_ring_each(show->log, keep_line, &shown);
	if (args_is(args, "order", "reverse"))
		reverse(&shown);
	if (shown.bad)
		rc = show_no_memory(error, error_bytes);
	else if (show->answer)
		rc = show_answer(show, "show-log/1", to_json(&shown), error, error_bytes);
	else
		for (size_t i = 0; i < shown.count; i++)
			text_printf(show->out, "%s\n", shown.line[i]);
	free(shown.line);
	return rc;
}
