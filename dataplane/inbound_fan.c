/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Lending of packets to helpers and their return in order. A packet is written by one thread at a
 * time: by the owner until it is in a helper's ring, by the helper until it has stored what became
 * of it, by the owner again when it has read that. */
#include "dataplane/inbound_fan.h"

#include <errno.h>
#include <rte_lcore.h>
#include <rte_prefetch.h>
#include <rte_ring.h>
#include <stdio.h>

#include "dataplane/inbound.h"
#include "dataplane/inbound_accept.h"
#include "dataplane/inbound_sa.h"
#include "dataplane/worker.h"

#define COLLECT_AHEAD 8

int fan_init(struct worker *w)
{
	for (unsigned from = 0; from < w->config.count; from++) {
		char name[RTE_RING_NAMESIZE];

		if (from == w->config.index)
			continue;
		snprintf(name, sizeof(name), "fan_%u_%u", from, w->config.index);
		w->fan.in[from] = rte_ring_create(
		    name, FAN_RING, (int)rte_socket_id(), RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (!w->fan.in[from])
			return -ENOMEM;
	}
	return 0;
}

void fan_connect(struct worker *workers, unsigned count)
{
	for (unsigned from = 0; from < count; from++)
		for (unsigned to = 0; to < count; to++)
			workers[from].fan.out[to] = workers[to].fan.in[from];
}

void fan_fini(struct worker *w)
{
	struct fan *fan = &w->fan;

	for (; fan->head != fan->tail; fan->head++)
		worker_drop(w, fan->queue[fan->head % FAN_QUEUE], DROP_SHUTDOWN);
	for (unsigned i = 0; i < WORKERS_MAX; i++) {
		rte_ring_free(fan->in[i]);
		fan->in[i] = NULL;
	}
}

static void lend_batch(struct worker *w, unsigned to)
{
	struct fan_batch *batch = &w->fan.batch[to];

	if (batch->count == 0)
		return;
	/* choose() has left room for it. */
	(void)rte_ring_sp_enqueue_bulk(w->fan.out[to], (void **)batch->packet, batch->count, NULL);
	counter_add(&w->counters.handed, batch->count);
	batch->count = 0;
}

/* True while a helper is better not asked. */
static bool stands_still(struct worker *w, unsigned helper)
{
	const struct rte_ring *ring = w->fan.out[helper];
	struct fan_watch *watch = &w->fan.watch[helper];
	uint32_t left = worker_ring_holds(ring), begun = ring->prod.tail - left;

	if (mono_before(w->now, watch->rest_until))
		return true;
	if (left == 0 || begun != watch->begun) {
		watch->begun = begun;
		watch->since = w->now;
	} else if (!mono_before(w->now, mono_add_msec(watch->since, FAN_STILL_MSEC))) {
		watch->rest_until = mono_add_msec(w->now, FAN_REST_MSEC);
		return true;
	}
	return false;
}

/* A helper with time, the next one in turn, or this worker itself when none has. */
static unsigned choose(struct worker *w, uint32_t helpers)
{
	const struct fan *fan = &w->fan;

	for (unsigned i = 1; i <= w->config.count; i++) {
		unsigned to = (fan->to + i) % w->config.count;

		if (to == w->config.index || !(helpers >> to & 1))
			continue;
		if (!stands_still(w, to) &&
		    worker_ring_holds(fan->out[to]) + fan->batch[to].count + FAN_CHUNK <=
			FAN_RING / 2)
			return to;
	}
	return w->config.index;
}

/* Who decrypts the next packet of an SA with these helpers: whoever did the last one, if that was
 * not another SA's with other helpers, until a chunk is full. */
static unsigned next_to(struct worker *w, uint32_t helpers)
{
	struct fan *fan = &w->fan;

	if (!helpers)
		return w->config.index;
	if (fan->chunk_left == 0 || (fan->to != w->config.index && !(helpers >> fan->to & 1))) {
		fan->to = choose(w, helpers);
		fan->chunk_left = FAN_CHUNK;
	}
	fan->chunk_left--;
	return fan->to;
}

bool fan_add(struct worker *w, struct rte_mbuf *m, struct sa *sa, uint32_t helpers)
{
	struct packet_meta *meta = packet_meta(m);
	struct fan *fan = &w->fan;
	struct fan_batch *batch;
	unsigned to;

	if (fan_waiting(fan) == FAN_QUEUE) {
		inbound_drop(w, m, sa, DROP_HANDOVER);
		return false;
	}
	to = next_to(w, helpers);
	meta->sa = NULL;
	meta->instance = sa->instance;
	meta->fan = FAN_WAITING;
	fan->queue[fan->tail++ % FAN_QUEUE] = m;
	sa->run->fan_end = fan->tail;
	if (to == w->config.index) {
		fan->in_lanes++;
		fan->fed = true;
		return true;
	}
	batch = &fan->batch[to];
	batch->packet[batch->count++] = m;
	if (batch->count == FAN_CHUNK)
		lend_batch(w, to);
	return false;
}

static void settle(struct rte_mbuf *m, enum fan_state state)
{
	__atomic_store_n(&packet_meta(m)->fan, (uint8_t)state, __ATOMIC_RELEASE);
}

void fan_done(struct worker *w, struct rte_mbuf *m, enum esp_status status)
{
	w->fan.in_lanes--;
	settle(m, status == ESP_STATUS_OK        ? FAN_DECRYPTED
		  : status == ESP_STATUS_BAD_ICV ? FAN_BAD_ICV
						 : FAN_FAILED);
}

/* The job of a packet whose SA is known here, under whatever snapshot: the same one it was lent
 * for. */
static bool job_of(struct worker *w, struct rte_mbuf *m, struct esp_job *job)
{
	const struct packet_meta *meta = packet_meta(m);
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->esp_offset);
	const struct sa *sa = inbound_find_sa(w->snapshot, m, meta->family, get_be32(esp));

	*job = (struct esp_job){
	    .esp = esp,
	    .user = m,
	    .sequence_high = (uint32_t)(meta->sequence >> 32),
	};
	if (!sa || sa->instance != meta->instance ||
	    esp_decap_check(&sa->decap, meta->esp_bytes, &job->cipher_bytes) != PKT_OK)
		return false;
	job->key = &sa->key;
	return true;
}

