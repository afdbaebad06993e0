/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory and publication of snapshots.
 *
 * Order of a swap: pointer, then the token of the grace period, then `swaps`. A worker that sees
 * `swaps` move reports a quiescent state for that token or a later one and only then loads the
 * pointer, so what it loads was not retired under a token it has reported for.
 *
 * An SA is in both copies but while it comes or goes. The copy that let it go last, when its grace
 * period has passed, gives up the last use: then its keys are wiped. */
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
	s->filter_list_count = sizes->filter_lists;
	s->sa = array(sizes->sas, sizeof(*s->sa));
	s->tunnel = array(sizes->tunnels, sizeof(*s->tunnel));
	s->group = array(sizes->groups, sizeof(*s->group));
	s->adj = array(sizes->adjs, sizeof(*s->adj));
	s->link = array(sizes->links, sizeof(*s->link));
	s->filter_list = array(sizes->filter_lists, sizeof(*s->filter_list));
	guard_init(&s->guard);
	if (!s->sa || !s->tunnel || !s->group || !s->adj || !s->link || !s->filter_list ||
	    spi_index_init(&s->senders, sizes->tunnels) < 0) {
		s->sa_count = s->sa ? s->sa_count : 0;
		s->filter_list_count = s->filter_list ? s->filter_list_count : 0;
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
	for (uint32_t i = 0; i < s->filter_list_count; i++)
		filter_list_put(s->filter_list[i]);
	free(s->sa);
	free(s->tunnel);
	free(s->group);
	free(s->adj);
	free(s->link);
	free(s->filter_list);
	guard_fini(&s->guard);
	addr_set_fini(&s->outer);
	addr_set_fini(&s->peer);
	spi_index_fini(&s->senders);
	free(s);
}

static struct snapshot_sizes sizes_of(const struct snapshot *s)
{
	return (struct snapshot_sizes){s->sa_count, s->tunnel_count, s->group_count, s->adj_count,
	    s->link_count, s->filter_list_count};
}

static bool has_sizes(const struct snapshot *s, const struct snapshot_sizes *sizes)
{
	const struct snapshot_sizes own = sizes_of(s);

	return memcmp(&own, sizes, sizeof(own)) == 0;
}

/* ---- changes --------------------------------------------------------------------------------- */

static void changes_fini(struct snapshot_changes *changes)
{
	slot_set_fini(&changes->sa);
	slot_set_fini(&changes->tunnel);
	slot_set_fini(&changes->group);
	slot_set_fini(&changes->adj);
	slot_set_fini(&changes->filter_list);
}

static int changes_init(struct snapshot_changes *changes, const struct snapshot_sizes *sizes)
{
	changes_fini(changes);
	changes->addresses = changes->spis = false;
	if (slot_set_init(&changes->sa, sizes->sas) < 0 ||
	    slot_set_init(&changes->tunnel, sizes->tunnels) < 0 ||
	    slot_set_init(&changes->group, sizes->groups) < 0 ||
	    slot_set_init(&changes->adj, sizes->adjs) < 0 ||
	    slot_set_init(&changes->filter_list, sizes->filter_lists) < 0) {
		changes_fini(changes);
		return -ENOMEM;
	}
	return 0;
}

static void changes_fill(struct snapshot_changes *changes)
{
	slot_set_fill(&changes->sa);
	slot_set_fill(&changes->tunnel);
	slot_set_fill(&changes->group);
	slot_set_fill(&changes->adj);
	slot_set_fill(&changes->filter_list);
	changes->addresses = changes->spis = true;
}

static void changes_clear(struct snapshot_changes *changes)
{
	slot_set_clear(&changes->sa);
	slot_set_clear(&changes->tunnel);
	slot_set_clear(&changes->group);
	slot_set_clear(&changes->adj);
	slot_set_clear(&changes->filter_list);
	changes->addresses = changes->spis = false;
}

struct tunnel *snapshot_change_tunnel(struct snapshot_domain *domain, uint32_t slot)
{
	slot_set_add(&domain->changes.tunnel, slot);
	return &domain->idle->tunnel[slot];
}

struct group *snapshot_change_group(struct snapshot_domain *domain, uint32_t slot)
{
	slot_set_add(&domain->changes.group, slot);
	return &domain->idle->group[slot];
}

struct adj *snapshot_change_adj(struct snapshot_domain *domain, uint32_t slot)
{
	slot_set_add(&domain->changes.adj, slot);
	return &domain->idle->adj[slot];
}

void snapshot_change_addresses(struct snapshot_domain *domain)
{
	domain->changes.addresses = true;
}

void snapshot_set_spi(struct snapshot_domain *domain, uint32_t tunnel, uint32_t spi)
{
	domain->changes.spis |= spi_index_set(&domain->idle->senders, tunnel, spi);
}

static void put_sa(struct snapshot *s, uint32_t slot, struct sa *sa)
{
	sa_put(s->sa[slot]);
	s->sa[slot] = sa;
}

void snapshot_set_sa(struct snapshot_domain *domain, uint32_t slot, struct sa *sa)
{
	slot_set_add(&domain->changes.sa, slot);
	put_sa(domain->idle, slot, sa);
}

