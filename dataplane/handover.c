/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rings between workers, and how an inbound SA changes hands (handover.h). It decides nothing:
 * which worker a packet is for is found where the packet is looked at, and which SA goes where by
 * the housekeeping thread. */
#include "dataplane/handover.h"

#include <errno.h>
#include <rte_lcore.h>
#include <rte_prefetch.h>
#include <rte_ring.h>
#include <stdio.h>
#include <string.h>

#include "dataplane/inbound.h"
#include "dataplane/outbound.h"
#include "dataplane/packet.h"
#include "dataplane/reassembly.h"
#include "dataplane/worker.h"

_Static_assert(
    sizeof(((struct handover_batch *)0)->packet) / sizeof(void *) == WORKER_BURST_MAX, "one burst");

int handover_init(struct worker *w, struct handover_domain *domain)
{
	struct handover *h = &w->handover;

	h->domain = domain;
	for (unsigned from = 0; from < w->config.count; from++) {
		char name[RTE_RING_NAMESIZE];

		if (from == w->config.index)
			continue;
		snprintf(name, sizeof(name), "handover_%u_%u", from, w->config.index);
		h->in[from] = rte_ring_create(
		    name, HANDOVER_RING, (int)rte_socket_id(), RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (!h->in[from])
			return -ENOMEM;
	}
	return 0;
}

void handover_connect(struct worker *workers, unsigned count)
{
	for (unsigned from = 0; from < count; from++)
		for (unsigned to = 0; to < count; to++)
			workers[from].handover.out[to] = workers[to].handover.in[from];
}

static void drop_all(struct worker *w, struct rte_mbuf **packet, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		worker_drop(w, packet[i], DROP_SHUTDOWN);
}

void handover_fini(struct worker *w)
{
	struct handover *h = &w->handover;
	void *m;

	drop_all(w, h->laid, h->laid_count);
	h->laid_count = 0;
	for (unsigned i = 0; i < WORKERS_MAX; i++) {
		drop_all(w, h->batch[i].packet, h->batch[i].count);
		h->batch[i].count = 0;
		while (h->in[i] && rte_ring_sc_dequeue(h->in[i], &m) == 0) {
			counter_add(&w->counters.taken, 1);
			worker_drop(w, m, DROP_SHUTDOWN);
		}
		rte_ring_free(h->in[i]);
		h->in[i] = NULL;
	}
	h->pending = 0;
}

static void send_batch(struct worker *w, unsigned to)
{
	struct handover *h = &w->handover;
	struct handover_batch *batch = &h->batch[to];
	unsigned sent =
	    rte_ring_sp_enqueue_burst(h->out[to], (void **)batch->packet, batch->count, NULL);

	for (unsigned i = sent; i < batch->count; i++)
		worker_drop(w, batch->packet[i], DROP_HANDOVER);
	counter_add(&w->counters.handed, sent);
	counter_add(&w->counters.given, sent);
	batch->count = 0;
	h->pending &= ~(1u << to);
}

/* Fragments prove nothing, not even that they come from whom they name: they leave half of a ring
 * to the rest. */
static bool has_room(const struct handover *h, unsigned to, enum handover_kind kind)
{
	return kind != HANDOVER_FRAGMENT || worker_ring_holds(h->out[to]) + h->batch[to].count <
						rte_ring_get_capacity(h->out[to]) / 2;
}

void handover_add(struct worker *w, struct rte_mbuf *m, unsigned to, enum handover_kind kind)
{
	struct handover *h = &w->handover;
	struct handover_batch *batch = &h->batch[to];

	if (unlikely(!has_room(h, to, kind))) {
		worker_drop(w, m, DROP_HANDOVER);
		return;
	}
	packet_meta(m)->handover = (uint8_t)kind;
	batch->packet[batch->count++] = m;
	h->pending |= 1u << to;
	if (batch->count == WORKER_BURST_MAX)
		send_batch(w, to);
}

static void lay_aside(struct worker *w, struct rte_mbuf *m)
{
	struct handover *h = &w->handover;

	if (h->laid_count == HANDOVER_LAID)
		worker_drop(w, m, DROP_HANDOVER);
	else
		h->laid[h->laid_count++] = m;
}

bool handover_stays(struct worker *w, struct rte_mbuf *m, struct sa_run *run)
{
	unsigned self = w->config.index;
	uint16_t place = atomic_load_explicit(&run->place, memory_order_acquire);

	if (SA_OWNER(place) == self)
		return true;
	/* Taken up behind everything that was laid aside, or the order would be lost. */
	if (place == SA_PLACE(self, SA_OWNER_NONE) && w->handover.laid_count == 0) {
		atomic_store_explicit(&run->place, SA_PLACE(self, self), memory_order_release);
		return true;
	}
	if (SA_ROUTE(place) == self)
		lay_aside(w, m);
	else
		handover_add(w, m, SA_ROUTE(place), HANDOVER_ESP);
	return false;
}

static void take_in(struct worker *w, struct rte_mbuf **packet, unsigned count)
{
	counter_add(&w->counters.taken, count);
	for (unsigned i = 0; i < count; i++)
		rte_prefetch0(packet[i]);
	for (unsigned i = 0; i < count; i++) {
		rte_prefetch0(packet_meta(packet[i]));
		rte_prefetch0(rte_pktmbuf_mtod(packet[i], void *));
	}
	for (unsigned i = 0; i < count; i++) {
		const struct packet_meta *meta = packet_meta(packet[i]);

		if (meta->handover == HANDOVER_ESP)
			inbound_add(w, packet[i], meta->esp_offset, meta->esp_bytes);
		else if (meta->handover == HANDOVER_TUNNEL)
			outbound_add_handed(w, packet[i]);
		else if (meta->handover == HANDOVER_TX)
			worker_tx(w, packet[i], meta->port);
		else
			reassembly_gather(w, packet[i]);
	}
}

/* Packets that waited for their SA; those of another that has not come yet wait on. */
static void resume(struct worker *w)
{
	struct handover *h = &w->handover;
	unsigned count = h->laid_count;

	h->laid_count = 0;
	/* What is laid aside again goes to the front, where it has been read already. */
	for (unsigned i = 0; i < count; i++) {
		const struct packet_meta *meta = packet_meta(h->laid[i]);

		inbound_add(w, h->laid[i], meta->esp_offset, meta->esp_bytes);
	}
}

static bool everyone_saw(const struct worker *w, uint64_t epoch)
{
	for (unsigned i = 0; i < w->config.count; i++)
		if (atomic_load_explicit(
			&w->handover.domain->worker[i].seen, memory_order_acquire) < epoch)
			return false;
	return true;
}

/* Tells the others where these SAs are going. This worker still does what comes to it. */
static void begin_move(struct worker *w, const struct handover_move *move)
{
	struct handover *h = &w->handover;

	for (unsigned i = 0; i < move->count; i++)
		atomic_store_explicit(&move->run[i]->place, SA_PLACE(move->to, w->config.index),
		    memory_order_release);
	h->move_epoch = atomic_fetch_add_explicit(&h->domain->epoch, 1, memory_order_acq_rel) + 1;
	h->draining = false;
}

static void set_owner(const struct handover_move *move, unsigned owner)
{
	for (unsigned i = 0; i < move->count; i++)
		atomic_store_explicit(
		    &move->run[i]->place, SA_PLACE(move->to, owner), memory_order_release);
}

/* The last packets are in the ports and in the rings: remembers how far those are filled. */
static void part(struct worker *w, const struct handover_move *move)
{
	struct handover *h = &w->handover;

	set_owner(move, SA_OWNER_PARTED);
	for (unsigned to = 0; to < w->config.count; to++)
		if (h->out[to])
			h->sent[to] = h->out[to]->prod.tail;
	h->leaving = false;
	h->parted = true;
}

/* True when the others have taken what was sent to them before. What comes to them from the new
 * owner they take up after that. */
static bool arrived(const struct worker *w)
{
	const struct handover *h = &w->handover;

	for (unsigned to = 0; to < w->config.count; to++)
		if (h->out[to] &&
		    (int32_t)(__atomic_load_n(&h->out[to]->cons.tail, __ATOMIC_ACQUIRE) -
			      h->sent[to]) < 0)
			return false;
	return true;
}

static void end_move(struct worker *w, const struct handover_move *move)
{
	struct handover *h = &w->handover;

	set_owner(move, SA_OWNER_NONE);
	h->move_epoch = 0;
	h->parted = false;
	atomic_store_explicit(&h->move, NULL, memory_order_release);
}

/* Before the rings are read: once nobody sends in the old way any more, what is in them now is the
 * last that has to be waited for. */
static void follow_move(struct worker *w, const struct handover_move *move)
{
	struct handover *h = &w->handover;

	if (h->move_epoch == 0) {
		begin_move(w, move);
	} else if (!h->draining && everyone_saw(w, h->move_epoch)) {
		h->draining = true;
		for (unsigned from = 0; from < w->config.count; from++)
			h->drain[from] = h->in[from] ? HANDOVER_RING : 0;
	}
}

/* True when each ring came up short once, or gave all that it can have held. */
static bool drained(struct handover *h, const unsigned *taken, unsigned burst, unsigned workers)
{
	bool all = h->draining;

	for (unsigned from = 0; from < workers && h->draining; from++) {
		h->drain[from] -= RTE_MIN(h->drain[from], taken[from]);
		if (taken[from] < burst)
			h->drain[from] = 0;
		all &= h->drain[from] == 0;
	}
	return all;
}

unsigned handover_receive(struct worker *w, unsigned burst, bool *full)
{
	struct handover *h = &w->handover;
	struct handover_move *move = atomic_load_explicit(&h->move, memory_order_acquire);
	struct rte_mbuf *packet[WORKERS_MAX][WORKER_BURST_MAX];
	unsigned taken[WORKERS_MAX] = {0}, total = 0;

	h->epoch = atomic_load_explicit(&h->domain->epoch, memory_order_acquire);
	if (move)
		follow_move(w, move);
	for (unsigned from = 0; from < w->config.count; from++) {
		if (!h->in[from])
			continue;
		taken[from] =
		    rte_ring_sc_dequeue_burst(h->in[from], (void **)packet[from], burst, NULL);
		*full |= taken[from] == burst;
		total += taken[from];
	}
	/* What was given after the giver showed its counters is not to be shown as taken. */
	worker_heed(w);
	if (h->laid_count)
		resume(w);
	for (unsigned from = 0; from < w->config.count; from++)
		if (taken[from])
			take_in(w, packet[from], taken[from]);
	h->leaving = move && !h->parted && drained(h, taken, burst, w->config.count);
	return total;
}

void handover_send(struct worker *w)
{
	struct handover *h = &w->handover;
	_Atomic uint64_t *seen = &h->domain->worker[w->config.index].seen;

	while (h->pending)
		send_batch(w, (unsigned)__builtin_ctz(h->pending));
	if (h->leaving && fan_waiting(&w->fan) == 0)
		part(w, atomic_load_explicit(&h->move, memory_order_relaxed));
	if (h->parted && arrived(w))
		end_move(w, atomic_load_explicit(&h->move, memory_order_relaxed));
	if (atomic_load_explicit(seen, memory_order_relaxed) != h->epoch)
		atomic_store_explicit(seen, h->epoch, memory_order_release);
}

void handover_ask(struct worker *owner, struct handover_move *move)
{
	atomic_store_explicit(&owner->handover.move, move, memory_order_release);
}

bool handover_moved(const struct worker *owner)
{
	return !atomic_load_explicit(&owner->handover.move, memory_order_acquire);
}
