/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file that lets the log survive a restart: a line of text for each entry,
 *
 *   1769900000.123456 INFO tunnel number=1 state=up
 *
 * and one file before it (PATH.1), each of at most LOG_FILE_BYTES. What was written last before the
 * power failed may be missing. */
#pragma once

#include <stddef.h>

#include "control/log/log_entry.h"

#define LOG_FILE_BYTES (1u << 20)

struct log_file;

/* Opens PATH for appending; made (0600), with its folders (0755), when it is missing. A file that
 * is not a regular one, not ours or root's, or that others may write to, is refused. NULL with a
 * sentence. */
struct log_file *log_file_open(const char *path, char *error, size_t error_bytes);
void log_file_close(struct log_file *file);

/* Both files are empty, or gone, from now on. 0 or -errno: one could not be emptied. */
int log_file_clear(struct log_file *file);

/* What cannot be written is left out. */
void log_file_append(struct log_file *file, const struct log_entry *entry);

/* Calls `visit` for the lines of PATH.1 and PATH, oldest first. What is no line of ours is left
 * out. */
void log_file_load(const struct log_file *file,
    void (*visit)(void *ctx, const struct log_entry *entry), void *ctx);

/* The same of bytes in memory, which are changed. */
void log_file_parse(
    char *data, size_t bytes, void (*visit)(void *ctx, const struct log_entry *entry), void *ctx);
