/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A worker: one lcore that polls ports and rings and carries packets through. All it owns is here;
 * it shares with the other threads only the snapshot (read), SAs (sadb.h), and rings: two with the
 * housekeeping thread, two with each other worker. It never allocates but packet buffers, never
 * locks, never logs and makes no system call of its own while there is work. */
#pragma once

#include <rte_ether.h>
#include <rte_mempool.h>
#include <rte_ring.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "crypto/esp_crypto.h"
#include "crypto/iv.h"
#include "dataplane/capture_tap.h"
#include "dataplane/counters.h"
#include "dataplane/filter.h"
#include "dataplane/handover.h"
#include "dataplane/inbound_fan.h"
#include "dataplane/packet.h"
#include "dataplane/path_mtu.h"
#include "dataplane/pkt/frag_id.h"
#include "dataplane/port.h"
#include "dataplane/punt.h"
#include "dataplane/queues.h"
#include "dataplane/snapshot.h"

#define WORKER_BURST_MAX 64
#define WORKER_RING      2048 /* packets in a ring to or from the housekeeping thread */

struct rte_ip_frag_tbl;

/* Packets on their way to the next stage. Room for what one burst and the lanes can bring. */
#define BATCH_MAX (ESP_CRYPTO_DONE_MAX + WORKER_BURST_MAX)

struct batch {
	unsigned count;
	struct rte_mbuf *packet[BATCH_MAX];
};

struct tx_buffers {
	uint32_t count[PORTS_MAX];
	struct rte_mbuf *packet[PORTS_MAX][WORKER_BURST_MAX];
};

/* Jobs gathered for one submit, and one direction's context. */
struct lanes {
	struct esp_crypto *crypto;
	unsigned count;
	struct esp_job job[ESP_CRYPTO_BURST_MAX];
	struct esp_done done[ESP_CRYPTO_DONE_MAX];
};

/* Packets of one tunnel that are to be encapsulated, in the order they came. */
struct outbound {
	const struct tunnel *tunnel;
	unsigned count;
	unsigned room; /* `count` may come to so many: with the jobs gathered, one burst */
	bool any6;     /* not all of them are IPv4 */
	struct rte_mbuf *packet[ESP_CRYPTO_BURST_MAX];
};

/* ESP packets to us, in the order they came. */
struct inbound {
	unsigned count;
	struct rte_mbuf *packet[ESP_CRYPTO_BURST_MAX];
};

struct worker_config {
	unsigned index, count; /* which of how many workers */
	unsigned burst;
	unsigned idle_sleep_usec;
	enum esp_arch crypto_arch;
	struct rte_mempool *pool;
	const struct port *port;
	unsigned port_count;
	struct snapshot_domain *domain;
	struct handover_domain *handover;
};

struct worker {
	struct worker_config config;
	struct queues queues;
	uint16_t place; /* of the SAs that are at home here */
	const struct snapshot *snapshot;
	uint64_t swaps;
	mono_t now;              /* of this poll, or of one of the last few full ones */
	unsigned clock_polls;    /* polls until the clock is read again */
	bool busy;               /* a poll since it was read brought packets */
	struct capture_tap *tap; /* NULL: nothing is captured */
	struct lanes encrypt, decrypt;
	struct batch forward; /* IP packets to be routed */
	uint32_t outer4; /* the outer address a packet was sent to last, host order; 0: none was */
	struct inbound inbound;
	struct fan fan;
	struct outbound outbound;
	struct iv_source iv_source;
	uint8_t iv[ESP_CRYPTO_BURST_MAX][IV_BYTES];
	unsigned iv_left;
	struct frag_ids fragment_ids;
	struct tx_buffers tx;
	struct punt_buckets punt;
	struct path_report path_report;
	struct filter_events filter_events;
	struct rte_ring *to_kernel, *from_kernel;
	struct rte_ip_frag_tbl *reassembly[2]; /* of strangers' fragments, and of the peers' */
	mono_t expire_at;                      /* when to look for fragments that stayed alone */
	unsigned fragments;                    /* held for reassembly */
	_Atomic bool stop;
	unsigned idle_polls;
	_Atomic uint64_t heard; /* follows handover_domain.cue when it was heeded */
	_Atomic(struct capture_tap *) tap_wanted;
	uint64_t tap_cue; /* of the housekeeping thread: the cue that gave or took the tap */
	struct counters counters;
	struct counters shown; /* the copy of `counters` made last: stable until asked again */
	struct handover handover;
} __attribute__((aligned(64)));

