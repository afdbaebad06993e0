/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A time that has been, as a person says it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "control/config/value_type.h"

/* "30m": seconds; -1 = it is no such word. */
static int64_t read_span(const char *word)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = {1, 60, 3600, 86400};
	size_t bytes = strlen(word);
	const char *unit = bytes ? strchr(units, word[bytes - 1]) : NULL;
	uint64_t number;

	if (!unit || !value_digits(word, bytes - 1, &number) || number > 1000000)
		return -1;
	return (int64_t)number * seconds[unit - units];
}

/* "hh:mm[:ss]" and nothing behind it. */
static bool read_clock(const char *word, struct tm *tm)
{
	const char *end = strptime(word, "%H:%M:%S", tm);

	if (!end) {
		tm->tm_sec = 0;
		end = strptime(word, "%H:%M", tm);
	}
	return end && !*end;
}

/* mktime() of a time that the calendar has: it would make another day of the 31st of June. */
static int64_t to_unix(struct tm *tm)
{
	int day = tm->tm_mday, month = tm->tm_mon;
	time_t at;

	tm->tm_isdst = -1;
	at = mktime(tm);
	return tm->tm_mday == day && tm->tm_mon == month ? (int64_t)at : -1;
}

int value_moment(const char *word, int64_t now_unix, int64_t *out)
{
	time_t now = (time_t)now_unix;
	int64_t span = read_span(word);
	struct tm tm = {0};
	const char *end;

	if (span >= 0) {
		*out = now_unix - span;
		return 0;
	}
	end = strptime(word, "%Y/%m/%d", &tm);
	if (end) {
		if (*end && (!strchr("-T ", *end) || !read_clock(end + 1, &tm)))
			return -1;
		*out = to_unix(&tm);
		return *out < 0 ? -1 : 0;
	}
	if (!localtime_r(&now, &tm) || !read_clock(word, &tm))
		return -1;
	*out = to_unix(&tm);
	if (*out > now_unix) {
		tm.tm_mday--;
		*out = mktime(&tm);
	}
	return *out < 0 ? -1 : 0;
}

enum value_fit value_parse_moment(const char *word, unsigned limit, struct value *out, char *why)
{
	int64_t unused;

	out->kind = VALUE_TEXT;
	if (value_moment(word, time(NULL), &unused) == 0)
		return VALUE_TYPED;
	return value_complain(
	    why, "a time is 30m, 2h or 3d ago, hh:mm[:ss], YYYY/MM/DD or YYYY/MM/DD-hh:mm[:ss]");
}
