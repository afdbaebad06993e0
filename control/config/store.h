/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The configuration on disk: DIR/config and the generation before it, DIR/config.1.
 *
 * Saving is atomic: at every moment, also after a power cut, DIR/config is wholly the old or wholly
 * the new one, and DIR/config.1 one that can be loaded: a file that could not is put aside as
 * DIR/config.bad when something is saved over it. Loading trusts nothing: not the owner, not the
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
	ssize_t (*write)(int fd, const void *data, size_t bytes);
	int (*fsync)(int fd);
	int (*close)(int fd);
	int (*link_at)(int dir, const char *from, const char *to);
	int (*rename_at)(int dir, const char *from, const char *to);
	int (*unlink_at)(int dir, const char *name);
};
extern const struct store_calls store_system_calls;

/* Writes the running configuration to `dir` (file mode 0600; `dir` is made, 0700, when it is
 * missing) and marks it saved. 0, or -errno with a sentence for a person: then DIR/config is as it
 * was, unless the sentence says that only the disk's confirmation is missing. */
int store_save(struct config *config, const char *dir, char *error, size_t error_bytes);
/* The same through other calls. */
int store_save_with(struct config *config, const char *dir, const struct store_calls *calls,
    char *error, size_t error_bytes);

enum store_loaded {
	STORE_LOADED,   /* DIR/config is in force */
	STORE_PREVIOUS, /* DIR/config was refused, DIR/config.1 is in force: `why` says why */
	STORE_NONE,     /* neither file exists: nothing is configured */
	STORE_REFUSED,  /* no generation could be used: nothing is configured, `why` says why */
};

/* Loads the newest good generation into `config` (which applies it). A file is refused when it is a
 * symbolic link, no regular file, readable or writable by others than its owner, owned by neither
 * root nor this process, in a directory others may write to, damaged, of a newer version, or when
 * one of its lines is refused; `why` (CONFIG_ERROR_BYTES is enough) names file and line. */
enum store_loaded store_load(struct config *config, const char *dir, char *why, size_t why_bytes);
