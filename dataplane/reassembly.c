/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reassembly by rte_ip_frag (RFC 791 section 3.2, RFC 8200 section 4.5, RFC 5722, RFC 1858). A set
 * that overlaps or does not complete in time is dropped as `fragment`, a whole that does not fit
 * into one packet buffer as `segments`. */
#define ALLOW_EXPERIMENTAL_API
#include "dataplane/reassembly.h"

#include <errno.h>
#include <rte_cycles.h>
#include <rte_hash_crc.h>
#include <rte_ip_frag.h>

#include "dataplane/classify.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/worker.h"

/* Fragments held in both tables together, and so sets of them too: a table is never full. */
#define HELD_MAX       512
#define HELD_SHARE     8 /* one of so many packet buffers, of all workers together */
#define BUCKETS        256
#define BUCKET_ENTRIES 4
#define LIFETIME_MSEC  2000

enum { STRANGERS, PEERS, TABLES };

static uint64_t lifetime_cycles(void)
{
	return rte_get_tsc_hz() / 1000 * LIFETIME_MSEC;
}

int reassembly_init(struct worker *w)
{
	for (unsigned i = 0; i < TABLES; i++) {
		w->reassembly[i] = rte_ip_frag_table_create(
		    BUCKETS, BUCKET_ENTRIES, HELD_MAX, lifetime_cycles(), (int)rte_socket_id());
		if (!w->reassembly[i])
			return -ENOMEM;
	}
	return 0;
}

void reassembly_free(struct worker *w)
{
	counter_add(&w->counters.drop[DROP_SHUTDOWN], w->fragments);
	w->fragments = 0;
	for (unsigned i = 0; i < TABLES; i++) {
		if (w->reassembly[i])
			rte_ip_frag_table_destroy(w->reassembly[i]);
		w->reassembly[i] = NULL;
	}
}

/* What the library gives up: of a set that it began to put together some are chained already. */
static void free_dead(struct worker *w, struct rte_ip_frag_death_row *dead)
{
	unsigned count = 0;

	for (uint32_t i = 0; i < dead->cnt; i++) {
		count += dead->row[i]->nb_segs;
		if (w->tap)
			capture_drop(
			    w->tap, dead->row[i], DROP_FRAGMENT, CAPTURE_NO_TUNNEL, w->now.nsec);
	}
	counter_add(&w->counters.drop[DROP_FRAGMENT], count);
	w->fragments -= count;
	rte_ip_frag_free_death_row(dead, 0);
}

static unsigned held_max(const struct worker *w)
{
	unsigned share = w->config.pool->size / HELD_SHARE / w->config.count;

	return RTE_MIN(share, (unsigned)HELD_MAX);
}

/* Gives up sets of a table before their time: the library takes out what is older than the
 * lifetime, so it is told a later time, later and later until something was old enough. False: it
 * is empty. */
static bool evict(struct worker *w, struct rte_ip_frag_tbl *table)
{
	struct rte_ip_frag_death_row dead = {0};
	uint64_t now = rte_rdtsc(), lifetime = lifetime_cycles();

	for (uint64_t age = lifetime; age && dead.cnt == 0; age /= 2)
		rte_ip_frag_table_del_expired_entries(table, &dead, now + lifetime - age);
	if (dead.cnt == 0)
		return false;
	free_dead(w, &dead);
	return true;
}

/* All fragments of a datagram meet at one worker, whichever queue each of them came by. */
static unsigned gatherer(const struct worker *w, const uint8_t *ip, uint8_t family)
{
	const struct rte_ipv4_hdr *ip4 = (const struct rte_ipv4_hdr *)ip;
	const struct rte_ipv6_fragment_ext *ip6 =
	    (const struct rte_ipv6_fragment_ext *)(ip + IP6_HEADER_BYTES);
	uint64_t addresses[4];
	uint32_t hash;

	if (family == IP_FAMILY_V4) {
		hash = rte_hash_crc_4byte(ip4->src_addr, ip4->packet_id);
		return rte_hash_crc_4byte(ip4->dst_addr, hash) % w->config.count;
	}
	/* In a packet they stand at any byte. */
	memcpy(addresses, ip + IP6_OFFSET_SOURCE, sizeof(addresses));
	return rte_hash_crc(addresses, sizeof(addresses), ip6->id) % w->config.count;
}

bool reassembly_takes6(const uint8_t *ip)
{
	uint8_t next = ip[IP6_HEADER_BYTES];

	return ip[IP6_OFFSET_NEXT] == IP_PROTO_FRAGMENT &&
	       (next == IP_PROTO_ESP || next == IP_PROTO_UDP);
}

