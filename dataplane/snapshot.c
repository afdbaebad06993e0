/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory and publication of snapshots.
 *
 * Order of a swap: pointer, then the token of the grace period, then `swaps`. A worker that sees
 * `swaps` move reports a quiescent state for that token or a later one and only then loads the
 * pointer, so what it loads was not retired under a token it has reported for. */
#include "dataplane/snapshot.h"

#include <errno.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>
#include <stdlib.h>
#include <string.h>

static void *array(uint32_t count, size_t bytes)
{
	size_t total = (count ? count : 1) * bytes;
	void *p = aligned_alloc(64, (total + 63) & ~(size_t)63);

	if (p)
		memset(p, 0, total);
	return p;
}

struct snapshot *snapshot_new(const struct snapshot_sizes *sizes)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->sa_count = sizes->sas;
	s->tunnel_count = sizes->tunnels;
	s->group_count = sizes->groups;
	s->adj_count = sizes->adjs;
	s->link_count = sizes->links;
	s->sa = array(sizes->sas, sizeof(*s->sa));
	s->tunnel = array(sizes->tunnels, sizeof(*s->tunnel));
	s->group = array(sizes->groups, sizeof(*s->group));
	s->adj = array(sizes->adjs, sizeof(*s->adj));
	s->link = array(sizes->links, sizeof(*s->link));
	guard_init(&s->guard);
	if (!s->sa || !s->tunnel || !s->group || !s->adj || !s->link) {
		s->sa_count = s->sa ? s->sa_count : 0;
		snapshot_free(s);
		return NULL;
	}
	return s;
}

void snapshot_free(struct snapshot *s)
{
	if (!s)
		return;
	for (uint32_t i = 0; i < s->sa_count; i++)
		sa_put(s->sa[i]);
	free(s->sa);
	free(s->tunnel);
	free(s->group);
	free(s->adj);
	free(s->link);
	guard_fini(&s->guard);
	addr_set_fini(&s->outer);
	addr_set_fini(&s->peer);
	free(s);
}

void snapshot_set_sa(struct snapshot *s, uint32_t slot, struct sa *sa)
{
	sa_put(s->sa[slot]);
	s->sa[slot] = sa;
}

int snapshot_domain_init(struct snapshot_domain *domain, struct snapshot *first, unsigned workers)
{
	memset(domain, 0, sizeof(*domain));
	domain->workers = workers;
	domain->qsbr = rte_zmalloc("qsbr", rte_rcu_qsbr_get_memsize(WORKERS_MAX), 64);
	if (!domain->qsbr || workers > WORKERS_MAX)
		return -ENOMEM;
	rte_rcu_qsbr_init(domain->qsbr, WORKERS_MAX);
	atomic_store(&domain->current, first);
	atomic_store(&domain->swaps, 1);
	return 0;
}

void snapshot_domain_fini(struct snapshot_domain *domain)
{
	snapshot_free(domain->retiring);
	snapshot_free(atomic_load(&domain->current));
	rte_free(domain->qsbr);
	memset(domain, 0, sizeof(*domain));
}

void snapshot_publish(struct snapshot_domain *domain, struct snapshot *next)
{
	domain->retiring = atomic_exchange(&domain->current, next);
	domain->token = rte_rcu_qsbr_start(domain->qsbr);
	atomic_fetch_add(&domain->swaps, 1);
}

bool snapshot_retired(struct snapshot_domain *domain)
{
	if (!domain->retiring)
		return true;
	if (!rte_rcu_qsbr_check(domain->qsbr, domain->token, false))
		return false;
	snapshot_free(domain->retiring);
	domain->retiring = NULL;
	return true;
}

void snapshot_worker_join(struct snapshot_domain *domain, unsigned worker)
{
	(void)rte_rcu_qsbr_thread_register(domain->qsbr, worker);
	rte_rcu_qsbr_thread_online(domain->qsbr, worker);
}

void snapshot_worker_leave(struct snapshot_domain *domain, unsigned worker)
{
	rte_rcu_qsbr_thread_offline(domain->qsbr, worker);
	(void)rte_rcu_qsbr_thread_unregister(domain->qsbr, worker);
}

const struct snapshot *snapshot_take(
    struct snapshot_domain *domain, unsigned worker, uint64_t *swaps)
{
	*swaps = atomic_load_explicit(&domain->swaps, memory_order_acquire);
	rte_rcu_qsbr_quiescent(domain->qsbr, worker);
	return atomic_load_explicit(&domain->current, memory_order_acquire);
}
