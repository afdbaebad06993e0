/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outbound ESP: hop limit, MSS, size, sequence number, encapsulation, encryption in the lanes, and
 * the path's link header (RFC 4303 section 3.3, RFC 4301 section 8, RFC 6691). A packet that does
 * not fit is cut before encryption where the tunnel's DF mode allows it; otherwise the kernel tells
 * its sender. A packet for a tunnel leaves encrypted or not at all. */
#include "dataplane/outbound.h"

#include "dataplane/forward.h"
#include "dataplane/pkt/frag.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/mss.h"
#include "dataplane/pkt/pcapng.h"
#include "dataplane/worker.h"

/* Room that encapsulation and link header may need in front. */
#define HEADROOM 112

_Static_assert(HEADROOM >= ESP_ENCAP_HEADROOM, "the template is written whole");
_Static_assert(ESP_CRYPTO_BURST_MAX <= SA_RUN_MAX, "runs of one SA");
_Static_assert(HEADROOM <= RTE_PKTMBUF_HEADROOM, "packets from the kernel begin at the headroom");

static uint32_t slot_of(const struct worker *w, const struct tunnel *tunnel)
{
	return (uint32_t)(tunnel - w->snapshot->tunnel);
}

/* For the tunnel and its SA, which other workers may be counting for too. */
static void count_drop(struct worker *w, const struct tunnel *tunnel)
{
	if (tunnel->counters)
		counter_add(&worker_tunnel(w, tunnel)->out_drops, 1);
	if (tunnel->sa_out)
		atomic_fetch_add_explicit(
		    &tunnel->sa_out->run->state->other_drops, 1, memory_order_relaxed);
}

static void drop(
    struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel, enum drop_reason reason)
{
	count_drop(w, tunnel);
	worker_drop_of(w, m, reason, slot_of(w, tunnel));
}

/* What is to be counted for packets of one tunnel. */
struct tally {
	uint32_t packets, packets6;
	uint64_t bytes, bytes6;
};

static void tally_add(struct tally *tally, const struct packet_meta *meta)
{
	bool v6 = meta->family != IP_FAMILY_V4;

	tally->packets++;
	tally->bytes += meta->ip_bytes;
	tally->packets6 += v6;
	tally->bytes6 += v6 ? meta->ip_bytes : 0;
}

static void tally_count(struct worker *w, const struct tunnel *tunnel, const struct tally *tally)
{
	struct tunnel_counters *counters = worker_tunnel(w, tunnel);

	sa_run_count(tunnel->sa_out->run, tally->packets, tally->bytes, worker_shares(w));
	if (tally->packets != tally->packets6) {
		counter_add(&counters->out_packets, tally->packets - tally->packets6);
		counter_add(&counters->out_bytes, tally->bytes - tally->bytes6);
	}
	if (tally->packets6) {
		counter_add(&counters->out6_packets, tally->packets6);
		counter_add(&counters->out6_bytes, tally->bytes6);
	}
}

/* AES-GCM takes none: its IV is the sequence number. */
static const uint8_t *next_iv(struct worker *w, const struct esp_encap *encap)
{
	static const uint8_t none[IV_BYTES];

	if (encap->iv_sequence_mask)
		return none;
	if (w->iv_left == 0) {
		iv_fill(&w->iv_source, w->iv, WORKER_IV_BATCH);
		w->iv_left = WORKER_IV_BATCH;
	}
	return w->iv[--w->iv_left];
}

/* One packet and its job for the lanes. */
static void encapsulate(
    struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel, uint64_t sequence)
{
	const struct esp_encap *encap = &tunnel->encap;
	struct packet_meta *meta = packet_meta(m);
	struct esp_job *job = &w->encrypt.job[w->encrypt.count++];
	uint8_t *inner = rte_pktmbuf_mtod(m, uint8_t *);
	struct esp_encap_result result =
	    esp_encap(encap, inner, meta->ip_bytes, sequence, next_iv(w, encap));

	m->data_off = (uint16_t)(m->data_off - encap->head_bytes - encap->link_bytes);
	m->data_len = (uint16_t)(result.outer_bytes + encap->link_bytes);
	m->pkt_len = m->data_len;
	meta->port = tunnel->outer.port;
	meta->l2_bytes = encap->link_bytes;
	meta->udp6 = encap->udp_checksum;
	job->esp = inner - encap->iv_bytes - ESP_HEADER_BYTES;
	job->key = &tunnel->sa_out->key;
	job->user = m;
	job->cipher_bytes = result.cipher_bytes;
	job->sequence_high = (uint32_t)(sequence >> 32);
}

