/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Three workers in threads of their own, a port with three receive queues and one with a single
 * transmit queue, six tunnels: every packet comes through once and in its order, while SAs move
 * between the workers, snapshots are replaced, the books are shown, and strangers send fragments
 * that lead to nothing. Also run under the thread
 * sanitizer: packets are made before the threads begin and looked at after they ended, as it does
 * not see the inside of DPDK's rings. */
#include <pthread.h>
#include <rte_dev.h>

#include "dataplane/moves.h"
#include "tests/unit/dataplane/rig.h"

#define WORKERS     3
#define TUNNELS     6
#define IN_EACH     1500 /* packets of a tunnel */
#define OUT_EACH    400  /* and to it, by each queue */
#define FRAGMENTS   100  /* datagrams in two pieces that come by two queues */
#define JUNK        2000 /* strangers' fragments by each queue */
#define IN_FLIGHT   400
#define SECONDS     100
#define FED_MAX     20000
#define SENT_MAX    30000
#define WINDOW      64
#define SLOT_IN(t)  (8 + 2 * (t))
#define SLOT_OUT(t) (9 + 2 * (t))
#define SPI_IN(t)   (0x5a000000u | SLOT_IN(t))
#define VPC(t)      (0x0a640101u + ((uint32_t)(t) << 16)) /* 10.100.1.1 and on */

struct cores {
	struct rig rig; /* its tables; its worker is not used */
	struct worker worker[WORKERS];
	struct handover_domain handover;
	struct moves moves;
	struct port port[2]; /* receives, sends */
	struct rte_ring *rx[WORKERS], *tx;

	struct rte_mbuf *fed[WORKERS][FED_MAX];
	unsigned feds[WORKERS];
	struct rte_mbuf *junk[WORKERS][JUNK];
	unsigned junks[WORKERS]; /* fed */
	struct rte_mbuf *sent[SENT_MAX];
	unsigned sents;

	unsigned quiet; /* turns without a move */
	unsigned moved, shown, swapped;
	struct counters sum;
};

static _Alignas(64) struct cores cores;

/* ---- tables ---------------------------------------------------------------------------------- */

static void put_tunnel(struct rig *rig, uint32_t t)
{
	struct cfg_sa in = rig_sa(100 + t, true), out = rig_sa(200 + t, false);
	struct cfg_tunnel tunnel = rig_tunnel(200 + t);
	struct cfg_group group = {.member_count = 1};

	in.spi_be = __builtin_bswap32(SPI_IN(t));
	in.tunnel = out.tunnel = t;
	out.replay_window = t % 2 ? WINDOW : 1024;
	in.replay_window = t == 0 ? 1024 : WINDOW; /* tunnel 0 has the fragments */
	out.spi_be = __builtin_bswap32(RIG_SPI_OUT + t);
	rig_put(rig, CFG_TABLE_SAS, SLOT_IN(t), &in);
	rig_put(rig, CFG_TABLE_SAS, SLOT_OUT(t), &out);
	tunnel.instance = 700 + t;
	tunnel.sa_out = SLOT_OUT(t);
	tunnel.inside_local = rig_addr(0xa9fe0a02 + t * 4, 30);
	tunnel.inside_remote = rig_addr(0xa9fe0a01 + t * 4, 30);
	rig_put(rig, CFG_TABLE_TUNNELS, t, &tunnel);
	group.member[0] = (struct cfg_next_hop){.kind = CFG_NH_TUNNEL, .index = t, .weight = 1};
	rig_put(rig, CFG_TABLE_GROUPS, 3 + t, &group);
}

