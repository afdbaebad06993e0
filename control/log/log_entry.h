/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One line of the log with its time and level, and what can be read out of its words.
 *
 * A line begins with its subject: a word ("tunnel number=1 state=up") or words in brackets
 * ("[CLOUD_VPN][1] Connecting to ..."). That is its tag. `key=value` may stand anywhere behind. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/log.h"

struct log_entry {
	int64_t time_usec; /* since 1970, UTC */
	enum log_level level;
	const char *line; /* without control characters */
};

#define LOG_TAG_BYTES 33 /* longest tag with its NUL; RFC 5424 allows as much for a MSGID */

/* The tag; "" when the line begins with neither. Returns `tag`. */
char *log_tag(const char *line, char tag[LOG_TAG_BYTES]);

struct log_pair {
	const char *key, *value; /* not NUL-terminated; a value without its quotes */
	size_t key_bytes, value_bytes;
};

/* The next `key=value` from *at on, which it moves behind it. False: there is none. */
bool log_next_pair(const char **at, struct log_pair *pair);

/* The number of the tunnel that the line is about, 0 = none. */
uint32_t log_tunnel(const char *line);