/* Up to `count` packets from item `first` on, all for one tunnel: limits, sequence numbers and
 * counters once for all of them. Returns how many it took. */
static unsigned encapsulate_run(struct worker *w, unsigned first, unsigned count)
{
	const struct tunnel *tunnel = w->outbound.item[first].tunnel;
	struct sa *sa = tunnel->sa_out;
	bool alive = sa_alive(sa, w->now);
	struct tally tally = {0};
	uint64_t sequence = 0;
	unsigned numbers = 0;

	if (alive) {
		count = sa_together(sa, count);
		numbers = seq_reserve(&sa->run->seq, count, &sequence, worker_shares(w));
		if (numbers < count)
			sa_run_end(sa->run);
	}
	for (unsigned i = numbers; i < count; i++)
		drop(w, w->outbound.item[first + i].m, tunnel,
		    alive ? DROP_SEQ_EXHAUSTED : DROP_SA_ENDED);
	if (numbers == 0)
		return count;
	sa_run_promise(sa->run, sequence + numbers - 1);
	for (unsigned i = 0; i < numbers; i++) {
		struct rte_mbuf *m = w->outbound.item[first + i].m;

		tally_add(&tally, packet_meta(m));
		if (unlikely(w->tap != NULL))
			capture_inner(w->tap, m, slot_of(w, tunnel), PCAPNG_OUT, w->now.nsec);
		encapsulate(w, m, tunnel, sequence + i);
	}
	tally_count(w, tunnel, &tally);
	return count;
}

static unsigned run_length(const struct outbound *out, unsigned first)
{
	unsigned end = first + 1;

	while (end < out->count && out->item[end].tunnel == out->item[first].tunnel)
		end++;
	return end - first;
}

static void encapsulate_all(struct worker *w)
{
	struct outbound *out = &w->outbound;

	for (unsigned first = 0; first < out->count;)
		first += encapsulate_run(w, first, run_length(out, first));
	out->count = 0;
}

/* Takes a packet of the right size up for encapsulation. */
static inline void gather(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	struct outbound *out = &w->outbound;

	if (rte_pktmbuf_headroom(m) < HEADROOM || rte_pktmbuf_tailroom(m) < ESP_ENCAP_TAILROOM) {
		drop(w, m, tunnel, DROP_SEGMENTS);
		return;
	}
	out->item[out->count].m = m;
	out->item[out->count].tunnel = tunnel;
	if (++out->count == ESP_CRYPTO_BURST_MAX)
		outbound_submit(w);
}

/* A fragment as a packet of its own. */
static void encapsulate_piece(struct worker *w, const struct packet_meta *whole,
    const struct tunnel *tunnel, const struct frag_piece *piece)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->config.pool);
	uint8_t *at;

	if (!m) {
		count_drop(w, tunnel);
		counter_add(&w->counters.drop[DROP_NO_MBUF], 1);
		return;
	}
	*packet_meta(m) = *whole;
	packet_meta(m)->origin = ORIGIN_TUN; /* it has no link header before it */
	packet_meta(m)->tunnel = slot_of(w, tunnel);
	at = (uint8_t *)rte_pktmbuf_append(
	    m, (uint16_t)(piece->header_bytes + piece->payload_bytes));
	if (!at) {
		drop(w, m, tunnel, DROP_SEGMENTS);
		return;
	}
	memcpy(at, piece->header, piece->header_bytes);
	memcpy(at + piece->header_bytes, piece->payload, piece->payload_bytes);
	packet_meta(m)->ip_bytes = m->data_len;
	gather(w, m, tunnel);
}

