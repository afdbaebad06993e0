/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The log: formats one line and hands it to the sink. Keeps nothing, rotates nothing, sends
 * nothing. */
#include "common/log.h"

#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* What can be written to says so for a whole page of a pipe, and no line is longer. */
bool log_to_stderr(const char *line)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	char text[PIPE_BUF];
	size_t bytes = strlen(line);

	if (bytes > sizeof(text) - 1)
		bytes = sizeof(text) - 1;
	memcpy(text, line, bytes);
	text[bytes++] = '\n';
	return poll(&out, 1, 0) == 1 && out.revents & POLLOUT &&
	       write(STDERR_FILENO, text, bytes) == (ssize_t)bytes;
}

static void stderr_sink(void *ctx, enum log_level level, const char *line)
{
	char stamp[32], text[LOG_LINE_BYTES + 64];
	struct tm tm;
	time_t now = time(NULL);

	(void)ctx;
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y/%m/%d %H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s [%s] %s", stamp, log_level_name(level), line);
	(void)log_to_stderr(text);
}

static struct {
	log_sink_fn *sink;
	void *ctx;
	enum log_level level;
} log_state = {stderr_sink, NULL, LOG_LEVEL_INFO};

void log_set_sink(log_sink_fn *sink, void *ctx)
{
	log_state.sink = sink ? sink : stderr_sink;
	log_state.ctx = ctx;
}

void log_set_level(enum log_level level)
{
	log_state.level = level;
}

enum log_level log_get_level(void)
{
	return log_state.level;
}

const char *log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_ERROR: return "ERROR";
	case LOG_LEVEL_NOTICE: return "NOTICE";
	case LOG_LEVEL_INFO: return "INFO";
	case LOG_LEVEL_DEBUG: return "DEBUG";
	}
	return "?";
}

static void write_line(enum log_level level, const char *format, va_list args)
{
	char line[LOG_LINE_BYTES];

	vsnprintf(line, sizeof(line), format, args);
	log_state.sink(log_state.ctx, level, line);
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list args;

	if (level > log_state.level)
		return;
	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}

void log_write_always(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(level, format, args);
	va_end(args);
}

/* Length of the valid UTF-8 sequence at p (RFC 3629: no overlong form, no surrogate), or 0. */
static size_t utf8_length(const uint8_t *p, size_t left)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	uint32_t code;

	if (p[0] < 0xc2 || p[0] > 0xf4 || need > left)
		return 0;
	code = p[0] & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3fu);
	}
	if (code < least[need] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ||
	    (code >= 0x80 && code < 0xa0)) /* C1 controls are controls, too */
		return 0;
	return need;
}

char *log_escape(const void *data, size_t bytes, char *text, size_t text_bytes)
{
	static const char hex[] = "0123456789abcdef", dots[] = "...";
	const uint8_t *p = data, *end = p + bytes;
	size_t at = 0, mark = 0; /* mark: the last place where "..." still fits behind */

	if (text_bytes == 0)
		return text;
	while (p < end) {
		char piece[4];
		size_t take = 1, give;

		if (*p >= 0x20 && *p < 0x7f && *p != '\\') {
			piece[0] = (char)*p;
			give = 1;
		} else if (*p >= 0x80 && (take = utf8_length(p, (size_t)(end - p))) > 0) {
			for (size_t i = 0; i < take; i++)
				piece[i] = (char)p[i];
			give = take;
		} else {
			take = 1;
			piece[0] = '\\';
			piece[1] = 'x';
			piece[2] = hex[*p >> 4];
			piece[3] = hex[*p & 15];
			give = 4;
		}
		if (at + sizeof(dots) <= text_bytes)
			mark = at;
		if (at + give + 1 > text_bytes) {
			at = mark;
			for (size_t i = 0; dots[i] && at + 1 < text_bytes; i++)
				text[at++] = dots[i];
			break;
		}
		for (size_t i = 0; i < give; i++)
			text[at++] = piece[i];
		p += take;
	}
	text[at] = '\0';
	return text;
}
