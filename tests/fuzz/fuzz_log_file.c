/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file of the log, as it is found at a start. What is taken from it is written and read again,
 * and is the same; nothing but printable lines comes in. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/log/log_entry.h"
#include "control/log/log_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const struct log_entry *expected;

static void compare(void *ctx, const struct log_entry *entry)
{
	if (!expected || entry->time_usec != expected->time_usec ||
	    entry->level != expected->level || strcmp(entry->line, expected->line) != 0)
		abort();
	expected = NULL;
}

static void take(void *ctx, const struct log_entry *entry)
{
	char *line;
	int n;

	for (const char *p = entry->line; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			abort();
	n = asprintf(&line, "%lld.%06d %s %s\n", (long long)(entry->time_usec / 1000000),
	    (int)(entry->time_usec % 1000000), log_level_name(entry->level), entry->line);
	if (n < 0)
		abort();
	expected = entry;
	log_file_parse(line, (size_t)n, compare, NULL);
	if (expected)
		abort();
	free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	char *copy = malloc(bytes ? bytes : 1);

	memcpy(copy, data, bytes);
	log_file_parse(copy, bytes, take, NULL);
	free(copy);
	return 0;
}
