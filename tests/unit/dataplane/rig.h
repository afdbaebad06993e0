/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The whole of the dataplane but its threads and twins, in one process and one thread: a region
 * cfg.v1 that the test writes, sync, one worker. The one port is a net_ring whose receive and
 * transmit side are the same ring: the test puts frames in, polls once, takes frames out. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#ifndef assert_true /* a fuzz target brings its own */
#include <cmocka.h>
#endif
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "common/ip.h"
#include "common/mono.h"
#include "common/shm_map.h"
#include "common/shm_slot.h"
#include "dataplane/pkt/esp_encap.h"
#include "dataplane/state.h"
#include "dataplane/sync.h"
#include "dataplane/worker.h"
#include "tests/unit/dataplane/eal.h"

#define RIG_VDEV       "--vdev=net_ring0"
#define RIG_SLOT_IN    4u
#define RIG_SLOT_OUT   5u
#define RIG_SPI_IN     (0x5a000000u | RIG_SLOT_IN)
#define RIG_SPI_OUT    0xc0000001u
#define RIG_OUR        0xcb007102u /* 203.0.113.2 */
#define RIG_PEER       0xc6336402u /* 198.51.100.2 */
#define RIG_LAN_HOST   0xc0a8c80au /* 192.168.200.10 */
#define RIG_VPC_HOST   0x0a0086f3u /* 10.0.134.243 */
#define RIG_FRAMES_MAX 600

struct rig {
	char instance[48];
	struct port port;
	struct rte_ring *wire;
	struct rte_mempool *pool;
	struct shm_map cfg;
	struct snapshot_domain domain;
	struct handover_domain handover;
	struct state state;
	struct sync sync;
	struct worker worker;
	struct counters housekeeping;
	struct esp_crypto *peer; /* encrypts what the test sends */
	mono_t now;
	unsigned mbufs;                         /* in the pool when nothing is on its way */
	struct rte_mbuf *frame[RIG_FRAMES_MAX]; /* what came out last */
	unsigned frames;
};

/* ---- records ----------------------------------------------------------------------------------
 */

static inline struct shm_addr rig_addr(uint32_t host_order, uint8_t prefix_length)
{
	struct ip_addr ip = ip_addr_v4(host_order);
	struct shm_addr addr = {.family = IP_FAMILY_V4, .prefix_length = prefix_length};

	memcpy(addr.bytes, ip.bytes, sizeof(addr.bytes));
	return addr;
}

static inline struct cfg_sa rig_sa(uint64_t instance, bool inbound)
{
	struct cfg_sa sa = {
	    .instance = instance,
	    .flags = CFG_SA_PRESENT | CFG_SA_UDP_ENCAP | (inbound ? CFG_SA_INBOUND : 0),
	    .spi_be = __builtin_bswap32(inbound ? RIG_SPI_IN : RIG_SPI_OUT),
	    .encr = CFG_ENCR_AES_CBC,
	    .auth = CFG_AUTH_HMAC_SHA1_96,
	    .encr_key_bytes = 16,
	    .auth_key_bytes = 20,
	    .udp_local_be = __builtin_bswap16(4500),
	    .udp_remote_be = __builtin_bswap16(4500),
	    .replay_window = 1024,
	    .outer_local = rig_addr(RIG_OUR, 32),
	    .outer_remote = rig_addr(RIG_PEER, 32),
	    .ts_local = rig_addr(0, 0),
	    .ts_remote = rig_addr(0, 0),
	};

	memset(sa.encr_key, inbound ? 0x11 : 0x22, 16);
	memset(sa.auth_key, inbound ? 0x33 : 0x44, 20);
	return sa;
}

static inline struct cfg_tunnel rig_tunnel(uint64_t sa_out_instance)
{
	return (struct cfg_tunnel){
	    .instance = 77,
	    .flags = CFG_TUNNEL_PRESENT | CFG_TUNNEL_UP,
	    .number = 1,
	    .twin = "tunnel1",
	    .sa_out = RIG_SLOT_OUT,
	    .sa_out_instance = sa_out_instance,
	    .outer_adj = 1,
	    .mss_limit = CFG_MSS_AUTO,
	    .df = CFG_DF_CLEAR,
	    .inside_local = rig_addr(0xa9fe0a02, 30),
	    .inside_remote = rig_addr(0xa9fe0a01, 30),
	};
}

static inline void rig_put(struct rig *rig, uint32_t table, uint32_t slot, const void *record)
{
	shm_slot_write(shm_map_at(&rig->cfg, table, slot), record, rig->cfg.table[table].stride);
}