/* Another core has written it: each line is a long way off, all of them together little more. */
static void fetch(struct rte_mbuf *const *packet, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		rte_prefetch0(packet[i]);
		rte_prefetch0(packet_meta(packet[i]));
	}
	for (unsigned i = 0; i < n; i++) {
		const uint8_t *data = rte_pktmbuf_mtod(packet[i], const uint8_t *);

		rte_prefetch0(data);
		rte_prefetch0(data + RTE_CACHE_LINE_SIZE);
		rte_prefetch0(data + packet[i]->data_len - 1);
	}
}

static void decrypt(struct worker *w, struct rte_mbuf *const *packet, unsigned n)
{
	struct lanes *lanes = &w->decrypt;
	unsigned jobs = 0;

	for (unsigned i = 0; i < n; i++) {
		if (job_of(w, packet[i], &lanes->job[jobs]))
			jobs++;
		else
			settle(packet[i], FAN_UNKNOWN);
	}
	w->fan.in_lanes += jobs;
	w->fan.fed |= jobs != 0;
	if (jobs)
		inbound_accept(w, lanes->done,
		    esp_crypto_submit(lanes->crypto, lanes->job, jobs, lanes->done));
}

unsigned fan_work(struct worker *w, bool *full)
{
	struct fan *fan = &w->fan;
	struct rte_mbuf *packet[WORKER_BURST_MAX];
	unsigned total = 0;

	for (unsigned i = 0; i < w->config.count; i++) {
		unsigned n;

		if (i == w->config.index)
			continue;
		lend_batch(w, i);
		n = rte_ring_sc_dequeue_burst(fan->in[i], (void **)packet, w->config.burst, NULL);
		if (n) {
			fetch(packet, n);
			decrypt(w, packet, n);
		}
		*full |= n == w->config.burst;
		total += n;
	}
	/* The lanes move on by what comes after: where nothing does, somebody's queue would wait.
	 */
	fan->starved = fan->fed ? 0 : fan->starved + 1;
	if (fan->in_lanes && fan->starved >= FAN_PATIENCE)
		inbound_flush(w);
	fan->fed = false;
	return total;
}