static void put_filter_list(struct snapshot *s, uint32_t slot, struct filter_list *list)
{
	filter_list_put(s->filter_list[slot]);
	s->filter_list[slot] = list;
}

void snapshot_set_filter_list(
    struct snapshot_domain *domain, uint32_t slot, struct filter_list *list)
{
	slot_set_add(&domain->changes.filter_list, slot);
	put_filter_list(domain->idle, slot, list);
}

/* ---- the idle copy --------------------------------------------------------------------------- */

static void drop_idle(struct snapshot_domain *domain)
{
	snapshot_free(domain->idle);
	domain->idle = NULL;
}

/* An empty copy of that size, of which it is noted that all of it differs. */
static int renew_idle(struct snapshot_domain *domain, const struct snapshot_sizes *sizes)
{
	drop_idle(domain);
	if (changes_init(&domain->changes, sizes) < 0)
		return -ENOMEM;
	changes_fill(&domain->changes);
	domain->idle = snapshot_new(sizes);
	return domain->idle ? 0 : -ENOMEM;
}

static int copy_guard(struct guard *to, const struct guard *from, bool addresses)
{
	struct addr_set outer = to->outer;
	int rc = addresses ? addr_set_copy(&outer, &from->outer) : 0;

	*to = *from;
	to->outer = outer;
	return rc;
}

/* What has changed since the two were the same, from one to the other; SAs are shared. */
static int copy_changes(
    struct snapshot *to, const struct snapshot *from, const struct snapshot_changes *changes)
{
	int rc = copy_guard(&to->guard, &from->guard, changes->addresses);

	for (uint32_t i = 0; slot_set_next(&changes->sa, &i); i++)
		put_sa(to, i, sa_get(from->sa[i]));
	for (uint32_t i = 0; slot_set_next(&changes->tunnel, &i); i++)
		to->tunnel[i] = from->tunnel[i];
	for (uint32_t i = 0; slot_set_next(&changes->group, &i); i++)
		to->group[i] = from->group[i];
	for (uint32_t i = 0; slot_set_next(&changes->adj, &i); i++)
		to->adj[i] = from->adj[i];
	for (uint32_t i = 0; slot_set_next(&changes->filter_list, &i); i++)
		put_filter_list(to, i, filter_list_get(from->filter_list[i]));
	if (changes->spis)
		spi_index_copy(&to->senders, &from->senders);
	memcpy(to->link, from->link, from->link_count * sizeof(*from->link));
	memcpy(to->port_mss4, from->port_mss4, sizeof(to->port_mss4));
	memcpy(to->port_mss6, from->port_mss6, sizeof(to->port_mss6));
	memcpy(to->port_filter, from->port_filter, sizeof(to->port_filter));
	to->generation = from->generation;
	to->cfg_epoch = from->cfg_epoch;
	to->spi_slot_mask = from->spi_slot_mask;
	to->fib = from->fib;
	if (rc == 0 && changes->addresses)
		rc = addr_set_copy(&to->outer, &from->outer);
	if (rc == 0 && changes->addresses)
		rc = addr_set_copy(&to->peer, &from->peer);
	return rc;
}

/* Makes the idle copy as the one in force. Without memory for it there is none. */
static void level(struct snapshot_domain *domain)
{
	const struct snapshot *current = atomic_load(&domain->current);
	const struct snapshot_sizes sizes = sizes_of(current);
	int rc = 0;

	if (!domain->idle || !has_sizes(domain->idle, &sizes))
		rc = renew_idle(domain, &sizes);
	if (rc == 0)
		rc = copy_changes(domain->idle, current, &domain->changes);
	if (rc == 0)
		changes_clear(&domain->changes);
	else
		drop_idle(domain);
}

struct snapshot *snapshot_begin(struct snapshot_domain *domain, const struct snapshot_sizes *sizes)
{
	if (!has_sizes(atomic_load(&domain->current), sizes))
		(void)renew_idle(domain, sizes);
	else if (!domain->idle)
		level(domain);
	return domain->idle;
}

void snapshot_undo(struct snapshot_domain *domain)
{
	level(domain);
}

/* ---- publication ----------------------------------------------------------------------------- */

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
	snapshot_free(domain->idle);
	snapshot_free(atomic_load(&domain->current));
	changes_fini(&domain->changes);
	rte_free(domain->qsbr);
	memset(domain, 0, sizeof(*domain));
}

void snapshot_publish(struct snapshot_domain *domain)
{
	domain->retiring = atomic_exchange(&domain->current, domain->idle);
	domain->idle = NULL;
	domain->token = rte_rcu_qsbr_start(domain->qsbr);
	atomic_fetch_add(&domain->swaps, 1);
}

bool snapshot_retired(struct snapshot_domain *domain)
{
	if (!domain->retiring)
		return true;
	if (!rte_rcu_qsbr_check(domain->qsbr, domain->token, false))
		return false;
	domain->idle = domain->retiring;
	domain->retiring = NULL;
	level(domain);
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
