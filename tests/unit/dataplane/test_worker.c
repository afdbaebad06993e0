/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The stages of a packet, in one thread and under the sanitizers: what the tests with a wire cannot
 * provoke (an empty pool, full rings, multi-segment buffers, packets in the lanes while
 * their SA goes). */
#include "crypto/esp_internal.h"
#include "tests/unit/dataplane/rig.h"

static void test_out_and_in(void **state)
{
	struct rig *rig = *state;
	const uint8_t *frame;

	rig_tunnel_up(rig, 1, 2);
	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 1);
	frame = rte_pktmbuf_mtod(rig->frame[0], uint8_t *);
	assert_int_equal(frame[5], 0x0b);
	assert_int_equal(get_be32(frame + 14 + 28), RIG_SPI_OUT);
	rig_peer_packet(rig, 1, 100);
	assert_int_equal(rig_poll(rig), 1);
	frame = rte_pktmbuf_mtod(rig->frame[0], uint8_t *);
	assert_int_equal(frame[5], 0x0a);
	assert_int_equal(ip4_destination(frame + 14), RIG_LAN_HOST);
	assert_int_equal(frame[14 + 8], 63);
	rig_assert_accounts(rig);
}

static void test_full_bursts_stay_in_the_lanes_and_short_ones_empty_them(void **state)
{
	struct rig *rig = *state;
	unsigned sent = 0;

	rig_tunnel_up(rig, 1, 2);
	for (int i = 0; i < 32; i++)
		rig_lan_packet(rig, 60 + (unsigned)i * 40);
	sent += rig_poll(rig);
	assert_int_equal(sent + esp_crypto_in_flight(rig->worker.encrypt.crypto), 32);
	rig_lan_packet(rig, 100);
	sent += rig_poll(rig);
	assert_int_equal(sent, 33);
	assert_int_equal(esp_crypto_in_flight(rig->worker.encrypt.crypto), 0);
	rig_assert_accounts(rig);
}

/* P14: what came is gone with the poll that brings less than a burst, be it nothing at all. */
static void test_decrypt_lanes_wait_one_poll_at_most(void **state)
{
	struct rig *rig = *state;
	unsigned sent = 0;

	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < 32; i++)
		rig_peer_packet(rig, i + 1, 60 + i * 40);
	sent += rig_poll(rig);
	assert_int_equal(sent + esp_crypto_in_flight(rig->worker.decrypt.crypto), 32);
	sent += rig_poll(rig);
	assert_int_equal(sent, 32);
	assert_int_equal(esp_crypto_in_flight(rig->worker.decrypt.crypto), 0);
	rig_peer_packet(rig, 33, 100);
	assert_int_equal(rig_poll(rig), 1);
	rig_assert_accounts(rig);
}

static void test_E12_sequence_numbers_end_and_never_wrap(void **state)
{
	struct rig *rig = *state;
	struct state_sa *sa;

	rig_tunnel_up(rig, 1, 2);
	sa = state_sa_at(&rig->state, RIG_SLOT_OUT);
	rig_lan_packet(rig, 100);
	assert_int_equal(rig_poll(rig), 1);
	rig_stop_dataplane(rig);
	/* As if the SA had come so far. */
	{
		struct shm_region_spec spec =
		    shm_state_spec(CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS, DROP_COUNT - 1);
		struct shm_map map;

		assert_int_equal(shm_map_adopt(rig->instance, &spec, &map), 0);
		sa = shm_map_at(&map, STATE_TABLE_SAS, RIG_SLOT_OUT);
		atomic_store(&sa->sequence, UINT32_MAX - 2);
		shm_map_close(&map);
	}
	rig_start_dataplane(rig);
	assert_true(rig_settle(rig));
	for (uint32_t i = 0; i < 5; i++) {
		rig_lan_packet(rig, 100);
		if (i > 2) {
			assert_int_equal(rig_poll(rig), 0);
			continue;
		}
		assert_int_equal(rig_poll(rig), 1);
		assert_int_equal(get_be32(rte_pktmbuf_mtod(rig->frame[0], uint8_t *) + 14 + 32),
		    UINT32_MAX - 2 + i);
	}
	/* The first finds the end; from then on the routes have no such tunnel. */
	assert_int_equal(rig_dropped(rig, DROP_SEQ_EXHAUSTED), 1);
	assert_int_equal(rig_dropped(rig, DROP_NO_SA), 1);
	assert_int_equal(atomic_load(&state_sa_at(&rig->state, RIG_SLOT_OUT)->ended), 1);
	rig_assert_accounts(rig);
}

