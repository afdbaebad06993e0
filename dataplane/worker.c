/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The poll loop: ports and rings in, stages, ports and rings out. The lanes of the crypto library
 * stay filled from poll to poll while bursts are full; a poll that brings less than a burst empties
 * them, so that no packet waits for the next one to come. */
#include "dataplane/worker.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <rte_pause.h>
#include <rte_random.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "dataplane/classify.h"
#include "dataplane/forward.h"
#include "dataplane/inbound.h"
#include "dataplane/outbound.h"
#include "dataplane/pkt/pcapng.h"
#include "dataplane/reassembly.h"

#define IDLE_POLLS       64  /* empty polls before the first rest */
#define EXPIRE_MSEC      100 /* between two looks at old fragments */
#define TIMER_SLACK_NSEC 1000
#define CLOCK_POLLS      8 /* full polls with one reading of the clock: well below a millisecond */

static struct rte_ring *ring_new(const char *what, unsigned index)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof(name), "%s_%u", what, index);
	return rte_ring_create(
	    name, WORKER_RING, (int)rte_socket_id(), RING_F_SP_ENQ | RING_F_SC_DEQ);
}

int worker_init(struct worker *w, const struct worker_config *config)
{
	int rc;

	memset(w, 0, sizeof(*w));
	w->config = *config;
	w->place = SA_PLACE(config->index, config->index);
	w->now = mono_now();
	punt_init(&w->punt);
	frag_ids_init(&w->fragment_ids, config->index, config->count, rte_rand());
	w->to_kernel = ring_new("to_kernel", config->index);
	w->from_kernel = ring_new("from_kernel", config->index);
	rc = w->to_kernel && w->from_kernel ? reassembly_init(w) : -ENOMEM;
	if (rc == 0)
		rc = handover_init(w, config->handover);
	if (rc == 0)
		rc = fan_init(w);
	if (rc == 0)
		rc = esp_crypto_new(&w->encrypt.crypto, ESP_ENCRYPT, config->crypto_arch);
	if (rc == 0)
		rc = esp_crypto_new(&w->decrypt.crypto, ESP_DECRYPT, config->crypto_arch);
	if (rc == 0)
		rc = iv_init(&w->iv_source);
	if (rc < 0)
		worker_fini(w);
	return rc;
}

void worker_drop_of(struct worker *w, struct rte_mbuf *m, enum drop_reason reason, uint32_t slot)
{
	if (unlikely(w->tap != NULL))
		capture_drop(w->tap, m, reason, slot, w->now.nsec);
	counter_add(&w->counters.drop[reason], 1);
	rte_pktmbuf_free(m);
}

void worker_drop(struct worker *w, struct rte_mbuf *m, enum drop_reason reason)
{
	worker_drop_of(w, m, reason, CAPTURE_NO_TUNNEL);
}

void worker_drop_frame(struct worker *w, struct rte_mbuf *m, enum drop_reason reason, unsigned port)
{
	if (unlikely(w->tap != NULL))
		capture_drop_frame(w->tap, m, reason, port, w->now.nsec);
	counter_add(&w->counters.drop[reason], 1);
	rte_pktmbuf_free(m);
}

static void drop_ring(struct worker *w, struct rte_ring *ring)
{
	void *m;

	while (ring && rte_ring_sc_dequeue(ring, &m) == 0) {
		counter_add(&w->counters.taken, 1);
		worker_drop(w, m, DROP_SHUTDOWN);
	}
}

void worker_fini(struct worker *w)
{
	drop_ring(w, w->to_kernel);
	drop_ring(w, w->from_kernel);
	handover_fini(w);
	fan_fini(w);
	rte_ring_free(w->to_kernel);
	rte_ring_free(w->from_kernel);
	reassembly_free(w);
	worker_show_counters(w);
	esp_crypto_free(w->encrypt.crypto);
	esp_crypto_free(w->decrypt.crypto);
	iv_wipe(&w->iv_source);
	w->to_kernel = w->from_kernel = NULL;
	w->encrypt.crypto = w->decrypt.crypto = NULL;
}

