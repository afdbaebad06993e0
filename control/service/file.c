/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Written beside and renamed. What is wanted after a restart of the machine as well is on the disk
 * before it gets its name, and the name after it. */
#include "control/service/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4200

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, text, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int sync_folder(const char *path)
{
	char folder[PATH_BYTES];
	const char *slash = strrchr(path, '/');
	int fd, rc;

	(void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 1,
	    slash ? path : ".");
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 || fsync(fd) ? -errno : 0;
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

static int replace(const char *path, const char *text, size_t bytes, bool kept)
{
	char beside[PATH_BYTES];
	int fd, rc;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, bytes);
	if (!rc && kept && fsync(fd))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	if (!rc && rename(beside, path))
		rc = -errno;
	if (rc)
		(void)unlink(beside);
	return rc || !kept ? rc : sync_folder(path);
}

int file_write(const char *path, const char *text, size_t bytes)
{
	return replace(path, text, bytes, false);
}

int file_keep(const char *path, const char *text, size_t bytes)
{
	return replace(path, text, bytes, true);
}

char *file_read(const char *path, size_t most, size_t *bytes)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = fd < 0 ? NULL : malloc(most + 1);
	ssize_t n = 1;

	*bytes = 0;
	while (text && *bytes < most && n > 0) {
		n = read(fd, text + *bytes, most - *bytes);
		*bytes += n > 0 ? (size_t)n : 0;
	}
	if (text)
		text[*bytes] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return text;
}
