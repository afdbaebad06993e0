/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inbound ESP: SPI to SA by index, replay check, decryption in the lanes, and of an authentic
 * packet the replay commit, the peer's address, trailer, inner header, selectors and guard (RFC
 * 4303 section 3.4, RFC 4301 section 5.2, RFC 7296 section 2.23). Nothing of the SA moves before
 * the ICV was found right. An SA that is at home at another worker is that one's to look at. */
#include "dataplane/inbound.h"

#include "dataplane/forward.h"
#include "dataplane/pkt/esp_decap.h"
#include "dataplane/pkt/guard.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/mss.h"
#include "dataplane/pkt/pcapng.h"
#include "dataplane/worker.h"

/* The SA of that SPI, if it is for the address the packet was sent to. */
static struct sa *find_sa(
    const struct snapshot *s, const struct rte_mbuf *m, uint8_t family, uint32_t spi)
{
	uint32_t slot = spi & s->spi_slot_mask;
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);
	struct sa *sa;

	if (slot >= s->sa_count)
		return NULL;
	sa = s->sa[slot];
	if (!sa || !sa->inbound || sa->spi != spi || sa->outer_local.family != family)
		return NULL;
	if (family == IP_FAMILY_V4)
		return memcmp(ip + IP4_OFFSET_DEST, sa->outer_local.bytes, 4) ? NULL : sa;
	return memcmp(ip + IP6_OFFSET_DEST, sa->outer_local.bytes, 16) ? NULL : sa;
}

static void count_sa(_Atomic uint64_t *counter)
{
	counter_add(counter, 1);
}

static _Atomic uint64_t *kind_of(struct state_sa *state, enum drop_reason reason)
{
	switch (reason) {
	case DROP_ICV: return &state->icv_drops;
	case DROP_REPLAY:
	case DROP_REPLAY_OLD:
	case DROP_SEQ_ZERO: return &state->replay_drops;
	default: return &state->other_drops;
	}
}

/* Drops a packet of a known SA: counted for the SA by kind, and for its tunnel. */
static void drop_of(struct worker *w, struct rte_mbuf *m, struct sa *sa, enum drop_reason reason)
{
	count_sa(kind_of(sa->run->state, reason));
	counter_add(&worker_tunnel(w, &w->snapshot->tunnel[sa->tunnel])->in_drops, 1);
	worker_drop_of(w, m, reason, sa->tunnel);
}

void inbound_add(struct worker *w, struct rte_mbuf *m, unsigned offset, unsigned bytes)
{
	struct packet_meta *meta = packet_meta(m);
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, offset);
	struct lanes *lanes = &w->decrypt;
	uint32_t spi = 0, cipher_bytes = 0;
	enum pkt_verdict verdict = esp_read_spi(esp, bytes, &spi);
	struct sa *sa;

	if (verdict != PKT_OK) {
		worker_drop(w, m, (enum drop_reason)verdict);
		return;
	}
	sa = find_sa(w->snapshot, m, meta->family, spi);
	if (!sa) {
		worker_drop(w, m, DROP_NOSA);
		return;
	}
	if (atomic_load_explicit(&sa->run->place, memory_order_acquire) != w->place &&
	    !handover_stays(w, m, sa->run, offset, bytes))
		return;
	if (!sa_alive(sa, w->now)) {
		drop_of(w, m, sa, DROP_SA_ENDED);
		return;
	}
	verdict = esp_decap_check(&sa->decap, bytes, &cipher_bytes);
	if (verdict == PKT_OK) {
		meta->sequence = replay_infer(&sa->run->replay, esp_sequence(esp));
		verdict = sa->replay_check || meta->sequence == 0
			      ? replay_check(&sa->run->replay, meta->sequence)
			      : PKT_OK;
	}
	if (verdict != PKT_OK) {
		drop_of(w, m, sa, (enum drop_reason)verdict);
		return;
	}
	meta->sa = sa;
	meta->esp_offset = (uint16_t)offset;
	meta->cipher_bytes = (uint16_t)cipher_bytes;
	lanes->job[lanes->count++] = (struct esp_job){
	    .esp = esp,
	    .key = &sa->key,
	    .user = m,
	    .cipher_bytes = cipher_bytes,
	    .sequence_high = (uint32_t)(meta->sequence >> 32),
	};
	if (lanes->count == ESP_CRYPTO_BURST_MAX)
		inbound_submit(w);
}