/* Another worker has the queue. */
static void tx_elsewhere(struct worker *w, struct rte_mbuf **packet, unsigned n, unsigned port)
{
	for (unsigned i = 0; i < n; i++) {
		packet_meta(packet[i])->port = (uint8_t)port;
		handover_add(w, packet[i], w->queues.tx[port].worker, HANDOVER_TX);
	}
}

static void tx_here(struct worker *w, struct rte_mbuf **packet, unsigned n, unsigned port)
{
	struct port_counters *counters = &w->counters.port[port];
	bool usable = port_usable(&w->config.port[port]);
	unsigned bytes = 0, sent = 0;

	if (unlikely(w->snapshot->port_filter[port].out))
		n = filter_frames_out(w, packet, n, port);
	for (unsigned i = 0; i < n; i++)
		bytes += packet[i]->pkt_len;
	if (unlikely(w->tap != NULL) && usable)
		capture_frames(w->tap, packet, n, port, PCAPNG_OUT, w->now.nsec);
	if (likely(usable))
		sent = rte_eth_tx_burst(
		    w->config.port[port].id, w->queues.tx[port].queue, packet, (uint16_t)n);
	for (unsigned i = sent; i < n; i++) {
		bytes -= packet[i]->pkt_len;
		worker_drop_frame(w, packet[i], usable ? DROP_TX_FULL : DROP_PORT_LOST, port);
	}
	counter_add(&w->counters.tx, sent);
	counter_add(&counters->tx_packets, sent);
	counter_add(&counters->tx_bytes, bytes);
	counter_add(&counters->tx_failed, n - sent);
}

void worker_tx_flush(struct worker *w, unsigned port)
{
	struct rte_mbuf **packet = w->tx.packet[port];
	unsigned n = w->tx.count[port];

	if (w->queues.tx[port].worker == w->config.index)
		tx_here(w, packet, n, port);
	else
		tx_elsewhere(w, packet, n, port);
	w->tx.count[port] = 0;
}

static void send_all(struct worker *w)
{
	for (unsigned port = 0; port < w->config.port_count; port++)
		if (w->tx.count[port])
			worker_tx_flush(w, port);
	if (worker_shares(w))
		handover_send(w);
}

void worker_flush_lanes(struct worker *w)
{
	inbound_flush(w);
	if (worker_shares(w))
		(void)fan_collect(w);
	forward_run(w);
	outbound_flush(w);
}

void worker_show_counters(struct worker *w)
{
	const counter_t *from = (const counter_t *)&w->counters;
	counter_t *to = (counter_t *)&w->shown;
	uint64_t held = w->fragments + w->handover.laid_count + fan_waiting(&w->fan);

	if (w->encrypt.crypto)
		held += esp_crypto_in_flight(w->encrypt.crypto);
	if (w->decrypt.crypto)
		held += esp_crypto_in_flight(w->decrypt.crypto) - w->fan.in_lanes;
	atomic_store_explicit(&w->counters.held, held, memory_order_relaxed);
	for (size_t i = 0; i < offsetof(struct counters, end) / sizeof(counter_t); i++)
		atomic_store_explicit(&to[i], counter_get(&from[i]), memory_order_relaxed);
}

void worker_heed(struct worker *w)
{
	uint64_t cue = atomic_load_explicit(&w->config.handover->cue, memory_order_acquire);

	if (likely(cue == atomic_load_explicit(&w->heard, memory_order_relaxed)))
		return;
	w->tap = atomic_load_explicit(&w->tap_wanted, memory_order_relaxed);
	worker_show_counters(w);
	atomic_store_explicit(&w->heard, cue, memory_order_release);
}

void worker_ask_counters(struct handover_domain *workers)
{
	atomic_fetch_add_explicit(&workers->cue, 1, memory_order_release);
}

void worker_set_tap(struct worker *w, struct capture_tap *tap)
{
	atomic_store_explicit(&w->tap_wanted, tap, memory_order_relaxed);
	w->tap_cue =
	    atomic_fetch_add_explicit(&w->config.handover->cue, 1, memory_order_release) + 1;
}