/* Makes rings, crypto contexts and IV source, on the lcore it is to run on: memory comes from that
 * lcore's socket. 0 or -errno with nothing left behind. `queues` is to be filled before it runs. */
int worker_init(struct worker *w, const struct worker_config *config);

/* Frees all of it; packets still in the rings and lanes are dropped as `shutdown`. */
void worker_fini(struct worker *w);

/* The lcore's function: polls until `stop`. `arg` is a struct worker. */
int worker_run(void *arg);

/* One poll; returns how many packets came in. */
unsigned worker_poll(struct worker *w);

/* Copies the counters into `shown`, with what is held: worker thread between two polls, or anyone
 * when it no longer runs. */
void worker_show_counters(struct worker *w);

/* Does so when the housekeeping thread asks for it; between two polls, or before anything is taken
 * up in this one. */
void worker_heed(struct worker *w);

/* Housekeeping thread: asks all workers for a fresh copy, and whether one has made it. */
void worker_ask_counters(struct handover_domain *workers);
bool worker_has_shown(const struct worker *w);

/* Housekeeping thread: gives or takes away the tap, and whether the worker has heard of it: then a
 * tap taken away may be freed. */
void worker_set_tap(struct worker *w, struct capture_tap *tap);
bool worker_tap_is_back(const struct worker *w);

/* Empties both crypto lanes and what follows from it. */
void worker_flush_lanes(struct worker *w);

/* Drops a packet of the tunnel in `slot`, or of none that is known: CAPTURE_NO_TUNNEL. */
void worker_drop_of(struct worker *w, struct rte_mbuf *m, enum drop_reason reason, uint32_t slot)
    __attribute__((cold));
void worker_drop(struct worker *w, struct rte_mbuf *m, enum drop_reason reason)
    __attribute__((cold));

/* Drops a frame that was ready to be sent by `port`. */
void worker_drop_frame(struct worker *w, struct rte_mbuf *m, enum drop_reason reason, unsigned port)
    __attribute__((cold));

/* Sends what was gathered for a port. */
void worker_tx_flush(struct worker *w, unsigned port);

/* Hands a frame to a port, now or at the end of the poll. */
static inline void worker_tx(struct worker *w, struct rte_mbuf *m, unsigned port)
{
	uint32_t count = w->tx.count[port];

	w->tx.packet[port][count] = m;
	w->tx.count[port] = ++count;
	if (count == WORKER_BURST_MAX)
		worker_tx_flush(w, port);
}

/* How many a ring holds that this thread alone fills. rte_ring_count() reads the other's end
 * without saying that it may move meanwhile. */
static inline uint32_t worker_ring_holds(const struct rte_ring *ring)
{
	return ring->prod.tail - __atomic_load_n(&ring->cons.tail, __ATOMIC_RELAXED);
}

/* True when other workers use the same outbound SAs. */
static inline bool worker_shares(const struct worker *w)
{
	return w->config.count > 1;
}

/* The slot of a tunnel of the snapshot in use. */
static inline uint32_t worker_slot(const struct worker *w, const struct tunnel *tunnel)
{
	return (uint32_t)(tunnel - w->snapshot->tunnel);
}

/* This worker's counters of a tunnel. */
static inline struct tunnel_counters *worker_tunnel(struct worker *w, const struct tunnel *tunnel)
{
	return &tunnel->counters[w->config.index];
}
