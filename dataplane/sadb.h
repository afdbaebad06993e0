/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The SAD: SAs compiled from cfg_sa records, and what of an SA moves with its packets.
 *
 * A `struct sa` is constant once it is published. Its `struct sa_run` is shared by all compilations
 * of the same SA (the peer's address may change, its sequence numbers go on). That of an inbound SA
 * belongs to one worker; an outbound SA is used by any, so what it counts is atomic. Both are made
 * and freed by the housekeeping thread. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mono.h"
#include "common/shm_abi.h"
#include "crypto/esp_key.h"
#include "dataplane/pkt/esp_decap.h"
#include "dataplane/pkt/replay.h"
#include "dataplane/pkt/selector.h"
#include "dataplane/pkt/seq.h"

#define SA_RUN_LINE 64 /* bytes of a line of the cache */

/* Sequence numbers promised at once: state.v1 is written once for so many packets, and a restart
 * skips at most so many. */
#define SA_SEQ_BLOCK 4096

/* Where the packets of an inbound SA are handed to (route) and which worker may touch its
 * `struct sa_run` (owner): one and the same but while the SA moves (handover.h). Besides workers,
 * an owner may be one of the two below. */
#define SA_PLACE(route, owner) ((uint16_t)((owner) << 8 | (route)))
#define SA_ROUTE(place)        ((place)&0xffu)
#define SA_OWNER(place)        ((place) >> 8)
#define SA_OWNER_PARTED        0xfeu /* the old one is done with it, its last frames are under way */
#define SA_OWNER_NONE          0xffu /* let go by the old one, not yet taken up */

/* In lines of the cache by who writes, so that none waits for another's: an SA is either inbound
 * or outbound. */
struct sa_run {
	/* The housekeeping thread; the owner when the SA moves; who finds a limit reached. */
	uint64_t instance;
	unsigned users;         /* compilations that point here */
	struct state_sa *state; /* in shared memory; moved by the housekeeping thread only between
				   grace periods */
	_Atomic uint32_t fan;   /* inbound: workers that help to decrypt it */
	_Atomic uint16_t place; /* inbound: SA_PLACE() */
	_Atomic bool ended;     /* a hard limit was reached */

	/* The workers that send by it, together. */
	_Alignas(SA_RUN_LINE) struct seq seq;

	/* The owner of an inbound SA. */
	struct shm_addr peer_addr; /* as stored in state */
	uint16_t peer_port_be;
	bool fan_only;    /* none are in its owner's lanes but by its queue (inbound_fan.h) */
	uint32_t fan_end; /* behind its last packet in that queue */
	struct replay replay;
};

_Static_assert(offsetof(struct sa_run, ended) < SA_RUN_LINE, "one line of the housekeeping's");
_Static_assert(offsetof(struct sa_run, seq) == SA_RUN_LINE, "one line of the workers'");
_Static_assert(offsetof(struct sa_run, replay.seen) == 2 * SA_RUN_LINE, "and that of the window");
_Static_assert(sizeof(struct sa_run) == 2 * SA_RUN_LINE + REPLAY_WORDS * sizeof(uint64_t),
    "no line is wasted");

struct sa {
	/* For every packet: one cache line, and two with the addresses and IPv4 selectors. */
	struct sa_run *run;
	int64_t hard_time_nsec;
	uint64_t hard_packets, hard_bytes; /* UINT64_MAX = none */
	uint32_t spi;                      /* host order */
	uint32_t tunnel;
	bool inbound;
	bool udp;
	bool replay_check;
	bool ecn;                       /* outbound: normal mode of RFC 6040 */
	uint16_t udp_local, udp_remote; /* host order */
	struct shm_addr outer_local, outer_remote;
	uint32_t peer_window;     /* outbound: the peer's anti-replay window, packets */
	struct selector selector; /* outbound: of inner packets as they are sent */
	struct esp_decap decap;   /* inbound */
	uint64_t instance;
	uint32_t slot;
	unsigned users; /* snapshots that hold it */
	bool gcm;       /* AES-GCM: decrypted at once, and not in lanes */
	struct esp_key key;
};

/* True when the record is whole and consistent: a present SA whose checksum, algorithms, key
 * lengths, addresses, selectors and indexes are right. `slot_mask` are the SPI bits of an inbound
 * SA that must equal `slot`. Says what is wrong in `why`. */
bool sa_check(const struct cfg_sa *cfg, uint32_t slot, uint32_t slot_mask, uint32_t tunnels,
    const char **why);

/* Compiles a record that sa_check() passed. `run` is that of the same instance or NULL for a new
 * one, which begins where `state` says when it remembers this instance, else at the beginning, and
 * then `state` is made to belong to it. `crypto` lends its architecture. NULL: no memory. */
struct sa *sa_compile(const struct cfg_sa *cfg, uint32_t slot, struct sa_run *run,
    struct state_sa *state, struct esp_crypto *crypto);

/* One use more; NULL stays NULL. */
static inline struct sa *sa_get(struct sa *sa)
{
	if (sa)
		sa->users++;
	return sa;
}

/* Gives up one use; the last one wipes and frees the SA, and its run with its last compilation. */
void sa_put(struct sa *sa);

/* Writes identity and peer address into the guarded part of the state record. */
void sa_run_store_peer(struct sa_run *run);

/* Raises the stored ceiling so that all up to `sequence` may be sent. Before the packets leave. */
static inline void sa_run_promise(struct sa_run *run, uint64_t sequence)
{
	_Atomic uint64_t *stored = &run->state->sequence;
	uint64_t ceiling = atomic_load_explicit(stored, memory_order_relaxed);

	while (sequence >= ceiling &&
	       !atomic_compare_exchange_weak_explicit(stored, &ceiling, sequence + SA_SEQ_BLOCK,
		   memory_order_release, memory_order_relaxed))
		continue;
}

/* Marks the SA as ended, for good. */
static inline void sa_run_end(struct sa_run *run)
{
	atomic_store_explicit(&run->ended, true, memory_order_relaxed);
	atomic_store_explicit(&run->state->ended, 1, memory_order_relaxed);
}

/* True when sa_run_end() was called for it. */
static inline bool sa_has_ended(const struct sa *sa)
{
	return atomic_load_explicit(&sa->run->ended, memory_order_relaxed);
}

/* True while no hard limit is reached; the first call after that ends the SA. */
static inline bool sa_alive(const struct sa *sa, mono_t now)
{
	struct sa_run *run = sa->run;

	if (atomic_load_explicit(&run->ended, memory_order_relaxed))
		return false;
	if (now.nsec < sa->hard_time_nsec &&
	    atomic_load_explicit(&run->state->packets, memory_order_relaxed) < sa->hard_packets &&
	    atomic_load_explicit(&run->state->bytes, memory_order_relaxed) < sa->hard_bytes)
		return true;
	sa_run_end(run);
	return false;
}

/* How many of the next `count` (1..SA_RUN_MAX) packets may go together before this is to be asked
 * again: all of them, or one where a limit is near. 0: a hard limit is reached; the first time this
 * is found the SA ends. */
#define SA_RUN_MAX 128
static inline unsigned sa_allows(const struct sa *sa, mono_t now, unsigned count)
{
	const struct sa_run *run = sa->run;
	uint64_t packets = atomic_load_explicit(&run->state->packets, memory_order_relaxed);
	uint64_t bytes = atomic_load_explicit(&run->state->bytes, memory_order_relaxed);

	if (atomic_load_explicit(&run->ended, memory_order_relaxed) ||
	    now.nsec >= sa->hard_time_nsec || packets + SA_RUN_MAX >= sa->hard_packets ||
	    bytes + SA_RUN_MAX * (uint64_t)UINT16_MAX >= sa->hard_bytes)
		return sa_alive(sa, now) ? 1 : 0;
	return count;
}

static inline void sa_run_add(_Atomic uint64_t *to, uint64_t n, bool shared)
{
	if (shared)
		atomic_fetch_add_explicit(to, n, memory_order_relaxed);
	else
		atomic_store_explicit(
		    to, atomic_load_explicit(to, memory_order_relaxed) + n, memory_order_relaxed);
}

/* Counts packets of `bytes` inner bytes together, where they outlive us. `shared`: other threads
 * count for this SA too. */
static inline void sa_run_count(struct sa_run *run, uint32_t packets, uint64_t bytes, bool shared)
{
	sa_run_add(&run->state->packets, packets, shared);
	sa_run_add(&run->state->bytes, bytes, shared);
}
