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
#include "control/config/language.h"
#include "control/config/store.h"
#include "control/config/store_file.h"

static int refuse(char *why, size_t why_bytes, const char *name, const char *what)
{
	snprintf(why, why_bytes, "%s: %s", name, what);
	return STORE_UNSAFE;
}

/* A call failed. */
static int failed(char *why, size_t why_bytes, const char *name)
{
	int rc = -errno;

	snprintf(why, why_bytes, "%s: %s", name, strerror(-rc));
	return rc;
}

static bool is_own(const struct stat *st)
{
	return st->st_uid == 0 || st->st_uid == geteuid();
}

int store_check_directory(int dir, const char *path, char *why, size_t why_bytes)
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

/* All bytes of an open file. */
static int read_all(const struct store_calls *calls, int fd, char *data, size_t bytes,
    const char *name, char *why, size_t why_bytes)
{
	size_t at = 0;

	while (at < bytes) {
		ssize_t n = calls->read(fd, data + at, bytes - at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(why, why_bytes, name);
		if (n == 0)
			return refuse(why, why_bytes, name, "it shrank while it was read");
		at += (size_t)n;
	}
	return 0;
}

int store_read_file(const struct store_calls *calls, int dir, const char *name, char **data,
    size_t *bytes, struct stat *out, char *why, size_t why_bytes)
{
	int rc, fd = calls->open_at(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
	struct stat st;

	*data = NULL;
	if (fd < 0 && errno == ENOENT)
		return -ENOENT;
	if (fd < 0)
		return errno == ELOOP ? refuse(why, why_bytes, name, "it is a symbolic link")
				      : failed(why, why_bytes, name);
	rc = calls->stat(fd, &st) ? failed(why, why_bytes, name)
				  : check_file(&st, name, why, why_bytes);
	if (!rc && !(*data = malloc((size_t)st.st_size + 1)))
		rc = refuse(why, why_bytes, name, "no memory");
	if (!rc)
		rc = read_all(calls, fd, *data, (size_t)st.st_size, name, why, why_bytes);
	(void)close(fd);
	if (rc && *data) {
		secret_wipe(*data, (size_t)st.st_size);
		free(*data);
		*data = NULL;
	}
	if (!rc) {
		*bytes = (size_t)st.st_size;
		if (out)
			*out = st;
	}
	return rc;
}

int store_load_file(struct config *config, const struct store_calls *calls, int dir,
    const char *name, char *why, size_t why_bytes)
{
	char sentence[CONFIG_ERROR_BYTES - 32] = "", *data;
	size_t bytes, lines_bytes;
	const char *lines;
	unsigned first;
	int rc = store_read_file(calls, dir, name, &data, &bytes, NULL, why, why_bytes);

	if (rc)
		return rc;
	rc =
	    store_file_check(data, bytes, &lines, &lines_bytes, &first, sentence, sizeof(sentence));
	if (!rc)
		rc = config_replace_from(
		    config, first, lines, lines_bytes, sentence, sizeof(sentence));
	if (rc) {
		snprintf(why, why_bytes, "%s: %s", name, sentence);
		rc = -EINVAL;
	}
	secret_wipe(data, bytes);
	free(data);
	return rc;
}

/* The newest generation that can be loaded; `why` is of the first one that cannot. */
static int load_generation(struct config *config, int dir, char *why, size_t why_bytes)
{
	char name[STORE_NAME_BYTES], other[CONFIG_ERROR_BYTES];
	int first = -ENOENT;

	for (unsigned i = 1; i <= STORE_GENERATIONS; i++) {
		bool found = first != -ENOENT;
		int rc = store_load_file(config, &store_system_calls, dir,
		    store_file_name((struct store_place){0, i}, name), found ? other : why,
		    found ? sizeof(other) : why_bytes);

		if (rc == 0)
			return 0;
		if (!found)
			first = rc;
	}
	return first;
}

static enum store_loaded load(struct config *config, int dir, char *why, size_t why_bytes)
{
	char previous[CONFIG_ERROR_BYTES] = "";
	int newest = store_load_file(config, &store_system_calls, dir, STORE_NAME, why, why_bytes);
	int rc;

	if (newest == 0)
		return STORE_LOADED;
	rc = load_generation(config, dir, previous, sizeof(previous));
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
	loaded = store_check_directory(dir, path, why, why_bytes)
		     ? STORE_REFUSED
		     : load(config, dir, why, why_bytes);
	close(dir);
	if (loaded == STORE_LOADED)
		config_saved(config);
	return loaded;
}

int store_read(
    struct config *config, const char *path, struct store_place place, char *why, size_t why_bytes)
{
	int rc, dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[STORE_NAME_BYTES];

	if (dir < 0)
		return failed(why, why_bytes, path);
	rc = store_check_directory(dir, path, why, why_bytes);
	if (!rc)
		rc = store_load_file(
		    config, &store_system_calls, dir, store_file_name(place, name), why, why_bytes);
	if (rc == -ENOENT && place.generation)
		snprintf(why, why_bytes,
		    say("there is no generation %u: `show config list` shows those there are"),
		    place.generation);
	else if (rc == -ENOENT)
		snprintf(why, why_bytes,
		    say("nothing was saved by `save %u`: `show config list` shows what was"),
		    place.slot);
	close(dir);
	return rc == STORE_UNSAFE ? -EACCES : rc;
}