static uint32_t no_place(IMB_MGR *mgr, uint32_t count, IMB_JOB **jobs)
{
	(void)mgr;
	(void)count;
	(void)jobs;
	return 0;
}

static IMB_JOB *no_job(IMB_MGR *mgr)
{
	(void)mgr;
	return NULL;
}

/* One packet each way through a library that takes none. */
static void test_what_the_crypto_library_refuses_is_a_counted_drop(void **state)
{
	struct rig *rig = *state;
	IMB_MGR *mgr[] = {rig->worker.encrypt.crypto->mgr, rig->worker.decrypt.crypto->mgr};
	IMB_MGR saved = *mgr[0];

	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < 2; i++) {
		mgr[i]->get_next_burst = mgr[i]->flush_burst = no_place;
		mgr[i]->flush_job = no_job;
	}
	rig_lan_packet(rig, 100);
	rig_peer_packet(rig, 1, 100);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_CRYPTO), 2);
	for (unsigned i = 0; i < 2; i++) {
		mgr[i]->get_next_burst = saved.get_next_burst;
		mgr[i]->flush_burst = saved.flush_burst;
		mgr[i]->flush_job = saved.flush_job;
	}
	/* It was not authenticated, so its number is still good. */
	rig_peer_packet(rig, 1, 100);
	assert_int_equal(rig_poll(rig), 1);
	rig_assert_accounts(rig);
}

static void test_another_worker_that_takes_no_more_is_a_counted_drop(void **state)
{
	struct rig *rig = *state;
	struct rte_ring *small = rte_ring_create("small", 2, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
	uint8_t ip[100];
	void *m;

	assert_non_null(small);
	rig->worker.handover.out[1] = small;
	for (unsigned i = 0; i < WORKER_BURST_MAX; i++)
		handover_add(&rig->worker,
		    rig_frame(rig, ip, rig_packet(ip, RIG_LAN_HOST, RIG_LAN_HOST, 100)), 1,
		    HANDOVER_TX);
	assert_int_equal(rig_dropped(rig, DROP_HANDOVER), WORKER_BURST_MAX - 1);
	assert_int_equal(rte_ring_dequeue(small, &m), 0);
	rte_pktmbuf_free(m);
	rte_ring_free(small);
	rig->worker.handover.out[1] = NULL;
	counter_add(&rig->worker.counters.rx, WORKER_BURST_MAX);
	rig_assert_accounts(rig);
}

/* Anybody can send fragments in a peer's name: of a ring between workers they get a half. */
static void test_E16_fragments_leave_room_on_the_way_to_another_worker(void **state)
{
	struct rig *rig = *state;
	struct rte_ring *ring = rte_ring_create("half", 256, 0, RING_F_SP_ENQ | RING_F_SC_DEQ);
	uint8_t ip[100];
	void *m;

	assert_non_null(ring);
	rig->worker.handover.out[1] = ring;
	for (unsigned i = 0; i < 512; i++)
		handover_add(&rig->worker,
		    rig_frame(rig, ip, rig_packet(ip, RIG_PEER, RIG_OUR, 100)), 1,
		    i < 256 ? HANDOVER_FRAGMENT : HANDOVER_ESP);
	handover_send(&rig->worker);
	assert_int_equal(rig_dropped(rig, DROP_HANDOVER), 256 + 1);
	assert_int_equal(rte_ring_count(ring), 255);
	for (unsigned i = 0; rte_ring_dequeue(ring, &m) == 0; i++) {
		assert_int_equal(
		    packet_meta(m)->handover, i < 127 ? HANDOVER_FRAGMENT : HANDOVER_ESP);
		rte_pktmbuf_free(m);
	}
	rte_ring_free(ring);
	rig->worker.handover.out[1] = NULL;
	counter_add(&rig->worker.counters.rx, 512);
	rig_assert_accounts(rig);
}

/* The same frame in `n` segments. */
static struct rte_mbuf *in_segments(struct rig *rig, struct rte_mbuf *m, unsigned n)
{
	unsigned piece = m->data_len / n;
	struct rte_mbuf *head = NULL;

	for (unsigned i = 0; i < n; i++) {
		unsigned bytes = i == n - 1 ? m->data_len - piece * i : piece;
		struct rte_mbuf *segment = rte_pktmbuf_alloc(rig->pool);

		memcpy(rte_pktmbuf_append(segment, (uint16_t)bytes),
		    rte_pktmbuf_mtod_offset(m, uint8_t *, piece * i), bytes);
		if (head)
			assert_int_equal(rte_pktmbuf_chain(head, segment), 0);
		else
			head = segment;
	}
	rte_pktmbuf_free(m);
	return head;
}

static void test_E37_multi_segment_buffers_are_made_one(void **state)
{
	struct rig *rig = *state;
	uint8_t outer[2048], inner[1400];
	unsigned bytes;

	rig_tunnel_up(rig, 1, 2);
	for (unsigned n = 2; n < 6; n++) {
		bytes = rig_sealed(rig, n, 1000, outer);
		rig_inject(rig, in_segments(rig, rig_frame(rig, outer, bytes), n));
		assert_int_equal(rig_poll(rig), 1);
		assert_int_equal(rig->frame[0]->pkt_len, 1014);
		bytes = rig_packet(inner, RIG_LAN_HOST, RIG_VPC_HOST, 1000);
		rig_inject(rig, in_segments(rig, rig_frame(rig, inner, bytes), n));
		assert_int_equal(rig_poll(rig), 1);
	}
	rig_assert_accounts(rig);
}

static void test_E37_9_KB_frame_is_dropped_by_name(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *head = NULL;
	uint8_t piece[1500];

	rig_tunnel_up(rig, 1, 2);
	for (int i = 0; i < 6; i++) {
		struct rte_mbuf *m;

		m = rig_frame(rig, piece, rig_packet(piece, RIG_LAN_HOST, RIG_VPC_HOST, 1500));
		if (head)
			assert_int_equal(rte_pktmbuf_chain(head, m), 0);
		else
			head = m;
	}
	rig_inject(rig, head);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_SEGMENTS), 1);
	rig_assert_accounts(rig);
}

