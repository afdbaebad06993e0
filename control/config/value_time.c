/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Types of times: terms, dates and clocks of schedules, time zones, and the percentage of a
 * lifetime. */
#include <stdio.h>
#include <string.h>

#include "control/config/read.h"
#include "control/config/value_type.h"

/* Reads up to two digits at *at, within `most`; moves *at on. */
static bool read_two(const char **at, unsigned most, unsigned *out)
{
	uint64_t number;
	size_t bytes = strspn(*at, "0123456789");

	if (bytes > 2 || !value_digits(*at, bytes, &number) || number > most)
		return false;
	*at += bytes;
	*out = (unsigned)number;
	return true;
}

enum value_fit value_parse_term(const char *word, unsigned limit, struct value *out, char *why)
{
	uint32_t minutes;

	out->kind = VALUE_TEXT;
	if (read_term(word, &minutes))
		return minutes == CONFIG_INFINITY ? VALUE_EXACT : VALUE_TYPED;
	return value_complain(why, "a term is minutes from 1 on, hh:mm, or infinity");
}

/* The number of a day of the week, -1 = none. */
static int weekday(const char *text, size_t bytes)
{
	static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

	for (int i = 0; i < 7; i++)
		if (bytes == 3 && memcmp(text, days[i], 3) == 0)
			return i;
	return -1;
}

/* One number of 1..most, or a weekday where `days`. */
static bool is_date_part(const char *text, size_t bytes, unsigned most, bool days)
{
	uint64_t number;

	if (days && weekday(text, bytes) >= 0)
		return true;
	return value_digits(text, bytes, &number) && number >= 1 && number <= most;
}

/* A list of numbers and ranges, or `*`. */
static bool is_date_list(const char *text, size_t bytes, unsigned most, bool days)
{
	if (bytes == 1 && *text == '*')
		return true;
	while (bytes) {
		size_t item = 0, dash;

		while (item < bytes && text[item] != ',')
			item++;
		for (dash = 0; dash < item && text[dash] != '-'; dash++)
			continue;
		if (!is_date_part(text, dash, most, days) ||
		    (dash < item && !is_date_part(text + dash + 1, item - dash - 1, most, days)))
			return false;
		if (item + 1 == bytes)
			return false; /* a comma at the end */
		text += item < bytes ? item + 1 : item;
		bytes -= item < bytes ? item + 1 : item;
	}
	return true;
}

enum value_fit value_parse_calendar(const char *word, unsigned limit, struct value *out, char *why)
{
	const char *slash = strchr(word, '/');

	out->kind = VALUE_TEXT;
	if (!slash)
		return VALUE_UNFIT;
	if (slash != word && slash[1] && is_date_list(word, (size_t)(slash - word), 12, false) &&
	    is_date_list(slash + 1, strlen(slash + 1), 31, true))
		return VALUE_TYPED;
	return value_complain(why, "a date is month/day, as in */1,15 or */mon-fri");
}

enum value_fit value_parse_clock(const char *word, unsigned limit, struct value *out, char *why)
{
	static const unsigned most[] = {23, 59, 59};
	const char *at = word;
	unsigned part = 0, number;

	out->kind = VALUE_TEXT;
	if (strcmp(word, "startup") == 0)
		return VALUE_EXACT;
	if (!strchr(word, ':'))
		return VALUE_UNFIT;
	for (; part < 3; part++) {
		if (*at == '*')
			at++;
		else if (!read_two(&at, most[part], &number))
			break;
		if (*at != ':')
			break;
		at++;
	}
	if (part >= 1 && part < 3 && !*at && at[-1] != ':')
		return VALUE_TYPED;
	return value_complain(why, "a time is hh:mm or hh:mm:ss, with * for any");
}

int value_zone_minutes(const char *word, int *minutes)
{
	unsigned hours, rest;
	const char *at = word + 1;

	if (strcmp(word, "jst") == 0) {
		*minutes = 9 * 60;
		return 0;
	}
	*minutes = 0;
	if (strcmp(word, "utc") == 0)
		return 0;
	if ((*word != '+' && *word != '-') || !read_two(&at, 13, &hours) || *at++ != ':' ||
	    strlen(at) != 2 || !read_two(&at, 59, &rest) || *at ||
	    (*word == '-' && hours * 60 + rest > 12 * 60))
		return -1;
	*minutes = (int)(hours * 60 + rest) * (*word == '-' ? -1 : 1);
	return 0;
}

enum value_fit value_parse_zone(const char *word, unsigned limit, struct value *out, char *why)
{
	int minutes;

	out->kind = VALUE_TEXT;
	if (value_zone_minutes(word, &minutes) == 0)
		return VALUE_TYPED;
	return value_complain(why, "a time zone is jst, utc or an offset, as in +09:00");
}

enum value_fit value_parse_percent(const char *word, unsigned limit, struct value *out, char *why)
{
	size_t bytes = strlen(word);
	uint64_t number;

	out->kind = VALUE_TEXT;
	if (bytes && word[bytes - 1] == '%' && value_digits(word, bytes - 1, &number) &&
	    number >= 70 && number <= 90)
		return VALUE_TYPED;
	return VALUE_UNFIT;
}
