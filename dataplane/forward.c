/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Look-up of all destinations at once, choice among the members of a next-hop group by flow, and
 * forwarding in the clear (RFC 1812 section 5.2). In the clear nothing leaves by a WAN link from
 * here: that is the kernel's, which has address translation, filters and the blackhole routes
 * behind the tunnels'. What needs an ICMP error or neighbour discovery is the kernel's too. */
#include "dataplane/forward.h"

#include <rte_hash_crc.h>

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

/* A usable member by weight and flow, or NULL. */
static const struct hop *choose(
    const struct worker *w, const struct group *group, const struct rte_mbuf *m, uint8_t family)
{
	const struct hop *usable[CFG_GROUP_MEMBERS];
	uint32_t weight = 0, at;
	unsigned n = 0;

	for (uint32_t i = 0; i < group->count; i++) {
		if (!hop_usable(w, &group->hop[i]))
			continue;
		usable[n++] = &group->hop[i];
		weight += group->hop[i].weight;
	}
	if (n <= 1)
		return n ? usable[0] : NULL;
	at = (uint32_t)((uint64_t)flow_hash(m, family) * weight >> 32);
	for (unsigned i = 0; i < n; i++) {
		if (at < usable[i]->weight)
			return usable[i];
		at -= usable[i]->weight;
	}
	return usable[n - 1];
}

/* In the clear, by a LAN. */
static void send_clear(struct worker *w, struct rte_mbuf *m, const struct adj *adj)
{
	const struct packet_meta *meta = packet_meta(m);
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	uint8_t *l2;

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
	l2 = (uint8_t *)rte_pktmbuf_prepend(m, adj->rewrite_bytes);
	if (!l2) {
		worker_drop(w, m, DROP_SEGMENTS);
		return;
	}
	memcpy(l2, adj->rewrite, adj->rewrite_bytes);
	worker_tx(w, m, adj->port);
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

static void forward_one(struct worker *w, struct rte_mbuf *m, uint32_t group_index)
{
	const struct snapshot *s = w->snapshot;
	const struct group *group;
	const struct hop *hop;

	if (group_index == FIB_MISS) {
		punt_packet(w, m, PUNT_FORWARD);
		return;
	}
	if (group_index >= s->group_count || s->group[group_index].count == 0) {
		worker_drop(w, m, DROP_BLACKHOLE);
		return;
	}
	group = &s->group[group_index];
	hop = choose(w, group, m, packet_meta(m)->family);
	if (!hop)
		no_member(w, m, group);
	else if (hop->kind == CFG_NH_TUNNEL)
		outbound_add(w, m, hop->index);
	else if (hop->kind == CFG_NH_ADJ)
		send_clear(w, m, &s->adj[hop->index]);
	else if (hop->kind == CFG_NH_PUNT)
		punt_local(w, m);
	else
		worker_drop(w, m, DROP_BLACKHOLE);
}

/* Up to FIB_BURST packets, IPv4 destinations in one look-up, in the order they came. */
static void forward_chunk(struct worker *w, struct rte_mbuf **packet, unsigned n)
{
	const struct fib_table *fib = w->snapshot->fib;
	uint32_t addr[FIB_BURST], group[FIB_BURST];

	for (unsigned i = 0; i < n; i++)
		addr[i] = packet_meta(packet[i])->addr4;
	if (fib)
		fib_lookup4(fib, addr, group, n);
	for (unsigned i = 0; i < n; i++) {
		if (!fib)
			group[i] = FIB_MISS;
		else if (packet_meta(packet[i])->family == IP_FAMILY_V6)
			group[i] = fib_lookup6(
			    fib, rte_pktmbuf_mtod_offset(packet[i], uint8_t *, IP6_OFFSET_DEST));
		forward_one(w, packet[i], group[i]);
	}
}

void forward_run(struct worker *w)
{
	unsigned count = w->forward.count;

	w->forward.count = 0;
	for (unsigned at = 0; at < count; at += FIB_BURST)
		forward_chunk(
		    w, &w->forward.packet[at], count - at < FIB_BURST ? count - at : FIB_BURST);
}
