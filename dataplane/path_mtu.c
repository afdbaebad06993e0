/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Path MTUs: from ICMP messages to the outer MTU of a tunnel. It probes nothing: when a path has
 * aged, the next message lowers it again (RFC 1191 section 6.3). */
#include "dataplane/path_mtu.h"

#include <string.h>

#include "common/log.h"
#include "dataplane/pkt/icmp.h"
#include "dataplane/worker.h"

static bool same_addr(const struct shm_addr *ours, const struct ip_addr *quoted)
{
	return ours->family == quoted->family &&
	       memcmp(ours->bytes, quoted->bytes, sizeof(ours->bytes)) == 0;
}

/* True when what is quoted is a packet of this tunnel, which is usable, that no router was allowed
 * to cut. */
static bool quotes(const struct icmp_too_big *message, const struct tunnel *tunnel)
{
	const struct sa *sa = tunnel->sa_out;
	uint16_t source = sa->udp ? sa->udp_local : 0, destination = sa->udp ? sa->udp_remote : 0;

	return sa->spi == message->spi && same_addr(&sa->outer_local, &message->source) &&
	       same_addr(&sa->outer_remote, &message->destination) &&
	       source == message->udp_source && destination == message->udp_destination &&
	       (!tunnel->clear_df || sa->outer_local.family == IP_FAMILY_V6);
}

static const struct tunnel *find(const struct snapshot *s, const struct icmp_too_big *message)
{
	uint32_t slot = spi_index_first(&s->senders, message->spi);

	while (slot != SPI_INDEX_END && !quotes(message, &s->tunnel[slot]))
		slot = spi_index_next(&s->senders, slot);
	return slot == SPI_INDEX_END ? NULL : &s->tunnel[slot];
}

void path_mtu_read(struct worker *w, struct rte_mbuf *m)
{
	struct path_report *report = &w->path_report;
	const struct tunnel *tunnel;
	struct icmp_too_big message;
	uint32_t mtu;

	if (atomic_load_explicit(&report->instance, memory_order_acquire) ||
	    !icmp_read_too_big(rte_pktmbuf_mtod(m, uint8_t *), m->data_len, &message))
		return;
	tunnel = find(w->snapshot, &message);
	if (!tunnel || message.mtu > tunnel->outer.mtu)
		return;
	mtu = icmp_believable_mtu(message.mtu, tunnel->outer.mtu, message.source.family);
	atomic_store_explicit(&report->mtu, mtu, memory_order_relaxed);
	atomic_store_explicit(&report->instance, tunnel->instance, memory_order_release);
}

/* The path of that tunnel, or a free one; NULL: all are in use. */
static struct path_mtu *find_path(struct path_mtus *paths, uint64_t instance)
{
	struct path_mtu *found = NULL;

	for (unsigned i = 0; i < PATH_MTUS_MAX; i++) {
		struct path_mtu *path = &paths->path[i];

		if (path->instance == instance)
			return path;
		if (!path->instance && !found)
			found = path;
	}
	return found;
}

bool path_mtus_take(struct path_mtus *paths, struct path_report *report, mono_t now)
{
	uint64_t instance = atomic_load_explicit(&report->instance, memory_order_acquire);
	uint32_t mtu = atomic_load_explicit(&report->mtu, memory_order_relaxed);
	struct path_mtu *path;
	bool smaller;

	if (!instance)
		return false;
	atomic_store_explicit(&report->instance, 0, memory_order_release);
	path = find_path(paths, instance);
	if (!path || (path->instance && mtu > path->mtu))
		return false;
	smaller = !path->instance || mtu < path->mtu;
	*path = (struct path_mtu){instance, mtu, mono_add_sec(now, PATH_MTU_AGE_SEC)};
	if (smaller)
		log_info("tunnel instance=%016llx event=path-mtu mtu=%u",
		    (unsigned long long)instance, mtu);
	return smaller;
}

bool path_mtus_age(struct path_mtus *paths, mono_t now)
{
	bool aged = false;

	for (unsigned i = 0; i < PATH_MTUS_MAX; i++) {
		struct path_mtu *path = &paths->path[i];

		if (!path->instance || mono_before(now, path->until))
			continue;
		*path = (struct path_mtu){0};
		aged = true;
	}
	return aged;
}

uint32_t path_mtus_limit(const struct path_mtus *paths, uint64_t instance, uint32_t mtu)
{
	for (unsigned i = 0; instance && i < PATH_MTUS_MAX; i++)
		if (paths->path[i].instance == instance && paths->path[i].mtu < mtu)
			return paths->path[i].mtu;
	return mtu;
}
