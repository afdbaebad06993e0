/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The format of the configuration file. Its checksum finds damage, it does not stop forgery; that
 * is the business of owner and mode. */
#include "control/config/store_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/crc32.h"

#define HEAD "# cgw configuration "

const char *store_file_name(struct store_place place, char name[STORE_NAME_BYTES])
{
	if (place.slot)
		snprintf(name, STORE_NAME_BYTES, STORE_NAME "%u", place.slot);
	else if (place.generation)
		snprintf(name, STORE_NAME_BYTES, STORE_NAME ".%u", place.generation);
	else
		snprintf(name, STORE_NAME_BYTES, STORE_NAME);
	return name;
}

void store_file_comment(const char *lines, size_t bytes, char *out, size_t out_bytes)
{
	size_t head = strlen(STORE_FILE_COMMENT);
	const char *end = memchr(lines, '\n', bytes);

	*out = '\0';
	if (end && (size_t)(end - lines) > head && memcmp(lines, STORE_FILE_COMMENT, head) == 0)
		snprintf(out, out_bytes, "%.*s", (int)((size_t)(end - lines) - head), lines + head);
}

void store_file_print(const char *lines, struct text *out)
{
	size_t bytes = strlen(lines);

	text_printf(out, HEAD "%d, %zu bytes, crc32 %08" PRIx32 "\n", STORE_FILE_VERSION, bytes,
	    crc32_ieee(0, lines, bytes));
	text_add(out, lines, bytes);
}

static int damaged(char *why, size_t why_bytes, const char *what)
{
	snprintf(why, why_bytes, "%s", what);
	return -EINVAL;
}

/* The first line of a file that was saved. */
static int check_head(
    const char *data, size_t bytes, const char **body, char *why, size_t why_bytes)
{
	const char *newline = memchr(data, '\n', bytes);
	char head[96], again[96];
	uintmax_t length;
	uint32_t crc;
	unsigned version;

	if (!newline || (size_t)(newline - data) >= sizeof(head))
		return damaged(why, why_bytes, "line 1: the file ends within its first line");
	memcpy(head, data, (size_t)(newline - data));
	head[newline - data] = '\0';
	if (sscanf(head, HEAD "%u", &version) == 1 && version > STORE_FILE_VERSION)
		return damaged(why, why_bytes, "line 1: written by a newer version of the program");
	*body = newline + 1;
	bytes -= (size_t)(*body - data);
	if (sscanf(head, HEAD "%u, %ju bytes, crc32 %8" SCNx32, &version, &length, &crc) != 3)
		return damaged(why, why_bytes, "line 1: the first line is damaged");
	snprintf(
	    again, sizeof(again), HEAD "%u, %ju bytes, crc32 %08" PRIx32, version, length, crc);
	if (strcmp(head, again) != 0 || version != STORE_FILE_VERSION)
		return damaged(why, why_bytes, "line 1: the first line is damaged");
	if (bytes < length)
		return damaged(why, why_bytes, "the file is cut off");
	if (bytes != length || crc32_ieee(0, *body, bytes) != crc)
		return damaged(why, why_bytes,
		    "the checksum of line 1 is not that of the file: it is damaged, or was edited "
		    "by hand "
		    "(then take out line 1)");
	return 0;
}

/* True when there is something in the file that is neither blank nor a comment. */
static bool says_something(const char *data, size_t bytes)
{
	bool comment = false, start = true;

	for (size_t i = 0; i < bytes; i++) {
		if (data[i] == '\n') {
			comment = false;
			start = true;
		} else if (data[i] == '#' && start) {
			comment = true;
		} else if (data[i] != ' ' && data[i] != '\t') {
			if (!comment)
				return true;
			start = false;
		}
	}
	return false;
}

int store_file_check(const char *data, size_t bytes, const char **lines, size_t *lines_bytes,
    unsigned *first, char *why, size_t why_bytes)
{
	size_t head = strlen(HEAD);

	*lines = data;
	*first = 1;
	if (bytes >= head && memcmp(data, HEAD, head) == 0) {
		int rc = check_head(data, bytes, lines, why, why_bytes);

		if (rc)
			return rc;
		*first = 2;
	} else if (!says_something(data, bytes)) {
		return damaged(why, why_bytes, "line 1: there is no command in the file");
	}
	*lines_bytes = bytes - (size_t)(*lines - data);
	return 0;
}
