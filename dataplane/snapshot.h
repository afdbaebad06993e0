/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the workers forward by: one value, compiled from the tables, constant while it is in force.
 *
 * There are two copies (left-right). The housekeeping thread changes the idle one, slot by slot,
 * and publishes it by a pointer swap. When every worker has let go of the other (rte_rcu_qsbr),
 * what was changed is changed there too: so a change costs what it changes, and not what there is.
 * A worker lets go only when it is asked to, after emptying its crypto lanes, since packets there
 * point into the snapshot in whose time they came. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/adj.h"
#include "dataplane/counters.h"
#include "dataplane/fib.h"
#include "dataplane/filter_list.h"
#include "dataplane/pkt/addr_set.h"
#include "dataplane/pkt/guard.h"
#include "dataplane/sadb.h"
#include "dataplane/slot_set.h"
#include "dataplane/spi_index.h"
#include "dataplane/tunnel.h"

struct rte_rcu_qsbr;

/* Of the tables it is compiled from. */
struct snapshot_sizes {
	uint32_t sas, tunnels, groups, adjs, links, filter_lists;
};

struct snapshot {
	uint64_t generation; /* of cfg.v1 */
	uint64_t cfg_epoch;
	uint32_t spi_slot_mask;
	uint32_t sa_count, tunnel_count, group_count, adj_count, link_count, filter_list_count;
	struct sa **sa; /* by slot; NULL = none */
	struct tunnel *tunnel;
	struct group *group;
	struct adj *adj;
	struct link *link;
	struct filter_list **filter_list; /* by slot; NULL = none: nothing passes it */
	const struct fib_table *fib;      /* NULL = no route at all */
	uint16_t port_mss4[PORTS_MAX];    /* limits of the receiving port, 0 = none */
	uint16_t port_mss6[PORTS_MAX];
	struct filter_place port_filter[PORTS_MAX];
	struct guard guard;
	struct addr_set outer; /* our own, for "is this ESP packet for us" */
	/* The peers': where outer packets come from. A packet from one of them proves nothing, but
	 * what is limited for strangers is limited apart from theirs. */
	struct addr_set peer;
	struct spi_index senders; /* usable tunnels, by the SPI of their outbound SA */
};

/* An empty snapshot: it punts everything. NULL: no memory. */
struct snapshot *snapshot_new(const struct snapshot_sizes *sizes);

/* Gives up its SAs and frees it; NULL is allowed. */
void snapshot_free(struct snapshot *snapshot);

/* ---- publication ----------------------------------------------------------------------------- */

/* In which slots the two copies may differ, and whether in their address sets or their SPIs. What
 * has few slots, or none, is not noted: it is copied. */
struct snapshot_changes {
	struct slot_set sa, tunnel, group, adj, filter_list;
	bool addresses, spis;
};

struct snapshot_domain {
	struct snapshot *_Atomic current; /* never NULL while workers run */
	_Atomic uint64_t swaps;           /* raised after each swap: the workers' cue */
	unsigned workers;
	struct rte_rcu_qsbr *qsbr;
	struct snapshot *retiring; /* waits for its grace period */
	uint64_t token;
	/* Is as the one in force, but while it is being changed. NULL: not made, or retiring. */
	struct snapshot *idle;
	struct snapshot_changes changes; /* of the idle or the retiring one */
};

/* 0 or -ENOMEM. `first` is published at once. */
int snapshot_domain_init(struct snapshot_domain *domain, struct snapshot *first, unsigned workers);

/* Frees what there is; no worker runs any more. */
void snapshot_domain_fini(struct snapshot_domain *domain);

/* The idle copy, to be changed by the calls below and then published or undone: as the one in
 * force, or all empty if that has other sizes. Only when nothing is retiring: snapshot_retired()
 * has said so. NULL: no memory. */
struct snapshot *snapshot_begin(struct snapshot_domain *domain, const struct snapshot_sizes *sizes);

/* The value in a slot of the idle copy, to be written. */
struct tunnel *snapshot_change_tunnel(struct snapshot_domain *domain, uint32_t slot);
struct group *snapshot_change_group(struct snapshot_domain *domain, uint32_t slot);
struct adj *snapshot_change_adj(struct snapshot_domain *domain, uint32_t slot);

/* Puts an SA (one use of it is taken over) or NULL into a slot of the idle copy. */
void snapshot_set_sa(struct snapshot_domain *domain, uint32_t slot, struct sa *sa);

/* The same of a list of filters. */
void snapshot_set_filter_list(
    struct snapshot_domain *domain, uint32_t slot, struct filter_list *list);

/* Address sets of the idle copy are about to be changed. */
void snapshot_change_addresses(struct snapshot_domain *domain);

/* Says which SPI a tunnel of the idle copy sends by; 0 = none. */
void snapshot_set_spi(struct snapshot_domain *domain, uint32_t tunnel, uint32_t spi);

/* Swaps: the idle copy is in force. `domain->changes` stays what differs until it is retired. */
void snapshot_publish(struct snapshot_domain *domain);

/* Makes the idle copy as the one in force again. */
void snapshot_undo(struct snapshot_domain *domain);

/* True when no old snapshot is in use any more; it becomes the idle copy. Never waits. */
bool snapshot_retired(struct snapshot_domain *domain);

/* A worker's side: joins and leaves; takes the current one up, having let go of all it held. */
void snapshot_worker_join(struct snapshot_domain *domain, unsigned worker);
void snapshot_worker_leave(struct snapshot_domain *domain, unsigned worker);
const struct snapshot *snapshot_take(
    struct snapshot_domain *domain, unsigned worker, uint64_t *swaps);

/* True when snapshot_take() has to be called, after emptying the lanes. */
static inline bool snapshot_moved(const struct snapshot_domain *domain, uint64_t swaps)
{
	return atomic_load_explicit(&domain->swaps, memory_order_relaxed) != swaps;
}
