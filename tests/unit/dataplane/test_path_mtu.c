/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ICMP about our outer packets, quoting what the worker really sent, and what becomes of the
 * tunnel.
 */
#include "tests/unit/dataplane/rig.h"

#define ROUTER 0xc6336463u /* 198.51.100.99 */

/* The inner MTU of CBC-SHA1 in UDP on these outer ones. */
#define INNER_1500 1422
#define INNER_1400 1326
#define INNER_576  510

static const struct tunnel *tunnel(const struct rig *rig)
{
	return &atomic_load(&rig->domain.current)->tunnel[0];
}

static void up(struct rig *rig, uint8_t df)
{
	struct cfg_tunnel cfg = rig_tunnel(2);

	cfg.df = df;
	rig_tunnel_up(rig, 1, 2);
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &cfg);
	rig_commit(rig);
	assert_true(rig_settle(rig));
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1500);
}

/* Both threads' turns, `msec` after the last. */
static void settle(struct rig *rig, int64_t msec)
{
	rig->now = mono_add_msec(rig->now, msec);
	for (int i = 0; i < 10; i++) {
		sync_follow_paths(&rig->sync, &rig->worker.path_report, rig->now);
		rig->now = mono_add_msec(rig->now, 2);
		sync_tick(&rig->sync, rig->now);
		worker_poll(&rig->worker);
	}
}

/* An outer packet as it left. */
static void sent(struct rig *rig, uint8_t *outer, unsigned bytes)
{
	uint8_t ip[1500];

	rig_inject(rig, rig_frame(rig, ip, rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, 400)));
	assert_int_equal(rig_poll(rig), 1);
	memcpy(outer, rte_pktmbuf_mtod_offset(rig->frame[0], uint8_t *, 14), bytes);
	rig_free_frames(rig);
}

static void empty_ring(struct rig *rig)
{
	void *m;

	while (rte_ring_dequeue(rig->worker.to_kernel, &m) == 0)
		rte_pktmbuf_free(m);
}

/* An ICMP message about `outer`; it goes on to the kernel, believed or not. */
static void message(struct rig *rig, uint8_t type, uint8_t code, const uint8_t *outer, uint16_t mtu)
{
	uint8_t ip[28 + 40];

	rig_packet(ip, ROUTER, RIG_OUR, sizeof(ip));
	ip[9] = IP_PROTO_ICMP;
	ip4_write_checksum(ip, 20);
	memset(ip + 20, 0, 8);
	ip[20] = type;
	ip[21] = code;
	put_be16(ip + 26, mtu);
	memcpy(ip + 28, outer, 40);
	put_be16(ip + 22, checksum(ip + 20, 48));
	rig_inject(rig, rig_frame(rig, ip, sizeof(ip)));
	assert_int_equal(rig_poll(rig), 0);
	assert_int_equal(rte_ring_count(rig->worker.to_kernel), 1);
	empty_ring(rig);
}

/* "Fragmentation needed". */
static void need_frag(struct rig *rig, const uint8_t *outer, uint16_t mtu)
{
	message(rig, 3, 4, outer, mtu);
}

static void test_E26_a_true_message_lowers_the_tunnel_and_ages(void **state)
{
	struct rig *rig = *state;
	uint8_t outer[40];

	up(rig, CFG_DF_SET);
	sent(rig, outer, sizeof(outer));
	need_frag(rig, outer, 1400);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1400);
	assert_int_equal(tunnel(rig)->mss4, INNER_1400 - 40);
	/* Said again, it lasts longer. */
	settle(rig, 400000);
	sent(rig, outer, sizeof(outer));
	need_frag(rig, outer, 1400);
	settle(rig, 0);
	settle(rig, 400000);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1400);
	settle(rig, 200000);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1500);
}

static void test_E26_mtu_68_and_0_end_at_the_floor_and_the_next_plateau(void **state)
{
	struct rig *rig = *state;
	uint8_t outer[40];

	up(rig, CFG_DF_COPY);
	sent(rig, outer, sizeof(outer));
	need_frag(rig, outer, 0);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->outer.mtu, 1492);
	need_frag(rig, outer, 68);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_576);
	assert_true(tunnel(rig)->usable);
	need_frag(rig, outer, 1400); /* never raised */
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_576);
}

