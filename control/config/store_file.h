/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is in a configuration file: a first line that says its version, length and checksum, and the
 * lines of the configuration.
 *
 *   # cgw configuration 1, 1234 bytes, crc32 89abcdef
 *
 * A file without such a line was written by hand and is taken as it is, unless it says nothing at
 * all: an empty file is a damaged one. */
#pragma once

#include <stddef.h>

#include "control/config/config.h"
#include "control/config/text.h"

#define STORE_NAME          "config"
#define STORE_PREVIOUS_NAME "config.1"
#define STORE_BAD                                                                                  \
	"config.bad" /* a DIR/config that was refused when something was saved over it             \
		      */
#define STORE_NEW          "config.new"
#define STORE_LINK         "config.1.new"
#define STORE_FILE_VERSION 1
#define STORE_FILE_BYTES   (4u << 20) /* larger files are refused */

/* Appends the file for these lines. */
void store_file_print(const char *lines, struct text *out);

/* Checks a file and finds its lines: they begin at `*lines` inside `data` and count from line
 * `*first`. 0, or -EINVAL with a sentence. */
int store_file_check(const char *data, size_t bytes, const char **lines, size_t *lines_bytes,
    unsigned *first, char *why, size_t why_bytes);

/* Takes one generation into `config`: store_load() without the choice. 0, -ENOENT when there is no
 * such file, or -errno with a sentence. */
int store_load_file(struct config *config, int dir, const char *name, char *why, size_t why_bytes);
