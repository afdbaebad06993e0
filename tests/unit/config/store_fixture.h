/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A directory to save in, and what a start would find there. A test program includes this once. */
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config/store.h"
#include "control/config/store_file.h"

static char dir[] = "/tmp/cgw-store-XXXXXX";
static char error[CONFIG_ERROR_BYTES];

static inline const char *path_of(const char *name)
{
	static char path[2][PATH_MAX];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], PATH_MAX, "%s/%s", dir, name);
	return path[turn];
}

static inline void write_file(const char *name, const char *data, size_t bytes, mode_t mode)
{
	int fd;

	unlink(path_of(name));
	fd = open(path_of(name), O_WRONLY | O_CREAT | O_EXCL, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, bytes), bytes);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* The whole file; the caller frees. NULL when there is none. */
static inline char *read_file(const char *name, size_t *bytes)
{
	FILE *in = fopen(path_of(name), "r");
	char *data = malloc(1 << 16);

	if (!in) {
		free(data);
		return NULL;
	}
	*bytes = fread(data, 1, (1 << 16) - 1, in);
	data[*bytes] = '\0';
	fclose(in);
	return data;
}

static inline struct config *new_config(const char *lines)
{
	struct config_env env = {0};
	struct config *config = config_new(&env);

	assert_non_null(config);
	if (lines && config_replace(config, lines, strlen(lines), error, sizeof(error)))
		fail_msg("%s", error);
	return config;
}

static inline void assert_text(struct config *config, const char *expected)
{
	char *text = config_running_text(config);

	assert_string_equal(text, expected);
	free(text);
}

/* What a start would find. */
static inline enum store_loaded load_is(const char *expected)
{
	struct config *config = new_config(NULL);
	enum store_loaded loaded = store_load(config, dir, error, sizeof(error));

	assert_text(config, expected);
	config_free(config);
	return loaded;
}

static inline void save(const char *lines)
{
	struct config *config = new_config(lines);

	if (store_save(config, dir, error, sizeof(error)))
		fail_msg("%s", error);
	assert_false(config_dirty(config));
	config_free(config);
}

static inline int setup(void **state)
{
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	return mkdtemp(dir) ? 0 : -1;
}

static inline int teardown(void **state)
{
	if (chmod(dir, 0700) || store_erase(dir, error, sizeof(error)))
		return -1;
	return rmdir(dir);
}

#define OLD "syslog debug on\n"
#define NEW "syslog notice on\nsyslog debug off\n"
