/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Look-up of all destinations at once, choice among the members of a next-hop group by flow, and
 * forwarding in the clear (RFC 1812 section 5.2). In the clear nothing leaves by a WAN link from
 * here: that is the kernel's, which has address translation, filters and the blackhole routes
 * behind the tunnels'. What needs an ICMP error or neighbour discovery is the kernel's too. */
#include "dataplane/forward.h"

#include <rte_hash_crc.h>
#include <rte_prefetch.h>

#include "dataplane/outbound.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/mss.h"

/* The same for all packets of a flow; fragments hash by their addresses alone, as the later ones
 * have no ports. */
static uint32_t flow_hash(const struct rte_mbuf *m, uint8_t family)
{
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);
	bool v4 = family == IP_FAMILY_V4;
	unsigned end = v4 ? IP4_HEADER_BYTES : IP6_HEADER_BYTES;
	uint8_t protocol = ip[v4 ? IP4_OFFSET_PROTOCOL : IP6_OFFSET_NEXT];
	uint32_t hash = protocol;

	for (unsigned at = v4 ? IP4_OFFSET_SOURCE : IP6_OFFSET_SOURCE; at < end; at += 4)
		hash = rte_hash_crc_4byte(get_be32(ip + at), hash);
	if ((protocol != IP_PROTO_TCP && protocol != IP_PROTO_UDP) || m->data_len < end + 4)
		return hash;
	if (v4 && ip4_is_fragment(get_be16(ip + IP4_OFFSET_FRAG)))
		return hash;
	return rte_hash_crc_4byte(get_be32(ip + end), hash);
}

static bool hop_usable(const struct worker *w, const struct hop *hop)
{
	const struct snapshot *s = w->snapshot;

	if (hop->kind == CFG_NH_TUNNEL)
		return s->tunnel[hop->index].usable &&
		       sa_alive(s->tunnel[hop->index].sa_out, w->now);
	if (hop->kind == CFG_NH_ADJ)
		return s->adj[hop->index].valid;
	return true;
}

/* What a group comes to just now: worked out once for all packets in a row that have it. */
struct choice {
	unsigned usable_count;
	uint32_t weight; /* of them all */
	const struct hop *usable[CFG_GROUP_MEMBERS];
};

static void look_at_group(const struct worker *w, uint32_t group_index, struct choice *choice)
{
	const struct group *group = &w->snapshot->group[group_index];

	choice->usable_count = 0;
	choice->weight = 0;
	for (uint32_t i = 0; i < group->count; i++) {
		if (!hop_usable(w, &group->hop[i]))
			continue;
		choice->usable[choice->usable_count++] = &group->hop[i];
		choice->weight += group->hop[i].weight;
	}
}

/* One of the usable members, by weight and flow. */
static const struct hop *by_flow(
    const struct choice *choice, const struct rte_mbuf *m, uint8_t family)
{
	unsigned i = 0;
	uint32_t at;

	if (choice->usable_count == 1)
		return choice->usable[0];
	at = (uint32_t)((uint64_t)flow_hash(m, family) * choice->weight >> 32);
	for (; i + 1 < choice->usable_count && at >= choice->usable[i]->weight; i++)
		at -= choice->usable[i]->weight;
	return choice->usable[i];
}

/* In the clear, by a LAN. */
static void send_clear(struct worker *w, struct rte_mbuf *m, const struct adj *adj)
{
	const struct packet_meta *meta = packet_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);

	if (adj->wan) {
		punt_packet(w, m, PUNT_FORWARD);
		return;
	}
	if (meta->ip_bytes > adj->mtu ||
	    ip[meta->family == IP_FAMILY_V4 ? IP4_OFFSET_TTL : IP6_OFFSET_HOP_LIMIT] <= 1) {
		punt_packet(w, m, PUNT_ERROR);
		return;
	}
	if (meta->family == IP_FAMILY_V4) {
		(void)ip4_decrement_ttl(ip);
		(void)mss_clamp_ip4(ip, meta->ip_bytes, adj->mss4);
	} else {
		(void)ip6_decrement_hop_limit(ip);
		(void)mss_clamp_ip6(ip, meta->ip_bytes, adj->mss6);
	}
	if (rte_pktmbuf_headroom(m) < sizeof(adj->rewrite)) {
		worker_drop(w, m, DROP_SEGMENTS);
		return;
	}
	adj_rewrite(adj, ip);
	(void)rte_pktmbuf_prepend(m, adj->rewrite_bytes);
	worker_tx(w, m, adj->port);
}