/* Cuts before encryption: each fragment is an inner packet by itself. */
static void fragment(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	struct frag f;
	struct frag_piece piece;
	unsigned pieces = 0;
	const uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	enum pkt_verdict verdict = frag_begin(
	    &f, ip, tunnel->inner_mtu, tunnel->clear_df, frag_id_next(&w->fragment_ids, ip));

	if (verdict != PKT_OK) {
		drop(w, m, tunnel, (enum drop_reason)verdict);
		return;
	}
	while (frag_next(&f, &piece)) {
		encapsulate_piece(w, packet_meta(m), tunnel, &piece);
		pieces++;
	}
	counter_add(&w->counters.made, pieces - 1);
	rte_pktmbuf_free(m);
}

/* True when the packet may be cut if it is too large. */
static inline bool may_cut(const struct tunnel *tunnel, const uint8_t *ip, uint8_t family)
{
	return family == IP_FAMILY_V4 &&
	       (tunnel->clear_df || !(get_be16(ip + IP4_OFFSET_FRAG) & IP4_FLAG_DF));
}

/* True when the packet would go round: into the tunnel that carries it. */
static inline bool recursive(const struct tunnel *tunnel, const uint8_t *ip, uint8_t family)
{
	const struct shm_addr *remote = &tunnel->sa_out->outer_remote;

	if (remote->family != family)
		return false;
	return family == IP_FAMILY_V4 ? same_address(remote->bytes, ip + IP4_OFFSET_DEST, true)
				      : same_address(remote->bytes, ip + IP6_OFFSET_DEST, false);
}

static inline bool selected(const struct tunnel *tunnel, const uint8_t *ip, uint8_t family)
{
	return family == IP_FAMILY_V4 ? selector_match4(&tunnel->sa_out->selector, ip)
				      : selector_match6(&tunnel->sa_out->selector, ip);
}

/* The rest of the way, common to forwarded and local packets. */
static inline void send(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	const struct packet_meta *meta = packet_meta(m);
	const struct snapshot *s = w->snapshot;
	bool from_port = meta->origin == ORIGIN_PORT, v4 = meta->family == IP_FAMILY_V4;
	uint16_t mss = v4 ? tunnel->mss4 : tunnel->mss6, port_mss = 0;
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);

	if (from_port)
		port_mss = v4 ? s->port_mss4[meta->port] : s->port_mss6[meta->port];
	if (port_mss && (!mss || port_mss < mss))
		mss = port_mss;
	if (v4)
		(void)mss_clamp_ip4(ip, meta->ip_bytes, mss);
	else
		(void)mss_clamp_ip6(ip, meta->ip_bytes, mss);
	if (meta->ip_bytes > tunnel->inner_mtu)
		fragment(w, m, tunnel);
	else
		gather(w, m, tunnel);
}

/* Few workers may send by an SA whose peer has a small window. Always the same one for a worker, so
 * that a flow keeps its order. True: handed over. */
static bool elsewhere(
    struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel, uint32_t slot)
{
	struct packet_meta *meta = packet_meta(m);
	unsigned self = w->config.index;

	if (likely(tunnel->senders >> self & 1))
		return false;
	/* Free to use: the way to a tunnel is through. */
	meta->addr4 = slot;
	meta->sequence = tunnel->instance;
	handover_add(w, m, (tunnel->sender_first + self % tunnel->sender_count) % w->config.count,
	    HANDOVER_TUNNEL);
	return true;
}

void outbound_add_handed(struct worker *w, struct rte_mbuf *m)
{
	struct packet_meta *meta = packet_meta(m);
	const struct snapshot *s = w->snapshot;
	uint32_t slot = meta->addr4;

	if (meta->origin == ORIGIN_TUN) {
		outbound_add_local(w, m);
	} else if (slot < s->tunnel_count && s->tunnel[slot].instance == meta->sequence &&
		   s->tunnel[slot].usable) {
		outbound_add(w, m, slot);
	} else {
		/* The tunnel is another meanwhile, or down: the routes decide again. */
		if (meta->family == IP_FAMILY_V4)
			meta->addr4 = ip4_destination(rte_pktmbuf_mtod(m, uint8_t *));
		forward_add(w, m);
	}
}

