/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames of the console protocol: one JSON object a line. Used by the server and by the client. */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define FRAME_BYTES      (64u << 10) /* longest frame that is taken in */
#define FRAME_TEXT_BYTES (16u << 10) /* a longer text is sent as several frames */

/* Cuts a stream of bytes into lines. */
struct frames {
	size_t bytes;
	bool skipping; /* the line is too long: what is left of it is thrown away */
	char data[FRAME_BYTES];
};

enum frames_result {
	FRAMES_MORE,     /* everything is taken, no line is complete */
	FRAMES_LINE,     /* `line` is complete; valid until the next call */
	FRAMES_TOO_LONG, /* a line was longer than FRAME_BYTES and is thrown away; said once */
};

/* Takes bytes from *data on until something is to be told; moves *data and *bytes on. */
enum frames_result frames_take(
    struct frames *frames, const char **data, size_t *bytes, const char **line, size_t *line_bytes);

/* Wipes: lines may hold secrets. */
void frames_wipe(struct frames *frames);

/* Parses one line. NULL when it is no JSON object. The caller releases it. */
json_t *frame_parse(const char *line, size_t bytes);

/* The frame as a line with its newline; steals the reference to `object`. NULL = no memory. The
 * caller frees. */
char *frame_print(json_t *object);

/* {KEY: text}; bytes that are not UTF-8 are shown as \xNN. NULL = no memory. */
json_t *frame_text(const char *key, const char *text, size_t bytes);
