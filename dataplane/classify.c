/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Frames from ports: ESP for us goes to inbound, unicast IP to the routes, all else to the kernel
 * (RFC 1812 section 5.2, RFC 3948 section 2). Frames from the kernel leave as they are, its packets
 * for a tunnel go to outbound. No route is looked up and no SA touched here. */
#include "dataplane/classify.h"

#include <rte_ether.h>
#include <rte_prefetch.h>

#include "dataplane/filter.h"
#include "dataplane/forward.h"
#include "dataplane/inbound.h"
#include "dataplane/outbound.h"
#include "dataplane/pkt/esp_decap.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/pcapng.h"
#include "dataplane/pkt/udp_encap.h"
#include "dataplane/reassembly.h"
#include "dataplane/worker.h"

#define PREFETCH_AHEAD 4

/* Where a buffer's bytes are is no matter of the packet: without these, an external one would go
 * back to the pool with a device's memory still in it. */
#define MBUF_MEMORY_FLAGS (RTE_MBUF_F_EXTERNAL | RTE_MBUF_F_INDIRECT)

/* What a device found of the header checksum. Of a packet that it takes for a tunnel's (VXLAN, IP
 * in IP) the first speaks of the inner header, the second of the one that is ours to check. */
#define CHECKSUM_FLAGS (RTE_MBUF_F_RX_IP_CKSUM_MASK | RTE_MBUF_F_RX_OUTER_IP_CKSUM_BAD)

/* A packet to one of our outer addresses. `offset`: from the IP header to the upper layer. */
static void classify_outer(struct worker *w, struct rte_mbuf *m, unsigned offset, uint8_t protocol)
{
	struct packet_meta *meta = packet_meta(m);
	const uint8_t *upper = rte_pktmbuf_mtod_offset(m, uint8_t *, offset);
	unsigned bytes = meta->ip_bytes - offset;
	enum pkt_verdict verdict;
	struct udp_encap udp;

	if (protocol == IP_PROTO_ESP) {
		meta->peer_port_be = 0;
		inbound_add(w, m, offset, bytes);
		return;
	}
	if (protocol == IP_PROTO_ICMP || protocol == IP_PROTO_ICMPV6)
		path_mtu_read(w, m);
	if (protocol != IP_PROTO_UDP || bytes < UDP_HEADER_BYTES ||
	    get_be16(upper + 2) != UDP_PORT_IKE_NAT_T) {
		punt_local(w, m);
		return;
	}
	verdict = udp_encap_classify(upper, bytes, &udp);
	if (verdict != PKT_OK) {
		worker_drop(w, m, (enum drop_reason)verdict);
	} else if (udp.kind == UDP_ENCAP_IKE) {
		punt_local(w, m);
	} else {
		memcpy(&meta->peer_port_be, upper, sizeof(meta->peer_port_be));
		inbound_add(w, m, offset + UDP_HEADER_BYTES, udp.payload_bytes);
	}
}

static void set_ip_bytes(struct rte_mbuf *m, unsigned bytes)
{
	packet_meta(m)->ip_bytes = (uint16_t)bytes;
	m->data_len = (uint16_t)bytes;
	m->pkt_len = bytes;
}

/* ESP in UDP to port 4500, which is nearly all that comes to an outer address. False: nothing was
 * done, classify_outer() is to look at it. `upper` is at the UDP header, of which and what follows
 * `bytes` bytes are there. */
static inline bool esp_in_udp(
    struct worker *w, struct rte_mbuf *m, const uint8_t *upper, unsigned bytes)
{
	unsigned udp_bytes;

	if (unlikely(bytes < UDP_HEADER_BYTES + ESP_DECAP_ESP_BYTES ||
		     get_be16(upper + 2) != UDP_PORT_IKE_NAT_T))
		return false;
	udp_bytes = get_be16(upper + 4);
	if (unlikely(udp_bytes < UDP_HEADER_BYTES + ESP_DECAP_ESP_BYTES || udp_bytes > bytes ||
		     get_be32(upper + UDP_HEADER_BYTES) == 0))
		return false;
	memcpy(&packet_meta(m)->peer_port_be, upper, sizeof(uint16_t));
	inbound_add(w, m, IP4_HEADER_BYTES + UDP_HEADER_BYTES, udp_bytes - UDP_HEADER_BYTES);
	return true;
}