static void test_E40_empty_pool_is_a_counted_drop_and_recovers(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *held[1024];
	unsigned n = 0;

	rig_tunnel_up(rig, 1, 2);
	rig_lan_packet(rig, 1500);
	while (n < 1024 && (held[n] = rte_pktmbuf_alloc(rig->pool)))
		n++;
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_NO_MBUF), 2);
	for (unsigned i = 0; i < n; i++)
		rte_pktmbuf_free(held[i]);
	rig_lan_packet(rig, 1500);
	assert_int_equal(rig_poll(rig), 2);
	rig_assert_accounts(rig);
}

static void test_E40_sa_goes_while_its_packets_are_in_the_lanes(void **state)
{
	struct rig *rig = *state;
	const struct cfg_sa none = {0};
	unsigned sent = 0;

	for (uint64_t round = 0; round < 8; round++) {
		rig_tunnel_up(rig, 100 + round * 2, 101 + round * 2);
		sent = 0;
		for (unsigned i = 0; i < 32; i++)
			if (i % 2)
				rig_lan_packet(rig, 60 + i * 40);
			else
				rig_peer_packet(rig, i + 1, 60 + i * 40);
		sent += rig_poll(rig);
		rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &none);
		rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &none);
		rig_commit(rig);
		/* Until the worker has let go, the SA lives and its packets leave. */
		sync_tick(&rig->sync, rig->now);
		sent += rig_poll(rig);
		assert_int_equal(sent, 32);
		assert_true(rig_settle(rig));
		assert_null(atomic_load(&rig->domain.current)->sa[RIG_SLOT_OUT]);
		rig_lan_packet(rig, 100);
		assert_int_equal(rig_poll(rig), 0);
		assert_int_equal(rig_dropped(rig, DROP_NO_SA), round + 1);
	}
	rig_assert_accounts(rig);
}

