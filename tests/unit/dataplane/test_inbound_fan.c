/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two workers polled by hand, of which the first owns two inbound SAs and has all queues, and the
 * second helps it: what must hold at the seams, where test_handover_race comes by too rarely. */
#include "tests/unit/dataplane/crew.h"

#define WORKERS 2
#define HELPERS 0x2u             /* of the owner */
#define FEW     (CREW_BURST - 1) /* the clock is read again after a poll with so many */

static struct crew crew __attribute__((aligned(64)));

static int setup(void **state)
{
	crew_setup(&crew, state, WORKERS);
	return 0;
}

static void share_out(struct crew *c)
{
	atomic_store(&crew_run(c, RIG_SLOT_IN)->fan, HELPERS);
}

/* A poll in which the helper has no CPU. */
static void poll_owner(struct crew *c)
{
	worker_poll(&c->worker[0]);
	rig_collect(c->rig);
}

static void test_what_is_in_the_lanes_when_a_fan_begins_goes_first(void **state)
{
	struct crew *c = *state;

	crew_receive(c, CREW_BURST);
	worker_poll(&c->worker[0]);
	rig_collect(c->rig);
	share_out(c);
	for (unsigned i = 0; i < 4; i++) {
		crew_receive(c, CREW_BURST);
		crew_poll(c);
	}
	for (unsigned i = 0; i < 20; i++)
		crew_poll(c);
	crew_assert_all_in_order(c);
}

/* The helper has the newer tables, in which the SA is gone; its owner has not looked yet. */
static void test_no_job_outlives_the_snapshot_of_its_key(void **state)
{
	static const struct cfg_sa none;
	struct crew *c = *state;

	share_out(c);
	crew_receive(c, 3);
	worker_poll(&c->worker[0]);
	assert_int_equal(fan_waiting(&c->worker[0].fan), 3);
	rig_put(c->rig, CFG_TABLE_SAS, RIG_SLOT_IN, &none);
	rig_commit(c->rig);
	c->rig->now = mono_add_msec(c->rig->now, 60);
	assert_true(sync_tick(&c->rig->sync, c->rig->now));
	worker_poll(&c->worker[1]);
	/* What it sends before it receives it would receive: the wire is a loop. */
	c->worker[0].queues.rx_count = 0;
	worker_poll(&c->worker[0]);
	rig_collect(c->rig);
	assert_int_equal(esp_crypto_in_flight(c->worker[0].decrypt.crypto), 0);
	crew_assert_all_in_order(c);
}

static void test_an_sa_leaves_an_owner_whose_queue_is_never_empty(void **state)
{
	struct crew *c = *state;
	unsigned turns = 0;

	share_out(c);
	assert_true(moves_begin(&c->moves, crew_tables(c), 1, WORKERS - 1));
	do {
		crew_receive(c, FAN_CHUNK);
		worker_poll(&c->worker[0]);
		rig_collect(c->rig);
		if (turns > 0 && turns < 4)
			assert_true(fan_waiting(&c->worker[0].fan));
		worker_poll(&c->worker[1]);
		rig_collect(c->rig);
	} while (!handover_moved(&c->worker[0]) && ++turns < 20);
	assert_true(handover_moved(&c->worker[0]));
	for (unsigned i = 0; i < 20; i++)
		crew_poll(c);
	crew_assert_all_in_order(c);
}

/* A packet of its own for a tunnel, while the owner feeds it poll by poll. */
static void test_what_a_helper_sends_does_not_wait_for_the_fan(void **state)
{
	struct crew *c = *state;
	struct worker *helper = &c->worker[1];
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->rig->pool);
	uint8_t *ip = (uint8_t *)rte_pktmbuf_append(m, 100);

	share_out(c);
	rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, 100);
	*packet_meta(m) = (struct packet_meta){.origin = ORIGIN_TUN, .instance = 77};
	assert_int_equal(rte_ring_enqueue(helper->from_kernel, m), 0);
	crew_receive(c, FAN_CHUNK + 3);
	crew_poll(c);
	assert_true(helper->fan.in_lanes > 0);
	assert_int_equal(esp_crypto_in_flight(helper->encrypt.crypto), 0);
	for (unsigned i = 0; i < 20; i++)
		crew_poll(c);
	assert_int_equal(c->rig->frames, c->received + 1);
}

