/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One inbound SA decrypted by several workers, in order. RSS cannot split a tunnel, and its owner
 * alone may touch its window, but what takes longest, the decryption, needs neither.
 *
 * The owner checks a packet as always, gives it a place in its queue, and lends it to a worker that
 * has time, or decrypts it itself. A lent packet stays the owner's: the helper looks the SA up for
 * itself, decrypts in its own lanes and writes into the packet what became of it (packet_meta.fan).
 * The owner takes packets from the head of its queue for as long as the first is decrypted, and
 * goes on as with any other: so they leave in the order they came, and nothing of the SA has two
 * writers.
 *
 * The queue holds no pointer into a snapshot, and a helper none but its own: neither waits for the
 * other when tables change.
 *
 * It does wait for a helper that lost its CPU: what was lent cannot be taken back, since nobody
 * else can tell whether it was begun, and what came after it stays behind it. When the queue is
 * full then, what comes is dropped. Such a helper holds 128 packets at most, besides a burst and
 * its lanes, and is not asked again for a while: it costs one such wait a second, not one after
 * another. Workers want CPUs of their own. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/mono.h"
#include "crypto/esp_crypto.h"
#include "dataplane/counters.h"

struct rte_mbuf;
struct rte_ring;
struct sa;
struct worker;

#define FAN_QUEUE 1024 /* packets of the owner's that are decrypted by whomever */
#define FAN_RING  256  /* of them lent to one helper, and not begun */
/* Polls without a new job after which lanes with some are emptied: half-empty lanes cost as much as
 * full ones, and an idle worker polls several times in a microsecond. */
#define FAN_PATIENCE 4
#define FAN_CHUNK    16 /* packets in a row for one worker: so many lanes AES-CBC has */
/* A helper that begins nothing of what it has been lent for so long has lost its CPU; then it gets
 * nothing for as long as that. */
#define FAN_STILL_MSEC 2
#define FAN_REST_MSEC  1000

/* packet_meta.fan. All but the first two are written by whoever decrypted it. */
enum fan_state {
	FAN_NONE, /* the packet is in no queue */
	FAN_WAITING,
	FAN_DECRYPTED,
	FAN_BAD_ICV,
	FAN_FAILED,
	FAN_UNKNOWN, /* the helper does not know this SA yet, or no more */
};

struct fan_batch {
	unsigned count;
	struct rte_mbuf *packet[FAN_CHUNK];
};

/* What the owner saw of a helper. */
struct fan_watch {
	uint32_t begun; /* how far it had come in its ring */
	mono_t since;   /* when that was seen first, or there was nothing more to begin */
	mono_t rest_until;
};

/* A worker's part. */
struct fan {
	uint32_t head, tail; /* of the queue: what is in it is tail - head */
	unsigned in_lanes;   /* jobs of any owner's queue in our lanes */
	bool fed;            /* some were added in this poll */
	unsigned starved;    /* polls in a row in which none were */
	unsigned chunk_left; /* packets that still go where the last went */
	unsigned to;
	struct rte_ring *in[WORKERS_MAX];  /* by owner; NULL: none, or this worker itself */
	struct rte_ring *out[WORKERS_MAX]; /* by helper: its `in` */
	struct fan_batch batch[WORKERS_MAX];
	struct fan_watch watch[WORKERS_MAX];
	struct rte_mbuf *queue[FAN_QUEUE];
};

/* Makes the rings to this worker, on the calling thread's socket. 0 or -ENOMEM. */
int fan_init(struct worker *w);

/* Makes the rings of each the others' way out. Before any of them runs. */
void fan_connect(struct worker *workers, unsigned count);

/* Drops what is in the queue as `shutdown` and frees the rings; no worker runs any more. */
void fan_fini(struct worker *w);

/* A packet that was checked gets its place. True: it is to be decrypted here, with the job that was
 * prepared for it. `helpers`: bit n is worker n. */
bool fan_add(struct worker *w, struct rte_mbuf *m, struct sa *sa, uint32_t helpers);

/* Lends what was gathered for helpers, and decrypts what others lend. Returns how many of those
 * came; `*full` is set when there may be more. */
unsigned fan_work(struct worker *w, bool *full);

/* A job of somebody's queue came back. */
void fan_done(struct worker *w, struct rte_mbuf *m, enum esp_status status);

/* Goes on with what is decrypted at the head of the queue; returns how many. */
unsigned fan_collect(struct worker *w);

/* True while the lanes that decrypt are better left alone: they have jobs of a queue, and get more,
 * or are emptied by fan_work() soon. */
static inline bool fan_fills_lanes(const struct fan *fan)
{
	return fan->in_lanes != 0;
}

/* True while a packet waits in the queue that got its place before `end`: the tail behind it. The
 * place of a queue that is long past, or another's, may be taken for one, for as long as there are
 * packets in it. */
static inline bool fan_holds(const struct fan *fan, uint32_t end)
{
	return end - fan->head - 1 < fan->tail - fan->head;
}

/* What of this worker's packets is in its queue and not in its lanes, for the books. */
static inline uint32_t fan_waiting(const struct fan *fan)
{
	return fan->tail - fan->head;
}
