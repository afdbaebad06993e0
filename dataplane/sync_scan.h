/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One scan of cfg.v1: copy once, check the copy, compile. */
#pragma once

#include <stdbool.h>

#include "common/shm_map.h"
#include "dataplane/port.h"

struct snapshot;
struct sync;

struct sync_outcome {
	unsigned torn; /* slots that kept their last good copy: look again */
	bool again;    /* a slot changed hands: its old SA has to go before the new one comes */
	bool starved;  /* not all is in force for want of memory: look again after a while */
};

/* Of a snapshot without tables: a port that has filters in that region lets no IPv4 pass that they
 * judge, since their lists are not there. */
void sync_close_ports(
    struct snapshot *s, const struct shm_map *cfg, const struct port *ports, unsigned port_count);

/* Reads what changed and makes the snapshot of it. NULL: no memory, nothing happened. */
struct snapshot *sync_scan(struct sync *sync, struct sync_outcome *outcome);