static void test_ring_to_the_kernel_full_is_a_counted_drop(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *filler = rte_pktmbuf_alloc(rig->pool);
	uint8_t ip[60];
	void *m;

	while (rte_ring_enqueue(rig->worker.to_kernel, filler) == 0)
		continue;
	rig_inject(rig, rig_frame(rig, ip, rig_packet(ip, RIG_LAN_HOST, 0x08080808, 60)));
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_RING_FULL), 1);
	while (rte_ring_dequeue(rig->worker.to_kernel, &m) == 0)
		assert_ptr_equal(m, filler);
	rte_pktmbuf_free(filler);
	rig_assert_accounts(rig);
}

/* 900 packets from one place, then 100 from another: all of these pass. */
static void policed_apart(struct rig *rig, struct packet_meta one, struct packet_meta other)
{
	unsigned passed[2] = {0};

	for (unsigned i = 0; i < 1000; i++) {
		bool second = i >= 900;
		struct rte_mbuf *m = rte_pktmbuf_alloc(rig->pool);
		unsigned before = rte_ring_count(rig->worker.to_kernel);

		*packet_meta(m) = second ? other : one;
		punt_frame(&rig->worker, m, PUNT_L2);
		passed[second] += rte_ring_count(rig->worker.to_kernel) - before;
	}
	assert_true(passed[0] < 900);
	assert_int_equal(passed[1], 100);
	for (void *m; rte_ring_dequeue(rig->worker.to_kernel, &m) == 0;)
		rte_pktmbuf_free(m);
}

static void test_E39_ports_and_tunnels_are_policed_apart(void **state)
{
	const struct packet_meta from[] = {
	    {.origin = ORIGIN_PORT, .port = 0},
	    {.origin = ORIGIN_PORT, .port = 1},
	    {.origin = ORIGIN_TUNNEL, .port = 1, .tunnel = 0},
	    {.origin = ORIGIN_TUNNEL, .port = 1, .tunnel = 1},
	    {.origin = ORIGIN_TUNNEL, .port = 1, .tunnel = CFG_DEFAULT_TUNNELS - 1},
	    {.origin = ORIGIN_TUNNEL, .port = 1, .tunnel = UINT32_MAX - 5},
	    {.origin = ORIGIN_PORT, .port = PORTS_MAX - 1},
	};

	for (unsigned i = 0; i + 1 < sizeof(from) / sizeof(from[0]); i++) {
		punt_init(&((struct rig *)*state)->worker.punt);
		policed_apart(*state, from[i], from[i + 1]);
	}
}

/* What the kernel forwards is not policed: it leaves room for the classes that are. */
static void test_a_flood_to_be_forwarded_leaves_room_in_the_ring(void **state)
{
	struct rig *rig = *state;
	uint8_t ip[80];
	void *m;

	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < WORKER_RING; i++) {
		struct rte_mbuf *one = NULL;

		rig_packet(ip, RIG_LAN_HOST, 0x08080808, 60);
		/* The ring is longer than the pool: what waits in it is given back, its place kept.
		 */
		if (rte_ring_count(rig->worker.to_kernel) < WORKER_RING - 600) {
			assert_int_equal(rte_ring_enqueue(rig->worker.to_kernel, NULL), 0);
			continue;
		}
		one = rig_frame(rig, ip, 60);
		rig_inject(rig, one);
		rig_poll(rig);
		if (rig_dropped(rig, DROP_RING_FULL))
			break;
	}
	assert_int_equal(rig_dropped(rig, DROP_RING_FULL), 1);
	rig_packet(ip, RIG_PEER, RIG_OUR, 80);
	put_be16(ip + 20, 500);
	put_be16(ip + 22, 500);
	rig_inject(rig, rig_frame(rig, ip, 80));
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_RING_FULL), 1);
	while (rte_ring_dequeue(rig->worker.to_kernel, &m) == 0)
		rte_pktmbuf_free(m);
}

