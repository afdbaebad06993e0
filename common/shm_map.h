/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making, opening and validating the region files of shm_abi.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shm_abi.h"

#define SHM_BASE_DIR         "/dev/shm/cgw"
#define SHM_DEFAULT_INSTANCE "default"

#define SHM_CONTROL_LOCK   "control.lock"
#define SHM_DATAPLANE_LOCK "dataplane.lock"

#define SHM_TUNNELS_MAX    16384u
#define SHM_ROUTES_MAX     4000000u
#define SHM_SAS_PER_TUNNEL 8u /* a pair, a pair that replaces it, and as many in quarantine */

struct shm_map {
	void *base; /* NULL = not mapped */
	size_t bytes;
	int fd;
	bool writable;
	uint64_t inode; /* of the mapped file: shm_map_replaced() compares it */
	/* The layout as it was validated: what the shared header says later is not believed. */
	uint32_t spi_slot_bits;
	uint32_t table_count;
	struct shm_table table[SHM_TABLES_MAX];
};

/* What a table of a new region looks like, and how many records a reader puts up with (0 = any
 * number): it makes room for all of them. */
struct shm_table_spec {
	uint32_t stride;
	uint32_t count;
	uint32_t most;
};

struct shm_region_spec {
	const char *file; /* SHM_CFG_FILE or SHM_STATE_FILE */
	uint64_t magic;
	uint32_t spi_slot_bits;
	uint32_t table_count;
	/* How many of them every writer of this major has made: a reader finds the others empty
	 * where they are missing. */
	uint32_t tables_least;
	struct shm_table_spec table[SHM_TABLES_MAX];
};

/* The specs of the two regions. Sizes are the CFG_DEFAULT_* unless changed by the caller. */
struct shm_region_spec shm_cfg_spec(void);
/* The cfg region for so many tunnels and routes: SAs, groups, adjacencies and the width of the
 * SPI's slot part go with them, and none of them below its default. `tunnels` up to
 * SHM_TUNNELS_MAX, `routes` up to SHM_ROUTES_MAX; what is beyond is brought to them. */
struct shm_region_spec shm_cfg_spec_sized(uint32_t tunnels, uint32_t routes);
/* `tunnels` and `sas` are the table sizes of the cfg region it goes with; `drops` is the number of
 * drop reasons of the dataplane. */
struct shm_region_spec shm_state_spec(uint32_t tunnels, uint32_t sas, uint32_t drops);

/* Makes the region of `instance` afresh: a new file of full size (posix_fallocate, 0640, mlock
 * where allowed, MADV_DONTDUMP), renamed over an old one, header written with the magic last. Makes
 * the folders where they are missing. 0 or -errno; -EPERM: a folder is another user's or
 * everybody's, as for the two calls below. */
int shm_map_create(const char *instance, const struct shm_region_spec *spec, struct shm_map *map);

/* Maps an existing region for its writer, when header and layout equal `spec`; else -ESTALE and
 * nothing is mapped, so that the caller creates it anew. */
int shm_map_adopt(const char *instance, const struct shm_region_spec *spec, struct shm_map *map);

/* Maps an existing region read-only. `spec` gives magic, file and the least stride of each table;
 * counts may be any up to its `most`. -ENOENT: not there yet; -EPROTO: a wrong magic, version, size
 * or layout. */
int shm_map_open(const char *instance, const struct shm_region_spec *spec, struct shm_map *map);

/* True when the file by that name is no longer the one mapped: the writer made it anew. */
bool shm_map_replaced(
    const char *instance, const struct shm_region_spec *spec, const struct shm_map *map);

void shm_map_close(struct shm_map *map);

/* Closes and, while the file by that name is still the one mapped, removes it, and the folder of
 * the instance if that leaves it empty. */
void shm_map_remove(const char *instance, const struct shm_region_spec *spec, struct shm_map *map);

/* Takes the lock `file` (SHM_*_LOCK) beside the regions: one writer of each region. It lasts until
 * the descriptor returned is closed, at the latest by the end of the process; the file stays.
 * -EBUSY: another process has it; else as shm_map_create(). */
int shm_map_lock(const char *instance, const char *file);
/* Ends a lock and removes its file, and the folder if that leaves it empty; -1 is nothing. */
void shm_map_unlock(const char *instance, const char *file, int fd);

static inline struct shm_header *shm_map_header(const struct shm_map *map)
{
	return map->base;
}

/* Record `index` of table `table`, or NULL when there is none. */
void *shm_map_at(const struct shm_map *map, uint32_t table, uint32_t index);

/* Number of records in `table`. */
uint32_t shm_map_count(const struct shm_map *map, uint32_t table);
