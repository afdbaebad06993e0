/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What was received through the tunnels of each VPN connection this month, and since when the
 * connection is known. A month is one in UTC, as on AWS's bills. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USAGE_NAME    129
#define USAGE_ENTRIES 64
#define USAGE_BYTES   (USAGE_ENTRIES * 200) /* of the text, with its NUL */

struct usage_entry {
	char name[USAGE_NAME]; /* id of the connection */
	int64_t first_seen;    /* seconds since 1970 */
	uint32_t month;        /* 202611: of `bytes` */
	uint64_t bytes;
};

struct usage {
	size_t count;
	struct usage_entry entry[USAGE_ENTRIES];
	bool changed; /* since it was read or written */
};

/* Adds what came; a connection that was not known begins to be. With all entries taken the one that
 * was silent for longest goes. While the clock is not set (WALL_LEAST) no connection and no month
 * begins: what comes counts for the month before. */
void usage_add(struct usage *usage, const char *name, int64_t now, uint64_t bytes);

/* NULL = not known. In another month than its own its bytes count as none. */
const struct usage_entry *usage_find(const struct usage *usage, const char *name);

/* 202611 of an instant; the first second of a month, and of the one after it. */
uint32_t usage_month(int64_t unix_seconds);
void usage_month_limits(uint32_t month, int64_t *begin, int64_t *end);

/* The text to keep it by, and back. Lines that cannot be read are left out. */
size_t usage_print(const struct usage *usage, char text[USAGE_BYTES]);
void usage_parse(struct usage *usage, const char *text);
