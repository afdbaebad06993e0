/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making and filling the file. It holds plaintext: nobody but its owner may read it, and a link or
 * a file that stands in its place is not followed or overwritten. */
#include "dataplane/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A descriptor of the folder, or -errno. */
static int open_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int rc = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		rc = -errno;
	else if ((st.st_mode & (S_IWOTH | S_IWGRP)) || (st.st_uid != 0 && st.st_uid != geteuid()))
		rc = -EPERM;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

int capture_file_check(const char *dir, char *why, size_t bytes)
{
	int fd = open_dir(dir);

	if (fd >= 0)
		close(fd);
	if (fd == -ENOENT)
		snprintf(
		    why, bytes, "there is no folder %s: install -d -m 0700 %s makes it", dir, dir);
	else if (fd == -EPERM)
		snprintf(why, bytes,
		    "%s is another user's, or others can write to it: captures hold plaintext; "
		    "install -d -m 0700 makes a folder of their own",
		    dir);
	else if (fd < 0)
		snprintf(why, bytes, "%s: %s", dir, strerror(-fd));
	return fd < 0 ? fd : 0;
}

int capture_file_open(struct capture_file *file, const char *dir, const char *name)
{
	int rc, dir_fd = open_dir(dir);

	*file = (struct capture_file){.fd = -1};
	if (dir_fd < 0)
		return dir_fd;
	rc = snprintf(file->path, sizeof(file->path), "%s/%s", dir, name) < CAPTURE_PATH_BYTES
		 ? 0
		 : -ENAMETOOLONG;
	file->buffer = malloc(CAPTURE_FILE_BUFFER);
	if (rc == 0 && !file->buffer)
		rc = -ENOMEM;
	if (rc == 0) {
		file->fd = openat(
		    dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		rc = file->fd < 0 ? -errno : 0;
	}
	close(dir_fd);
	if (rc < 0) {
		free(file->buffer);
		file->buffer = NULL;
	}
	return rc;
}

void capture_file_flush(struct capture_file *file)
{
	size_t done = 0;

	while (done < file->gathered && file->error == 0) {
		ssize_t n = write(file->fd, file->buffer + done, file->gathered - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0 || errno != EINTR)
			file->error = n == 0 ? -EIO : -errno;
	}
	file->gathered = 0;
}

uint8_t *capture_file_room(struct capture_file *file, size_t room)
{
	if (file->gathered + room > CAPTURE_FILE_BUFFER)
		capture_file_flush(file);
	return file->error || room > CAPTURE_FILE_BUFFER ? NULL : file->buffer + file->gathered;
}

void capture_file_appended(struct capture_file *file, size_t bytes)
{
	file->gathered += bytes;
	file->bytes += bytes;
}

int capture_file_close(struct capture_file *file)
{
	int rc;

	if (file->fd < 0)
		return 0;
	capture_file_flush(file);
	rc = file->error;
	if (close(file->fd) < 0 && rc == 0)
		rc = -errno;
	free(file->buffer);
	file->buffer = NULL;
	file->fd = -1;
	return rc;
}
