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
    .stat = fstat,
    .read = read,
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

/* What is to become of the file in force when another takes its place. */
enum fate { FATE_KEEP, FATE_SET_ASIDE, FATE_SAME };

/* A file that the next start would not take is set aside, and one with the same bytes needs no
 * generation of its own. 0 or -errno: a file that cannot be read is not replaced. */
static int judge(const struct store_calls *calls, int dir, const struct text *text, enum fate *fate,
    char *error, size_t error_bytes)
{
	const struct config_env nothing = {0};
	struct config *scratch;
	char why[CONFIG_ERROR_BYTES], *data;
	size_t bytes;
	int rc = store_read_file(calls, dir, STORE_NAME, &data, &bytes, NULL, why, sizeof(why));

	*fate = rc == STORE_UNSAFE ? FATE_SET_ASIDE : FATE_KEEP;
	if (rc == -ENOENT || *fate == FATE_SET_ASIDE)
		return 0;
	if (rc) {
		errno = -rc;
		return failed("reading the one in force", error, error_bytes);
	}
	if (bytes == text->bytes && memcmp(data, text->data, bytes) == 0) {
		*fate = FATE_SAME;
	} else {
		const char *lines;
		size_t lines_bytes;
		unsigned first;

		scratch = config_new(&nothing);
		if (!scratch ||
		    store_file_check(data, bytes, &lines, &lines_bytes, &first, why, sizeof(why)) ||
		    config_replace(scratch, lines, lines_bytes, why, sizeof(why)))
			*fate = FATE_SET_ASIDE;
		config_free(scratch);
	}
	secret_wipe(data, bytes);
	free(data);
	return 0;
}

/* Every generation becomes one older; the oldest goes. */
static int age(const struct store_calls *calls, int dir, char *error, size_t error_bytes)
{
	char older[STORE_NAME_BYTES], newer[STORE_NAME_BYTES];

	for (unsigned i = STORE_GENERATIONS; i > 1; i--)
		if (calls->rename_at(dir, store_file_name((struct store_place){0, i - 1}, newer),
			store_file_name((struct store_place){0, i}, older)) &&
		    errno != ENOENT)
			return failed("keeping the previous ones", error, error_bytes);
	return 0;
}

/* The file in force gets the name of the newest generation as well. */
static int keep_previous(const struct store_calls *calls, int dir, const struct text *text,
    char *error, size_t error_bytes)
{
	enum fate fate;
	int rc = judge(calls, dir, text, &fate, error, error_bytes);

	if (rc || fate == FATE_SAME)
		return rc;
	if (calls->unlink_at(dir, STORE_LINK) && errno != ENOENT)
		return failed("removing what an earlier attempt left", error, error_bytes);
	if (calls->link_at(dir, STORE_NAME, STORE_LINK))
		return errno == ENOENT ? 0 : failed("keeping the previous one", error, error_bytes);
	if (fate == FATE_KEEP)
		rc = age(calls, dir, error, error_bytes);
	if (!rc &&
	    calls->rename_at(dir, STORE_LINK, fate == FATE_KEEP ? STORE_PREVIOUS_NAME : STORE_BAD))
		rc = failed("keeping the previous one", error, error_bytes);
	return rc;
}

static int replace(const struct store_calls *calls, int dir, unsigned slot, const struct text *text,
    char *error, size_t error_bytes)
{
	int rc = write_new(calls, dir, text, error, error_bytes);
	char name[STORE_NAME_BYTES];

	if (!rc && !slot)
		rc = keep_previous(calls, dir, text, error, error_bytes);
	if (!rc &&
	    calls->rename_at(dir, STORE_NEW, store_file_name((struct store_place){slot, 0}, name)))
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

/* The file for what is running. */
static int print_file(struct config *config, const char *comment, struct text *out)
{
	char *running = config_running_text(config);
	struct text body = {0};

	if (comment && *comment)
		text_printf(&body, STORE_FILE_COMMENT "%s\n", comment);
	text_puts(&body, running ? running : "");
	if (running)
		secret_wipe(running, strlen(running));
	if (running && !body.bad)
		store_file_print(body.data, out);
	else
		out->bad = true;
	free(running);
	text_free(&body);
	return out->bad ? -ENOMEM : 0;
}

/* Nothing is saved where the next start would not read it. */
static int unsafe(const char *why, char *error, size_t error_bytes)
{
	snprintf(error, error_bytes, "%s%s", say("the configuration was not saved: "), why);
	return -EPERM;
}

int store_save_with(struct config *config, const char *path, unsigned slot, const char *comment,
    const struct store_calls *calls, char *error, size_t error_bytes)
{
	char why[CONFIG_ERROR_BYTES - 64];
	struct text text = {0};
	int dir, rc = print_file(config, comment, &text);

	if (rc) {
		snprintf(
		    error, error_bytes, "%s", say("the configuration was not saved: no memory"));
	} else if (text.bytes > STORE_FILE_BYTES) { /* the next start would refuse it */
		rc = -EFBIG;
		snprintf(error, error_bytes, "%s",
		    say("the configuration was not saved: it is larger than 4 MiB"));
	} else {
		dir = calls->open_at(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		if (dir < 0)
			rc = failed(path, error, error_bytes);
		else if (store_check_directory(dir, path, why, sizeof(why)))
			rc = unsafe(why, error, error_bytes);
		else
			rc = replace(calls, dir, slot, &text, error, error_bytes);
		if (dir >= 0)
			calls->close(dir);
	}
	if (!rc && !slot)
		config_saved(config);
	text_free(&text);
	return rc;
}

int store_save(struct config *config, const char *dir, char *error, size_t error_bytes)
{
	/* When that fails, opening it says why. */
	(void)mkdir(dir, 0700);
	return store_save_with(config, dir, 0, NULL, &store_system_calls, error, error_bytes);
}
