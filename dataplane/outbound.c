/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outbound ESP, the first half: selectors, hop limit, MSS and size (RFC 4301 section 8, RFC 6691).
 * A packet that does not fit is cut before encryption where the tunnel's DF mode allows it;
 * otherwise the kernel tells its sender. A packet for a tunnel leaves encrypted or not at all. */
#include "dataplane/outbound.h"

#include "dataplane/filter.h"
#include "dataplane/forward.h"
#include "dataplane/outbound_lanes.h"
#include "dataplane/pkt/frag.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/mss.h"

/* A fragment as a packet of its own. */
static void send_piece(struct worker *w, const struct packet_meta *whole,
    const struct tunnel *tunnel, const struct frag_piece *piece)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(w->config.pool);
	uint8_t *at;

	if (!m) {
		outbound_count_drop(w, tunnel);
		counter_add(&w->counters.drop[DROP_NO_MBUF], 1);
		return;
	}
	*packet_meta(m) = *whole;
	packet_meta(m)->origin = ORIGIN_TUN; /* it has no link header before it */
	packet_meta(m)->tunnel = worker_slot(w, tunnel);
	at = (uint8_t *)rte_pktmbuf_append(
	    m, (uint16_t)(piece->header_bytes + piece->payload_bytes));
	if (!at) {
		outbound_drop(w, m, tunnel, DROP_SEGMENTS);
		return;
	}
	memcpy(at, piece->header, piece->header_bytes);
	memcpy(at + piece->header_bytes, piece->payload, piece->payload_bytes);
	packet_meta(m)->ip_bytes = m->data_len;
	outbound_gather(w, m, tunnel, true);
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
		outbound_drop(w, m, tunnel, (enum drop_reason)verdict);
		return;
	}
	while (frag_next(&f, &piece)) {
		send_piece(w, packet_meta(m), tunnel, &piece);
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

/* The limit of the segment size: the tunnel's, and that of the port the packet came by. */
static uint16_t mss_of(
    const struct worker *w, const struct packet_meta *meta, const struct tunnel *tunnel, bool v4)
{
	const struct snapshot *s = w->snapshot;
	uint16_t mss = v4 ? tunnel->mss4 : tunnel->mss6, port_mss = 0;

	if (meta->origin == ORIGIN_PORT)
		port_mss = v4 ? s->port_mss4[meta->port] : s->port_mss6[meta->port];
	return port_mss && (!mss || port_mss < mss) ? port_mss : mss;
}

/* The rest of the way, common to forwarded and local packets. */
static void send(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	const struct packet_meta *meta = packet_meta(m);
	bool v4 = meta->family == IP_FAMILY_V4;
	uint16_t mss = mss_of(w, meta, tunnel, v4);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);

	if (v4)
		(void)mss_clamp_ip4(ip, meta->ip_bytes, mss);
	else
		(void)mss_clamp_ip6(ip, meta->ip_bytes, mss);
	if (meta->ip_bytes > tunnel->inner_mtu)
		fragment(w, m, tunnel);
	else
		outbound_gather(w, m, tunnel, v4);
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
		outbound_drop(w, m, tunnel, DROP_LOOP);
		return;
	}
	if (!selected(tunnel, ip, meta->family)) {
		outbound_drop(w, m, tunnel, DROP_SELECTOR);
		return;
	}
	if (unlikely(tunnel->filtered) && filter_stops_out(w, m, tunnel))
		return;
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

/* An ordinary IPv4 packet, which is nearly all: goes on its way here. False: to be looked at. */
static inline __attribute__((always_inline)) bool send_straight(
    struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel, bool alone)
{
	const struct packet_meta *meta = packet_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);

	if (unlikely(meta->family != IP_FAMILY_V4 || meta->ip_bytes > tunnel->inner_mtu ||
		     recursive(tunnel, ip, IP_FAMILY_V4) ||
		     !selector_match4(&tunnel->sa_out->selector, ip) ||
		     (meta->origin != ORIGIN_PORT && meta->tunnel == worker_slot(w, tunnel)) ||
		     ip4_decrement_ttl(ip) != PKT_OK))
		return false;
	if (ip4_is_syn(ip, meta->ip_bytes))
		(void)mss_clamp_ip4(ip, meta->ip_bytes, mss_of(w, meta, tunnel, true));
	if (alone && likely(outbound_has_room(m)))
		outbound_alone(w, m, tunnel);
	else
		outbound_gather(w, m, tunnel, true);
	return true;
}

/* True when this worker may send by the tunnel, and no filter is asked. */
static inline bool way_is_clear(const struct worker *w, const struct tunnel *tunnel)
{
	return likely((tunnel->senders >> w->config.index & 1) && !tunnel->filtered);
}

void outbound_add_run(
    struct worker *w, struct rte_mbuf *const *packets, unsigned n, const struct tunnel *tunnel)
{
	bool clear = way_is_clear(w, tunnel);

	for (unsigned i = 0; i < n; i++)
		if (unlikely(!clear || !send_straight(w, packets[i], tunnel, false)))
			outbound_add(w, packets[i], worker_slot(w, tunnel));
}

void outbound_add_alone(struct worker *w, struct rte_mbuf *m, const struct tunnel *tunnel)
{
	if (unlikely(!way_is_clear(w, tunnel) || !send_straight(w, m, tunnel, true)))
		outbound_add(w, m, worker_slot(w, tunnel));
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
		outbound_drop(w, m, tunnel, DROP_NO_SA);
	else if (recursive(tunnel, ip, meta->family))
		outbound_drop(w, m, tunnel, DROP_LOOP);
	else if (!selected(tunnel, ip, meta->family))
		outbound_drop(w, m, tunnel, DROP_SELECTOR);
	else if (meta->ip_bytes > tunnel->inner_mtu && !may_cut(tunnel, ip, meta->family))
		outbound_drop(w, m, tunnel, DROP_TOO_BIG);
	else if (likely(!tunnel->filtered) || !filter_stops_out(w, m, tunnel))
		send(w, m, tunnel);
}
