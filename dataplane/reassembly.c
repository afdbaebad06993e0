/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reassembly by rte_ip_frag (RFC 791 section 3.2, RFC 5722, RFC 1858). A set that overlaps or does
 * not complete in time is dropped as `fragment`, a whole that does not fit into one packet buffer
 * as `segments`. */
#define ALLOW_EXPERIMENTAL_API
#include "dataplane/reassembly.h"

#include <rte_cycles.h>
#include <rte_hash_crc.h>
#include <rte_ip_frag.h>

#include "dataplane/classify.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/worker.h"

#define BUCKETS        256
#define BUCKET_ENTRIES 4
#define SETS           512
#define LIFETIME_MSEC  2000

struct rte_ip_frag_tbl *reassembly_new(void)
{
	uint64_t cycles = rte_get_tsc_hz() / 1000 * LIFETIME_MSEC;

	return rte_ip_frag_table_create(
	    BUCKETS, BUCKET_ENTRIES, SETS, cycles, (int)rte_socket_id());
}

void reassembly_free(struct worker *w)
{
	counter_add(&w->counters.drop[DROP_SHUTDOWN], w->fragments);
	w->fragments = 0;
	rte_ip_frag_table_destroy(w->reassembly);
	w->reassembly = NULL;
}

static void free_dead(struct worker *w, struct rte_ip_frag_death_row *dead)
{
	counter_add(&w->counters.drop[DROP_FRAGMENT], dead->cnt);
	w->fragments -= dead->cnt;
	for (uint32_t i = 0; w->tap && i < dead->cnt; i++)
		capture_drop(w->tap, dead->row[i], DROP_FRAGMENT, CAPTURE_NO_TUNNEL, w->now.nsec);
	rte_ip_frag_free_death_row(dead, 0);
}

/* All fragments of a datagram meet at one worker, whichever queue each of them came by. */
static unsigned gatherer(const struct worker *w, const struct rte_ipv4_hdr *ip)
{
	uint32_t hash = rte_hash_crc_4byte(ip->src_addr, ip->packet_id);

	return rte_hash_crc_4byte(ip->dst_addr, hash) % w->config.count;
}

void reassembly_add4(struct worker *w, struct rte_mbuf *m)
{
	struct rte_ip_frag_death_row dead = {0};
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *);
	uint8_t *whole;

	if (worker_shares(w) && gatherer(w, ip) != w->config.index) {
		handover_add(w, m, gatherer(w, ip), HANDOVER_FRAGMENT);
		return;
	}
	m->l2_len = 0;
	m->l3_len = rte_ipv4_hdr_len(ip);
	w->fragments++;
	m = rte_ipv4_frag_reassemble_packet(w->reassembly, &dead, m, rte_rdtsc(), ip);
	free_dead(w, &dead);
	if (!m)
		return;
	w->fragments -= m->nb_segs;
	counter_add(&w->counters.consumed, m->nb_segs - 1u);
	if (rte_pktmbuf_linearize(m) < 0) {
		worker_drop(w, m, DROP_SEGMENTS);
		return;
	}
	whole = rte_pktmbuf_mtod(m, uint8_t *);
	ip4_write_checksum(whole, (whole[0] & 0x0fu) * 4);
	classify_ip4(w, m);
}

void reassembly_expire(struct worker *w)
{
	struct rte_ip_frag_death_row dead = {0};

	rte_ip_frag_table_del_expired_entries(w->reassembly, &dead, rte_rdtsc());
	free_dead(w, &dead);
}