/* The whole that `m` completes, a chain, or NULL. */
static struct rte_mbuf *gather(
    struct rte_ip_frag_tbl *table, struct rte_ip_frag_death_row *dead, struct rte_mbuf *m)
{
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);

	m->l2_len = 0;
	if (packet_meta(m)->family == IP_FAMILY_V4) {
		m->l3_len = (ip[0] & 0x0fu) * 4;
		return rte_ipv4_frag_reassemble_packet(
		    table, dead, m, rte_rdtsc(), (struct rte_ipv4_hdr *)ip);
	}
	m->l3_len = IP6_HEADER_BYTES + RTE_IPV6_FRAG_HDR_SIZE;
	return rte_ipv6_frag_reassemble_packet(table, dead, m, rte_rdtsc(),
	    (struct rte_ipv6_hdr *)ip, (struct rte_ipv6_fragment_ext *)(ip + IP6_HEADER_BYTES));
}

void reassembly_add(struct worker *w, struct rte_mbuf *m)
{
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);
	struct ip_addr source = packet_source(m);
	unsigned at = 0;

	if (!addr_set_has(&w->snapshot->peer, &source) && !punt_allows(w, m, PUNT_FRAGMENT)) {
		worker_drop(w, m, DROP_POLICED);
		return;
	}
	if (worker_shares(w))
		at = gatherer(w, ip, packet_meta(m)->family);
	if (at == w->config.index)
		reassembly_gather(w, m);
	else
		handover_add(w, m, at, HANDOVER_FRAGMENT);
}

/* A mark on any of the fragments is a mark on the whole (RFC 3168 section 5.3). False: it was put
 * on a packet one of whose fragments knows no ECN. */
static bool merge_marks(struct rte_mbuf *m)
{
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *);
	bool marked = false, unable = false;

	for (struct rte_mbuf *piece = m; piece; piece = piece->next) {
		uint8_t ecn = packet_meta(piece)->outer_tos & ECN_MASK;

		marked |= ecn == ECN_CE;
		unable |= ecn == ECN_NOT_ECT;
	}
	if (!marked)
		return true;
	if (packet_meta(m)->family == IP_FAMILY_V4)
		ip[IP4_OFFSET_TOS] |= ECN_CE;
	else
		ip6_set_traffic_class(ip, ip6_traffic_class(ip) | ECN_CE);
	return !unable;
}

/* The whole, as if it had come so. */
static void take_whole(struct worker *w, struct rte_mbuf *m)
{
	bool right = merge_marks(m);
	uint8_t *ip;

	if (!right || rte_pktmbuf_linearize(m) < 0) {
		worker_drop(w, m, right ? DROP_SEGMENTS : DROP_ECN);
		return;
	}
	ip = rte_pktmbuf_mtod(m, uint8_t *);
	if (packet_meta(m)->family == IP_FAMILY_V6) {
		/* The fragment header is gone; the link header moves up to what is left. */
		uint8_t l2_bytes = packet_meta(m)->l2_bytes;

		memmove(ip - l2_bytes, ip - l2_bytes - RTE_IPV6_FRAG_HDR_SIZE, l2_bytes);
		classify_ip6(w, m);
		return;
	}
	ip4_write_checksum(ip, (ip[0] & 0x0fu) * 4);
	classify_ip4(w, m);
}

void reassembly_gather(struct worker *w, struct rte_mbuf *m)
{
	struct rte_ip_frag_death_row dead = {0};
	struct ip_addr source = packet_source(m);
	bool peer = addr_set_has(&w->snapshot->peer, &source);

	if (w->fragments >= held_max(w) && !evict(w, w->reassembly[STRANGERS]))
		(void)evict(w, w->reassembly[PEERS]);
	w->fragments++;
	m = gather(w->reassembly[peer ? PEERS : STRANGERS], &dead, m);
	free_dead(w, &dead);
	if (!m)
		return;
	w->fragments -= m->nb_segs;
	counter_add(&w->counters.consumed, m->nb_segs - 1u);
	take_whole(w, m);
}

void reassembly_expire(struct worker *w)
{
	for (unsigned i = 0; i < TABLES; i++) {
		struct rte_ip_frag_death_row dead = {0};

		rte_ip_frag_table_del_expired_entries(w->reassembly[i], &dead, rte_rdtsc());
		free_dead(w, &dead);
	}
}
