/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Small files: of services in the folder for run-time files, and of what is kept. */
#pragma once

#include <stddef.h>

/* Replaces the file (0600) by the text, whole or not at all. 0 or -errno. */
int file_write(const char *path, const char *text, size_t bytes);
/* The same, and it is on the disk when that returns. */
int file_keep(const char *path, const char *text, size_t bytes);

/* Reads a file of at most `most` bytes; `*bytes` without the NUL that is added. NULL with errno.
 * The caller frees. */
char *file_read(const char *path, size_t most, size_t *bytes);
