/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The file of a capture: made anew, 0600, in a folder that only root and we can write to; what is
 * appended is gathered and written in large pieces. Housekeeping thread only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CAPTURE_FILE_BUFFER (256u << 10)
#define CAPTURE_PATH_BYTES  512

struct capture_file {
	int fd;          /* -1 = none */
	int error;       /* of the first write that failed: -errno, and nothing is written since */
	uint64_t bytes;  /* appended */
	size_t gathered; /* of them in `buffer` */
	uint8_t *buffer;
	char path[CAPTURE_PATH_BYTES];
};

/* Whether captures may be made in that folder. 0, or -errno with a sentence in `why`. */
int capture_file_check(const char *dir, char *why, size_t bytes);

/* Makes `dir`/`name`. -EEXIST, -EPERM: the folder is another user's or everybody's; else -errno. */
int capture_file_open(struct capture_file *file, const char *dir, const char *name);

/* Where the next block may be written, `room` bytes of it (CAPTURE_FILE_BUFFER at most), or NULL:
 * the file is broken. capture_file_appended() says how many of them were. */
uint8_t *capture_file_room(struct capture_file *file, size_t room);
void capture_file_appended(struct capture_file *file, size_t bytes);

/* Writes what was gathered. */
void capture_file_flush(struct capture_file *file);

/* Flushes and closes. The first error there was, or 0. */
int capture_file_close(struct capture_file *file);
