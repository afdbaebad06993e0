/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Twins that nobody wants any more: of a tunnel or port that went while no dataplane ran, so that
 * there was none to remove them. A twin bears the name of the instance it was made for as its
 * alias; after a start, when the tables are there, what bears ours and is wanted by none is
 * removed. Housekeeping thread only. */
#pragma once

#include <stdint.h>

#include "common/shm_abi.h"

struct twins;

/* Gives interface `name` the alias of `instance`. 0 or -errno. */
int twin_mark(const char *name, const char *instance);

struct twin_sweep {
	int fd; /* -1 = it does not run */
	char (*wanted)[SHM_NAME_BYTES];
	uint32_t wanted_count;
};

#define TWIN_SWEEP_NONE ((struct twin_sweep){.fd = -1})

/* Begins: asks the kernel for its interfaces. A failure is as a sweep that found nothing. */
void twin_sweep_begin(struct twin_sweep *sweep, const struct twins *twins);

/* Looks at a few of them; never waits. */
void twin_sweep_step(struct twin_sweep *sweep, const struct twins *twins);

void twin_sweep_end(struct twin_sweep *sweep);
