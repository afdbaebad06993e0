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

#include "control/config/store.h"
#include "control/config/text.h"

#define STORE_NAME          "config"
#define STORE_PREVIOUS_NAME "config.1"
#define STORE_BAD           "config.bad" /* was refused, and something was saved over it */
#define STORE_NEW           "config.new"
#define STORE_LINK          "config.1.new"
#define STORE_FILE_VERSION  1
#define STORE_FILE_BYTES    (4u << 20) /* larger files are refused */

#define STORE_FILE_COMMENT                                                                         \
	"# comment: " /* begins the line of a comment, the first of the lines                      \
		       */

/* The name of the file at `place`. */
#define STORE_NAME_BYTES 24
const char *store_file_name(struct store_place place, char name[STORE_NAME_BYTES]);

/* Appends the file for these lines. */
void store_file_print(const char *lines, struct text *out);

/* The comment of a file whose lines these are; "" = none. */
void store_file_comment(const char *lines, size_t bytes, char *out, size_t out_bytes);

/* Checks a file and finds its lines: they begin at `*lines` inside `data` and count from line
 * `*first`. 0, or -EINVAL with a sentence. */
int store_file_check(const char *data, size_t bytes, const char **lines, size_t *lines_bytes,
    unsigned *first, char *why, size_t why_bytes);

/* Takes the file of that name into `config`: store_load() without the choice. 0, -ENOENT when there
 * is no such file, STORE_UNSAFE, -EINVAL when its lines are not taken, or -errno when it could not
 * be read; with a sentence. */
int store_load_file(struct config *config, const struct store_calls *calls, int dir,
    const char *name, char *why, size_t why_bytes);

/* There is a file, and it is not to be believed: of whom it is, who may write to it, what it is. */
#define STORE_UNSAFE 1

/* Whether the folder is ours alone to write to. 0, or STORE_UNSAFE with a sentence. */
int store_check_directory(int dir, const char *path, char *why, size_t why_bytes);

/* The bytes of a file that is safe to believe, and what stat() says of it (NULL = not wanted). 0,
 * STORE_UNSAFE or -errno with a sentence, -ENOENT; the caller wipes and frees `*data`. */
int store_read_file(const struct store_calls *calls, int dir, const char *name, char **data,
    size_t *bytes, struct stat *st, char *why, size_t why_bytes);