void outbound_add(struct worker *w, struct rte_mbuf *m, uint32_t slot)
{
	const struct tunnel *tunnel = &w->snapshot->tunnel[slot];
	const struct packet_meta *meta = packet_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	bool v4 = meta->family == IP_FAMILY_V4;

	if (elsewhere(w, m, tunnel, slot))
		return;
	if ((meta->origin == ORIGIN_TUNNEL && meta->tunnel == slot) ||
	    recursive(tunnel, ip, meta->family)) {
		drop(w, m, tunnel, DROP_LOOP);
		return;
	}
	if (!selected(tunnel, ip, meta->family)) {
		drop(w, m, tunnel, DROP_SELECTOR);
		return;
	}
	if (ip[v4 ? IP4_OFFSET_TTL : IP6_OFFSET_HOP_LIMIT] <= 1 ||
	    (meta->ip_bytes > tunnel->inner_mtu && !may_cut(tunnel, ip, meta->family))) {
		punt_packet(w, m, PUNT_ERROR);
		return;
	}
	if (v4)
		(void)ip4_decrement_ttl(ip);
	else
		(void)ip6_decrement_hop_limit(ip);
	send(w, m, tunnel);
}

/* What is the same for all packets of a run. */
struct straight {
	const struct tunnel *tunnel;
	const struct selector *selector;
	uint32_t slot;
	uint32_t remote4; /* as in a packet; 0: the peer has an IPv6 address */
};

/* An ordinary IPv4 packet, which is nearly all: goes on its way here. False: to be looked at. */
static inline bool send_straight(struct worker *w, struct rte_mbuf *m, const struct straight *run)
{
	const struct tunnel *tunnel = run->tunnel;
	const struct packet_meta *meta = packet_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t dest;

	memcpy(&dest, ip + IP4_OFFSET_DEST, sizeof(dest));
	if (meta->family != IP_FAMILY_V4 || meta->ip_bytes > tunnel->inner_mtu ||
	    dest == run->remote4 || !selector_match4(run->selector, ip) ||
	    (meta->origin != ORIGIN_PORT && meta->tunnel == run->slot) ||
	    ip4_decrement_ttl(ip) != PKT_OK)
		return false;
	send(w, m, tunnel);
	return true;
}

void outbound_add_run(struct worker *w, struct rte_mbuf *const *packets, unsigned n, uint32_t slot)
{
	const struct tunnel *tunnel = &w->snapshot->tunnel[slot];
	struct straight run = {
	    .tunnel = tunnel,
	    .selector = &tunnel->sa_out->selector,
	    .slot = slot,
	};
	bool here = tunnel->senders >> w->config.index & 1;

	if (tunnel->sa_out->outer_remote.family == IP_FAMILY_V4)
		memcpy(&run.remote4, tunnel->sa_out->outer_remote.bytes, sizeof(run.remote4));
	for (unsigned i = 0; i < n; i++)
		if (unlikely(!here || !send_straight(w, packets[i], &run)))
			outbound_add(w, packets[i], slot);
}

void outbound_add_local(struct worker *w, struct rte_mbuf *m)
{
	const struct packet_meta *meta = packet_meta(m);
	const struct snapshot *s = w->snapshot;
	const uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	const struct tunnel *tunnel;

	if (meta->tunnel >= s->tunnel_count || s->tunnel[meta->tunnel].instance != meta->instance) {
		worker_drop(w, m, DROP_NO_SA);
		return;
	}
	tunnel = &s->tunnel[meta->tunnel];
	if (tunnel->usable && elsewhere(w, m, tunnel, meta->tunnel))
		return;
	if (!tunnel->usable)
		drop(w, m, tunnel, DROP_NO_SA);
	else if (recursive(tunnel, ip, meta->family))
		drop(w, m, tunnel, DROP_LOOP);
	else if (!selected(tunnel, ip, meta->family))
		drop(w, m, tunnel, DROP_SELECTOR);
	else if (meta->ip_bytes > tunnel->inner_mtu && !may_cut(tunnel, ip, meta->family))
		drop(w, m, tunnel, DROP_TOO_BIG);
	else
		send(w, m, tunnel);
}

static void finish_burst(struct worker *w, const struct esp_done *done, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = done[i].user;
		const struct packet_meta *meta = packet_meta(m);

		if (done[i].status != ESP_STATUS_OK) {
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

	encapsulate_all(w);
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