static void test_E26_without_proof_nothing_changes(void **state)
{
	/* Source, destination, both ports, SPI. */
	static const unsigned at[] = {15, 19, 21, 23, 28, 31};
	struct rig *rig = *state;
	uint8_t outer[40];

	up(rig, CFG_DF_SET);
	sent(rig, outer, sizeof(outer));
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		outer[at[i]] ^= 1;
		need_frag(rig, outer, 1400);
		settle(rig, 0);
		assert_int_equal(tunnel(rig)->inner_mtu, INNER_1500);
		outer[at[i]] ^= 1;
	}
	need_frag(rig, outer, 1501);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1500);
	need_frag(rig, outer, 1400);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1400);
}

/* Routers cut what bears no DF: who says otherwise lies. */
static void test_E26_nothing_is_believed_of_packets_without_df(void **state)
{
	struct rig *rig = *state;
	uint8_t outer[40];

	up(rig, CFG_DF_CLEAR);
	sent(rig, outer, sizeof(outer));
	need_frag(rig, outer, 1400);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1500);
}

/* A report that nobody took yet stays: the next message is not read. */
static void test_E26_one_report_at_a_time(void **state)
{
	struct rig *rig = *state;
	uint8_t outer[40];

	up(rig, CFG_DF_SET);
	sent(rig, outer, sizeof(outer));
	need_frag(rig, outer, 1400);
	need_frag(rig, outer, 600);
	assert_int_equal(atomic_load(&rig->worker.path_report.mtu), 1400);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1400);
}

/* Whatever anybody sends, and however fast: the next message is looked at. */
static void test_E26_a_flood_hides_no_true_message(void **state)
{
	static const unsigned at[] = {15, 19, 21, 23, 28, 31};
	struct rig *rig = *state;
	uint8_t outer[40];

	up(rig, CFG_DF_SET);
	sent(rig, outer, sizeof(outer));
	message(rig, 8, 0, outer, 0);
	message(rig, 3, 3, outer, 0);
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		outer[at[i]] ^= 1;
		message(rig, 3, 4, outer, 1400);
		outer[at[i]] ^= 1;
	}
	message(rig, 3, 4, outer, 1400);
	settle(rig, 0);
	assert_int_equal(tunnel(rig)->inner_mtu, INNER_1400);
}

static void test_more_paths_than_there_is_room_for(void **state)
{
	struct path_report report = {0};
	struct path_mtus paths = {0};
	mono_t now = {1};

	(void)state;
	assert_false(path_mtus_take(&paths, &report, now));
	for (uint64_t i = 1; i <= PATH_MTUS_MAX + 1; i++) {
		atomic_store(&report.mtu, 1000);
		atomic_store(&report.instance, i);
		assert_int_equal(path_mtus_take(&paths, &report, now), i <= PATH_MTUS_MAX);
		assert_int_equal(atomic_load(&report.instance), 0);
	}
	assert_int_equal(path_mtus_limit(&paths, 1, 1500), 1000);
	assert_int_equal(path_mtus_limit(&paths, 1, 900), 900);
	assert_int_equal(path_mtus_limit(&paths, PATH_MTUS_MAX + 1, 1500), 1500);
	assert_int_equal(path_mtus_limit(&paths, 0, 1500), 1500);
	now = mono_add_sec(now, PATH_MTU_AGE_SEC);
	assert_true(path_mtus_age(&paths, now));
	assert_false(path_mtus_age(&paths, now));
	assert_int_equal(path_mtus_limit(&paths, 1, 1500), 1500);
}

#define RIG_TEST(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    RIG_TEST(test_E26_a_true_message_lowers_the_tunnel_and_ages),
	    RIG_TEST(test_E26_mtu_68_and_0_end_at_the_floor_and_the_next_plateau),
	    RIG_TEST(test_E26_without_proof_nothing_changes),
	    RIG_TEST(test_E26_nothing_is_believed_of_packets_without_df),
	    RIG_TEST(test_E26_one_report_at_a_time),
	    RIG_TEST(test_E26_a_flood_hides_no_true_message),
	    cmocka_unit_test(test_more_paths_than_there_is_room_for),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
