/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Of an authentic packet the replay commit, the peer's address, trailer, inner header, selectors
 * and guard (RFC 4303 section 3.4, RFC 4301 section 5.2, RFC 7296 section 2.23). What is the same
 * for the packets of one SA that come one after another is worked out once for the run. */
#include "dataplane/inbound_accept.h"

#include "dataplane/filter.h"
#include "dataplane/forward.h"
#include "dataplane/pkt/esp_decap.h"
#include "dataplane/pkt/guard.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/mss.h"
#include "dataplane/pkt/pcapng.h"

/* Packets of one SA in a row, whose jobs are done. */
struct done_run {
	struct sa *sa;
	const struct tunnel *tunnel;
	struct packet_meta meta; /* all before `outer_tos`: of an ordinary packet */
	/* Of a peer that is where it is believed to be; as in a packet. */
	uint32_t peer4;
	uint16_t peer_port_be;
	bool plain;            /* ordinary packets may go their short way */
	bool near_limit;       /* a hard limit may be reached within the run */
	uint32_t inner_gap;    /* from the ESP header to the inner packet */
	uint32_t around_bytes; /* of an ESP packet beside the ciphertext */
	uint32_t inside4;      /* our inside address in host order; 0: none */
	/* What is to be counted. */
	uint32_t authentic; /* all that were committed, even if dropped for their inside */
	uint32_t packets, packets6;
	uint64_t bytes, bytes6;
};

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

