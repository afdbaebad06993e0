/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The only writer of cfg.v1, and the reader of state.v1.
 *
 * A caller fills a private record and puts it into a slot; publish_commit() raises the generation
 * once for a batch. What must be in force before something else happens waits for its generation
 * with publish_wait(). No clock and no loop inside: the owner calls publish_poll(), every few
 * milliseconds while it returns true and a few times a second otherwise. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/shm_abi.h"
#include "common/shm_map.h"

/* How long the slot of a removed SA stays unused: a packet that was under way for the old SA must
 * not meet a new one. */
#define PUBLISH_SA_QUARANTINE_MSEC 30000

struct publish;

/* Creates the region of `instance` afresh. Table sizes are those of `spec` (shm_cfg_spec()).
 * `random` as in ike_env. 0 or -errno; -EBUSY: another process writes that instance's, which is
 * left as it is. */
int publish_open(const char *instance, const struct shm_region_spec *spec,
    void (*random)(void *ctx, uint8_t *out, size_t bytes), struct publish **out);
/* Unmaps; the file and what it says stay. NULL is nothing. */
void publish_close(struct publish *p);
/* Closes and removes the file: for a start that failed. NULL is nothing. */
void publish_discard(struct publish *p);
/* Empties every table, keys wiped, but those of ports and their filters, and commits: nothing is
 * forwarded any more but by the kernel, past the filters that there were. */
void publish_clear(struct publish *p, mono_t now);

/* ---- slots ---- */

/* A free slot of `table` (all but settings and routes), or SHM_INDEX_NONE when all are taken.
 * A slot once freed is given out again only after its removal was applied, the longest free first.
 */
uint32_t publish_alloc(struct publish *p, uint32_t table, mono_t now);

/* Puts `record`, of the table's type, into a slot from publish_alloc(). Unchanged contents are not
 * written. The caller wipes a record that holds keys. */
void publish_put(struct publish *p, uint32_t table, uint32_t slot, const void *record);

/* Empties the slot, every byte zero, and gives it back. SHM_INDEX_NONE is nothing. */
void publish_free(struct publish *p, uint32_t table, uint32_t slot, mono_t now);

/* Lets go of a slot that routes or groups may still name: it is emptied once everything put before
 * this call, a waiting set of routes included, has been applied. */
void publish_retire(struct publish *p, uint32_t table, uint32_t slot);

/* Gives back a slot that was never put: no quarantine. */
void publish_unalloc(struct publish *p, uint32_t table, uint32_t slot);

/* A slot for an inbound SA and the SPI (host order) that names it: random above the slot's bits. */
uint32_t publish_alloc_spi(struct publish *p, mono_t now, uint32_t *spi);
/* The slot in an SPI of ours. */
uint32_t publish_spi_slot(const struct publish *p, uint32_t spi);

/* ---- routes ---- */

/* The whole wanted set, copied, sorted by ip_prefix_compare(), no duplicates. It is written to the
 * idle bank and flipped as soon as the last flip has been applied, at once if there is none under
 * way; of several waiting sets the newest counts. -ENOSPC: more than a bank holds; -ENOMEM. */
int publish_routes(struct publish *p, const struct cfg_route *routes, size_t count);

/* ---- captures ---- */

/* Puts what is wanted of a capture: the capture_* members of `wanted`, the others are not looked
 * at. */
void publish_capture(struct publish *p, const struct cfg_settings *wanted);

/* ---- generations ---- */

/* Raises the generation if anything was put since; returns the generation to wait for. */
uint64_t publish_commit(struct publish *p);

typedef void publish_applied_fn(void *ctx, uint64_t tag);

/* Whether a dataplane has made its region, now: before that it has read no tables, and reads them as
 * they are when it begins. */
bool publish_has_reader(struct publish *p);

/* Calls `applied(ctx, tag)` from publish_poll() once the dataplane has applied `generation`. */
int publish_wait(
    struct publish *p, uint64_t generation, publish_applied_fn *applied, void *ctx, uint64_t tag);
/* Drops the waits of `ctx`: they are not called any more. */
void publish_cancel(struct publish *p, const void *ctx);

/* Looks at state.v1: opens it when it appears or was made anew, calls what has waited, moves the
 * routes on, beats the heart. True while something waits: call again soon. */
bool publish_poll(struct publish *p, mono_t now);

uint64_t publish_generation(const struct publish *p);
/* The generation the dataplane has applied of this region; 0 when none or no dataplane. */
uint64_t publish_applied(const struct publish *p);
/* The dataplane follows this region and its heart has beaten within the last 3 s. */
bool publish_alive(const struct publish *p, mono_t now);
/* Megabytes that a dataplane which runs wants for the tables of this region, and has not: it does
 * not follow it; 0 = none, or there is no dataplane. */
uint32_t publish_wanted_mb(const struct publish *p, mono_t now);

/* ---- state.v1 ---- */

/* The dataplane's region, NULL while there is none. Valid until the next publish_poll(). */
const struct shm_map *publish_state(const struct publish *p);