/* An IPv4 packet that was checked, by its destination. */
static void route_ip4(struct worker *w, struct rte_mbuf *m, const struct ip4_info *info)
{
	if (addr_set_has4(&w->snapshot->outer, info->destination)) {
		w->outer4 = info->destination;
		if (ip4_is_fragment(info->flags_offset) &&
		    (info->protocol == IP_PROTO_ESP || info->protocol == IP_PROTO_UDP))
			reassembly_add(w, m);
		else
			classify_outer(w, m, info->header_bytes, info->protocol);
	} else if (info->destination >= IP4_MULTICAST) {
		punt_packet(w, m, PUNT_L2);
	} else if (info->header_bytes > IP4_HEADER_BYTES) {
		punt_packet(w, m, PUNT_FORWARD);
	} else if (unlikely(w->snapshot->port_filter[packet_meta(m)->port].kernel)) {
		forward_by_kernel(w, m);
	} else {
		forward_add(w, m);
	}
}

void classify_ip4(struct worker *w, struct rte_mbuf *m)
{
	struct packet_meta *meta = packet_meta(m);
	const uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	struct ip4_info info;
	bool checked = (m->ol_flags & CHECKSUM_FLAGS) == RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	enum pkt_verdict verdict =
	    checked ? ip4_check_lengths(ip, m->data_len, &info) : ip4_check(ip, m->data_len, &info);

	if (verdict != PKT_OK) {
		worker_drop(w, m, (enum drop_reason)verdict);
		return;
	}
	set_ip_bytes(m, info.total_bytes);
	meta->family = IP_FAMILY_V4;
	meta->addr4 = info.destination;
	meta->outer_tos = info.tos;
	route_ip4(w, m, &info);
}

void classify_ip6(struct worker *w, struct rte_mbuf *m)
{
	struct packet_meta *meta = packet_meta(m);
	const uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	struct ip6_info info;
	struct ip6_upper upper;
	struct ip_addr dest = {.family = IP_FAMILY_V6};
	enum pkt_verdict verdict = ip6_check(ip, m->data_len, &info);

	if (verdict != PKT_OK) {
		worker_drop(w, m, (enum drop_reason)verdict);
		return;
	}
	set_ip_bytes(m, info.total_bytes);
	meta->family = IP_FAMILY_V6;
	meta->outer_tos = info.traffic_class;
	memcpy(dest.bytes, ip + IP6_OFFSET_DEST, sizeof(dest.bytes));
	if (ip_addr_is_multicast(&dest) || ip_addr_is_link_local(&dest)) {
		punt_packet(w, m, PUNT_L2);
	} else if (!addr_set_has(&w->snapshot->outer, &dest)) {
		forward_add(w, m);
	} else if (ip6_find_upper(ip, &info, &upper) != PKT_OK) {
		punt_packet(w, m, PUNT_LOCAL);
	} else if (upper.fragment) {
		if (reassembly_takes6(ip))
			reassembly_add(w, m);
		else
			punt_packet(w, m, PUNT_LOCAL);
	} else {
		classify_outer(w, m, upper.offset, upper.protocol);
	}
}

/* One segment, a stripped VLAN tag back in its place; NULL: dropped. */
static struct rte_mbuf *make_plain(struct worker *w, struct rte_mbuf *m)
{
	if ((m->nb_segs > 1 && rte_pktmbuf_linearize(m) < 0) ||
	    ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) && rte_vlan_insert(&m) < 0)) {
		worker_drop(w, m, DROP_SEGMENTS);
		return NULL;
	}
	return m;
}

