/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Accounts of connections. The text has a line for each: name, first second, month, bytes. */
#include "control/usage.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/wall.h"

#define HEAD "# cgw usage 1"

uint32_t usage_month(int64_t unix_seconds)
{
	time_t t = (time_t)unix_seconds;
	struct tm tm;

	if (!gmtime_r(&t, &tm))
		return 0;
	return (uint32_t)((tm.tm_year + 1900) * 100 + tm.tm_mon + 1);
}

void usage_month_limits(uint32_t month, int64_t *begin, int64_t *end)
{
	struct tm tm = {
	    .tm_year = (int)(month / 100) - 1900, .tm_mon = (int)(month % 100) - 1, .tm_mday = 1};
	struct tm next = tm;

	next.tm_mon++;
	*begin = timegm(&tm);
	*end = timegm(&next);
}

const struct usage_entry *usage_find(const struct usage *usage, const char *name)
{
	for (size_t i = 0; i < usage->count; i++)
		if (strcmp(usage->entry[i].name, name) == 0)
			return &usage->entry[i];
	return NULL;
}

/* A new entry, in place of the least recent month's where there is no room. */
static struct usage_entry *make(struct usage *usage, const char *name, int64_t now)
{
	struct usage_entry *entry = &usage->entry[0];

	if (usage->count < USAGE_ENTRIES)
		entry = &usage->entry[usage->count++];
	else
		for (size_t i = 1; i < usage->count; i++)
			if (usage->entry[i].month < entry->month)
				entry = &usage->entry[i];
	*entry = (struct usage_entry){.first_seen = now, .month = usage_month(now)};
	(void)snprintf(entry->name, sizeof(entry->name), "%s", name);
	usage->changed = true;
	return entry;
}

void usage_add(struct usage *usage, const char *name, int64_t now, uint64_t bytes)
{
	const uint32_t month = usage_month(now);
	struct usage_entry *entry = (struct usage_entry *)usage_find(usage, name);
	const bool is_set = now >= WALL_LEAST;

	if (!entry && !is_set)
		return;
	if (!entry)
		entry = make(usage, name, now);
	if (entry->month != month && is_set) {
		entry->month = month;
		entry->bytes = 0;
		usage->changed = true;
	}
	entry->bytes += bytes;
	usage->changed = usage->changed || bytes;
}

size_t usage_print(const struct usage *usage, char text[USAGE_BYTES])
{
	size_t used = (size_t)snprintf(text, USAGE_BYTES, HEAD "\n");

	for (size_t i = 0; i < usage->count; i++)
		used += (size_t)snprintf(text + used, USAGE_BYTES - used,
		    "%s %" PRId64 " %" PRIu32 " %" PRIu64 "\n", usage->entry[i].name,
		    usage->entry[i].first_seen, usage->entry[i].month, usage->entry[i].bytes);
	return used;
}

static bool is_name(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '-')
			return false;
	return true;
}

void usage_parse(struct usage *usage, const char *text)
{
	memset(usage, 0, sizeof(*usage));
	if (strncmp(text, HEAD "\n", sizeof(HEAD)) != 0)
		return;
	for (const char *line = text;
	     (line = strchr(line, '\n')) && usage->count < USAGE_ENTRIES;) {
		struct usage_entry entry = {0};
		int end = 0;

		line++;
		if (sscanf(line, "%128s %" SCNd64 " %" SCNu32 " %" SCNu64 "%n", entry.name,
			&entry.first_seen, &entry.month, &entry.bytes, &end) == 4 &&
		    line[end] == '\n' && is_name(entry.name) && entry.month % 100 >= 1 &&
		    entry.month % 100 <= 12 && !usage_find(usage, entry.name))
			usage->entry[usage->count++] = entry;
	}
}