static inline void rig_put_routes(struct rig *rig, const struct cfg_route *routes, uint32_t count)
{
	struct cfg_settings settings;

	assert_int_equal(shm_slot_read(shm_map_at(&rig->cfg, CFG_TABLE_SETTINGS, 0), &settings,
			     sizeof(settings)),
	    0);
	settings.route_bank = !settings.route_bank;
	settings.route_count = count;
	settings.route_stamp++;
	memcpy(shm_map_at(&rig->cfg, CFG_TABLE_ROUTES_A + settings.route_bank, 0), routes,
	    count * sizeof(*routes));
	rig_put(rig, CFG_TABLE_SETTINGS, 0, &settings);
}

static inline void rig_commit(struct rig *rig)
{
	atomic_fetch_add(&shm_map_header(&rig->cfg)->generation, 1);
}

/* Both threads' turns until the tables are in force. */
static inline bool rig_settle(struct rig *rig)
{
	const struct shm_header *cfg = shm_map_header(&rig->cfg);

	for (int i = 0; i < 400; i++) {
		const struct shm_header *state = shm_map_header(&rig->state.map);

		rig->now = mono_add_msec(rig->now, 2);
		sync_tick(&rig->sync, rig->now);
		worker_poll(&rig->worker);
		state = shm_map_header(&rig->state.map);
		if (atomic_load(&state->cfg_epoch) == cfg->epoch &&
		    atomic_load(&state->generation) == atomic_load(&cfg->generation) &&
		    !rig->domain.retiring)
			return true;
	}
	return false;
}

static inline void rig_create_cfg(struct rig *rig)
{
	struct shm_region_spec spec = shm_cfg_spec();

	spec.table[CFG_TABLE_ROUTES_A].count = 1024;
	spec.table[CFG_TABLE_ROUTES_B].count = 1024;
	shm_map_close(&rig->cfg);
	assert_int_equal(shm_map_create(rig->instance, &spec, &rig->cfg), 0);
}

/* Links, adjacencies, groups and routes: group 0 the LAN host, 1 the kernel, 2 the tunnel. */
static inline void rig_basic_tables(struct rig *rig)
{
	struct cfg_link link = {.name = "lan1", .flags = CFG_LINK_PRESENT | CFG_LINK_UP};
	struct cfg_adj adj = {.flags = CFG_ADJ_VALID, .mtu = 1500, .rewrite_bytes = 14};
	struct cfg_group group = {.member_count = 1};
	const struct cfg_route routes[] = {
	    {.prefix = rig_addr(0x0a000000, 16), .group = 2},
	    {.prefix = rig_addr(RIG_LAN_HOST & ~0xffu, 24), .group = 1},
	    {.prefix = rig_addr(RIG_LAN_HOST, 32), .group = 0},
	};

	rig_put(rig, CFG_TABLE_LINKS, 0, &link);
	memcpy(adj.rewrite, "\x02\x00\x00\x00\x00\x0a\x02\x00\x00\x00\x00\x01\x08\x00", 14);
	rig_put(rig, CFG_TABLE_ADJS, 0, &adj);
	adj.rewrite[5] = 0x0b;
	rig_put(rig, CFG_TABLE_ADJS, 1, &adj);
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_ADJ, .index = 0, .weight = 1};
	rig_put(rig, CFG_TABLE_GROUPS, 0, &group);
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_PUNT, .weight = 1};
	rig_put(rig, CFG_TABLE_GROUPS, 1, &group);
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_TUNNEL, .index = 0, .weight = 1};
	rig_put(rig, CFG_TABLE_GROUPS, 2, &group);
	rig_put_routes(rig, routes, 3);
}

/* A pair of SAs and their tunnel, in force. */
static inline void rig_tunnel_up(struct rig *rig, uint64_t instance_in, uint64_t instance_out)
{
	struct cfg_sa in = rig_sa(instance_in, true), out = rig_sa(instance_out, false);
	struct cfg_tunnel tunnel = rig_tunnel(instance_out);

	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &in);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_commit(rig);
	assert_true(rig_settle(rig));
}

/* ---- traffic ----------------------------------------------------------------------------------
 */

/* An IPv4 UDP packet of `bytes` bytes with a right header; returns `bytes`. */
static inline unsigned rig_packet(uint8_t *ip, uint32_t source, uint32_t dest, unsigned bytes)
{
	memset(ip, 0, bytes);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)bytes);
	ip[8] = 64;
	ip[9] = IP_PROTO_UDP;
	put_be32(ip + 12, source);
	put_be32(ip + 16, dest);
	put_be16(ip + 24, (uint16_t)(bytes - 20));
	ip4_write_checksum(ip, 20);
	return bytes;
}