/* Of a chunk that does not fill the lanes, the last are not waited for long. */
static void test_lanes_of_a_helper_are_emptied_when_nothing_comes(void **state)
{
	struct crew *c = *state;

	share_out(c);
	crew_receive(c, 3);
	crew_poll(c);
	assert_int_equal(c->worker[1].fan.in_lanes, 3);
	for (unsigned i = 1; i < FAN_PATIENCE; i++)
		crew_poll(c);
	assert_int_equal(c->worker[1].fan.in_lanes, 3);
	crew_poll(c);
	crew_poll(c);
	crew_assert_all_in_order(c);
}

/* The helper has lost its CPU: it gets no more than it can hold, and nothing for a while after. */
static void test_a_helper_that_stands_still_is_not_asked_again_soon(void **state)
{
	const struct timespec still = {.tv_nsec = FAN_STILL_MSEC * 1000000};
	struct crew *c = *state;
	struct worker *owner = &c->worker[0];
	const struct rte_ring *lent = c->worker[1].fan.in[0];

	share_out(c);
	for (unsigned i = 0; i < 5; i++) {
		crew_receive(c, FEW);
		poll_owner(c);
	}
	assert_int_equal(rte_ring_count(lent), FAN_RING / 2);
	nanosleep(&still, NULL);
	crew_receive(c, FEW);
	poll_owner(c);
	assert_int_equal(rte_ring_count(lent), FAN_RING / 2);
	/* It goes on, and so does all that waited for it; the next ones do without it. */
	for (unsigned i = 0; i < 20; i++)
		crew_poll(c);
	assert_int_equal(c->rig->frames, c->received);
	crew_receive(c, FEW);
	poll_owner(c);
	assert_int_equal(rte_ring_count(lent), 0);
	owner->fan.watch[1].rest_until = owner->now;
	crew_receive(c, FEW);
	poll_owner(c);
	assert_true(rte_ring_count(lent) > 0);
	for (unsigned i = 0; i < 20; i++)
		crew_poll(c);
	crew_assert_all_in_order(c);
}

/* Two SAs that take turns, the second without helpers: it is in the queue for what is before it. */
static void test_no_sa_is_lent_to_who_does_not_help_it(void **state)
{
	struct crew *c = *state;
	const struct rte_ring *lent = c->worker[1].fan.in[0];

	share_out(c);
	atomic_store(&crew_run(c, CREW_SLOT_B)->fan, HELPERS);
	crew_receive(c, 4);
	crew_receive_as(c, CREW_SPI_B, 4);
	poll_owner(c);
	assert_int_equal(rte_ring_count(lent), 8);
	atomic_store(&crew_run(c, CREW_SLOT_B)->fan, 0);
	for (unsigned i = 0; i < 4; i++) {
		crew_receive(c, 1);
		crew_receive_as(c, CREW_SPI_B, 1);
	}
	poll_owner(c);
	assert_int_equal(fan_waiting(&c->worker[0].fan), 16);
	assert_int_equal(rte_ring_count(lent), 8 + 4);
	for (unsigned i = 0; i < 20; i++)
		crew_poll(c);
	crew_assert_all_in_order(c);
}

/* While two bursts are lent: what is in the queue is of an SA that is gone, and then of a new run
 * of the same. */