static void test_E39_classes_of_punts_are_policed_apart(void **state)
{
	struct rig *rig = *state;
	uint8_t ip[80];

	rig_tunnel_up(rig, 1, 2);
	/* IKE at a rate that no peer has. */
	for (unsigned i = 0; i < 6000; i++) {
		void *m;

		rig_packet(ip, RIG_PEER, RIG_OUR, 80);
		put_be16(ip + 20, 500);
		put_be16(ip + 22, 500);
		rig_inject(rig, rig_frame(rig, ip, 80));
		if (i % 16 == 0)
			rig_poll(rig);
		while (rte_ring_dequeue(rig->worker.to_kernel, &m) == 0)
			rte_pktmbuf_free(m);
	}
	rig_poll(rig);
	assert_true(rig_dropped(rig, DROP_POLICED) > 1000);
	/* Another class is not hurt, nor is ESP. */
	rig_inject(rig, rig_frame(rig, ip, rig_packet(ip, RIG_LAN_HOST, 0x08080808, 60)));
	rig_peer_packet(rig, 1, 100);
	assert_int_equal(rig_poll(rig), 1);
	rig_assert_accounts(rig);
}

/* Anybody can send in a peer's name, and take from that peer, but from no other. */
static void test_E39_peers_are_policed_apart(void **state)
{
	const uint32_t from[] = {RIG_PEER, RIG_PEER + 4};
	struct rig *rig = *state;
	struct cfg_tunnel second = {.instance = 78,
	    .flags = CFG_TUNNEL_PRESENT,
	    .twin = "tunnel2",
	    .sa_out = SHM_INDEX_NONE,
	    .outer_adj = SHM_INDEX_NONE,
	    .outer_remote = rig_addr(RIG_PEER + 4, 32)};
	unsigned passed[2] = {0};
	uint8_t ip[80];

	rig_put(rig, CFG_TABLE_TUNNELS, 1, &second);
	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < 6100; i++) {
		bool other = i >= 6000;
		void *m;

		rig_packet(ip, from[other], RIG_OUR, sizeof(ip));
		put_be16(ip + 20, 500);
		put_be16(ip + 22, 500);
		rig_inject(rig, rig_frame(rig, ip, sizeof(ip)));
		rig_poll(rig);
		while (rte_ring_dequeue(rig->worker.to_kernel, &m) == 0) {
			passed[other]++;
			rte_pktmbuf_free(m);
		}
	}
	assert_true(passed[0] < 5000);
	assert_int_equal(passed[1], 100);
	rig_assert_accounts(rig);
}

static void test_a_punted_packet_is_as_it_came(void **state)
{
	struct rig *rig = *state;
	uint8_t ip[100];
	struct rte_mbuf *sent, *m;
	uint8_t before[114];

	rig_packet(ip, RIG_LAN_HOST, 0x08080808, 100);
	sent = rig_frame(rig, ip, 100);
	memcpy(before, rte_pktmbuf_mtod(sent, void *), 114);
	rig_inject(rig, sent);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rte_ring_dequeue(rig->worker.to_kernel, (void **)&m), 0);
	assert_int_equal(m->data_len, 114);
	assert_memory_equal(rte_pktmbuf_mtod(m, void *), before, 114);
	assert_int_equal(packet_meta(m)->origin, ORIGIN_PORT);
	rte_pktmbuf_free(m);
}

static void test_packets_of_a_tunnel_that_is_gone_are_dropped(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig->pool);

	rig_tunnel_up(rig, 1, 2);
	for (uint32_t i = 0; i < 3; i++) {
		uint8_t *ip = (uint8_t *)rte_pktmbuf_append(m, 60);

		rig_packet(ip, 0xa9fe0a02, 0xa9fe0a01, 60);
		*packet_meta(m) = (struct packet_meta){.origin = ORIGIN_TUN,
		    .tunnel = i == 1 ? 5000 : 0,
		    .instance = i == 2 ? 77 : 78};
		assert_int_equal(rte_ring_enqueue(rig->worker.from_kernel, m), 0);
		assert_int_equal(rig_poll(rig), i == 2);
		m = rte_pktmbuf_alloc(rig->pool);
	}
	rte_pktmbuf_free(m);
	assert_int_equal(rig_dropped(rig, DROP_NO_SA), 2);
	rig_assert_accounts(rig);
}

static void note_freed(void *block, void *freed)
{
	*(unsigned *)freed += 1;
}