bool worker_tap_is_back(const struct worker *w)
{
	return atomic_load_explicit(&w->heard, memory_order_acquire) >= w->tap_cue;
}

bool worker_has_shown(const struct worker *w)
{
	return atomic_load_explicit(&w->heard, memory_order_acquire) ==
	       atomic_load_explicit(&w->config.handover->cue, memory_order_relaxed);
}

/* Lets go of all that points into the old snapshot, then takes the new one. */
static void take_snapshot(struct worker *w)
{
	if (w->snapshot) {
		worker_flush_lanes(w);
		/* The books are shown again before this poll ends: handover_receive(). */
		if (worker_shares(w))
			send_all(w);
	}
	w->outer4 = 0;
	w->snapshot = snapshot_take(w->config.domain, w->config.index, &w->swaps);
}

/* The time since it was read last is that of the polls since then: of up to CLOCK_POLLS full ones,
 * else of one, with the rest behind it when it brought nothing. */
static void read_clock(struct worker *w)
{
	mono_t now = mono_now();

	if (w->busy)
		counter_add(&w->counters.busy_nsec, (uint64_t)(now.nsec - w->now.nsec));
	w->busy = false;
	w->now = now;
	w->clock_polls = CLOCK_POLLS;
}

unsigned worker_poll(struct worker *w)
{
	struct rte_mbuf *packet[WORKER_BURST_MAX];
	unsigned burst = w->config.burst, total, n;
	bool full;

	if (snapshot_moved(w->config.domain, w->swaps))
		take_snapshot(w);
	if (w->clock_polls == 0)
		read_clock(w);
	w->clock_polls--;
	if (!mono_before(w->now, w->expire_at)) {
		w->expire_at = mono_add_msec(w->now, EXPIRE_MSEC);
		reassembly_expire(w);
	}
	n = rte_ring_sc_dequeue_burst(w->from_kernel, (void **)packet, burst, NULL);
	full = n == burst;
	total = n;
	if (worker_shares(w))
		total += handover_receive(w, burst, &full);
	classify_injected(w, packet, n);
	for (unsigned i = 0; i < w->queues.rx_count; i++) {
		const struct queue_rx *rx = &w->queues.rx[i];

		if (unlikely(!port_usable(&w->config.port[rx->port])))
			continue;
		n = rte_eth_rx_burst(
		    w->config.port[rx->port].id, rx->queue, packet, (uint16_t)burst);
		if (n)
			classify_frames(w, packet, n, rx->port);
		full |= n == burst;
		total += n;
	}
	inbound_submit(w);
	if (worker_shares(w)) {
		total += fan_work(w, &full);
		total += fan_collect(w);
	}
	forward_run(w);
	outbound_submit(w);
	if (!full)
		w->clock_polls = 0;
	if ((!full && !fan_fills_lanes(&w->fan)) || w->handover.leaving)
		worker_flush_lanes(w);
	else if (!full)
		outbound_flush(w); /* these lanes get nothing from anybody's queue */
	send_all(w);
	if (total) {
		w->busy = true;
		counter_add(&w->counters.busy_polls, 1);
	}
	worker_heed(w);
	return total;
}

static void rest(struct worker *w)
{
	const struct timespec pause = {.tv_nsec = (long)w->config.idle_sleep_usec * 1000};

	if (w->config.idle_sleep_usec && ++w->idle_polls >= IDLE_POLLS)
		nanosleep(&pause, NULL);
	else
		rte_pause();
}

int worker_run(void *arg)
{
	struct worker *w = arg;

	if (w->config.idle_sleep_usec)
		(void)prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NSEC, 0, 0, 0);
	snapshot_worker_join(w->config.domain, w->config.index);
	while (!atomic_load_explicit(&w->stop, memory_order_relaxed)) {
		if (worker_poll(w))
			w->idle_polls = 0;
		else
			rest(w);
	}
	worker_flush_lanes(w);
	send_all(w);
	snapshot_worker_leave(w->config.domain, w->config.index);
	return 0;
}