/* An ordinary IPv4 packet, which is nearly all. False: to be looked at. */
static inline bool send_clear_plain(struct worker *w, struct rte_mbuf *m, const struct adj *adj)
{
	struct packet_meta *meta = packet_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);

	if (unlikely(meta->family != IP_FAMILY_V4 || meta->ip_bytes > adj->mtu ||
		     rte_pktmbuf_headroom(m) < sizeof(adj->rewrite) ||
		     ip4_decrement_ttl(ip) != PKT_OK))
		return false;
	if (adj->mss4 && ip4_is_syn(ip, meta->ip_bytes))
		(void)mss_clamp_ip4(ip, meta->ip_bytes, adj->mss4);
	adj_rewrite(adj, ip);
	m->data_off = (uint16_t)(m->data_off - adj->rewrite_bytes);
	m->data_len = (uint16_t)(m->data_len + adj->rewrite_bytes);
	m->pkt_len = m->data_len;
	worker_tx(w, m, adj->port);
	return true;
}

static void send_clear_run(
    struct worker *w, struct rte_mbuf *const *packet, unsigned n, const struct adj *adj)
{
	for (unsigned i = 0; i < n; i++)
		if (unlikely(adj->wan || !send_clear_plain(w, packet[i], adj)))
			send_clear(w, packet[i], adj);
}

static void no_member(struct worker *w, struct rte_mbuf *m, const struct group *group)
{
	for (uint32_t i = 0; i < group->count; i++) {
		if (group->hop[i].kind == CFG_NH_TUNNEL) {
			worker_drop(w, m, DROP_NO_SA);
			return;
		}
	}
	punt_packet(w, m, PUNT_FORWARD);
}

static void forward_by_hop(struct worker *w, struct rte_mbuf *m, const struct hop *hop)
{
	if (likely(hop->kind == CFG_NH_TUNNEL))
		outbound_add(w, m, hop->index);
	else if (hop->kind == CFG_NH_ADJ)
		send_clear(w, m, &w->snapshot->adj[hop->index]);
	else if (hop->kind == CFG_NH_PUNT)
		punt_local(w, m);
	else
		worker_drop(w, m, DROP_BLACKHOLE);
}

/* Packets in a row whose group is the same. */
static void forward_span(
    struct worker *w, struct rte_mbuf *const *packet, unsigned n, uint32_t group_index)
{
	const struct snapshot *s = w->snapshot;
	struct choice choice;

	if (group_index >= s->group_count || s->group[group_index].count == 0) {
		for (unsigned i = 0; i < n; i++) {
			if (group_index == FIB_MISS)
				punt_packet(w, packet[i], PUNT_FORWARD);
			else
				worker_drop(w, packet[i], DROP_BLACKHOLE);
		}
		return;
	}
	look_at_group(w, group_index, &choice);
	if (choice.usable_count == 1 && choice.usable[0]->kind == CFG_NH_TUNNEL) {
		outbound_add_run(w, packet, n, &s->tunnel[choice.usable[0]->index]);
		return;
	}
	if (choice.usable_count == 1 && choice.usable[0]->kind == CFG_NH_ADJ) {
		send_clear_run(w, packet, n, &s->adj[choice.usable[0]->index]);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		if (choice.usable_count == 0)
			no_member(w, packet[i], &s->group[group_index]);
		else
			forward_by_hop(w, packet[i],
			    by_flow(&choice, packet[i], packet_meta(packet[i])->family));
	}
}

/* The groups of up to FIB_BURST packets: all IPv4 destinations in one look-up. */
static void look_up(const struct fib_table *fib, struct rte_mbuf *const *packet, unsigned n,
    uint32_t group[FIB_BURST])
{
	uint32_t addr[FIB_BURST];
	bool any6 = false;

	for (unsigned i = 0; i < n; i++) {
		addr[i] = packet_meta(packet[i])->addr4;
		any6 |= packet_meta(packet[i])->family == IP_FAMILY_V6;
	}
	fib_lookup4(fib, addr, group, n);
	for (unsigned i = 0; any6 && i < n; i++)
		if (packet_meta(packet[i])->family == IP_FAMILY_V6)
			group[i] = fib_lookup6(
			    fib, rte_pktmbuf_mtod_offset(packet[i], uint8_t *, IP6_OFFSET_DEST));
}

