/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Punting and its policing. The kernel answers ICMP errors in our stead: it knows our addresses,
 * has its own rate limits, and the MTU of a TUN twin is the tunnel's inner MTU, so an oversized
 * packet that may not be cut gets its "fragmentation needed" from there. */
#include "dataplane/punt.h"

#include <rte_hash_crc.h>

#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/udp_encap.h"
#include "dataplane/worker.h"

/* Packets a second and in one go, by class, 0 = not policed; and how full the ring may be for it,
 * in eighths: what strangers can send leaves room for the peers and for ARP. */
static const struct {
	uint32_t rate, burst, ring;
} limits[PUNT_CLASSES] = {
    [PUNT_L2] = {2000, 500, 8},
    [PUNT_IKE] = {5000, 1000, 7},
    [PUNT_PEER] = {1000, 500, 8},
    [PUNT_LOCAL] = {20000, 4000, 7},
    [PUNT_ERROR] = {1000, 200, 7},
    [PUNT_FORWARD] = {0, 0, 6},
    [PUNT_FRAGMENT] = {2000, 500, 0},
};

void punt_init(struct punt_buckets *buckets)
{
	for (unsigned from = 0; from < PORTS_MAX + PUNT_TUNNELS; from++)
		for (unsigned class = 0; class < PUNT_CLASSES; class ++)
			buckets->bucket[from][class] =
			    (struct punt_bucket){.tokens = limits[class].burst};
}

bool punt_allows(struct worker *w, struct rte_mbuf *m, enum punt_class class)
{
	const struct packet_meta *meta = packet_meta(m);
	bool by_port = meta->origin == ORIGIN_PORT && class != PUNT_PEER;
	unsigned from = by_port ? meta->port : PORTS_MAX + meta->tunnel % PUNT_TUNNELS;
	struct punt_bucket *bucket = &w->punt.bucket[from][class];
	int64_t token_nsec, since;

	if (limits[class].rate == 0)
		return true;
	token_nsec = MONO_NSEC_PER_SEC / limits[class].rate;
	since = w->now.nsec - bucket->filled_nsec;
	if (since >= token_nsec) {
		uint64_t tokens = bucket->tokens + (uint64_t)(since / token_nsec);

		if (tokens > limits[class].burst)
			tokens = limits[class].burst;
		bucket->tokens = tokens;
		bucket->filled_nsec = w->now.nsec - since % token_nsec;
	}
	if (bucket->tokens == 0)
		return false;
	bucket->tokens--;
	return true;
}

static bool has_room(const struct worker *w, enum punt_class class)
{
	return rte_ring_count(w->to_kernel) < WORKER_RING / 8 * limits[class].ring;
}

/* Whether the ring took it. The class goes along: what the kernel got is counted when it has it. */
static bool give(struct worker *w, struct rte_mbuf *m, enum punt_class class)
{
	packet_meta(m)->punt_class = class;
	return rte_ring_sp_enqueue(w->to_kernel, m) == 0;
}

void punt_frame(struct worker *w, struct rte_mbuf *m, enum punt_class class)
{
	if (!punt_allows(w, m, class))
		worker_drop(w, m, DROP_POLICED);
	else if (!has_room(w, class) || !give(w, m, class))
		worker_drop(w, m, DROP_RING_FULL);
	else
		counter_add(&w->counters.given, 1);
}

void punt_packet(struct worker *w, struct rte_mbuf *m, enum punt_class class)
{
	const struct packet_meta *meta = packet_meta(m);

	if (meta->origin == ORIGIN_TUN || meta->origin == ORIGIN_TAP) {
		worker_drop(w, m, DROP_TOO_BIG);
		return;
	}
	if (meta->origin == ORIGIN_PORT)
		(void)rte_pktmbuf_prepend(m, meta->l2_bytes);
	punt_frame(w, m, class);
}

/* Whether its UDP header is there and names a port of IKE. Behind IPv6 extension headers IKE is as
 * anything else. */
static bool is_ike(const uint8_t *ip, unsigned bytes, uint8_t family)
{
	bool v4 = family == IP_FAMILY_V4;
	unsigned offset = v4 ? (ip[0] & 0x0fu) * 4 : IP6_HEADER_BYTES;
	uint16_t port;

	if (ip[v4 ? IP4_OFFSET_PROTOCOL : IP6_OFFSET_NEXT] != IP_PROTO_UDP ||
	    bytes < offset + UDP_HEADER_BYTES)
		return false;
	if (v4 && (get_be16(ip + IP4_OFFSET_FRAG) & IP4_OFFSET_MASK))
		return false;
	port = get_be16(ip + offset + 2);
	return port == UDP_PORT_IKE || port == UDP_PORT_IKE_NAT_T;
}

/* IKE from a peer's address, or from any. A peer's has its own bucket, by a hash that stands where
 * a packet of a tunnel has its slot: whoever sends in its name takes from no other peer. */
static enum punt_class class_of_ike(const struct worker *w, struct rte_mbuf *m)
{
	struct packet_meta *meta = packet_meta(m);
	struct ip_addr source = packet_source(m);
	uint64_t address[2];

	if (!addr_set_has(&w->snapshot->peer, &source))
		return PUNT_IKE;
	memcpy(address, source.bytes, sizeof(address));
	if (meta->origin == ORIGIN_PORT)
		meta->tunnel = rte_hash_crc(address, sizeof(address), 0);
	return PUNT_PEER;
}

void punt_local(struct worker *w, struct rte_mbuf *m)
{
	const struct packet_meta *meta = packet_meta(m);
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);
	enum punt_class class = PUNT_LOCAL;

	if (is_ike(ip, meta->ip_bytes, meta->family))
		class = class_of_ike(w, m);
	punt_packet(w, m, class);
}