/* All paths lead out by the second port. */
static void put_links(struct rig *rig)
{
	struct cfg_link link = {.name = "lan2", .flags = CFG_LINK_PRESENT | CFG_LINK_UP};
	struct cfg_adj adj = {.flags = CFG_ADJ_VALID, .link = 1, .mtu = 1500, .rewrite_bytes = 14};

	rig_put(rig, CFG_TABLE_LINKS, 1, &link);
	memcpy(adj.rewrite, "\x02\x00\x00\x00\x00\x0a\x02\x00\x00\x00\x00\x01\x08\x00", 14);
	rig_put(rig, CFG_TABLE_ADJS, 0, &adj);
	rig_put(rig, CFG_TABLE_ADJS, 1, &adj);
}

static void put_tables(struct rig *rig)
{
	struct cfg_route routes[TUNNELS + 2];

	rig_basic_tables(rig);
	put_links(rig);

	for (uint32_t t = 0; t < TUNNELS; t++) {
		put_tunnel(rig, t);
		routes[t] =
		    (struct cfg_route){.prefix = rig_addr(VPC(t) & ~0xffffu, 16), .group = 3 + t};
	}
	routes[TUNNELS] =
	    (struct cfg_route){.prefix = rig_addr(RIG_LAN_HOST & ~0xffu, 24), .group = 1};
	routes[TUNNELS + 1] = (struct cfg_route){.prefix = rig_addr(RIG_LAN_HOST, 32), .group = 0};
	rig_put_routes(rig, routes, TUNNELS + 2);
	rig_commit(rig);
}

/* A change that touches no SA: the next snapshot. */
static void touch(struct rig *rig)
{
	struct cfg_adj adj = {.flags = CFG_ADJ_VALID, .mtu = 1500, .rewrite_bytes = 14};

	memcpy(adj.rewrite, "\x02\x00\x00\x00\x00\x0c\x02\x00\x00\x00\x00\x01\x08\x00", 14);
	rig_put(rig, CFG_TABLE_ADJS, 7, &adj);
	rig_commit(rig);
}

/* ---- packets --------------------------------------------------------------------------------- */

static void feed(struct cores *c, unsigned queue, struct rte_mbuf *m)
{
	assert_true(c->feds[queue] < FED_MAX);
	c->fed[queue][c->feds[queue]++] = m;
}

static unsigned marked(uint8_t *ip, uint32_t source, uint32_t dest, uint32_t tunnel, uint32_t index)
{
	unsigned bytes = rig_packet(ip, source, dest, 60);

	put_be32(ip + 28, tunnel);
	put_be32(ip + 32, index);
	return bytes;
}

static unsigned seal(struct rig *rig, uint32_t t, uint32_t index, uint8_t out[512])
{
	uint8_t inner[64];
	unsigned bytes = marked(inner, VPC(t), RIG_LAN_HOST, t, index);

	return rig_seal_as(rig, SPI_IN(t), index + 1, inner, bytes, out);
}

/* Two pieces of one datagram, by two queues. */
static void feed_pieces(struct cores *c, uint32_t t, uint32_t index)
{
	uint8_t outer[512], piece[512];
	unsigned bytes = seal(&c->rig, t, index, outer), first = 20 + 64;

	memcpy(piece, outer, first);
	put_be16(piece + 2, (uint16_t)first);
	put_be16(piece + 4, (uint16_t)(index + 1));
	put_be16(piece + 6, IP4_FLAG_MF);
	ip4_write_checksum(piece, 20);
	feed(c, index % WORKERS, rig_frame(&c->rig, piece, first));
	memcpy(piece + 20, outer + first, bytes - first);
	put_be16(piece + 2, (uint16_t)(20 + bytes - first));
	put_be16(piece + 6, 64 / 8);
	ip4_write_checksum(piece, 20);
	feed(c, (index + 1) % WORKERS, rig_frame(&c->rig, piece, 20 + bytes - first));
}

static void make_junk(struct cores *c, unsigned queue)
{
	uint8_t packet[64];

	for (unsigned i = 0; i < JUNK; i++) {
		(void)rig_packet(packet, 0xc0000200 + i % 200, RIG_OUR, sizeof(packet));
		put_be16(packet + 4, (uint16_t)i);
		put_be16(packet + 6, (uint16_t)(IP4_FLAG_MF | i % 3));
		ip4_write_checksum(packet, 20);
		c->junk[queue][i] = rig_frame(&c->rig, packet, sizeof(packet));
	}
}

