/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Placeholders of a pasted file, YOUR_...: words that somebody has to give a value. Used by the
 * client, for files, and by the server, for what is typed or pasted. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define PLACEHOLDER_BYTES 64 /* of a name, with its NUL */

/* The first placeholder at or behind byte *at, outside of quotes and comments: a whole word of the
 * form YOUR_[A-Z0-9_]+. True when there is one: *at is where it begins. */
bool placeholder_find(const char *line, size_t *at, char name[PLACEHOLDER_BYTES]);

/* The line with every placeholder of that name replaced, quoted where the value needs it. The
 * caller wipes and frees; NULL = no memory. */
char *placeholder_fill(const char *line, const char *name, const char *value);