/* Some devices receive into memory of their own; the buffer that points there gives it back. */
static void test_a_frame_in_the_memory_of_a_device_leaves_it_whole(void **state)
{
	static _Alignas(64) uint8_t block[2048];
	static struct rte_mbuf_ext_shared_info shared;
	static unsigned freed;
	struct rig *rig = *state;
	struct rte_mbuf *m = rte_pktmbuf_alloc(rig->pool);
	void *own = m->buf_addr;
	uint8_t ip[100];

	rig_tunnel_up(rig, 1, 2);
	shared.free_cb = note_freed;
	shared.fcb_opaque = &freed;
	rte_mbuf_ext_refcnt_set(&shared, 1);
	rte_pktmbuf_attach_extbuf(m, block, 0, sizeof(block), &shared);
	rte_pktmbuf_reset_headroom(m);
	rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, sizeof(ip));
	memcpy(rte_pktmbuf_append(m, 6), rig->port.mac, 6);
	memcpy(rte_pktmbuf_append(m, 8), "\2\2\2\2\2\2\x08", 8);
	memcpy(rte_pktmbuf_append(m, sizeof(ip)), ip, sizeof(ip));
	rig_inject(rig, m);
	assert_int_equal(rig_poll(rig), 1);
	rig_free_frames(rig);
	assert_int_equal(freed, 1);
	assert_ptr_equal(m->buf_addr, own);
	rig_assert_accounts(rig);
}

/* The wire is the one ring: full behind a burst of packets of which each becomes three. */
static void test_a_port_that_takes_no_more(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *other = rig_frame(rig, (const uint8_t *)"", 1);
	struct cfg_tunnel tunnel = rig_tunnel(2);

	rig_tunnel_up(rig, 1, 2);
	tunnel.inner_mtu = 600;
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	memset(rte_pktmbuf_mtod(other, uint8_t *), 2, 6);
	for (int i = 0; i < 32; i++)
		rig_lan_packet(rig, 1500);
	while (rte_ring_enqueue(rig->wire, other) == 0)
		rte_mbuf_refcnt_update(other, 1);
	rte_pktmbuf_free(other);
	while (rte_ring_count(rig->wire) > 64)
		(void)worker_poll(&rig->worker);
	(void)rig_poll(rig);
	(void)rig_poll(rig);
	assert_int_equal(counter_get(&rig->worker.counters.made), 64);
	assert_true(rig_dropped(rig, DROP_TX_FULL) > 0);
	assert_int_equal(
	    rig_dropped(rig, DROP_TX_FULL), counter_get(&rig->worker.counters.port[0].tx_failed));
	assert_int_equal(
	    rig_dropped(rig, DROP_TX_FULL) + counter_get(&rig->worker.counters.tx), 96);
	rig_assert_accounts(rig);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_a_frame_in_the_memory_of_a_device_leaves_it_whole),
	    RIG_TEST(test_a_port_that_takes_no_more),
	    RIG_TEST(test_out_and_in),
	    RIG_TEST(test_full_bursts_stay_in_the_lanes_and_short_ones_empty_them),
	    RIG_TEST(test_decrypt_lanes_wait_one_poll_at_most),
	    RIG_TEST(test_E12_sequence_numbers_end_and_never_wrap),
	    RIG_TEST(test_what_the_crypto_library_refuses_is_a_counted_drop),
	    RIG_TEST(test_another_worker_that_takes_no_more_is_a_counted_drop),
	    RIG_TEST(test_E16_fragments_leave_room_on_the_way_to_another_worker),
	    RIG_TEST(test_E37_multi_segment_buffers_are_made_one),
	    RIG_TEST(test_E37_9_KB_frame_is_dropped_by_name),
	    RIG_TEST(test_E40_empty_pool_is_a_counted_drop_and_recovers),
	    RIG_TEST(test_E40_sa_goes_while_its_packets_are_in_the_lanes),
	    RIG_TEST(test_ring_to_the_kernel_full_is_a_counted_drop),
	    RIG_TEST(test_a_flood_to_be_forwarded_leaves_room_in_the_ring),
	    RIG_TEST(test_E39_ports_and_tunnels_are_policed_apart),
	    RIG_TEST(test_E39_classes_of_punts_are_policed_apart),
	    RIG_TEST(test_E39_peers_are_policed_apart),
	    RIG_TEST(test_a_punted_packet_is_as_it_came),
	    RIG_TEST(test_packets_of_a_tunnel_that_is_gone_are_dropped),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
