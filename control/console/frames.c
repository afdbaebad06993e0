/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lines of JSON out of a stream and into one. What the objects mean is the session's business. */
#include "control/console/frames.h"

#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/json/json_text.h"

enum frames_result frames_take(
    struct frames *frames, const char **data, size_t *bytes, const char **line, size_t *line_bytes)
{
	while (*bytes) {
		const char *newline = memchr(*data, '\n', *bytes);
		size_t part = newline ? (size_t)(newline - *data) : *bytes;
		bool fits = !frames->skipping && frames->bytes + part <= FRAME_BYTES;
		bool skipped = frames->skipping;
		size_t before = frames->bytes;

		if (fits)
			memcpy(frames->data + frames->bytes, *data, part);
		*data += part + (newline ? 1 : 0);
		*bytes -= part + (newline ? 1 : 0);
		frames->bytes = fits && !newline ? frames->bytes + part : 0;
		frames->skipping = !newline && !fits;
		if (!fits && !skipped)
			return FRAMES_TOO_LONG;
		if (fits && newline) {
			*line = frames->data;
			*line_bytes = before + part;
			return FRAMES_LINE;
		}
	}
	return FRAMES_MORE;
}

void frames_wipe(struct frames *frames)
{
	secret_wipe(frames, sizeof(*frames));
}

json_t *frame_parse(const char *line, size_t bytes)
{
	json_t *object = json_text_read(line, bytes, JSON_ALLOW_NUL);

	if (!json_is_object(object)) {
		json_decref(object);
		return NULL;
	}
	return object;
}

char *frame_print(json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	size_t bytes = text ? strlen(text) : 0;
	char *line = text ? malloc(bytes + 2) : NULL;

	json_decref(object);
	if (line) {
		memcpy(line, text, bytes);
		line[bytes] = '\n';
		line[bytes + 1] = '\0';
	}
	if (text)
		secret_wipe(text, bytes);
	free(text);
	return line;
}

json_t *frame_text(const char *key, const char *text, size_t bytes)
{
	json_t *string, *object;

	json_text_wipes(); /* lines that are typed may hold secrets */
	string = json_stringn(text, bytes);
	object = json_object();
	if (!string) {
		char *escaped = malloc(bytes * 4 + 1);

		if (escaped)
			string = json_string(log_escape(text, bytes, escaped, bytes * 4 + 1));
		free(escaped);
	}
	if (object && string && json_object_set(object, key, string) == 0) {
		json_decref(string);
		return object;
	}
	json_decref(string);
	json_decref(object);
	return NULL;
}