static void test_an_sa_that_comes_back_does_not_stay_in_the_queue(void **state)
{
	static const struct cfg_sa none;
	struct cfg_sa again = rig_sa(900, true);
	struct crew *c = *state;

	share_out(c);
	for (unsigned i = 0; i < 2; i++) {
		crew_receive(c, CREW_BURST);
		poll_owner(c);
	}
	rig_put(c->rig, CFG_TABLE_SAS, RIG_SLOT_IN, &none);
	rig_commit(c->rig);
	c->rig->now = mono_add_msec(c->rig->now, 60);
	assert_true(sync_tick(&c->rig->sync, c->rig->now));
	crew_poll(c);
	rig_put(c->rig, CFG_TABLE_SAS, RIG_SLOT_IN, &again);
	rig_commit(c->rig);
	c->rig->now = mono_add_msec(c->rig->now, 60);
	assert_true(sync_tick(&c->rig->sync, c->rig->now));
	atomic_store(&crew_run(c, RIG_SLOT_IN)->place, SA_PLACE(0, 0));
	assert_int_equal(fan_waiting(&c->worker[0].fan), 2 * CREW_BURST);
	for (unsigned i = 0; i < 20; i++)
		crew_poll(c);
	assert_int_equal(fan_waiting(&c->worker[0].fan), 0);
	assert_in_range(c->rig->frames, 1, CREW_BURST);
	rig_free_frames(c->rig);
	crew_receive(c, 4);
	poll_owner(c);
	assert_int_equal(c->rig->frames, 4);
}

/* A second in which ten million packets of so many bytes came by the first tunnel; who helps then.
 */
static uint32_t helpers_after(struct crew *c, uint32_t bytes)
{
	const struct tunnel *tunnel = &crew_tables(c)->tunnel[0];
	struct tunnel_counters *counters = worker_tunnel(&c->worker[0], tunnel);

	counter_add(&counters->in_packets, 10000000);
	counter_add(&counters->in_bytes, UINT64_C(10000000) * bytes);
	c->rig->now = mono_add_sec(c->rig->now, 2);
	(void)moves_tick(&c->moves, crew_tables(c), c->rig->now);
	/* The other tunnel, which is idle, may move. */
	for (unsigned i = 0; i < 10; i++)
		crew_poll(c);
	return atomic_load(&crew_run(c, RIG_SLOT_IN)->fan);
}

static void test_gcm_is_shared_out_when_its_packets_are_large(void **state)
{
	struct cfg_sa gcm = rig_sa(903, true);
	struct crew *c = *state;

	c->moves.fan_out = FAN_OUT_AUTO;
	assert_int_equal(helpers_after(c, 100), HELPERS);
	gcm.encr = CFG_ENCR_AES_GCM_16;
	gcm.encr_key_bytes = 20;
	gcm.auth = CFG_AUTH_NONE;
	gcm.auth_key_bytes = 0;
	rig_put(c->rig, CFG_TABLE_SAS, RIG_SLOT_IN, &gcm);
	rig_commit(c->rig);
	crew_settle(c);
	atomic_store(&crew_run(c, RIG_SLOT_IN)->place, SA_PLACE(0, 0));
	assert_int_equal(helpers_after(c, 100), 0);
	assert_int_equal(helpers_after(c, 1400), HELPERS);
	assert_int_equal(helpers_after(c, 100), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_what_is_in_the_lanes_when_a_fan_begins_goes_first, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_job_outlives_the_snapshot_of_its_key, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_an_sa_leaves_an_owner_whose_queue_is_never_empty, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_what_a_helper_sends_does_not_wait_for_the_fan, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_lanes_of_a_helper_are_emptied_when_nothing_comes, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_helper_that_stands_still_is_not_asked_again_soon, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_sa_is_lent_to_who_does_not_help_it, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_an_sa_that_comes_back_does_not_stay_in_the_queue, setup, crew_teardown),
	    cmocka_unit_test_setup_teardown(
		test_gcm_is_shared_out_when_its_packets_are_large, setup, crew_teardown),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
