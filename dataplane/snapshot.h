/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the workers forward by: one constant value, compiled from the tables, replaced as a whole.
 *
 * The housekeeping thread publishes a new one by a pointer swap; the old one is freed when every
 * worker has let go of it (rte_rcu_qsbr). A worker lets go only when it is asked to, after emptying
 * its crypto lanes, since packets there point into the snapshot in whose time they came. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/adj.h"
#include "dataplane/counters.h"
#include "dataplane/fib.h"
#include "dataplane/pkt/addr_set.h"
#include "dataplane/pkt/guard.h"
#include "dataplane/sadb.h"
#include "dataplane/tunnel.h"

struct rte_rcu_qsbr;

struct snapshot {
	uint64_t generation; /* of cfg.v1 */
	uint64_t cfg_epoch;
	uint32_t spi_slot_mask;
	uint32_t sa_count, tunnel_count, group_count, adj_count, link_count;
	struct sa **sa; /* by slot; NULL = none */
	struct tunnel *tunnel;
	struct group *group;
	struct adj *adj;
	struct link *link;
	const struct fib_table *fib;   /* NULL = no route at all */
	uint16_t port_mss4[PORTS_MAX]; /* limits of the receiving port, 0 = none */
	uint16_t port_mss6[PORTS_MAX];
	struct guard guard;
	struct addr_set outer; /* our own, for "is this ESP packet for us" */
	/* The peers': where outer packets come from. A packet from one of them proves nothing, but
	 * what is limited for strangers is limited apart from theirs. */
	struct addr_set peer;
};

/* Sizes of a snapshot: of the tables it is compiled from. */
struct snapshot_sizes {
	uint32_t sas, tunnels, groups, adjs, links;
};

/* An empty snapshot: it punts everything. NULL: no memory. */
struct snapshot *snapshot_new(const struct snapshot_sizes *sizes);

/* Gives up its SAs and frees it; NULL is allowed. */
void snapshot_free(struct snapshot *snapshot);

/* Puts an SA (one use of it is taken over) or NULL into a slot. */
void snapshot_set_sa(struct snapshot *snapshot, uint32_t slot, struct sa *sa);

/* ---- publication ----------------------------------------------------------------------------- */

struct snapshot_domain {
	struct snapshot *_Atomic current; /* never NULL while workers run */
	_Atomic uint64_t swaps;           /* raised after each swap: the workers' cue */
	unsigned workers;
	struct rte_rcu_qsbr *qsbr;
	struct snapshot *retiring; /* waits for its grace period */
	uint64_t token;
};

/* 0 or -ENOMEM. `first` is published at once. */
int snapshot_domain_init(struct snapshot_domain *domain, struct snapshot *first, unsigned workers);

/* Frees what there is; no worker runs any more. */
void snapshot_domain_fini(struct snapshot_domain *domain);

/* Swaps. Only when nothing is retiring: snapshot_retired() has said so. */
void snapshot_publish(struct snapshot_domain *domain, struct snapshot *next);

/* True when no old snapshot is in use any more; frees it. Never waits. */
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