/* The tunnel that is all of the group and may be used; NULL: forward_span() is to choose. */
static inline const struct tunnel *sole_tunnel(const struct snapshot *s, uint32_t group_index)
{
	const struct group *group = &s->group[group_index];
	const struct tunnel *tunnel;

	if (unlikely(group_index >= s->group_count || group->count != 1 ||
		     group->hop[0].kind != CFG_NH_TUNNEL))
		return NULL;
	tunnel = &s->tunnel[group->hop[0].index];
	return tunnel->usable && !sa_has_ended(tunnel->sa_out) ? tunnel : NULL;
}

/* Packets of many tunnels at once: what is far from the nearest cache is asked for before its turn,
 * each step from what the step before has brought. */
#define AHEAD_TUNNEL 4
#define AHEAD_SA     2

static inline void prefetch_tunnel(const struct tunnel *tunnel)
{
	if (!tunnel)
		return;
	rte_prefetch0(&tunnel->encap.header[ESP_ENCAP_TEMPLATE_BYTES - ESP_ENCAP_SHORT_BYTES]);
	rte_prefetch0(&tunnel->encap.outer4);
	rte_prefetch0(tunnel->counters);
	rte_prefetch0(tunnel->sa_out);
	rte_prefetch0(&tunnel->sa_out->selector);
}

static inline void prefetch_sa(const struct tunnel *tunnel)
{
	if (!tunnel)
		return;
	rte_prefetch0(tunnel->sa_out->run);
	rte_prefetch0(&tunnel->sa_out->key);
}

/* Up to FIB_BURST packets whose groups differ. */
static void forward_mixed(
    struct worker *w, struct rte_mbuf *const *packet, unsigned n, const uint32_t group[FIB_BURST])
{
	const struct tunnel *tunnel[FIB_BURST + AHEAD_TUNNEL];

	for (unsigned i = 0; i < n; i++)
		tunnel[i] = sole_tunnel(w->snapshot, group[i]);
	for (unsigned i = n; i < n + AHEAD_TUNNEL; i++)
		tunnel[i] = NULL;
	for (unsigned i = 0; i < AHEAD_TUNNEL; i++)
		prefetch_tunnel(tunnel[i]);
	for (unsigned i = 0, end; i < n; i = end) {
		prefetch_tunnel(tunnel[i + AHEAD_TUNNEL]);
		prefetch_sa(tunnel[i + AHEAD_SA]);
		for (end = i + 1; end < n && group[end] == group[i];)
			end++;
		if (unlikely(!tunnel[i]))
			forward_span(w, packet + i, end - i, group[i]);
		else if (end - i == 1)
			outbound_add_alone(w, packet[i], tunnel[i]);
		else
			outbound_add_run(w, packet + i, end - i, tunnel[i]);
	}
}

/* Up to FIB_BURST packets, in the order they came. */
static void forward_chunk(struct worker *w, struct rte_mbuf *const *packet, unsigned n)
{
	uint32_t group[FIB_BURST], differ = 0;

	if (unlikely(!w->snapshot->fib)) {
		forward_span(w, packet, n, FIB_MISS);
		return;
	}
	look_up(w->snapshot->fib, packet, n, group);
	for (unsigned i = 1; i < n; i++)
		differ |= group[i] ^ group[0];
	if (differ)
		forward_mixed(w, packet, n, group);
	else
		forward_span(w, packet, n, group[0]);
}

void forward_run(struct worker *w)
{
	unsigned count = w->forward.count;

	w->forward.count = 0;
	for (unsigned at = 0; at < count; at += FIB_BURST)
		forward_chunk(
		    w, &w->forward.packet[at], count - at < FIB_BURST ? count - at : FIB_BURST);
}

void forward_by_kernel(struct worker *w, struct rte_mbuf *m)
{
	const struct snapshot *s = w->snapshot;
	const struct packet_meta *meta = packet_meta(m);
	uint32_t group = FIB_MISS;

	if (s->fib && meta->family == IP_FAMILY_V6)
		group = fib_lookup6(s->fib, rte_pktmbuf_mtod_offset(m, uint8_t *, IP6_OFFSET_DEST));
	else if (s->fib)
		fib_lookup4(s->fib, &meta->addr4, &group, 1);
	if (group < s->group_count && s->group[group].count &&
	    s->group[group].hop[0].kind == CFG_NH_PUNT)
		punt_local(w, m);
	else
		punt_packet(w, m, PUNT_FORWARD);
}