/* Each tunnel's ESP by one queue, as RSS has it; what goes out to it by all. */
static void make_packets(struct cores *c)
{
	uint8_t packet[512];

	for (unsigned queue = 0; queue < WORKERS; queue++)
		make_junk(c, queue);
	for (uint32_t i = 0; i < FRAGMENTS; i++)
		feed_pieces(c, 0, i);
	for (uint32_t i = 0; i < IN_EACH; i++) {
		for (uint32_t t = 0; t < TUNNELS; t++)
			if (t != 0 || i >= FRAGMENTS)
				feed(c, t % WORKERS,
				    rig_frame(&c->rig, packet, seal(&c->rig, t, i, packet)));
		for (uint32_t n = 0; n < TUNNELS * WORKERS && i < OUT_EACH; n++) {
			uint32_t t = n / WORKERS, queue = n % WORKERS;

			feed(c, queue,
			    rig_frame(&c->rig, packet,
				marked(packet, RIG_LAN_HOST, VPC(t), t, i * WORKERS + queue)));
		}
	}
}

/* ---- the run --------------------------------------------------------------------------------- */

static void *run_worker(void *arg)
{
	assert_int_equal(rte_thread_register(), 0);
	worker_run(arg);
	rte_thread_unregister();
	return NULL;
}

static void start_ports(struct cores *c)
{
	static const struct args_port args[2] = {
	    {.name = "lan1", .device = "net_ring0"}, {.name = "lan2", .device = "net_ring1"}};
	struct rig *rig = &c->rig;

	rig->pool = rte_pktmbuf_pool_create("cores", 32767, 0,
	    RTE_ALIGN(sizeof(struct packet_meta), RTE_MBUF_PRIV_ALIGN), 512 + RTE_PKTMBUF_HEADROOM,
	    0);
	assert_non_null(rig->pool);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rte_eal_hotplug_add("vdev", args[i].device, ""), 0);
		assert_int_equal(port_find(&c->port[i], &args[i]), 0);
		assert_int_equal(
		    port_start(&c->port[i], rig->pool,
			&(struct port_wish){
			    .queues = i ? 1 : WORKERS, .descriptors = 64, .buffer_bytes = 2048}),
		    0);
	}
	for (unsigned q = 0; q < WORKERS; q++) {
		char name[32];

		snprintf(name, sizeof(name), "ETH_RXTX%u_net_ring0", q);
		c->rx[q] = rte_ring_lookup(name);
		assert_non_null(c->rx[q]);
	}
	c->tx = rte_ring_lookup("ETH_RXTX0_net_ring1");
	assert_non_null(c->tx);
	rig->port = c->port[0];
}

static void start(struct cores *c)
{
	struct rig *rig = &c->rig;
	struct queues queues[WORKERS];

	start_ports(c);
	assert_int_equal(
	    snapshot_domain_init(&rig->domain, snapshot_new(&(struct snapshot_sizes){0}), WORKERS),
	    0);
	assert_int_equal(
	    state_open(&rig->state, rig->instance, CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS), 0);
	assert_int_equal(sync_init(&rig->sync, rig->instance, c->port, 2, &rig->domain, &rig->state,
			     ESP_ARCH_AUTO),
	    0);
	queues_assign(c->port, 2, WORKERS, queues);

	for (unsigned i = 0; i < WORKERS; i++) {
		const struct worker_config config = {.index = i,
		    .count = WORKERS,
		    .burst = 32,
		    .idle_sleep_usec = 20,
		    .pool = rig->pool,
		    .port = c->port,
		    .port_count = 2,
		    .domain = &rig->domain,
		    .handover = &c->handover};

		assert_int_equal(worker_init(&c->worker[i], &config), 0);
		/* What the second port sends it would receive: a net_ring is a loop. */
		if (queues[i].rx[queues[i].rx_count - 1].port == 1)
			queues[i].rx_count--;
		c->worker[i].queues = queues[i];
	}
	handover_connect(c->worker, WORKERS);
	fan_connect(c->worker, WORKERS);
	moves_init(&c->moves, c->worker, WORKERS, FAN_OUT_NEVER);
}