/* A frame with that IP packet, to our MAC. */
static inline struct rte_mbuf *rig_frame(struct rig *rig, const uint8_t *ip, unsigned bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig->pool);
	uint8_t *at = (uint8_t *)rte_pktmbuf_append(m, (uint16_t)(14 + bytes));

	assert_non_null(at);
	memcpy(at, rig->port.mac, 6);
	memset(at + 6, 2, 6);
	put_be16(at + 12, 0x0800);
	memcpy(at + 14, ip, bytes);
	return m;
}

static inline void rig_inject(struct rig *rig, struct rte_mbuf *m)
{
	assert_int_equal(rte_ring_enqueue(rig->wire, m), 0);
}

static inline void rig_free_frames(struct rig *rig)
{
	for (unsigned i = 0; i < rig->frames; i++)
		rte_pktmbuf_free(rig->frame[i]);
	rig->frames = 0;
}

/* What the worker sent, appended to rig->frame. */
static inline void rig_collect(struct rig *rig)
{
	void *m;

	while (rig->frames < RIG_FRAMES_MAX && rte_ring_dequeue(rig->wire, &m) == 0)
		rig->frame[rig->frames++] = m;
}

/* One poll and what came of it: the number of frames sent. */
static inline unsigned rig_poll(struct rig *rig)
{
	rig_free_frames(rig);
	worker_poll(&rig->worker);
	rig_collect(rig);
	return rig->frames;
}

/* What the peer sends: ESP in UDP around `inner`, by the keys of every rig_sa(), with that SPI and
 * sequence number. Returns its bytes. */
static inline unsigned rig_seal_as(struct rig *rig, uint32_t spi, uint64_t sequence,
    const uint8_t *inner, unsigned bytes, uint8_t *out)
{
	static _Alignas(64) uint8_t buffer[4096];
	struct cfg_sa sa = rig_sa(1, true);
	const struct esp_key_params keys = {.encr = sa.encr,
	    .auth = sa.auth,
	    .encr_key = sa.encr_key,
	    .encr_key_bytes = 16,
	    .auth_key = sa.auth_key,
	    .auth_key_bytes = 20};
	const struct esp_encap_params params = {.outer_local = ip_addr_v4(RIG_PEER),
	    .outer_remote = ip_addr_v4(RIG_OUR),
	    .spi = spi,
	    .udp = true,
	    .udp_local = 4500,
	    .udp_remote = 4500,
	    .iv_bytes = 16,
	    .block_bytes = 16,
	    .icv_bytes = 12,
	    .df = ESP_DF_CLEAR};
	static const uint8_t iv[16] = {9, 8, 7};
	static struct esp_key key;
	struct esp_encap encap;
	struct esp_encap_result result;
	struct esp_done done[ESP_CRYPTO_DONE_MAX];
	uint8_t *at = buffer + 128;
	struct esp_job job = {.key = &key};

	assert_int_equal(esp_key_init(&key, rig->peer, &keys), 0);
	assert_int_equal(esp_encap_init(&encap, &params), 0);
	memcpy(at, inner, bytes);
	result = esp_encap(&encap, at, bytes, sequence, iv);
	job.esp = at - 16 - ESP_HEADER_BYTES;
	job.cipher_bytes = result.cipher_bytes;
	if (esp_crypto_submit(rig->peer, &job, 1, done) == 0)
		assert_int_equal(esp_crypto_flush(rig->peer, done, 1), 1);
	memcpy(out, at - encap.head_bytes, result.outer_bytes);
	return result.outer_bytes;
}

static inline unsigned rig_seal(
    struct rig *rig, uint64_t sequence, const uint8_t *inner, unsigned bytes, uint8_t *out)
{
	return rig_seal_as(rig, RIG_SPI_IN, sequence, inner, bytes, out);
}

/* From the LAN host to the VPC host, on the wire. */
static inline void rig_lan_packet(struct rig *rig, unsigned bytes)
{
	uint8_t ip[1500];

	rig_inject(rig, rig_frame(rig, ip, rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, bytes)));
}

/* What the peer sends for a packet the other way; its bytes. */
static inline unsigned rig_sealed(
    struct rig *rig, uint64_t sequence, unsigned bytes, uint8_t out[2048])
{
	uint8_t inner[1600];

	return rig_seal(
	    rig, sequence, inner, rig_packet(inner, RIG_VPC_HOST, RIG_LAN_HOST, bytes), out);
}

/* The same, on the wire. */
static inline void rig_peer_packet(struct rig *rig, uint64_t sequence, unsigned bytes)
{
	uint8_t outer[2048];

	rig_inject(rig, rig_frame(rig, outer, rig_sealed(rig, sequence, bytes, outer)));
}

