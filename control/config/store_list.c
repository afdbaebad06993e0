/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is saved: listing it, and `cold start`, which removes it. */
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

/* False when there is no such file. */
static bool read_entry(int dir, struct store_place place, struct store_entry *entry)
{
	const struct config_env nothing = {0};
	char name[STORE_NAME_BYTES], why[CONFIG_ERROR_BYTES], *data;
	struct config *scratch = config_new(&nothing);
	const char *lines;
	size_t bytes, lines_bytes;
	struct stat st = {0};
	unsigned first;
	int rc;

	*entry = (struct store_entry){.place = place};
	store_file_name(place, name);
	rc = store_read_file(&store_system_calls, dir, name, &data, &bytes, &st, why, sizeof(why));
	if (!rc) {
		entry->time_unix = st.st_mtime;
		entry->bytes = bytes;
		if (store_file_check(data, bytes, &lines, &lines_bytes, &first, why, sizeof(why)) ==
		    0) {
			store_file_comment(
			    lines, lines_bytes, entry->comment, sizeof(entry->comment));
			entry->good = scratch && config_replace(scratch, lines, lines_bytes, why,
						     sizeof(why)) == 0;
		}
		secret_wipe(data, bytes);
		free(data);
	}
	config_free(scratch);
	return rc != -ENOENT;
}

bool store_find(const char *path, struct store_place place, struct store_entry *entry)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found = dir >= 0 && read_entry(dir, place, entry);

	if (dir >= 0)
		close(dir);
	return found;
}

int store_list(const char *path, void (*visit)(void *ctx, const struct store_entry *entry),
    void *ctx, char *why, size_t why_bytes)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct store_entry entry;

	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0) {
		snprintf(why, why_bytes, "%s: %s", path, strerror(errno));
		return -errno;
	}
	for (unsigned i = 0; i < STORE_SLOTS; i++)
		if (read_entry(dir, (struct store_place){i, 0}, &entry))
			visit(ctx, &entry);
	for (unsigned i = 1; i <= STORE_GENERATIONS; i++)
		if (read_entry(dir, (struct store_place){0, i}, &entry))
			visit(ctx, &entry);
	close(dir);
	return 0;
}

int store_erase(const char *path, char *error, size_t error_bytes)
{
	static const char *const besides[] = {STORE_BAD, STORE_NEW, STORE_LINK};
	int rc = 0, dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char name[STORE_NAME_BYTES];

	if (dir < 0 && errno == ENOENT)
		return 0;
	if (dir < 0)
		rc = -errno;
	/* DIR/config goes first: a start in between finds nothing newer than what is left. */
	for (unsigned i = 0; !rc && i < STORE_SLOTS; i++)
		if (unlinkat(dir, store_file_name((struct store_place){i, 0}, name), 0) &&
		    errno != ENOENT)
			rc = -errno;
	for (unsigned i = 1; !rc && i <= STORE_GENERATIONS; i++)
		if (unlinkat(dir, store_file_name((struct store_place){0, i}, name), 0) &&
		    errno != ENOENT)
			rc = -errno;
	for (unsigned i = 0; !rc && i < sizeof(besides) / sizeof(besides[0]); i++)
		if (unlinkat(dir, besides[i], 0) && errno != ENOENT)
			rc = -errno;
	if (!rc && fsync(dir))
		rc = -errno;
	if (dir >= 0)
		close(dir);
	if (rc)
		snprintf(error, error_bytes, say("what was saved could not be removed: %s: %s"),
		    path, strerror(-rc));
	return rc;
}
