/* SPDX-License-Identifier: BSD-3-Clause
 *
 * show log [reverse] [level L] [tag T] [tunnel N] [since WHEN] [grep TEXT] [count N]: what is kept
 * of the log, oldest first. `count` takes the newest of those that fit. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "control/config/language.h"
#include "control/console/show_json.h"
#include "control/log/log_filter.h"

struct shown {
	struct log_filter filter;
	struct log_entry *entry; /* their lines are the ring's */
	size_t count, room;
	bool bad;
};

static void keep(void *ctx, const struct log_entry *entry)
{
	struct shown *shown = ctx;

	if (!log_filter_takes(&shown->filter, entry))
		return;
	if (shown->count == shown->room) {
		size_t room = shown->room ? shown->room * 2 : 256;
		struct log_entry *bigger = reallocarray(shown->entry, room, sizeof(*bigger));

		if (!bigger) {
			shown->bad = true;
			return;
		}
		shown->entry = bigger;
		shown->room = room;
	}
	shown->entry[shown->count++] = *entry;
}

static unsigned read_levels(const struct grammar_args *args)
{
	static const char *const names[] = {"error", "notice", "info", "debug"};
	const struct value *value;
	unsigned at = 0, levels = 0;

	while ((value = args_next(args, "level", &at)))
		for (unsigned i = 0; i <= LOG_LEVEL_DEBUG; i++)
			if (strlen(names[i]) == value->word_bytes &&
			    memcmp(names[i], value->word, value->word_bytes) == 0)
				levels |= 1u << i;
	return levels;
}

/* Of several levels any one fits; of the others there is one each. */
static int refuse_twice(const struct grammar_args *args, char *error, size_t error_bytes)
{
	static const struct {
		const char *name, *word;
	} once[] = {{"tag", "tag"}, {"tunnel", "tunnel"}, {"since", "since"}, {"text", "grep"},
	    {"count", "count"}};

	for (size_t i = 0; i < sizeof(once) / sizeof(once[0]); i++) {
		unsigned at = 0;

		if (args_next(args, once[i].name, &at) && args_next(args, once[i].name, &at)) {
			snprintf(error, error_bytes, say("\"%s\" can be given once"), once[i].word);
			return -EINVAL;
		}
	}
	return 0;
}

static int read_filter(const struct show *show, const struct grammar_args *args,
    struct log_filter *filter, char *error, size_t error_bytes)
{
	const char *since = args_text(args, "since");
	int64_t sec = 0;

	if (*since)
		(void)value_moment(since, show->now_unix, &sec);
	*filter = (struct log_filter){.levels = read_levels(args),
	    .tag = args_find(args, "tag") ? args_text(args, "tag") : NULL,
	    .tunnel = args_number(args, "tunnel", 0),
	    .since_usec = sec * 1000000,
	    .text = args_find(args, "text") ? args_text(args, "text") : NULL};
	return refuse_twice(args, error, error_bytes);
}

/* Leaves the newest `most`, in the order that is wanted. */
static void arrange(struct shown *shown, size_t most, bool reverse)
{
	if (shown->count > most) {
		memmove(
		    shown->entry, shown->entry + shown->count - most, most * sizeof(*shown->entry));
		shown->count = most;
	}
	for (size_t i = 0; reverse && i < shown->count / 2; i++) {
		struct log_entry entry = shown->entry[i];

		shown->entry[i] = shown->entry[shown->count - 1 - i];
		shown->entry[shown->count - 1 - i] = entry;
	}
}

static void print(const struct show *show, const struct shown *shown)
{
	char time[SHOW_TIME_BYTES];

	for (size_t i = 0; i < shown->count; i++)
		text_printf(show->out, "%s: %s\n",
		    show_time(shown->entry[i].time_usec / 1000000, time), shown->entry[i].line);
}

static json_t *instant_json(int64_t usec)
{
	time_t sec = (time_t)(usec / 1000000);
	char text[SHOW_TIME_BYTES] = "";
	struct tm utc;

	if (gmtime_r(&sec, &utc))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
	return json_sprintf("%s.%06dZ", text, (int)(usec % 1000000));
}

static json_t *entry_json(const struct log_entry *entry)
{
	char tag[LOG_TAG_BYTES];
	uint32_t tunnel = log_tunnel(entry->line);

	return json_pack("{s:o, s:s, s:o, s:o, s:o}", "time", instant_json(entry->time_usec),
	    "level", log_level_name(entry->level), "tag",
	    show_json_text_or_null(log_tag(entry->line, tag)), "tunnel",
	    tunnel ? json_integer(tunnel) : json_null(), "text", show_json_text(entry->line));
}

static json_t *to_json(const struct shown *shown)
{
	json_t *entries = json_array();
	bool bad = false;

	for (size_t i = 0; i < shown->count && !bad; i++)
		bad = json_array_append_new(entries, entry_json(&shown->entry[i])) != 0;
	return json_pack("{s:o}", "entries", show_json_array(entries, bad));
}

int show_log(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	struct shown shown = {0};
	int rc = read_filter(show, args, &shown.filter, error, error_bytes);

	if (rc)
		return rc;
	if (show->log)
		log_ring_each(show->log, keep, &shown);
	arrange(&shown, args_number(args, "count", UINT32_MAX), args_is(args, "order", "reverse"));
	if (shown.bad)
		rc = show_no_memory(error, error_bytes);
	else if (show->answer)
		rc = show_answer(show, "show-log/1", to_json(&shown), error, error_bytes);
	else
		print(show, &shown);
	free(shown.entry);
	return rc;
}
