/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From cfg.v1 to snapshots: finds the region, follows its generation, copies what changed, checks
 * the copies, compiles and publishes. Level-triggered: what counts is what stands in the tables,
 * so a restart of either side is nothing but a full scan. Housekeeping thread only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/shm_map.h"
#include "crypto/esp_crypto.h"
#include "dataplane/fib.h"
#include "dataplane/filter_report.h"
#include "dataplane/homes.h"
#include "dataplane/path_mtu.h"
#include "dataplane/port.h"
#include "dataplane/slot_set.h"
#include "dataplane/snapshot.h"
#include "dataplane/state.h"

/* Last good copies of the records that hold no keys; all zero where there is none. */
struct sync_copies {
	struct cfg_settings settings;
	struct cfg_link *link;
	struct cfg_adj *adj;
	struct cfg_group *group;
	struct cfg_tunnel *tunnel;
	struct cfg_filter *filter;
	struct cfg_filter_list *filter_list;
	struct cfg_route *route; /* of the bank taken last that was right */
	uint32_t route_count;
	struct cfg_route *bank; /* for the copy that is still to be checked */
	uint64_t route_stamp;   /* of the bank looked at last */
};

/* By slot, the sequence that was read last. */
struct sync_seen {
	uint32_t *link, *adj, *group, *tunnel, *sa, *filter, *filter_list;
};

/* What is to be compiled anew in this scan. */
struct sync_stale {
	struct slot_set link, adj, group, tunnel, filter, filter_list;
};

struct sync_stats {
	uint64_t scans;
	uint64_t scan_usec, scan_usec_max; /* processor time of the last, of the longest */
	uint64_t torn;                     /* slots or banks that were being written all the time */
	uint64_t invalid;                  /* records that were not right, and so are as absent */
	uint64_t damaged; /* regions that were left because their file was cut short */
};

struct sync {
	const char *instance;
	const struct port *ports;
	unsigned port_count;
	struct snapshot_domain *domain;
	struct state *state;
	struct esp_crypto *crypto; /* lends its architecture to keys */

	struct shm_map cfg;
	uint64_t faults; /* shm_faults() when it was opened */
	uint32_t slot_mask;
	struct snapshot_sizes sizes;
	uint32_t route_max, filter_max;
	struct sync_copies copies;
	struct sync_seen seen;
	struct sync_stale stale;
	bool paths_stale;     /* the path of any tunnel may be another now */
	bool networks_stale;  /* our own networks are to be found anew */
	bool routes_refused;  /* the bank in force is not: the routes and groups before it are */
	struct ip_addr *peer; /* [tunnels]: as it was added for its tunnel; no family = none */
	struct homes homes;
	struct path_mtus paths;
	struct filter_report filters;
	struct fib *fib;
	bool fib_flip;       /* the idle copy was prepared: flip with the next publication */
	bool all;            /* read every slot, whatever its sequence says */
	bool rescan;         /* something is to be done although the generation stands */
	bool starved;        /* the last scan found no memory */
	bool resizing;       /* a snapshot without tables is out; then they are made anew */
	unsigned torn_scans; /* in a row */
	uint64_t scanned;    /* generation of the last scan */
	uint64_t applied;    /* generation to be reported when the old snapshot is gone */
	bool report;
	mono_t now;     /* of this step */
	mono_t look_at; /* when to look for the region again */
	mono_t make_at; /* when to try again to make tables of its size */
	mono_t want_at; /* when it may be told again that there is no memory for them */
	mono_t scan_at; /* when to scan again for what was torn, or for want of memory */
	mono_t log_at;  /* when the next invalid record may be logged */
	struct sync_stats stats;
};

/* `domain` holds an empty snapshot and knows how many workers there are; `arch` is that of their
 * contexts. 0 or -errno. */
int sync_init(struct sync *sync, const char *instance, const struct port *ports,
    unsigned port_count, struct snapshot_domain *domain, struct state *state, enum esp_arch arch);

/* Frees all but what the domain holds; the workers have left. */
void sync_fini(struct sync *sync);

/* Takes what a worker read of a path's MTU, and forgets what is too old; with the next step it is
 * in force. */
void sync_follow_paths(struct sync *sync, struct path_report *report, mono_t now);

/* The MTU of a port changed; with the next step it is in force. */
void sync_follow_ports(struct sync *sync);

/* True when a step is worth it at once: a new generation, or one that waits for the workers. */
bool sync_is_due(const struct sync *sync);

/* Before the workers run: what control's tables say is in force when they begin, or without memory
 * for them the filters of ports. True when a snapshot of the tables was published. */
bool sync_begin(struct sync *sync, mono_t now);

/* One step; never waits. True when a snapshot was published. */
bool sync_tick(struct sync *sync, mono_t now);
