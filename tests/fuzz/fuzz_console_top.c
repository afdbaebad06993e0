/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Answers to `cgw top`, any bytes, on screens of any size: lines and columns are kept, and nothing
 * but printable characters reaches the terminal. Two bytes of size, then answers, each in a line.
 */
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "control/console/top_screen.h"
#include "tests/unit/console/fake_agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_line(const char *line, size_t bytes, unsigned most)
{
	mbstate_t state = {0};
	unsigned columns = 0;
	wchar_t c;

	for (size_t at = 0, n; at < bytes; at += n) {
		n = mbrtowc(&c, line + at, bytes - at, &state);
		if (!n || n > bytes - at || wcwidth(c) < 0)
			abort();
		columns += (unsigned)wcwidth(c);
	}
	if (columns > most)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct top_sample before, now;
	struct top_view view = {.end = "\n"};
	char *text = NULL, *line;
	unsigned lines = 0;
	size_t text_bytes = 0;
	FILE *out;

	if (bytes < 2)
		return 0;
	setlocale(LC_CTYPE, "C.UTF-8");
	view.lines = data[0] + 1u;
	view.columns = data[1] + 1u;
	view.first = data[1];
	memset(&before, 0, sizeof(before));
	memset(&now, 0, sizeof(now));
	for (size_t at = 2; at < bytes;) {
		const uint8_t *end = memchr(data + at, '\n', bytes - at);
		size_t part = end ? (size_t)(end - data) - at : bytes - at;

		if (top_take(&now, (const char *)data + at, part))
			before = now;
		at += part + 1;
	}
	out = open_memstream(&text, &text_bytes);
	top_draw(out, &view, &before, &now, 1);
	fclose(out);
	for (line = text; *line; lines++) {
		size_t length = strcspn(line, "\n");

		check_line(line, length, view.columns);
		line += length + (line[length] == '\n');
	}
	if (lines >= view.lines && lines)
		abort();
	free(text);
	return 0;
}