static bool applied(struct rig *rig)
{
	const struct shm_header *cfg = shm_map_header(&rig->cfg);
	const struct shm_header *state = shm_map_header(&rig->state.map);

	return atomic_load(&state->cfg_epoch) == cfg->epoch &&
	       atomic_load(&state->generation) == atomic_load(&cfg->generation);
}

/* Each inbound SA is decrypted by its owner alone, or by others too, as it happens. */
static void fan_out_some(const struct snapshot *s)
{
	for (uint32_t t = 0; t < TUNNELS; t++)
		if (SLOT_IN(t) < s->sa_count && s->sa[SLOT_IN(t)])
			atomic_store(
			    &s->sa[SLOT_IN(t)]->run->fan, (uint32_t)rand() % (1u << WORKERS));
}

/* One turn of the housekeeping: a move to some worker, or the tables. Each gets its share of the
 * turns in which no SA moves, however long the moves take. */
static void housekeep(struct cores *c, bool under_way)
{
	struct rig *rig = &c->rig;
	const struct snapshot *s = atomic_load(&rig->domain.current);

	rig->now = mono_now();
	if (moves_tick(&c->moves, s, rig->now))
		return;
	if (under_way && ++c->quiet % 4 == 0 && applied(rig)) {
		touch(rig);
		c->swapped++;
	}
	sync_tick(&rig->sync, rig->now);
	s = atomic_load(&rig->domain.current);
	fan_out_some(s);
	if (under_way && c->quiet % 2 && applied(rig))
		c->moved += moves_begin(
		    &c->moves, s, (uint32_t)rand() % TUNNELS, (unsigned)rand() % WORKERS);
}

/* The sum of what the workers showed balances and never has more taken than given. */
static void look_at_books(struct cores *c, bool asked)
{
	static const struct counters none;

	for (unsigned i = 0; i < WORKERS; i++)
		if (!worker_has_shown(&c->worker[i]))
			return;
	if (asked) {
		assert_true(state_sum(&c->rig.state, c->worker, WORKERS, &none, &c->sum));
		assert_true(balance_ok(counters_balance(&c->sum)));
		c->shown++;
	}
	worker_ask_counters(&c->handover);
}

/* A few of them among the others' packets. */
static void feed_junk(struct cores *c, unsigned queue)
{
	unsigned most = RTE_MIN(JUNK - c->junks[queue], 4u);

	c->junks[queue] += rte_ring_enqueue_burst(
	    c->rx[queue], (void **)&c->junk[queue][c->junks[queue]], most, NULL);
}

static void run(struct cores *c)
{
	unsigned fed[WORKERS] = {0}, pieces = 0, total = 0;
	bool asked = false;
	mono_t end = mono_add_sec(mono_now(), SECONDS);
	pthread_t thread[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_worker, &c->worker[i]), 0);
	/* SAs that are there before us, while our memory of them is lost, would be ended; and a region
	 * that nothing was committed to yet is none. */
	rig_commit(&c->rig);
	while (!applied(&c->rig))
		housekeep(c, false);
	put_tables(&c->rig);
	while (!applied(&c->rig))
		housekeep(c, false);
	for (unsigned q = 0; q < WORKERS; q++)
		total += c->feds[q];
	total -= FRAGMENTS;
	while (c->sents < total && mono_before(mono_now(), end)) {
		c->sents += rte_ring_dequeue_burst(
		    c->tx, (void **)&c->sent[c->sents], SENT_MAX - c->sents, NULL);
		pieces = 0;
		for (unsigned q = 0; q < WORKERS; q++) {
			unsigned most = RTE_MIN(c->feds[q] - fed[q], 16u);

			if (fed[0] + fed[1] + fed[2] - c->sents < IN_FLIGHT + FRAGMENTS)
				fed[q] += rte_ring_enqueue_burst(
				    c->rx[q], (void **)&c->fed[q][fed[q]], most, NULL);
			pieces += fed[q];
			feed_junk(c, q);
		}
		housekeep(c, true);
		look_at_books(c, asked);
		asked = true;
	}
	for (unsigned i = 0; i < WORKERS; i++)
		atomic_store(&c->worker[i].stop, true);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	print_message("# %u packets, %u moves, %u snapshots, %u shown\n", pieces, c->moved,
	    c->swapped, c->shown);
	assert_int_equal(c->sents, total);
}

