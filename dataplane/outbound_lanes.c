/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Limits, sequence numbers and counters once for all packets of a run, then headers and a job for
 * each; what comes out of the lanes goes to its port (RFC 4303 section 3.3). */
#include "dataplane/outbound_lanes.h"

#include "dataplane/outbound.h"
#include "dataplane/pkt/pcapng.h"

_Static_assert(OUTBOUND_HEADROOM >= ESP_ENCAP_HEADROOM, "the template is written whole");
_Static_assert(ESP_CRYPTO_BURST_MAX <= SA_RUN_MAX, "runs of one SA");
_Static_assert(
    OUTBOUND_HEADROOM <= RTE_PKTMBUF_HEADROOM, "packets from the kernel begin at the headroom");

/* In one form for the packets of a run, in another for one alone. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

void outbound_count_drop(struct worker *w, const struct tunnel *tunnel)
{
	if (tunnel->counters)
		counter_add(&worker_tunnel(w, tunnel)->out_drops, 1);
	if (tunnel->sa_out)
		atomic_fetch_add_explicit(
		    &tunnel->sa_out->run->state->other_drops, 1, memory_order_relaxed);
}

void outbound_drop(
    struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel, enum drop_reason reason)
{
	outbound_count_drop(w, tunnel);
	worker_drop_of(w, m, reason, worker_slot(w, tunnel));
}

/* What is to be counted for packets of one tunnel. */
struct tally {
	uint32_t packets, packets6;
	uint64_t bytes, bytes6;
};

ALWAYS_INLINE void tally_count(
    struct worker *w, const struct tunnel *tunnel, const struct tally *tally)
{
	struct tunnel_counters *counters = worker_tunnel(w, tunnel);

	sa_run_count(tunnel->sa_out->run, tally->packets, tally->bytes, worker_shares(w));
	if (tally->packets != tally->packets6) {
		counter_add(&counters->out_packets, tally->packets - tally->packets6);
		counter_add(&counters->out_bytes, tally->bytes - tally->bytes6);
	}
	if (unlikely(tally->packets6)) {
		counter_add(&counters->out6_packets, tally->packets6);
		counter_add(&counters->out6_bytes, tally->bytes6);
	}
}

/* `n` IVs, one for each packet of a run. AES-GCM takes none: its IV is the sequence number. */
static const uint8_t (
    *take_ivs(struct worker *w, const struct esp_encap *encap, unsigned n))[IV_BYTES]
{
	if (encap->iv_bytes != IV_BYTES)
		return w->iv;
	if (w->iv_left < n) {
		iv_fill(&w->iv_source, w->iv, ESP_CRYPTO_BURST_MAX);
		w->iv_left = ESP_CRYPTO_BURST_MAX;
	}
	w->iv_left -= n;
	return w->iv + w->iv_left;
}

/* One packet and its job for the lanes; the bytes that were inside. */
ALWAYS_INLINE uint32_t encapsulate(struct rte_mbuf *m, const struct tunnel *tunnel,
    uint64_t sequence, const uint8_t *iv, struct esp_job *job, bool plain)
{
	const struct esp_encap *encap = &tunnel->encap;
	struct packet_meta *meta = packet_meta(m);
	uint8_t *inner = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t inner_bytes = meta->ip_bytes;
	struct esp_encap_result result =
	    esp_encap_form(encap, inner, inner_bytes, sequence, iv, plain);
	uint32_t bytes = result.outer_bytes + encap->link_bytes;

	m->data_off = (uint16_t)(m->data_off - encap->head_bytes - encap->link_bytes);
	m->data_len = (uint16_t)bytes;
	m->pkt_len = bytes;
	meta->port = tunnel->outer.port;
	meta->l2_bytes = encap->link_bytes;
	meta->udp6 = encap->udp_checksum;
	job->esp = inner - encap->iv_bytes - ESP_HEADER_BYTES;
	job->key = &tunnel->sa_out->key;
	job->user = m;
	job->cipher_bytes = result.cipher_bytes;
	job->sequence_high = (uint32_t)(sequence >> 32);
	return inner_bytes;
}

ALWAYS_INLINE uint64_t encapsulate_plain(struct rte_mbuf *const *packet, unsigned n,
    const struct tunnel *tunnel, uint64_t sequence, const uint8_t (*iv)[IV_BYTES],
    struct esp_job *job)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += encapsulate(packet[i], tunnel, sequence + i, iv[i], &job[i], true);
	return bytes;
}

static __attribute__((noinline)) uint64_t encapsulate_any(struct rte_mbuf *const *packet,
    unsigned n, const struct tunnel *tunnel, uint64_t sequence, const uint8_t (*iv)[IV_BYTES],
    struct esp_job *job)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++)
		bytes += encapsulate(packet[i], tunnel, sequence + i, iv[i], &job[i], false);
	return bytes;
}