static void classify_frame(struct worker *w, struct rte_mbuf *m, unsigned port)
{
	const struct rte_ether_hdr *ether;
	struct packet_meta *meta;

	if (unlikely(m->nb_segs > 1 || (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED))) {
		m = make_plain(w, m);
		if (!m)
			return;
	}
	m->ol_flags &= MBUF_MEMORY_FLAGS | CHECKSUM_FLAGS;
	meta = packet_meta(m);
	meta->origin = ORIGIN_PORT;
	meta->port = (uint8_t)port;
	meta->l2_bytes = sizeof(*ether);
	if (m->data_len <= sizeof(*ether)) {
		worker_drop(w, m, DROP_RUNT);
		return;
	}
	ether = rte_pktmbuf_mtod(m, const struct rte_ether_hdr *);
	if (unlikely(memcmp(ether->dst_addr.addr_bytes, w->config.port[port].mac, 6) != 0)) {
		if (ether->dst_addr.addr_bytes[0] & 1)
			punt_frame(w, m, PUNT_L2);
		else
			worker_drop(w, m, DROP_NOT_OURS);
	} else if (likely(ether->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV4))) {
		(void)rte_pktmbuf_adj(m, sizeof(*ether));
		classify_ip4(w, m);
	} else if (ether->ether_type == rte_cpu_to_be_16(RTE_ETHER_TYPE_IPV6)) {
		(void)rte_pktmbuf_adj(m, sizeof(*ether));
		classify_ip6(w, m);
	} else {
		punt_frame(w, m, PUNT_L2);
	}
}

/* What is the same for all frames of a burst. */
struct arrival {
	uint64_t station;        /* the port's address, as the first bytes of a frame to it */
	struct packet_meta meta; /* all before `outer_tos`: of an ordinary packet */
};

static struct arrival arrival_by(const struct worker *w, unsigned port)
{
	struct arrival a = {
	    .meta =
		{
		    .origin = ORIGIN_PORT,
		    .port = (uint8_t)port,
		    .l2_bytes = RTE_ETHER_HDR_LEN,
		    .family = IP_FAMILY_V4,
		},
	};

	memcpy(&a.station, w->config.port[port].mac, RTE_ETHER_ADDR_LEN);
	return a;
}

/* To that station, IPv4 by EtherType, version 4 and no options: two loads and two comparisons. Of
 * the first 8 bytes the 6 of the address count, which are the low ones of a number on x86. */
static inline bool frame_is_plain_ip4(const uint8_t *frame, uint64_t station)
{
	uint64_t first;

	memcpy(&first, frame, sizeof(first));
	return (first ^ station) << 16 == 0 &&
	       get_be32(frame + offsetof(struct rte_ether_hdr, ether_type)) >> 8 == 0x080045;
}

/* A frame to this port of one segment with an IPv4 packet without options, which is nearly all:
 * goes on its way here. False: to be looked at. `filtered`, a constant: by a port with filters, or
 * whose packets are the kernel's. */
static __rte_always_inline bool classify_straight(
    struct worker *w, struct rte_mbuf *m, const struct arrival *arrival, bool filtered)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *),
		      *ip = frame + RTE_ETHER_HDR_LEN;
	struct packet_meta *meta = packet_meta(m);
	uint64_t flags = m->ol_flags;
	struct ip4_info info;

	if (unlikely(m->data_len < RTE_ETHER_HDR_LEN + IP4_HEADER_BYTES || m->nb_segs != 1 ||
		     (flags & RTE_MBUF_F_RX_VLAN_STRIPPED) ||
		     !frame_is_plain_ip4(frame, arrival->station)))
		return false;
	info.total_bytes = get_be16(ip + IP4_OFFSET_TOTAL);
	if (unlikely(info.total_bytes < IP4_HEADER_BYTES ||
		     info.total_bytes + RTE_ETHER_HDR_LEN > m->data_len ||
		     ((flags & CHECKSUM_FLAGS) != RTE_MBUF_F_RX_IP_CKSUM_GOOD &&
			 !ip4_plain_checksum_is_right(ip))))
		return false;
	info.header_bytes = IP4_HEADER_BYTES;
	info.destination = ip4_destination(ip);
	info.flags_offset = get_be16(ip + IP4_OFFSET_FRAG);
	info.protocol = ip[IP4_OFFSET_PROTOCOL];
	m->ol_flags = flags & (MBUF_MEMORY_FLAGS | CHECKSUM_FLAGS);
	m->data_off = (uint16_t)(m->data_off + RTE_ETHER_HDR_LEN);
	m->data_len = info.total_bytes;
	m->pkt_len = info.total_bytes;
	memcpy(meta, &arrival->meta, offsetof(struct packet_meta, outer_tos));
	meta->outer_tos = ip[IP4_OFFSET_TOS];
	meta->ip_bytes = info.total_bytes;
	meta->addr4 = info.destination;
	if (info.destination == w->outer4 && info.protocol == IP_PROTO_UDP &&
	    !ip4_is_fragment(info.flags_offset) &&
	    esp_in_udp(w, m, ip + IP4_HEADER_BYTES, info.total_bytes - IP4_HEADER_BYTES))
		return true;
	/* Our outer addresses are among those that the guard suspects, which is seen at once. */
	if (filtered || guard_map4_has(&w->snapshot->guard.suspect_dest, info.destination) ||
	    info.destination >= IP4_MULTICAST)
		route_ip4(w, m, &info);
	else
		forward_add(w, m);
	return true;
}

