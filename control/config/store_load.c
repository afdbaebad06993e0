/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Loading the configuration: who could have written the file is looked at before what it says. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/secret.h"
#include "control/config/store.h"
#include "control/config/store_file.h"

static int refuse(char *why, size_t why_bytes, const char *name, const char *what)
{
	snprintf(why, why_bytes, "%s: %s", name, what);
	return -EACCES;
}

static bool is_own(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

static int check_directory(int dir, const char *path, char *why, size_t why_bytes)
{
	struct stat st;

	if (fstat(dir, &st))
		return refuse(why, why_bytes, path, strerror(errno));
	if (!is_own(&st))
		return refuse(why, why_bytes, path, "the directory belongs to another user");
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return refuse(
		    why, why_bytes, path, "others may write to the directory (chmod go-w)");
	return 0;
}

static int check_file(const struct stat *st, const char *name, char *why, size_t why_bytes)
{
	if (!S_ISREG(st->st_mode))
		return refuse(why, why_bytes, name, "it is no regular file");
	if (!is_own(st))
		return refuse(why, why_bytes, name, "it belongs to another user");
	if (st->st_mode & 077)
		return refuse(why, why_bytes, name,
		    "it holds secrets and others may read or write it (chmod 600)");
	if (st->st_size > STORE_FILE_BYTES)
		return refuse(why, why_bytes, name, "it is larger than 4 MiB");
	return 0;
}

/* The bytes of a file that is safe to believe. 0, -ENOENT when there is none, or -errno with `why`;
 * the caller wipes and frees `*data`. */
static int read_file(
    int dir, const char *name, char **data, size_t *bytes, char *why, size_t why_bytes)
{
	int rc, fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = 0;

	*data = NULL;
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return refuse(why, why_bytes, name,
		    errno == ELOOP ? "it is a symbolic link" : strerror(errno));
	rc = fstat(fd, &st) ? refuse(why, why_bytes, name, strerror(errno))
			    : check_file(&st, name, why, why_bytes);
	if (!rc && !(*data = malloc((size_t)st.st_size + 1)))
		rc = refuse(why, why_bytes, name, "no memory");
	for (*bytes = 0; !rc && *bytes < (size_t)st.st_size; *bytes += (size_t)n) {
		n = read(fd, *data + *bytes, (size_t)st.st_size - *bytes);
		if (n < 0 && errno == EINTR)
			n = 0;
		else if (n <= 0)
			rc = refuse(why, why_bytes, name,
			    n ? strerror(errno) : "it shrank while it was read");
		if (rc)
			break;
	}
	close(fd);
	if (rc && *data) {
		secret_wipe(*data, (size_t)st.st_size);
		free(*data);
		*data = NULL;
	}
	return rc;
}

/* Moves the number of a leading "line N: " on by the lines in front of the text. */
static void number_line(const char *sentence, unsigned first, char *out, size_t out_bytes)
{
	unsigned line;
	int at = 0;

	if (sscanf(sentence, "line %u: %n", &line, &at) == 1 && at)
		snprintf(out, out_bytes, "line %u: %s", line + first - 1, sentence + at);
	else
		snprintf(out, out_bytes, "%s", sentence);
}

int store_load_file(struct config *config, int dir, const char *name, char *why, size_t why_bytes)
{
	char sentence[CONFIG_ERROR_BYTES - 32] = "", *data;
	const char *lines;
	size_t bytes, lines_bytes;
	unsigned first;
	int rc = read_file(dir, name, &data, &bytes, why, why_bytes);

	if (rc)
		return rc;
	rc =
	    store_file_check(data, bytes, &lines, &lines_bytes, &first, sentence, sizeof(sentence));
	if (!rc)
		rc = config_replace(config, lines, lines_bytes, sentence, sizeof(sentence));
	if (rc) {
		char numbered[CONFIG_ERROR_BYTES - 16];

		number_line(sentence, first, numbered, sizeof(numbered));
		snprintf(why, why_bytes, "%s: %s", name, numbered);
		rc = -EINVAL;
	}
	secret_wipe(data, bytes);
	free(data);
	return rc;
}

static enum store_loaded load(struct config *config, int dir, char *why, size_t why_bytes)
{
	char previous[CONFIG_ERROR_BYTES] = "";
	int newest = store_load_file(config, dir, STORE_NAME, why, why_bytes), rc;

	if (newest == 0)
		return STORE_LOADED;
	rc = store_load_file(config, dir, STORE_PREVIOUS_NAME, previous, sizeof(previous));
	if (rc == 0) {
		if (newest == -ENOENT)
			snprintf(why, why_bytes, "%s: it is missing", STORE_NAME);
		return STORE_PREVIOUS;
	}
	if (newest == -ENOENT && rc == -ENOENT)
		return STORE_NONE;
	if (newest == -ENOENT)
		snprintf(why, why_bytes, "%s", previous);
	return STORE_REFUSED;
}

enum store_loaded store_load(struct config *config, const char *path, char *why, size_t why_bytes)
{
	enum store_loaded loaded;
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (why_bytes)
		why[0] = '\0';
	if (dir < 0 && errno == ENOENT)
		return STORE_NONE;
	if (dir < 0) {
		refuse(why, why_bytes, path, strerror(errno));
		return STORE_REFUSED;
	}
	loaded = check_directory(dir, path, why, why_bytes) ? STORE_REFUSED
							    : load(config, dir, why, why_bytes);
	close(dir);
	if (loaded == STORE_LOADED)
		config_saved(config);
	return loaded;
}
