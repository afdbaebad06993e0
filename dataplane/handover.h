/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Packets from worker to worker, by a ring for each pair of them: what only one worker may finish,
 * because it owns the inbound SA, gathers the fragments of that datagram, or has a transmit queue
 * of the port. A receive queue cannot be chosen by any of these.
 *
 * The packets of one sender arrive in the order they were handed over, a burst at a time. What
 * travels is the packet and its metadata, and no pointer into a snapshot: the other worker may be
 * at an older or a newer one, and looks up for itself.
 *
 * An SA moves from its owner to another worker in four steps, none of which anybody waits for:
 * the owner says where the SA will be (sa_run.place: new route, old owner) and raises the epoch;
 * from then on the others hand its packets to the new one, which lays them aside. When every worker
 * has begun and ended a poll in the new epoch, nothing more can come to the old owner but what is
 * in its rings: it takes that in, empties its lanes and parts with the SA. From then on it hands
 * over what it receives itself, too, and when the others have taken all that it sent them until it
 * parted, among it the frames for whoever has the transmit queue, it lets go. The new owner goes on
 * with what it laid aside. Nothing is lost, and each sender's packets keep their order to the port.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "dataplane/counters.h"
#include "dataplane/sadb.h"

#define HANDOVER_RING     2048 /* packets under way from one worker to another */
#define HANDOVER_LAID     4096 /* packets that wait for their SA to arrive */
#define HANDOVER_MOVE_MAX 64   /* SAs that move at a time */

struct rte_mbuf;
struct rte_ring;
struct worker;

enum handover_kind {
	HANDOVER_ESP,      /* for the owner of its SA: data at the outer IP header */
	HANDOVER_FRAGMENT, /* of an outer packet, for the worker that gathers it */
	HANDOVER_TUNNEL,   /* to be sent into a tunnel, for a worker that may encrypt for it */
	HANDOVER_TX        /* a frame, for a worker that may send by the port */
};

struct handover_batch {
	unsigned count;
	struct rte_mbuf *packet[64];
};

/* SAs that leave a worker together. Filled by the housekeeping thread. */
struct handover_move {
	unsigned to;
	unsigned count;
	struct sa_run *run[HANDOVER_MOVE_MAX];
};

/* What all workers of a process share for this. */
struct handover_domain {
	_Atomic uint64_t epoch; /* raised by a worker whose SAs are about to leave */
	/* Raised by the housekeeping thread: each worker is to show its counters, and to do so
	 * before it takes up what another handed over after showing its own. One for all, since
	 * whoever gets a packet from a worker that has seen it will see it too. */
	_Atomic uint64_t cue;
	struct {
		_Atomic uint64_t seen; /* the worker has ended a poll that began in this epoch */
	} __attribute__((aligned(64))) worker[WORKERS_MAX];
} __attribute__((aligned(64)));

/* A worker's part. */
struct handover {
	struct handover_domain *domain;
	struct rte_ring *in[WORKERS_MAX];  /* by sender; NULL: none, or this worker itself */
	struct rte_ring *out[WORKERS_MAX]; /* by receiver: its `in` */
	uint32_t pending;                  /* bit n: something is in batch[n] */
	struct handover_batch batch[WORKERS_MAX];
	unsigned laid_count;
	struct rte_mbuf *laid[HANDOVER_LAID]; /* in the order they came */
	/* A move this worker was asked for: set by the housekeeping thread, NULL again when done.
	 */
	struct handover_move *_Atomic move;
	uint64_t move_epoch;         /* 0: not begun */
	bool draining;               /* the others have begun to hand over elsewhere */
	bool leaving;                /* this poll may be the last in which they are used here */
	unsigned drain[WORKERS_MAX]; /* packets to be taken in before the SAs are parted with */
	bool parted;                 /* what was sent before is waited for */
	uint32_t sent[WORKERS_MAX];  /* where the way to each other worker ended then */
	uint64_t epoch;              /* of this poll */
};

/* Makes the rings to this worker, on the calling thread's socket. 0 or -ENOMEM. */
int handover_init(struct worker *w, struct handover_domain *domain);

/* Makes the rings of each the others' way out. Before any of them runs. */
void handover_connect(struct worker *workers, unsigned count);

/* Drops what never arrived as `shutdown` and frees the rings. */
void handover_fini(struct worker *w);

/* Hands a packet over, now or with the rest of the poll. */
void handover_add(struct worker *w, struct rte_mbuf *m, unsigned to, enum handover_kind kind);

/* An ESP packet of an SA that is not at home here. True: it is after all, the caller goes on with
 * the packet; false: the packet was taken. */
bool handover_stays(struct worker *w, struct rte_mbuf *m, struct sa_run *run);

/* At the beginning of a poll: goes on with a move and with what was laid aside, takes in up to
 * `burst` packets from each worker. Returns how many; *full: one of them has more. */
unsigned handover_receive(struct worker *w, unsigned burst, bool *full);

/* At the end of a poll, when all else is sent: sends the batches, lets SAs go, shows the epoch.
 * With `leaving`, the lanes are to be empty. */
void handover_send(struct worker *w);

/* Housekeeping thread: asks the owner of these SAs to let them go. They must live, and no snapshot
 * be published, until handover_moved() says so. */
void handover_ask(struct worker *owner, struct handover_move *move);
bool handover_moved(const struct worker *owner);
