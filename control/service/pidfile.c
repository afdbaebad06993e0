/* SPDX-License-Identifier: BSD-3-Clause
 *
 * "PID START\n", START being field 22 of /proc/PID/stat: the clock tick of its start. */
#include "control/service/pidfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MSEC  10
#define WAIT_TURNS 100
#define STAT_START 22 /* fields of /proc/PID/stat, counted from 1 */
#define STAT_STATE 3

/* When the process started, in clock ticks since the machine did; 0 = it does not live. */
static unsigned long long start_of(int pid)
{
	char path[64], stat[1024];
	unsigned long long start;
	const char *at;
	ssize_t bytes;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	bytes = read(fd, stat, sizeof(stat) - 1);
	(void)close(fd);
	if (bytes <= 0)
		return 0;
	stat[bytes] = '\0';
	at = strrchr(stat, ')'); /* the name before it may hold anything */
	if (!at || at[1] != ' ' || at[2] == 'Z')
		return 0;
	at += 2;
	for (int field = STAT_STATE; at && field < STAT_START; field++) {
		at = strchr(at, ' ');
		if (at)
			at++;
	}
	return at && sscanf(at, "%llu", &start) == 1 ? start : 0;
}

int pidfile_write(const char *path, int pid)
{
	char text[64];
	int bytes, fd, rc = 0;

	bytes = snprintf(text, sizeof(text), "%d %llu\n", pid, start_of(pid));
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, text, (size_t)bytes) != bytes)
		rc = -EIO;
	(void)close(fd);
	return rc;
}

static int wait_for_end(int pid, unsigned long long start)
{
	static const struct timespec turn = {.tv_nsec = WAIT_MSEC * 1000000L};

	for (int i = 0; i < WAIT_TURNS; i++) {
		if (start_of(pid) != start)
			return 1;
		(void)nanosleep(&turn, NULL);
	}
	return -ETIMEDOUT;
}

/* What the file says; false when nobody but us can have written it is not sure. */
static bool read_own(int fd, int *pid, unsigned long long *start)
{
	char text[64];
	struct stat st;
	ssize_t bytes;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_mode & (S_IWGRP | S_IWOTH)) ||
	    (st.st_uid != 0 && st.st_uid != geteuid()))
		return false;
	bytes = read(fd, text, sizeof(text) - 1);
	text[bytes > 0 ? bytes : 0] = '\0';
	return sscanf(text, "%d %llu", pid, start) == 2;
}

int pidfile_end_former(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC), pid = 0;
	unsigned long long start = 0;
	bool found;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	found = read_own(fd, &pid, &start);
	(void)close(fd);
	pidfile_forget(path);
	if (!found || pid <= 1 || start == 0 || start_of(pid) != start)
		return 0;
	if (kill(pid, SIGKILL))
		return errno == ESRCH ? 0 : -errno;
	return wait_for_end(pid, start);
}

void pidfile_forget(const char *path)
{
	(void)unlink(path);
}