static inline uint64_t rig_dropped(const struct rig *rig, enum drop_reason reason)
{
	return counter_get(&rig->worker.counters.drop[reason]);
}

/* The worker's books balance, and no buffer is lost. */
static inline void rig_assert_accounts(struct rig *rig)
{
	uint64_t waiting = rte_ring_count(rig->worker.to_kernel);
	struct balance b;

	worker_show_counters(&rig->worker);
	b = counters_balance(&rig->worker.shown);
	assert_int_equal(b.in, b.ended + b.in_flight);
	assert_true(balance_ok(b));
	rig_free_frames(rig);
	assert_int_equal(rte_mempool_avail_count(rig->pool) + waiting, rig->mbufs);
}

/* ---- start and end ----------------------------------------------------------------------------
 */

static inline void rig_start_worker(struct rig *rig)
{
	const struct worker_config config = {.count = 1,
	    .burst = 32,
	    .pool = rig->pool,
	    .port = &rig->port,
	    .port_count = 1,
	    .domain = &rig->domain,
	    .handover = &rig->handover};

	assert_int_equal(worker_init(&rig->worker, &config), 0);
	queues_assign(&rig->port, 1, 1, &rig->worker.queues);
	snapshot_worker_join(&rig->domain, 0);
}

/* The dataplane's own part: what a restart makes anew. */
static inline void rig_start_dataplane(struct rig *rig)
{
	struct snapshot *empty = snapshot_new(&(struct snapshot_sizes){0});

	assert_non_null(empty);
	assert_int_equal(snapshot_domain_init(&rig->domain, empty, 1), 0);
	assert_int_equal(
	    state_open(&rig->state, rig->instance, CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS), 0);
	assert_int_equal(sync_init(&rig->sync, rig->instance, &rig->port, 1, &rig->domain,
			     &rig->state, ESP_ARCH_AUTO),
	    0);
	rig_start_worker(rig);
}

static inline void rig_stop_dataplane(struct rig *rig)
{
	worker_flush_lanes(&rig->worker);
	snapshot_worker_leave(&rig->domain, 0);
	worker_fini(&rig->worker);
	snapshot_domain_fini(&rig->domain);
	sync_fini(&rig->sync);
	state_close(&rig->state);
}

static inline void rig_remove_files(struct rig *rig)
{
	char path[128];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, rig->instance,
		    i ? SHM_CFG_FILE : SHM_STATE_FILE);
		(void)unlink(path);
	}
	snprintf(path, sizeof(path), "%s/%s", SHM_BASE_DIR, rig->instance);
	(void)rmdir(path);
}

static inline int rig_setup(void **state)
{
	static struct rig rig __attribute__((aligned(64)));
	static struct port started;
	static unsigned serial;
	struct args_port args = {.name = "lan1", .device = "net_ring0"};

	memset(&rig, 0, sizeof(rig));
	snprintf(rig.instance, sizeof(rig.instance), "unit-%ld-%u", (long)getpid(), serial++);
	rig.cfg.fd = -1;
	rig.now = mono_now();
	rig.wire = rte_ring_lookup("ETH_RXTX0_net_ring0");
	rig.pool = rte_mempool_lookup("rig");
	if (!rig.pool)
		rig.pool = rte_pktmbuf_pool_create("rig", 1023, 0,
		    RTE_ALIGN(sizeof(struct packet_meta), RTE_MBUF_PRIV_ALIGN),
		    2048 + RTE_PKTMBUF_HEADROOM, 0);
	assert_non_null(rig.wire);
	assert_non_null(rig.pool);
	rig.mbufs = rte_mempool_avail_count(rig.pool);
	if (serial == 1) {
		assert_int_equal(port_find(&started, &args), 0);
		assert_int_equal(
		    port_start(&started, rig.pool,
			&(struct port_wish){.queues = 1, .descriptors = 64, .buffer_bytes = 2048}),
		    0);
	}
	rig.port = started;
	assert_int_equal(esp_crypto_new(&rig.peer, ESP_ENCRYPT, ESP_ARCH_AUTO), 0);
	rig_start_dataplane(&rig);
	rig_create_cfg(&rig);
	rig_basic_tables(&rig);
	rig_commit(&rig);
	assert_true(rig_settle(&rig));
	*state = &rig;
	return 0;
}

static inline int rig_teardown(void **state)
{
	struct rig *rig = *state;

	rig_free_frames(rig);
	rig_stop_dataplane(rig);
	esp_crypto_free(rig->peer);
	shm_map_close(&rig->cfg);
	rig_remove_files(rig);
	return rte_mempool_avail_count(rig->pool) == rig->mbufs ? 0 : -1;
}
