/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Written beside and renamed; not synced to the disk: what is kept there is not wanted after a
 * restart of the machine. */
#include "control/service/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

int file_write(const char *path, const char *text, size_t bytes)
{
	char beside[512];
	int fd, rc;

	if (snprintf(beside, sizeof(beside), "%s.new", path) >= (int)sizeof(beside))
		return -ENAMETOOLONG;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, bytes);
	if (close(fd) && !rc)
		rc = -errno;
	if (!rc && rename(beside, path))
		rc = -errno;
	if (rc)
		(void)unlink(beside);
	return rc;
}

char *file_read(const char *path, size_t most, size_t *bytes)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(most + 1) : NULL;

	*bytes = 0;
	if (text) {
		*bytes = fread(text, 1, most, in);
		text[*bytes] = '\0';
	}
	if (in)
		(void)fclose(in);
	return text;
}