static void count_received(struct worker *w, unsigned port, unsigned n, uint64_t bytes)
{
	struct port_counters *counters = &w->counters.port[port];

	counter_add(&w->counters.rx, n);
	counter_add(&counters->rx_packets, n);
	counter_add(&counters->rx_bytes, bytes);
}

/* By a port with filters: a filter reads one segment. */
static void classify_filtered(struct worker *w, struct rte_mbuf **frames, unsigned n, unsigned port,
    const struct arrival *arrival)
{
	unsigned kept = 0;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		struct rte_mbuf *m = frames[i];

		bytes += m->pkt_len;
		if (m->nb_segs > 1)
			m = make_plain(w, m);
		if (m)
			frames[kept++] = m;
	}
	kept = filter_frames_in(w, frames, kept, port);
	for (unsigned i = 0; i < kept; i++)
		if (unlikely(!classify_straight(w, frames[i], arrival, true)))
			classify_frame(w, frames[i], port);
	count_received(w, port, n, bytes);
}

void classify_frames(struct worker *w, struct rte_mbuf **frames, unsigned n, unsigned port)
{
	struct arrival arrival = arrival_by(w, port);
	uint64_t bytes = 0;

	if (unlikely(w->tap != NULL))
		capture_frames(w->tap, frames, n, port, PCAPNG_IN, w->now.nsec);
	if (unlikely(filter_place_in(&w->snapshot->port_filter[port]))) {
		classify_filtered(w, frames, n, port, &arrival);
		return;
	}
	for (unsigned i = 0; i < n && i < PREFETCH_AHEAD; i++)
		rte_prefetch0(rte_pktmbuf_mtod(frames[i], void *));
	for (unsigned i = 0; i < n; i++) {
		if (i + PREFETCH_AHEAD < n)
			rte_prefetch0(rte_pktmbuf_mtod(frames[i + PREFETCH_AHEAD], void *));
		bytes += frames[i]->pkt_len;
		if (unlikely(!classify_straight(w, frames[i], &arrival, false)))
			classify_frame(w, frames[i], port);
	}
	count_received(w, port, n, bytes);
}

static void classify_from_tun(struct worker *w, struct rte_mbuf *m)
{
	struct packet_meta *meta = packet_meta(m);
	const uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	enum pkt_verdict verdict = PKT_DROP_HEADER;
	struct ip4_info info4;
	struct ip6_info info6;

	if (IP_VERSION(ip) == 4) {
		verdict = ip4_check_lengths(ip, m->data_len, &info4);
		meta->family = IP_FAMILY_V4;
	} else if (IP_VERSION(ip) == 6) {
		verdict = ip6_check(ip, m->data_len, &info6);
		meta->family = IP_FAMILY_V6;
	}
	if (verdict != PKT_OK) {
		worker_drop(w, m, (enum drop_reason)verdict);
		return;
	}
	set_ip_bytes(m, meta->family == IP_FAMILY_V4 ? info4.total_bytes : info6.total_bytes);
	outbound_add_local(w, m);
}

void classify_injected(struct worker *w, struct rte_mbuf **packets, unsigned n)
{
	if (n)
		counter_add(&w->counters.taken, n);
	for (unsigned i = 0; i < n; i++) {
		struct packet_meta *meta = packet_meta(packets[i]);

		if (meta->origin == ORIGIN_TAP)
			worker_tx(w, packets[i], meta->port);
		else
			classify_from_tun(w, packets[i]);
	}
}