/* The address is no part of what the SA is (RFC 4301 section 4.1): the ICV has decided. It is
 * counted where it is not the peer's, and the newest packet says where the peer is. */
static void note_source(struct worker *w, struct sa *sa, const uint8_t *outer,
    const struct packet_meta *meta, bool newest)
{
	struct sa_run *run = sa->run;
	bool v4 = sa->outer_local.family == IP_FAMILY_V4;
	const uint8_t *source = outer + (v4 ? IP4_OFFSET_SOURCE : IP6_OFFSET_SOURCE);

	if (!same_address(sa->outer_remote.bytes, source, v4))
		counter_add(&w->counters.src_moved, 1);
	if (!newest)
		return;
	if (run->peer_addr.family == sa->outer_local.family &&
	    run->peer_port_be == meta->peer_port_be &&
	    same_address(run->peer_addr.bytes, source, v4))
		return;
	memset(&run->peer_addr, 0, sizeof(run->peer_addr));
	run->peer_addr.family = sa->outer_local.family;
	memcpy(run->peer_addr.bytes, source, v4 ? 4 : 16);
	run->peer_port_be = meta->peer_port_be;
	sa_run_store_peer(run);
}

/* What an authentic packet does to the window of its SA and to what is known of the peer. */
static enum pkt_verdict commit(struct worker *w, struct rte_mbuf *m, struct sa *sa)
{
	const struct packet_meta *meta = packet_meta(m);
	struct sa_run *run = sa->run;
	bool newest = meta->sequence > run->replay.top;
	enum pkt_verdict verdict = replay_commit(&run->replay, meta->sequence);

	if (verdict != PKT_OK && sa->replay_check)
		return verdict;
	note_source(w, sa, rte_pktmbuf_mtod(m, uint8_t *), meta, newest);
	return PKT_OK;
}

/* What is to be counted for packets of one SA that came one after another. */
struct tally {
	struct sa *sa;      /* NULL: of none yet */
	uint32_t authentic; /* of them all that were committed, even if dropped for their inside */
	uint32_t packets, packets6;
	uint64_t bytes, bytes6;
};

static void tally_add(struct tally *tally, const struct esp_decap_result *result)
{
	bool v6 = result->family != IP_FAMILY_V4;

	tally->packets++;
	tally->bytes += result->inner_bytes;
	tally->packets6 += v6;
	tally->bytes6 += v6 ? result->inner_bytes : 0;
}

/* Into the records, among them how far the window has come: before any of the packets is delivered,
 * so that none of them is accepted again after a restart. */
static void tally_count(struct worker *w, const struct tally *tally)
{
	struct tunnel_counters *counters;
	struct state_sa *state;

	if (!tally->authentic)
		return;
	state = tally->sa->run->state;
	atomic_store_explicit(&state->sequence, tally->sa->run->replay.top, memory_order_release);
	if (atomic_load_explicit(&state->first_valid_nsec, memory_order_relaxed) == 0)
		atomic_store_explicit(&state->first_valid_nsec, w->now.nsec, memory_order_release);
	atomic_store_explicit(&state->last_valid_nsec, w->now.nsec, memory_order_relaxed);
	sa_run_count(tally->sa->run, tally->packets, tally->bytes, false);
	counters = worker_tunnel(w, &w->snapshot->tunnel[tally->sa->tunnel]);
	if (tally->packets != tally->packets6) {
		counter_add(&counters->in_packets, tally->packets - tally->packets6);
		counter_add(&counters->in_bytes, tally->bytes - tally->bytes6);
	}
	if (tally->packets6) {
		counter_add(&counters->in6_packets, tally->packets6);
		counter_add(&counters->in6_bytes, tally->bytes6);
	}
}

