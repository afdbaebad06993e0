/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One event, one line, subject first, key=value. Levels are those of the router dialect.
 *
 * Lines go to a sink (standard error by default); bytes that come from a peer are written through
 * log_escape(). No caller passes a key, a pre-shared key or a credential. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_NOTICE, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

#define LOG_LINE_BYTES 1024

/* Called with one finished line, without newline, valid only during the call. */
typedef void log_sink_fn(void *ctx, enum log_level level, const char *line);

/* Replaces the sink; NULL restores standard error. Not thread-safe: called during start-up. */
void log_set_sink(log_sink_fn *sink, void *ctx);

/* Lines above `level` are not formatted at all. */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

void log_write(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same whatever level was set: the sink decides. */
void log_write_always(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...)  log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)   log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)  log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Writes a line, and its newline, to standard error, unless that would wait for whoever reads it:
 * no packet waits for a log. False when it was left out. A line of more than 4095 bytes is cut. */
bool log_to_stderr(const char *line);

/* Makes `bytes` peer bytes printable: control bytes and invalid UTF-8 become \xNN, the text is cut
 * (with "...") at text_bytes. Always NUL-terminated. Returns `text`. */
char *log_escape(const void *data, size_t bytes, char *text, size_t text_bytes);

const char *log_level_name(enum log_level level);
