/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Appending is one write(2) a line, so that a program that is killed leaves whole lines; nothing
 * waits for the disk. */
#include "control/log/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/folder.h"

struct log_file {
	int fd;
	bool torn; /* the last line was not written to its end */
	off_t bytes;
	char *path, *before; /* PATH, PATH.1 */
};

/* ---- reading ---- */

/* "1769900000.123456 INFO text", NUL-terminated. */
static bool parse_line(const char *line, struct log_entry *entry)
{
	static const char digits[] = "0123456789";
	size_t sec = strspn(line, digits),
	       usec = line[sec] == '.' ? strspn(line + sec + 1, digits) : 0;
	const char *level = line + sec + 1 + usec + 1;

	if (sec < 1 || sec > 12 || usec != 6 || level[-1] != ' ')
		return false;
	for (enum log_level l = LOG_LEVEL_ERROR; l <= LOG_LEVEL_DEBUG; l++) {
		size_t bytes = strlen(log_level_name(l));
		const char *text = level + bytes + 1;

		if (strncmp(level, log_level_name(l), bytes) != 0 || level[bytes] != ' ')
			continue;
		*entry = (struct log_entry){
		    strtoll(line, NULL, 10) * 1000000 + strtoll(line + sec + 1, NULL, 10), l, text};
		return *text && strlen(text) < LOG_LINE_BYTES * 4;
	}
	return false;
}

static bool is_clean(const char *line)
{
	for (; *line; line++)
		if ((unsigned char)*line < 0x20 || *line == 0x7f)
			return false;
	return true;
}

void log_file_parse(
    char *data, size_t bytes, void (*visit)(void *ctx, const struct log_entry *entry), void *ctx)
{
	char *end = data + bytes;
	struct log_entry entry;

	while (data < end) {
		char *newline = memchr(data, '\n', (size_t)(end - data));

		if (!newline)
			return; /* not written to its end */
		*newline = '\0';
		if (strlen(data) == (size_t)(newline - data) && is_clean(data) &&
		    parse_line(data, &entry))
			visit(ctx, &entry);
		data = newline + 1;
	}
}

static void load(
    const char *path, void (*visit)(void *ctx, const struct log_entry *entry), void *ctx)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	size_t room = LOG_FILE_BYTES + LOG_LINE_BYTES * 4 + 64, bytes = 0;
	char *data = fd < 0 ? NULL : malloc(room);
	ssize_t n;

	while (data && bytes < room && (n = read(fd, data + bytes, room - bytes)) > 0)
		bytes += (size_t)n;
	if (data)
		log_file_parse(data, bytes, visit, ctx);
	free(data);
	if (fd >= 0)
		close(fd);
}

void log_file_load(
    const struct log_file *file, void (*visit)(void *ctx, const struct log_entry *entry), void *ctx)
{
	load(file->before, visit, ctx);
	load(file->path, visit, ctx);
}

/* ---- writing ---- */

static int open_checked(struct log_file *file)
{
	int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
	struct stat st;
	char last;

	file->fd = open(file->path, flags, 0600);
	if (file->fd < 0 || fstat(file->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || (st.st_uid && st.st_uid != geteuid()) || st.st_mode & 022)
		return -EPERM;
	file->bytes = st.st_size;
	file->torn = st.st_size && (pread(file->fd, &last, 1, st.st_size - 1) != 1 || last != '\n');
	return 0;
}

struct log_file *log_file_open(const char *path, char *error, size_t error_bytes)
{
	struct log_file *file = calloc(1, sizeof(*file));
	int rc = -ENOMEM;

	if (file) {
		file->fd = -1;
		file->path = strdup(path);
		if (asprintf(&file->before, "%s.1", path) < 0)
			file->before = NULL;
		if (file->path && file->before)
			rc = folder_make_for(path);
		if (!rc)
			rc = open_checked(file);
	}
	if (!rc)
		return file;
	snprintf(error, error_bytes, "%s: %s", path,
	    rc == -EPERM ? "no regular file of ours" : strerror(-rc));
	log_file_close(file);
	return NULL;
}

void log_file_close(struct log_file *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	free(file->path);
	free(file->before);
	free(file);
}

/* A full file becomes the one before it; where the folder is not ours to write, it begins anew. A
 * file that could not be opened is tried again. */
static void renew(struct log_file *file)
{
	bool full = file->fd >= 0 && file->bytes >= (off_t)LOG_FILE_BYTES;

	if (full && rename(file->path, file->before))
		(void)!ftruncate(file->fd, 0);
	if (file->fd >= 0)
		close(file->fd);
	file->bytes = 0;
	if (open_checked(file)) {
		if (file->fd >= 0)
			close(file->fd);
		file->fd = -1;
	}
}

int log_file_clear(struct log_file *file)
{
	int rc = unlink(file->before) && errno != ENOENT ? -errno : 0;

	if (file->fd >= 0 && ftruncate(file->fd, 0))
		return -errno;
	file->bytes = 0;
	file->torn = false;
	return rc;
}

void log_file_append(struct log_file *file, const struct log_entry *entry)
{
	char line[LOG_LINE_BYTES * 4 + 64];
	ssize_t wrote;
	int n;

	if (file->fd < 0 || file->bytes >= (off_t)LOG_FILE_BYTES)
		renew(file);
	n = snprintf(line, sizeof(line), "%s%" PRId64 ".%06d %s %s\n", file->torn ? "\n" : "",
	    entry->time_usec / 1000000, (int)(entry->time_usec % 1000000),
	    log_level_name(entry->level), entry->line);
	if (file->fd < 0 || n < 0 || (size_t)n >= sizeof(line))
		return;
	wrote = write(file->fd, line, (size_t)n);
	file->bytes += wrote > 0 ? wrote : 0;
	if (wrote > 0)
		file->torn = wrote < n;
}
