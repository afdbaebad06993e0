/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Punting and its policing. The kernel answers ICMP errors in our stead: it knows our addresses,
 * has its own rate limits, and the MTU of a TUN twin is the tunnel's inner MTU, so an oversized
 * packet that may not be cut gets its "fragmentation needed" from there. */
#include "dataplane/punt.h"

#include <stdbool.h>

#include "dataplane/worker.h"

/* Packets a second and in one go, by class; 0 = not policed. */
static const struct {
	uint32_t rate, burst;
} limits[PUNT_CLASSES] = {
    [PUNT_L2] = {2000, 500},
    [PUNT_IKE] = {5000, 1000},
    [PUNT_LOCAL] = {20000, 4000},
    [PUNT_ERROR] = {1000, 200},
    [PUNT_FORWARD] = {0, 0},
};

void punt_init(struct punt_buckets *buckets)
{
	for (unsigned class = 0; class < PUNT_CLASSES; class ++) {
		buckets->bucket[class].tokens = limits[class].burst;
		buckets->bucket[class].filled_nsec = 0;
	}
}

static bool allowed(struct punt_buckets *buckets, enum punt_class class, mono_t now)
{
	int64_t token_nsec, since;

	if (limits[class].rate == 0)
		return true;
	token_nsec = MONO_NSEC_PER_SEC / limits[class].rate;
	since = now.nsec - buckets->bucket[class].filled_nsec;
	if (since >= token_nsec) {
		uint64_t tokens = buckets->bucket[class].tokens + (uint64_t)(since / token_nsec);

		if (tokens > limits[class].burst)
			tokens = limits[class].burst;
		buckets->bucket[class].tokens = tokens;
		buckets->bucket[class].filled_nsec = now.nsec - since % token_nsec;
	}
	if (buckets->bucket[class].tokens == 0)
		return false;
	buckets->bucket[class].tokens--;
	return true;
}

/* What is not policed may fill no more of the ring than this. */
#define FORWARD_RING_MAX (WORKER_RING / 4 * 3)

static bool has_room(const struct worker *w, enum punt_class class)
{
	return limits[class].rate || rte_ring_count(w->to_kernel) < FORWARD_RING_MAX;
}

void punt_frame(struct worker *w, struct rte_mbuf *m, enum punt_class class)
{
	if (!allowed(&w->punt, class, w->now))
		worker_drop(w, m, DROP_POLICED);
	else if (!has_room(w, class) || rte_ring_sp_enqueue(w->to_kernel, m) < 0)
		worker_drop(w, m, DROP_RING_FULL);
	else if (class == PUNT_FORWARD)
		counter_add(&w->counters.forwarded_punt, 1);
}

void punt_packet(struct worker *w, struct rte_mbuf *m, enum punt_class class)
{
	const struct packet_meta *meta = packet_meta(m);

	if (meta->origin == ORIGIN_TUN || meta->origin == ORIGIN_TAP) {
		worker_drop(w, m, DROP_TOO_BIG);
		return;
	}
	if (meta->origin == ORIGIN_PORT)
		(void)rte_pktmbuf_prepend(m, meta->l2_bytes);
	punt_frame(w, m, class);
}