/* ---- what came of it ------------------------------------------------------------------------- */

static uint8_t in_seen[TUNNELS][IN_EACH], out_seen[TUNNELS][OUT_EACH * WORKERS];
static uint8_t sequence_seen[TUNNELS][OUT_EACH * WORKERS + 1];

/* The inner packet of what left encrypted, in place. */
static const uint8_t *open_frame(struct cores *c, struct esp_crypto *crypto, uint8_t *ip)
{
	static struct esp_key key;
	uint8_t *esp = ip + 28;
	struct esp_done done[ESP_CRYPTO_DONE_MAX];
	struct esp_job job = {
	    .esp = esp, .key = &key, .cipher_bytes = get_be16(ip + 2) - 28u - 24 - 12};

	assert_int_equal(esp_key_init(&key, crypto,
			     &(struct esp_key_params){
				 .encr = CFG_ENCR_AES_CBC,
				 .auth = CFG_AUTH_HMAC_SHA1_96,
				 .encr_key = rig_sa(1, false).encr_key,
				 .encr_key_bytes = 16,
				 .auth_key = rig_sa(1, false).auth_key,
				 .auth_key_bytes = 20,
			     }),
	    0);
	if (esp_crypto_submit(crypto, &job, 1, done) == 0)
		assert_int_equal(esp_crypto_flush(crypto, done, 1), 1);
	assert_int_equal(done[0].status, ESP_STATUS_OK);
	return esp + 24;
}

/* Of what came in, each tunnel's packets leave in the order they came, wherever its SA was; not so
 * those whose pieces met somewhere. */
static void look_at_inner(uint32_t t, uint32_t index)
{
	static uint32_t next[TUNNELS];

	assert_true(t < TUNNELS && index < IN_EACH);
	in_seen[t][index]++;
	if (t == 0 && index < FRAGMENTS)
		return;
	assert_true(index >= next[t]);
	next[t] = index + 1;
}

static void look_at_frames(struct cores *c)
{
	struct esp_crypto *crypto;
	unsigned furthest[TUNNELS] = {0};
	uint64_t top[TUNNELS] = {0};

	assert_int_equal(esp_crypto_new(&crypto, ESP_DECRYPT, ESP_ARCH_AUTO), 0);
	for (unsigned i = 0; i < c->sents; i++) {
		uint8_t *ip = rte_pktmbuf_mtod_offset(c->sent[i], uint8_t *, 14);
		const uint8_t *inner;
		uint32_t t, sequence;

		if (get_be32(ip + 16) == RIG_LAN_HOST) {
			look_at_inner(get_be32(ip + 28), get_be32(ip + 32));
			rte_pktmbuf_free(c->sent[i]);
			continue;
		}
		t = get_be32(ip + 28) - RIG_SPI_OUT;
		sequence = get_be32(ip + 32);
		assert_true(t < TUNNELS && sequence <= OUT_EACH * WORKERS);
		sequence_seen[t][sequence]++;
		if (sequence < top[t] && top[t] - sequence > furthest[t])
			furthest[t] = (unsigned)(top[t] - sequence);
		top[t] = RTE_MAX(top[t], (uint64_t)sequence);
		inner = open_frame(c, crypto, ip);
		assert_int_equal(get_be32(inner + 28), t);
		out_seen[t][get_be32(inner + 32)]++;
		rte_pktmbuf_free(c->sent[i]);
	}
	esp_crypto_free(crypto);
	/* A small window at the peer: one sender, and so no disorder at all. */
	for (unsigned t = 0; t < TUNNELS; t++) {
		print_message("# tunnel %u: furthest behind a later one %u\n", t, furthest[t]);
		assert_true(furthest[t] <= (t % 2 ? 0u : IN_FLIGHT + FRAGMENTS));
	}
}

