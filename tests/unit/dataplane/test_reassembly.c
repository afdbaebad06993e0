/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Outer packets in fragments, in one thread and under the sanitizers: every order, pieces that stay
 * alone, overlap, are endless, or make a whole that is too large. */
#include "dataplane/reassembly.h"
#include "tests/unit/dataplane/rig.h"

/* Cuts an IPv4 packet into frames of `piece` payload bytes, a multiple of 8. */
static unsigned cut(struct rig *rig, const uint8_t *ip, unsigned bytes, unsigned piece, uint16_t id,
    struct rte_mbuf **out)
{
	unsigned n = 0;

	for (unsigned at = 0; at < bytes - 20; at += piece, n++) {
		unsigned size = bytes - 20 - at < piece ? bytes - 20 - at : piece;
		uint8_t fragment[2048];

		memcpy(fragment, ip, 20);
		memcpy(fragment + 20, ip + 20 + at, size);
		put_be16(fragment + 2, (uint16_t)(20 + size));
		put_be16(fragment + 4, id);
		put_be16(
		    fragment + 6, (uint16_t)(at / 8 | (at + size < bytes - 20 ? IP4_FLAG_MF : 0)));
		ip4_write_checksum(fragment, 20);
		out[n] = rig_frame(rig, fragment, 20 + size);
	}
	return n;
}

static void test_E15_outer_fragments_in_every_order(void **state)
{
	static const int orders[][3] = {
	    {0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}, {0, 2, 1}, {2, 0, 1}};
	struct rig *rig = *state;
	struct rte_mbuf *piece[8];
	uint8_t outer[2048];

	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < 6; i++) {
		unsigned bytes = rig_sealed(rig, i + 1, 1200, outer);

		assert_int_equal(cut(rig, outer, bytes, 512, (uint16_t)(i + 1), piece), 3);
		for (int k = 0; k < 3; k++)
			rig_inject(rig, piece[orders[i][k]]);
		assert_int_equal(rig_poll(rig), 1);
		assert_int_equal(rig->frame[0]->pkt_len, 14 + 1200);
	}
	assert_int_equal(counter_get(&rig->worker.counters.consumed), 12);
	rig_assert_accounts(rig);
}

static void set_tos(struct rte_mbuf *m, uint8_t tos)
{
	uint8_t *ip = rte_pktmbuf_mtod_offset(m, uint8_t *, 14);

	ip[1] = tos;
	ip4_write_checksum(ip, 20);
}

/* By the fields of the three pieces: what the inner packet comes out with, 0xff for dropped. */
static void test_E25_a_mark_on_one_fragment_is_a_mark_on_the_whole(void **state)
{
	static const uint8_t rows[][4] = {
	    {2, 2, 2, 2}, {2, 3, 2, 3}, {2, 2, 3, 3}, {3, 2, 2, 3}, {0, 3, 2, 0xff}, {0, 0, 0, 2}};
	struct rig *rig = *state;
	uint8_t inner[1200], outer[2048];
	struct rte_mbuf *piece[8];
	uint16_t number = 0;

	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned bytes = rig_packet(inner, RIG_VPC_HOST, RIG_LAN_HOST, sizeof(inner));

		ip4_set_tos(inner, 2);
		bytes = rig_seal(rig, ++number, inner, bytes, outer);
		assert_int_equal(cut(rig, outer, bytes, 512, number, piece), 3);
		for (int k = 0; k < 3; k++) {
			set_tos(piece[k], rows[i][k]);
			rig_inject(rig, piece[k]);
		}
		assert_int_equal(rig_poll(rig), rows[i][3] != 0xff);
		if (rig->frames)
			assert_int_equal(
			    rte_pktmbuf_mtod(rig->frame[0], uint8_t *)[15], rows[i][3]);
	}
	assert_int_equal(rig_dropped(rig, DROP_ECN), 1);
	rig_assert_accounts(rig);
}

/* Lets the lifetime of fragments pass and expires them. */
static void expire(struct rig *rig)
{
	struct timespec wait = {.tv_sec = 2, .tv_nsec = 200000000};

	nanosleep(&wait, NULL);
	for (int i = 0; i < 20; i++)
		reassembly_expire(&rig->worker);
}