void inbound_drop(struct worker *w, struct rte_mbuf *m, struct sa *sa, enum drop_reason reason)
{
	count_sa(kind_of(sa->run->state, reason));
	counter_add(&worker_tunnel(w, &w->snapshot->tunnel[sa->tunnel])->in_drops, 1);
	worker_drop_of(w, m, reason, sa->tunnel);
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

/* Where the peer is, so that a packet from there need not be looked at. */
static void learn_peer(const struct worker *w, struct done_run *run)
{
	const struct sa *sa = run->sa;
	const struct shm_addr *at = &sa->run->peer_addr;

	run->plain = w->tap == NULL && !run->near_limit && !run->tunnel->filtered &&
		     at->family == IP_FAMILY_V4 &&
		     sa->outer_remote.family == IP_FAMILY_V4 &&
		     same_address(at->bytes, sa->outer_remote.bytes, true);
	memcpy(&run->peer4, at->bytes, sizeof(run->peer4));
	run->peer_port_be = sa->run->peer_port_be;
}

static struct done_run run_begin(const struct worker *w, struct sa *sa)
{
	const struct tunnel *tunnel = &w->snapshot->tunnel[sa->tunnel];
	struct done_run run = {
	    .sa = sa,
	    .tunnel = tunnel,
	    .meta = {.origin = ORIGIN_TUNNEL, .family = IP_FAMILY_V4},
	    .inner_gap = (uint32_t)ESP_DECAP_ESP_BYTES + sa->decap.iv_bytes,
	    .around_bytes = esp_decap_around(&sa->decap),
	};

	if (tunnel->has_inside && tunnel->inside.addr.family == IP_FAMILY_V4)
		run.inside4 = get_be32(tunnel->inside_bytes);
	run.near_limit = sa_allows(sa, w->now, SA_RUN_MAX) < SA_RUN_MAX;
	learn_peer(w, &run);
	return run;
}

/* Into the records, among them how far the window has come: before any of the packets is delivered,
 * so that none of them is accepted again after a restart. */
static void run_count(struct worker *w, struct done_run *run)
{
	struct tunnel_counters *counters;
	struct state_sa *state;

	if (!run->authentic)
		return;
	state = run->sa->run->state;
	atomic_store_explicit(&state->sequence, run->sa->run->replay.top, memory_order_release);
	if (atomic_load_explicit(&state->first_valid_nsec, memory_order_relaxed) == 0)
		atomic_store_explicit(&state->first_valid_nsec, w->now.nsec, memory_order_release);
	atomic_store_explicit(&state->last_valid_nsec, w->now.nsec, memory_order_relaxed);
	sa_run_count(run->sa->run, run->packets, run->bytes, false);
	counters = worker_tunnel(w, run->tunnel);
	if (run->packets != run->packets6) {
		counter_add(&counters->in_packets, run->packets - run->packets6);
		counter_add(&counters->in_bytes, run->bytes - run->bytes6);
	}
	if (unlikely(run->packets6)) {
		counter_add(&counters->in6_packets, run->packets6);
		counter_add(&counters->in6_bytes, run->bytes6);
	}
	run->authentic = run->packets = run->packets6 = 0;
	run->bytes = run->bytes6 = 0;
}

/* The packet becomes the inner one. */
static inline void uncover(
    struct rte_mbuf *m, const struct done_run *run, const uint8_t *inner, uint32_t inner_bytes)
{
	struct packet_meta *meta = packet_meta(m);

	m->data_off = (uint16_t)(inner - (const uint8_t *)m->buf_addr);
	m->data_len = (uint16_t)inner_bytes;
	m->pkt_len = inner_bytes;
	memcpy(meta, &run->meta, offsetof(struct packet_meta, outer_tos));
	meta->ip_bytes = (uint16_t)inner_bytes;
	meta->tunnel = run->sa->tunnel;
	meta->instance = run->tunnel->instance;
}

/* Marks the packet in the window. False: it is not newer than all others, and has to be. */
static inline bool follow_window(struct sa *sa, uint64_t sequence)
{
	if (likely(replay_advance(&sa->run->replay, sequence)))
		return true;
	if (sa->replay_check)
		return false;
	(void)replay_commit(&sa->run->replay, sequence);
	return true;
}

/* An ordinary packet, which is nearly all: IPv4, the newest of its SA, from where the peer is, with
 * addresses that nobody suspects. It joins those to be routed, which happens after run_end().
 * False: nothing has been done, accept() is to look at it. */
static inline bool accept_plain(struct worker *w, struct rte_mbuf *m, struct done_run *run)
{
	struct packet_meta *meta = packet_meta(m);
	uint8_t *outer = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t *inner = outer + meta->esp_offset + run->inner_gap;
	uint32_t source, destination, outer_source, inner_bytes;

	memcpy(&outer_source, outer + IP4_OFFSET_SOURCE, sizeof(outer_source));
	if (unlikely(!run->plain || outer_source != run->peer4 ||
		     meta->peer_port_be != run->peer_port_be))
		return false;
	inner_bytes = esp_decap_plain(
	    &run->sa->decap, inner, meta->esp_bytes - run->around_bytes, meta->outer_tos);
	if (unlikely(!inner_bytes))
		return false;
	source = ip4_source(inner);
	destination = ip4_destination(inner);
	if (unlikely(!guard_trusts4(&w->snapshot->guard, source, destination) ||
		     source == run->inside4 || destination == run->inside4 ||
		     destination >= IP4_MULTICAST || !follow_window(run->sa, meta->sequence)))
		return false;
	run->authentic++;
	run->packets++;
	run->bytes += inner_bytes;
	if (ip4_is_syn(inner, inner_bytes))
		(void)mss_clamp_ip4(inner, inner_bytes, run->tunnel->mss4);
	uncover(m, run, inner, inner_bytes);
	meta->addr4 = destination;
	forward_add(w, m);
	return true;
}

/* Any packet, from its job to the inner packet. False: dropped. */
static bool accept(
    struct worker *w, struct rte_mbuf *m, enum esp_status status, struct done_run *run)
{
	struct packet_meta *meta = packet_meta(m);
	struct sa *sa = run->sa;
	uint8_t *esp = rte_pktmbuf_mtod_offset(m, uint8_t *, meta->esp_offset);
	struct esp_decap_result result;
	enum pkt_verdict verdict;

	if (status != ESP_STATUS_OK) {
		inbound_drop(w, m, sa, status == ESP_STATUS_BAD_ICV ? DROP_ICV : DROP_CRYPTO);
		return false;
	}
	/* What was in the lanes when the limit was reached: counted one by one. */
	if (run->near_limit && !sa_allows(sa, w->now, 1)) {
		inbound_drop(w, m, sa, DROP_SA_ENDED);
		return false;
	}
	verdict = commit(w, m, sa);
	if (verdict == PKT_OK) {
		run->authentic++;
		learn_peer(w, run);
		verdict = esp_decap_finish(
		    &sa->decap, esp, meta->esp_bytes - run->around_bytes, meta->outer_tos, &result);
	}
	if (verdict != PKT_OK) {
		inbound_drop(w, m, sa, (enum drop_reason)verdict);
		return false;
	}
	run->packets++;
	run->bytes += result.inner_bytes;
	if (result.family != IP_FAMILY_V4) {
		run->packets6++;
		run->bytes6 += result.inner_bytes;
	}
	uncover(m, run, result.inner, result.inner_bytes);
	meta->family = result.family;
	if (unlikely(w->tap != NULL))
		capture_inner(
		    w->tap, m, sa->tunnel, PCAPNG_IN, sa->spi, meta->sequence, w->now.nsec);
	return true;
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
		inbound_drop(w, m, meta->sa, (enum drop_reason)verdict);
		return;
	}
	if (unlikely(tunnel->filtered) && filter_stops_in(w, m, tunnel))
		return;
	if (v4)
		(void)mss_clamp_ip4(ip, meta->ip_bytes, tunnel->mss4);
	else
		(void)mss_clamp_ip6(ip, meta->ip_bytes, tunnel->mss6);
	if ((same && same_address(dest, tunnel->inside_bytes, v4)) ||
	    (v4 ? ip4_destination(ip) >= IP4_MULTICAST : dest[0] == 0xff)) {
		punt_packet(w, m, PUNT_LOCAL);
	} else if (v4 && ((ip[0] & 0x0f) > 5 || tunnel->kernel)) {
		punt_packet(w, m, PUNT_FORWARD);
	} else {
		meta->addr4 = v4 ? ip4_destination(ip) : 0;
		forward_add(w, m);
	}
}

/* Each is accepted and counted before it is delivered, in the order they came. */
void inbound_accept(struct worker *w, const struct esp_done *done, unsigned n)
{
	struct done_run run = {0};

	if (w->forward.count + n > BATCH_MAX)
		forward_run(w);
	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = done[i].user;
		struct sa *sa = packet_meta(m)->sa;

		if (unlikely(sa == NULL)) {
			fan_done(w, m, done[i].status);
			continue;
		}
		if (sa != run.sa) {
			run_count(w, &run);
			run = run_begin(w, sa);
		}
		if (likely(done[i].status == ESP_STATUS_OK && accept_plain(w, m, &run)))
			continue;
		if (accept(w, m, done[i].status, &run)) {
			run_count(w, &run);
			deliver(w, m, run.tunnel);
		}
	}
	run_count(w, &run);
}