/* The inner packet: to the tunnel's own address, or on to the routes. */
static void deliver(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	struct packet_meta *meta = packet_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	bool v4 = meta->family == IP_FAMILY_V4;
	const uint8_t *dest = ip + (v4 ? IP4_OFFSET_DEST : IP6_OFFSET_DEST);
	bool same = tunnel->has_inside && tunnel->inside.addr.family == meta->family;
	enum pkt_verdict verdict =
	    v4 ? guard_check4(&w->snapshot->guard, ip, same ? &tunnel->inside : NULL)
	       : guard_check6(&w->snapshot->guard, ip, same ? &tunnel->inside : NULL);

	if (verdict != PKT_OK) {
		drop_of(w, m, meta->sa, (enum drop_reason)verdict);
		return;
	}
	if (v4)
		(void)mss_clamp_ip4(ip, meta->ip_bytes, tunnel->mss4);
	else
		(void)mss_clamp_ip6(ip, meta->ip_bytes, tunnel->mss6);
	if ((same && same_address(dest, tunnel->inside_bytes, v4)) ||
	    (v4 ? ip4_destination(ip) >= IP4_MULTICAST : dest[0] == 0xff)) {
		punt_packet(w, m, PUNT_LOCAL);
	} else if (v4 && (ip[0] & 0x0f) > 5) {
		punt_packet(w, m, PUNT_FORWARD);
	} else {
		meta->addr4 = v4 ? ip4_destination(ip) : 0;
		forward_add(w, m);
	}
}

/* From a job that came back to the inner packet. False: dropped. */
static bool accept(
    struct worker *w, struct rte_mbuf *m, enum esp_status status, struct tally *tally)
{
	struct packet_meta *meta = packet_meta(m);
	struct sa *sa = meta->sa;
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->esp_offset);
	struct esp_decap_result result;
	enum pkt_verdict verdict;

	if (status != ESP_STATUS_OK) {
		drop_of(w, m, sa, status == ESP_STATUS_BAD_ICV ? DROP_ICV : DROP_CRYPTO);
		return false;
	}
	verdict = commit(w, m, sa);
	if (verdict == PKT_OK) {
		tally->authentic++;
		verdict =
		    esp_decap_finish(&sa->decap, esp, meta->cipher_bytes, meta->outer_tos, &result);
	}
	if (verdict != PKT_OK) {
		drop_of(w, m, sa, (enum drop_reason)verdict);
		return false;
	}
	tally_add(tally, &result);
	m->data_off = (uint16_t)(result.inner - (uint8_t *)m->buf_addr);
	m->data_len = (uint16_t)result.inner_bytes;
	m->pkt_len = result.inner_bytes;
	meta->origin = ORIGIN_TUNNEL;
	meta->tunnel = sa->tunnel;
	meta->instance = w->snapshot->tunnel[sa->tunnel].instance;
	meta->family = result.family;
	meta->ip_bytes = (uint16_t)result.inner_bytes;
	if (unlikely(w->tap != NULL))
		capture_inner(w->tap, m, sa->tunnel, PCAPNG_IN, w->now.nsec);
	return true;
}

/* All are accepted and counted before the first is delivered. */
static void finish_burst(struct worker *w, const struct esp_done *done, unsigned n)
{
	struct rte_mbuf *accepted[ESP_CRYPTO_DONE_MAX];
	struct tally tally = {0};
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = done[i].user;

		if (packet_meta(m)->sa != tally.sa) {
			tally_count(w, &tally);
			tally = (struct tally){.sa = packet_meta(m)->sa};
		}
		if (accept(w, m, done[i].status, &tally))
			accepted[count++] = m;
	}
	tally_count(w, &tally);
	for (unsigned i = 0; i < count; i++)
		deliver(w, accepted[i], &w->snapshot->tunnel[packet_meta(accepted[i])->tunnel]);
}

void inbound_submit(struct worker *w)
{
	struct lanes *lanes = &w->decrypt;
	unsigned n;

	if (lanes->count == 0)
		return;
	n = esp_crypto_submit(lanes->crypto, lanes->job, lanes->count, lanes->done);
	lanes->count = 0;
	finish_burst(w, lanes->done, n);
}

void inbound_flush(struct worker *w)
{
	struct lanes *lanes = &w->decrypt;
	unsigned n;

	inbound_submit(w);
	while ((n = esp_crypto_flush(lanes->crypto, lanes->done, ESP_CRYPTO_DONE_MAX)) > 0)
		finish_burst(w, lanes->done, n);
}