static void test_E15_fragments_that_stay_alone_are_dropped(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *piece[8];
	uint8_t outer[2048];

	rig_tunnel_up(rig, 1, 2);
	assert_int_equal(cut(rig, outer, rig_sealed(rig, 1, 1200, outer), 512, 9, piece), 3);
	rig_inject(rig, piece[0]);
	rig_inject(rig, piece[2]);
	rte_pktmbuf_free(piece[1]);
	assert_int_equal(rig_poll(rig), 0);
	expire(rig);
	assert_int_equal(rig_dropped(rig, DROP_FRAGMENT), 2);
	rig_assert_accounts(rig);
}

/* Only the first of three fragments comes. */
static void first_of_three(struct rig *rig)
{
	struct rte_mbuf *piece[8];
	uint8_t outer[2048];

	rig_tunnel_up(rig, 1, 2);
	assert_int_equal(cut(rig, outer, rig_sealed(rig, 1, 1200, outer), 512, 9, piece), 3);
	rig_inject(rig, piece[0]);
	rte_pktmbuf_free(piece[1]);
	rte_pktmbuf_free(piece[2]);
	assert_int_equal(rig_poll(rig), 0);
}

static void test_a_fragment_held_at_the_end_is_dropped_as_shutdown(void **state)
{
	struct rig *rig = *state;

	first_of_three(rig);
	rig_stop_dataplane(rig);
	assert_int_equal(rig_dropped(rig, DROP_SHUTDOWN), 1);
	assert_true(balance_ok(counters_balance(&rig->worker.shown)));
	assert_int_equal(counters_balance(&rig->worker.shown).in_flight, 0);
	rig_start_dataplane(rig);
}

static void test_E16_fragments_expire_under_traffic_too(void **state)
{
	struct rig *rig = *state;

	first_of_three(rig);
	for (unsigned i = 0; i < 35; i++) {
		nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
		rig_lan_packet(rig, 100);
		assert_int_equal(rig_poll(rig), 1);
	}
	assert_int_equal(rig_dropped(rig, DROP_FRAGMENT), 1);
	rig_assert_accounts(rig);
}

static void test_E16_overlapping_fragments_are_dropped_as_a_set(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *piece[8];
	uint8_t outer[2048], *ip;

	rig_tunnel_up(rig, 1, 2);
	assert_int_equal(cut(rig, outer, rig_sealed(rig, 1, 1200, outer), 512, 9, piece), 3);
	ip = rte_pktmbuf_mtod_offset(piece[1], uint8_t *, 14);
	put_be16(ip + 6, (uint16_t)(get_be16(ip + 6) - 8));
	ip4_write_checksum(ip, 20);
	for (int k = 0; k < 3; k++)
		rig_inject(rig, piece[k]);
	assert_int_equal(rig_poll(rig), 0);
	rig_peer_packet(rig, 1, 100);
	assert_int_equal(rig_poll(rig), 1);
	expire(rig);
	assert_int_equal(rig_dropped(rig, DROP_FRAGMENT), 3);
	rig_assert_accounts(rig);
}

static void test_E16_endless_first_fragments_are_bounded_and_hurt_no_other_flow(void **state)
{
	struct rig *rig = *state;
	uint8_t tiny[36];
	unsigned held;

	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < 20000; i++) {
		rig_packet(tiny, RIG_PEER, RIG_OUR, 36);
		tiny[9] = IP_PROTO_ESP;
		put_be16(tiny + 4, (uint16_t)i);
		put_be16(tiny + 6, IP4_FLAG_MF);
		ip4_write_checksum(tiny, 20);
		rig_inject(rig, rig_frame(rig, tiny, 36));
		if (i % 1000 == 0) {
			rig_peer_packet(rig, i / 1000 + 1, 100);
			assert_int_equal(rig_poll(rig), 1);
		} else if (i % 16 == 0) {
			assert_int_equal(rig_poll(rig), 0);
		}
	}
	while (rte_ring_count(rig->wire))
		assert_int_equal(rig_poll(rig), 0);
	held = rig->mbufs - rte_mempool_avail_count(rig->pool);
	assert_true(held <= rig->mbufs / 8);
	expire(rig);
	assert_int_equal(rig_dropped(rig, DROP_FRAGMENT), 20000);
	rig_assert_accounts(rig);
}

static void inject_fragment(
    struct rig *rig, uint32_t source, uint16_t id, uint16_t flags_offset, unsigned payload_bytes)
{
	uint8_t ip[20 + 64];