static void tally_add6(struct tally *tally, struct rte_mbuf *const *packet, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (packet_meta(packet[i])->family == IP_FAMILY_V4)
			continue;
		tally->packets6++;
		tally->bytes6 += packet_meta(packet[i])->ip_bytes;
	}
}

ALWAYS_INLINE void encapsulate_numbered(struct worker *w, struct rte_mbuf *const *packet,
    unsigned n, const struct tunnel *tunnel, uint64_t sequence)
{
	struct esp_job *job = w->encrypt.job + w->encrypt.count;
	const uint8_t(*iv)[IV_BYTES] = take_ivs(w, &tunnel->encap, n);
	struct tally tally = {.packets = n};

	if (unlikely(w->outbound.any6))
		tally_add6(&tally, packet, n);
	if (unlikely(w->tap != NULL))
		for (unsigned i = 0; i < n; i++)
			capture_inner(w->tap, packet[i], worker_slot(w, tunnel), PCAPNG_OUT,
			    tunnel->sa_out->spi, sequence + i, w->now.nsec);
	if (likely(tunnel->encap.plain && !w->outbound.any6))
		tally.bytes = encapsulate_plain(packet, n, tunnel, sequence, iv, job);
	else
		tally.bytes = encapsulate_any(packet, n, tunnel, sequence, iv, job);
	w->encrypt.count += n;
	tally_count(w, tunnel, &tally);
}

/* As many of the first packets as one look at the SA is good for; returns how many it took. */
ALWAYS_INLINE unsigned encapsulate_some(
    struct worker *w, struct rte_mbuf *const *packet, unsigned count, const struct tunnel *tunnel)
{
	struct sa *sa = tunnel->sa_out;
	unsigned allowed = sa_allows(sa, w->now, count), numbers = 0;
	uint64_t sequence = 0;

	if (likely(allowed)) {
		count = allowed;
		numbers = seq_reserve(&sa->run->seq, count, &sequence, worker_shares(w));
		if (unlikely(numbers < count))
			sa_run_end(sa->run);
	}
	for (unsigned i = numbers; i < count; i++)
		outbound_drop(w, packet[i], tunnel, allowed ? DROP_SEQ_EXHAUSTED : DROP_SA_ENDED);
	if (likely(numbers)) {
		sa_run_promise(sa->run, sequence + numbers - 1);
		encapsulate_numbered(w, packet, numbers, tunnel, sequence);
	}
	return count;
}

/* All that is gathered becomes jobs. */
static void encapsulate_gathered(struct worker *w)
{
	struct outbound *out = &w->outbound;

	for (unsigned done = 0; done < out->count;)
		done += encapsulate_some(w, out->packet + done, out->count - done, out->tunnel);
	out->count = 0;
	out->any6 = false;
	out->room = ESP_CRYPTO_BURST_MAX - w->encrypt.count;
}

void outbound_turn_to(struct worker *w, const struct tunnel *tunnel)
{
	encapsulate_gathered(w);
	if (w->outbound.room == 0)
		outbound_submit(w);
	w->outbound.tunnel = tunnel;
}

void outbound_alone(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	struct outbound *out = &w->outbound;

	if (out->count)
		encapsulate_gathered(w);
	if (out->room == 0)
		outbound_submit(w);
	(void)encapsulate_some(w, &m, 1, tunnel);
	out->room = ESP_CRYPTO_BURST_MAX - w->encrypt.count;
}

static void finish_burst(struct worker *w, const struct esp_done *done, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = done[i].user;
		const struct packet_meta *meta = packet_meta(m);

		if (unlikely(done[i].status != ESP_STATUS_OK)) {
			worker_drop_frame(w, m, DROP_CRYPTO, meta->port);
			continue;
		}
		if (unlikely(meta->udp6))
			esp_encap_udp6_checksum(
			    rte_pktmbuf_mtod_offset(m, uint8_t *, meta->l2_bytes));
		worker_tx(w, m, meta->port);
	}
}

void outbound_submit(struct worker *w)
{
	struct lanes *lanes = &w->encrypt;
	unsigned n;

	encapsulate_gathered(w);
	w->outbound.tunnel = NULL;
	w->outbound.room = ESP_CRYPTO_BURST_MAX;
	if (lanes->count == 0)
		return;
	n = esp_crypto_submit(lanes->crypto, lanes->job, lanes->count, lanes->done);
	lanes->count = 0;
	finish_burst(w, lanes->done, n);
}

void outbound_flush(struct worker *w)
{
	struct lanes *lanes = &w->encrypt;
	unsigned n;

	outbound_submit(w);
	while ((n = esp_crypto_flush(lanes->crypto, lanes->done, ESP_CRYPTO_DONE_MAX)) > 0)
		finish_burst(w, lanes->done, n);
}