static void test_nothing_is_lost_doubled_or_out_of_order(void **state)
{
	struct cores *c = *state;
	struct counters total = {0};
	unsigned junks = 0;

	run(c);
	for (unsigned i = 0; i < WORKERS; i++)
		worker_fini(&c->worker[i]);
	assert_true(state_sum(&c->rig.state, c->worker, WORKERS, &total, &c->sum));
	for (unsigned i = 1; i < DROP_COUNT; i++)
		if (counter_get(&c->sum.drop[i]))
			print_message("# drop %s %lu\n", drop_texts[i].name,
			    (unsigned long)counter_get(&c->sum.drop[i]));
	for (unsigned q = 0; q < WORKERS; q++) {
		junks += c->junks[q];
		for (unsigned i = c->junks[q]; i < JUNK; i++)
			rte_pktmbuf_free(c->junk[q][i]);
	}
	assert_int_equal(counters_dropped(&c->sum), junks);
	assert_int_equal(counters_balance(&c->sum).in_flight, 0);
	assert_true(balance_ok(counters_balance(&c->sum)));
	assert_int_equal(counter_get(&c->sum.consumed), FRAGMENTS);
	assert_true(counter_get(&c->sum.handed) > 0);
	assert_true(c->moved > 3 && c->swapped > 3 && c->shown > 3);
	look_at_frames(c);
	for (unsigned t = 0; t < TUNNELS; t++) {
		for (unsigned i = 0; i < IN_EACH; i++)
			assert_int_equal(in_seen[t][i], 1);
		for (unsigned i = 0; i < OUT_EACH * WORKERS; i++) {
			assert_int_equal(out_seen[t][i], 1);
			assert_int_equal(sequence_seen[t][i + 1], 1);
		}
		assert_int_equal(atomic_load(&state_sa_at(&c->rig.state, SLOT_OUT(t))->packets),
		    OUT_EACH * WORKERS);
		assert_int_equal(
		    atomic_load(&state_sa_at(&c->rig.state, SLOT_IN(t))->sequence), IN_EACH);
	}
	assert_int_equal(rte_mempool_avail_count(c->rig.pool), 32767);
}

static int setup(void **state)
{
	struct rig *rig = &cores.rig;

	snprintf(rig->instance, sizeof(rig->instance), "unit-%ld-race", (long)getpid());
	rig->cfg.fd = -1;
	assert_int_equal(esp_crypto_new(&rig->peer, ESP_ENCRYPT, ESP_ARCH_AUTO), 0);
	start(&cores);
	rig_create_cfg(rig);
	make_packets(&cores);
	*state = &cores;
	return 0;
}

static int teardown(void **state)
{
	struct rig *rig = &cores.rig;

	moves_fini(&cores.moves);
	port_stop(&cores.port[0]);
	port_stop(&cores.port[1]);
	snapshot_domain_fini(&rig->domain);
	sync_fini(&rig->sync);
	state_close(&rig->state);
	esp_crypto_free(rig->peer);
	shm_map_close(&rig->cfg);
	rig_remove_files(rig);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_is_lost_doubled_or_out_of_order),
	};
	int rc;

	eal_start(NULL);
	rc = cmocka_run_group_tests(tests, setup, teardown);
	eal_stop();
	return rc;
}