	rig_packet(ip, source, RIG_OUR, 20 + payload_bytes);
	ip[9] = IP_PROTO_ESP;
	put_be16(ip + 4, id);
	put_be16(ip + 6, flags_offset);
	ip4_write_checksum(ip, 20);
	rig_inject(rig, rig_frame(rig, ip, 20 + payload_bytes));
}

/* As many bytes as the whole would have, with a hole: some of them are chained already when it is
 * seen, and each of them counts. */
static void test_E16_fragments_with_an_overlap_as_large_as_their_hole(void **state)
{
	static const struct {
		uint16_t flags_offset;
		unsigned bytes;
	} pieces[] = {{IP4_FLAG_MF, 8}, {IP4_FLAG_MF | 2, 16}, {IP4_FLAG_MF | 3, 8}, {4, 16}};
	struct rig *rig = *state;

	rig_tunnel_up(rig, 1, 2);
	for (unsigned i = 0; i < 4; i++)
		inject_fragment(rig, RIG_PEER, 7, pieces[i].flags_offset, pieces[i].bytes);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_FRAGMENT), 4);
	assert_int_equal(rig->worker.fragments, 0);
	rig_assert_accounts(rig);
}

static void lone_fragments(struct rig *rig, uint32_t source, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		inject_fragment(rig, source, (uint16_t)(1000 + i), IP4_FLAG_MF, 16);
		if (i % 16 == 15)
			assert_int_equal(rig_poll(rig), 0);
	}
	assert_int_equal(rig_poll(rig), 0);
}

/* One datagram of the peer in three pieces: the number of packets that came of it. */
static unsigned pieces_arrive(struct rig *rig, uint64_t sequence)
{
	struct rte_mbuf *piece[8];
	uint8_t outer[2048];
	unsigned bytes = rig_sealed(rig, sequence, 1200, outer);

	assert_int_equal(cut(rig, outer, bytes, 512, (uint16_t)sequence, piece), 3);
	for (int k = 0; k < 3; k++)
		rig_inject(rig, piece[k]);
	return rig_poll(rig);
}

static void test_E16_the_newest_fragments_find_room_whoever_filled_it(void **state)
{
	struct rig *rig = *state;

	rig_tunnel_up(rig, 1, 2);
	lone_fragments(rig, RIG_PEER, 4000);
	assert_int_equal(pieces_arrive(rig, 1), 1);
	assert_int_equal(rig_dropped(rig, DROP_POLICED), 0);
	lone_fragments(rig, RIG_PEER + 9, 4000);
	assert_int_equal(pieces_arrive(rig, 2), 1);
	assert_true(rig->worker.fragments <= rig->mbufs / 8);
	assert_true(rig_dropped(rig, DROP_POLICED) > 0); /* a stranger's are rationed */
	expire(rig);
	assert_int_equal(rig_dropped(rig, DROP_FRAGMENT) + rig_dropped(rig, DROP_POLICED), 8000);
	rig_assert_accounts(rig);
}

static void test_E15_a_whole_that_does_not_fit_a_buffer_is_dropped(void **state)
{
	struct rig *rig = *state;
	struct rte_mbuf *piece[8];
	uint8_t big[3000];
	unsigned n;

	rig_tunnel_up(rig, 1, 2);
	rig_packet(big, RIG_PEER, RIG_OUR, sizeof(big));
	big[9] = IP_PROTO_ESP;
	n = cut(rig, big, sizeof(big), 1000, 5, piece);
	for (unsigned i = 0; i < n; i++)
		rig_inject(rig, piece[i]);
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rig_dropped(rig, DROP_SEGMENTS), 1);
	rig_assert_accounts(rig);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_E15_outer_fragments_in_every_order),
	    RIG_TEST(test_E25_a_mark_on_one_fragment_is_a_mark_on_the_whole),
	    RIG_TEST(test_E15_fragments_that_stay_alone_are_dropped),
	    RIG_TEST(test_a_fragment_held_at_the_end_is_dropped_as_shutdown),
	    RIG_TEST(test_E16_fragments_expire_under_traffic_too),
	    RIG_TEST(test_E16_overlapping_fragments_are_dropped_as_a_set),
	    RIG_TEST(test_E16_endless_first_fragments_are_bounded_and_hurt_no_other_flow),
	    RIG_TEST(test_E16_fragments_with_an_overlap_as_large_as_their_hole),
	    RIG_TEST(test_E16_the_newest_fragments_find_room_whoever_filled_it),
	    RIG_TEST(test_E15_a_whole_that_does_not_fit_a_buffer_is_dropped),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
