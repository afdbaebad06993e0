/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `schedule at` and `statistics`. The grammar has checked dates and times (value_time.c): here they
 * become sets of numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/set.h"
#include "control/config/text.h"
#include "control/config/value.h"

#define EVERY_DAY   0xfffffffeu
#define EVERY_MONTH 0x1ffeu

/* The number, or the weekday, at the start of the text. */
static unsigned read_part(const char **at, bool *weekday)
{
	static const char days[] = "sunmontuewedthufrisat";
	char *end;
	unsigned long number = strtoul(*at, &end, 10);

	*weekday = end == *at;
	if (*weekday) {
		for (number = 0; number < 6 && strncmp(days + 3 * number, *at, 3) != 0;)
			number++;
		end = (char *)*at + 3;
	}
	*at = end;
	return (unsigned)number;
}

/* From first to last, round the end of the week or the year where the last is before it. */
static uint32_t bits(unsigned first, unsigned last, unsigned least, unsigned most)
{
	uint32_t set = 1u << last;

	for (unsigned n = first; n != last; n = n == most ? least : n + 1)
		set |= 1u << n;
	return set;
}

/* A list up to '/' or the end; `*` was dealt with. */
static void read_list(const char *at, unsigned most, uint32_t *numbers, uint8_t *weekdays)
{
	while (*at && *at != '/') {
		bool weekday;
		unsigned first = read_part(&at, &weekday), last = first;

		if (*at == '-') {
			at++;
			last = read_part(&at, &weekday);
		}
		if (weekday)
			*weekdays |= (uint8_t)bits(first, last, 0, 6);
		else
			*numbers |= bits(first, last, 1, most);
		at += *at == ',';
	}
}

static void read_date(const char *date, struct config_schedule *out)
{
	const char *days = strchr(date, '/') + 1;
	uint32_t months = 0;
	uint8_t none = 0;

	if (*date == '*')
		months = EVERY_MONTH;
	else
		read_list(date, 12, &months, &none);
	out->months = (uint16_t)months;
	if (*days == '*')
		out->days = EVERY_DAY;
	else
		read_list(days, 31, &out->days, &out->weekdays);
}

/* Hours, minutes, seconds: a number or `*`; seconds left out are 0. */
static void read_clock(const char *at, struct config_schedule *out)
{
	uint64_t part[3] = {0, 0, 1};

	for (unsigned i = 0; i < 3 && *at; i++) {
		part[i] = *at == '*' ? UINT64_MAX : UINT64_C(1) << strtoul(at, NULL, 10);
		at += strcspn(at, ":");
		at += *at == ':';
	}
	out->hours = (uint32_t)part[0];
	out->minutes = part[1];
	out->seconds = part[2];
}

static char *read_command(const struct grammar_args *args)
{
	const struct value *word;
	struct text text = {0};
	unsigned at = 0;

	while ((word = args_next(args, "command", &at)) != NULL) {
		text_puts(&text, text.bytes ? " " : "");
		value_print(word, args->store, false, &text);
	}
	return text_take(&text);
}

int set_schedule(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	struct config_schedule *schedule =
	    set_grow(&model->schedule, &model->schedule_count, sizeof(*schedule));

	if (!schedule)
		return -ENOMEM;
	schedule->id = args_number(args, "id", 0);
	schedule->tunnel = args_number(args, "tunnel", 0);
	schedule->months = EVERY_MONTH;
	schedule->days = EVERY_DAY;
	schedule->startup = strcmp(args_text(args, "time"), "startup") == 0;
	if (schedule->startup && args_find(args, "date"))
		return set_refuse(error, error_bytes, "`startup` has no date");
	if (args_find(args, "date")) {
		schedule->months = 0;
		schedule->days = 0;
		read_date(args_text(args, "date"), schedule);
	}
	if (!schedule->startup)
		read_clock(args_text(args, "time"), schedule);
	schedule->command = read_command(args);
	return schedule->command ? 0 : -ENOMEM;
}

bool config_schedule_fits(const struct config_schedule *schedule, const struct tm *local)
{
	return !schedule->startup && schedule->months >> (local->tm_mon + 1) & 1 &&
	       (schedule->days >> local->tm_mday & 1 || schedule->weekdays >> local->tm_wday & 1) &&
	       schedule->hours >> local->tm_hour & 1 && schedule->minutes >> local->tm_min & 1 &&
	       local->tm_sec < 60 && schedule->seconds >> local->tm_sec & 1;
}

int set_statistics(struct config_model *model, uint32_t tunnel, const struct grammar_args *args,
    char *error, size_t error_bytes)
{
	enum config_statistics kind = args_is(args, "kind", "cpu")      ? CONFIG_STATISTICS_CPU
				      : args_is(args, "kind", "memory") ? CONFIG_STATISTICS_MEMORY
									: CONFIG_STATISTICS_TRAFFIC;

	model->statistics[kind] = args_is(args, "switch", "on");
	return 0;
}