/* The SA of the packet at the head, found anew, since the tables may be others than when it came;
 * NULL: it is not there any more. */
static struct sa *sa_again(struct worker *w, struct rte_mbuf *m)
{
	const struct packet_meta *meta = packet_meta(m);
	const uint8_t *esp = rte_pktmbuf_mtod_offset(m, const uint8_t *, meta->esp_offset);
	struct sa *sa = inbound_find_sa(w->snapshot, m, meta->family, get_be32(esp));

	return sa && sa->instance == meta->instance ? sa : NULL;
}

/* What a helper could not do, at once: the snapshot may be about to go, and with it the key. */
static uint8_t decrypt_here(struct worker *w, struct rte_mbuf *m)
{
	struct packet_meta *meta = packet_meta(m);

	meta->fan = FAN_WAITING;
	decrypt(w, &m, 1);
	inbound_flush(w);
	return meta->fan == FAN_UNKNOWN ? FAN_FAILED : meta->fan;
}

static inline void prefetch_back(struct rte_mbuf *m)
{
	rte_prefetch0(packet_meta(m));
	rte_prefetch0(rte_pktmbuf_mtod(m, void *));
	rte_prefetch0(rte_pktmbuf_mtod_offset(m, void *, RTE_CACHE_LINE_SIZE));
}

/* What is decrypted at the head, one burst of it; returns how many. */
static unsigned collect_burst(struct worker *w, struct esp_done done[WORKER_BURST_MAX])
{
	static const enum esp_status status[] = {
	    [FAN_DECRYPTED] = ESP_STATUS_OK,
	    [FAN_BAD_ICV] = ESP_STATUS_BAD_ICV,
	    [FAN_FAILED] = ESP_STATUS_FAILED,
	};
	struct fan *fan = &w->fan;
	unsigned n = 0;

	for (uint32_t i = 1; i < fan_waiting(fan) && i < COLLECT_AHEAD; i++)
		prefetch_back(fan->queue[(fan->head + i) % FAN_QUEUE]);
	while (fan->head != fan->tail && n < WORKER_BURST_MAX) {
		struct rte_mbuf *m = fan->queue[fan->head % FAN_QUEUE];
		struct packet_meta *meta = packet_meta(m);
		uint8_t state = __atomic_load_n(&meta->fan, __ATOMIC_ACQUIRE);
		struct sa *sa;

		if (state == FAN_WAITING)
			break;
		if (fan_waiting(fan) > COLLECT_AHEAD)
			prefetch_back(fan->queue[(fan->head + COLLECT_AHEAD) % FAN_QUEUE]);
		sa = sa_again(w, m);
		if (sa && state == FAN_UNKNOWN)
			state = decrypt_here(w, m);
		fan->head++;
		meta->fan = FAN_NONE;
		if (!sa) {
			worker_drop(w, m, DROP_NOSA);
			continue;
		}
		meta->sa = sa;
		done[n++] = (struct esp_done){m, status[state]};
	}
	return n;
}

unsigned fan_collect(struct worker *w)
{
	struct esp_done done[WORKER_BURST_MAX];
	unsigned n, total = 0;

	while ((n = collect_burst(w, done)) > 0) {
		inbound_accept(w, done, n);
		total += n;
	}
	return total;
}
