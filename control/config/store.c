/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Saving: the text goes to DIR/config.new, which is synced; DIR/config gets a second name,
 * DIR/config.1; DIR/config.new is renamed over DIR/config; the directory is synced. A cut at any
 * point leaves DIR/config as the old or the new one. A DIR/config that would be refused at the next
 * start does not push out the good one before it: it is put aside as DIR/config.bad. Reading is in
 * store_load.c. */
#include "control/config/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/secret.h"
#include "control/config/language.h"
#include "control/config/store_file.h"
#include "control/config/text.h"

static int call_open_at(int dir, const char *name, int flags, mode_t mode)
{
	return openat(dir, name, flags, mode);
}

static int call_link_at(int dir, const char *from, const char *to)
{
	return linkat(dir, from, dir, to, 0);
}

static int call_rename_at(int dir, const char *from, const char *to)
{
	return renameat(dir, from, dir, to);
}

static int call_unlink_at(int dir, const char *name)
{
	return unlinkat(dir, name, 0);
}

const struct store_calls store_system_calls = {
    .open_at = call_open_at,
    .write = write,
    .fsync = fsync,
    .close = close,
    .link_at = call_link_at,
    .rename_at = call_rename_at,
    .unlink_at = call_unlink_at,
};

static int failed(const char *what, char *error, size_t error_bytes)
{
	int rc = -errno;

	snprintf(error, error_bytes, say("the configuration was not saved: %s: %s"), say(what),
	    strerror(-rc));
	return rc;
}

static int write_all(const struct store_calls *calls, int fd, const char *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = calls->write(fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n == 0)
				errno = EIO;
			return -1;
		}
		data += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* DIR/config.new with these bytes, on the disk when it returns 0. */
static int write_new(const struct store_calls *calls, int dir, const struct text *text, char *error,
    size_t error_bytes)
{
	int fd, rc = 0;

	if (calls->unlink_at(dir, STORE_NEW) && errno != ENOENT)
		return failed("removing what an earlier attempt left", error, error_bytes);
	fd = calls->open_at(
	    dir, STORE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed("creating the new file", error, error_bytes);
	if (write_all(calls, fd, text->data, text->bytes))
		rc = failed("writing", error, error_bytes);
	else if (calls->fsync(fd))
		rc = failed("writing to the disk", error, error_bytes);
	if (calls->close(fd) && !rc)
		rc = failed("closing", error, error_bytes);
	return rc;
}

/* True when the next start would take DIR/config. */
static bool is_good(int dir)
{
	struct config_env nothing = {0};
	struct config *scratch = config_new(&nothing);
	char why[CONFIG_ERROR_BYTES];
	bool good = scratch && store_load_file(scratch, dir, STORE_NAME, why, sizeof(why)) == 0;

	config_free(scratch);
	return good;
}

/* The file in force gets the name of the previous generation as well. */
static int keep_previous(const struct store_calls *calls, int dir, char *error, size_t error_bytes)
{
	const char *name = is_good(dir) ? STORE_PREVIOUS_NAME : STORE_BAD;

	if (calls->unlink_at(dir, STORE_LINK) && errno != ENOENT)
		return failed("removing what an earlier attempt left", error, error_bytes);
	if (calls->link_at(dir, STORE_NAME, STORE_LINK))
		return errno == ENOENT ? 0 : failed("keeping the previous one", error, error_bytes);
	if (calls->rename_at(dir, STORE_LINK, name))
		return failed("keeping the previous one", error, error_bytes);
	return 0;
}

static int replace(const struct store_calls *calls, int dir, const struct text *text, char *error,
    size_t error_bytes)
{
	int rc = write_new(calls, dir, text, error, error_bytes);

	if (!rc)
		rc = keep_previous(calls, dir, error, error_bytes);
	if (!rc && calls->rename_at(dir, STORE_NEW, STORE_NAME))
		rc = failed("putting it in place", error, error_bytes);
	if (rc) {
		calls->unlink_at(dir, STORE_NEW);
		return rc;
	}
	if (calls->fsync(dir)) {
		rc = -errno;
		snprintf(error, error_bytes,
		    say("the configuration is in place, but the disk has not confirmed it: %s"),
		    strerror(-rc));
	}
	return rc;
}

int store_save_with(struct config *config, const char *path, const struct store_calls *calls,
    char *error, size_t error_bytes)
{
	char *body = config_running_text(config);
	struct text text = {0};
	int dir, rc;

	if (body)
		store_file_print(body, &text);
	if (!body || text.bad) {
		snprintf(
		    error, error_bytes, "%s", say("the configuration was not saved: no memory"));
		rc = -ENOMEM;
	} else {
		dir = calls->open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		rc = dir < 0 ? failed(path, error, error_bytes)
			     : replace(calls, dir, &text, error, error_bytes);
		if (dir >= 0)
			calls->close(dir);
	}
	if (!rc)
		config_saved(config);
	if (body)
		secret_wipe(body, strlen(body));
	free(body);
	text_free(&text);
	return rc;
}

int store_save(struct config *config, const char *dir, char *error, size_t error_bytes)
{
	/* When that fails, opening it says why. */
	(void)mkdir(dir, 0700);
	return store_save_with(config, dir, &store_system_calls, error, error_bytes);
}
