/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The configuration on disk: DIR/config, the ten generations before it, DIR/config.1 (the newest)
 * to DIR/config.10, and four files besides, DIR/config1 to DIR/config4.
 *
 * Saving is atomic: at every moment, also after a power cut, DIR/config is wholly the old or wholly
 * the new one, and the generations are ones that can be loaded: a file that could not is put aside
 * as DIR/config.bad when something is saved over it. Loading trusts nothing: not the owner, not the
 * mode, not the bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "control/config/config.h"

/* The system calls of saving, replaced by tests that make each of them fail in turn. */
struct store_calls {
	int (*open_at)(int dir, const char *name, int flags, mode_t mode);
	int (*stat)(int fd, struct stat *out);
	ssize_t (*read)(int fd, void *data, size_t bytes);
	ssize_t (*write)(int fd, const void *data, size_t bytes);
	int (*fsync)(int fd);
	int (*close)(int fd);
	int (*link_at)(int dir, const char *from, const char *to);
	int (*rename_at)(int dir, const char *from, const char *to);
	int (*unlink_at)(int dir, const char *name);
};
extern const struct store_calls store_system_calls;

#define STORE_SLOTS       5  /* `save 0` (DIR/config) to `save 4` */
#define STORE_GENERATIONS 10 /* before DIR/config */
#define STORE_COMMENT     200

/* What is saved: the file of a slot, or a generation of slot 0. */
struct store_place {
	unsigned slot;       /* 0 .. STORE_SLOTS - 1 */
	unsigned generation; /* 0 = the file of the slot; 1 .. STORE_GENERATIONS with slot 0 */
};

/* Writes the running configuration to DIR/config (file mode 0600; `dir` is made, 0700, when it is
 * missing) and marks it saved. 0, or -errno with a sentence for a person: then DIR/config is as it
 * was, unless the sentence says that only the disk's confirmation is missing. */
int store_save(struct config *config, const char *dir, char *error, size_t error_bytes);
/* The same into the file of a slot, with a comment (NULL = none), through other calls. */
int store_save_with(struct config *config, const char *dir, unsigned slot, const char *comment,
    const struct store_calls *calls, char *error, size_t error_bytes);

/* Reads what is saved at `place` into `config`, which applies it. 0, -ENOENT, or -errno with a
 * sentence. */
int store_read(
    struct config *config, const char *dir, struct store_place place, char *why, size_t why_bytes);

/* One line of `show config list`. */
struct store_entry {
	struct store_place place;
	bool good;         /* it could be loaded */
	int64_t time_unix; /* of saving */
	uint64_t bytes;
	char comment[STORE_COMMENT * 4 + 1]; /* "" = none */
};
/* What is saved at `place`; false = nothing. */
bool store_find(const char *dir, struct store_place place, struct store_entry *entry);
/* Calls `visit` for everything that is saved: slots, then generations from the newest. 0, or -errno
 * with a sentence when the directory cannot be read. */
int store_list(const char *dir, void (*visit)(void *ctx, const struct store_entry *entry),
    void *ctx, char *why, size_t why_bytes);

/* `cold start`: removes everything that was saved. 0 or -errno with a sentence. */
int store_erase(const char *dir, char *error, size_t error_bytes);

enum store_loaded {
	STORE_LOADED,   /* DIR/config is in force */
	STORE_PREVIOUS, /* DIR/config was refused, the newest good generation is in force: `why`
			   says why */
	STORE_NONE,     /* no file exists: nothing is configured */
	STORE_REFUSED,  /* no generation could be used: nothing is configured, `why` says why */
};

/* Loads the newest good generation into `config` (which applies it). A file is refused when it is a
 * symbolic link, no regular file, readable or writable by others than its owner, owned by neither
 * root nor this process, in a directory others may write to, damaged, of a newer version, or when
 * one of its lines is refused; `why` (CONFIG_ERROR_BYTES is enough) names file and line. */
enum store_loaded store_load(struct config *config, const char *dir, char *why, size_t why_bytes);
