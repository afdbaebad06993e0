/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two workers polled by hand, of which the first owns two inbound SAs and has all queues, and the
 * second helps it: what must hold at the seams, where test_handover_race comes by too rarely. */
#include "dataplane/moves.h"
#include "tests/unit/dataplane/rig.h"

#define WORKERS  2
#define HELPERS  0x2u /* of the owner */
#define BURST    32
#define SLOT_B   8u /* the other tunnel's inbound SA */
#define SPI_B    (0x5a000000u | SLOT_B)
#define MARK_AT  28 /* in the inner packet */
#define IN_FRAME 14

struct pair {
	struct rig *rig;
	struct worker worker[WORKERS];
	struct handover_domain handover;
	struct moves moves;
	uint64_t sequence;
};

static struct pair pair __attribute__((aligned(64)));

static void start_worker(struct pair *p, unsigned index, struct queues queues[WORKERS])
{
	struct rig *rig = p->rig;
	const struct worker_config config = {.index = index,
	    .count = WORKERS,
	    .burst = BURST,
	    .pool = rig->pool,
	    .port = &rig->port,
	    .port_count = 1,
	    .domain = &rig->domain,
	    .handover = &p->handover};

	assert_int_equal(worker_init(&p->worker[index], &config), 0);
	p->worker[index].queues = queues[index];
	snapshot_worker_join(&rig->domain, index);
}

static void poll_both(struct pair *p)
{
	for (unsigned i = 0; i < WORKERS; i++) {
		worker_poll(&p->worker[i]);
		rig_collect(p->rig);
	}
}

/* Both threads' turns until what was committed is in force. */
static void settle(struct pair *p)
{
	struct rig *rig = p->rig;

	for (unsigned i = 0; i < 20; i++) {
		rig->now = mono_add_msec(rig->now, 60);
		sync_tick(&rig->sync, rig->now);
		poll_both(p);
	}
	assert_null(rig->domain.retiring);
}

static void put_tunnels(struct rig *rig)
{
	struct cfg_sa a = rig_sa(900, true), b = rig_sa(901, true), out = rig_sa(902, false);
	struct cfg_tunnel tunnel = rig_tunnel(902);

	b.spi_be = __builtin_bswap32(SPI_B);
	b.tunnel = 1;
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_IN, &a);
	rig_put(rig, CFG_TABLE_SAS, SLOT_B, &b);
	rig_put(rig, CFG_TABLE_SAS, RIG_SLOT_OUT, &out);
	rig_put(rig, CFG_TABLE_TUNNELS, 0, &tunnel);
	rig_commit(rig);
}

static struct sa_run *run_of(struct pair *p, uint32_t slot)
{
	return atomic_load(&p->rig->domain.current)->sa[slot]->run;
}

static int setup(void **state)
{
	struct pair *p = &pair;
	struct queues queues[WORKERS];
	struct rig *rig;

	assert_int_equal(rig_setup(state), 0);
	memset(p, 0, sizeof(*p));
	p->rig = rig = *state;
	rig_stop_dataplane(rig);
	assert_int_equal(
	    snapshot_domain_init(&rig->domain, snapshot_new(&(struct snapshot_sizes){0}), WORKERS),
	    0);
	assert_int_equal(
	    state_open(&rig->state, rig->instance, CFG_DEFAULT_TUNNELS, CFG_DEFAULT_SAS), 0);
	assert_int_equal(sync_init(&rig->sync, rig->instance, &rig->port, 1, &rig->domain,
			     &rig->state, ESP_ARCH_AUTO),
	    0);
	queues_assign(&rig->port, 1, WORKERS, queues);
	for (unsigned i = 0; i < WORKERS; i++)
		start_worker(p, i, queues);
	assert_int_equal(p->worker[0].queues.rx_count, 1);
	handover_connect(p->worker, WORKERS);
	fan_connect(p->worker, WORKERS);
	moves_init(&p->moves, p->worker, WORKERS, FAN_OUT_NEVER);
	settle(p);
	put_tunnels(rig);
	settle(p);
	for (unsigned i = 0; i < 2; i++)
		atomic_store(&run_of(p, i ? SLOT_B : RIG_SLOT_IN)->place, SA_PLACE(0, 0));
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;
	struct rig *rig = p->rig;

	for (unsigned i = 0; i < WORKERS; i++) {
		worker_flush_lanes(&p->worker[i]);
		snapshot_worker_leave(&rig->domain, i);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		worker_fini(&p->worker[i]);
	moves_fini(&p->moves);
	rig_collect(rig);
	rig_free_frames(rig);
	snapshot_domain_fini(&rig->domain);
	sync_fini(&rig->sync);
	state_close(&rig->state);
	esp_crypto_free(rig->peer);
	shm_map_close(&rig->cfg);
	rig_remove_files(rig);
	return rte_mempool_avail_count(rig->pool) == rig->mbufs ? 0 : -1;
}

/* `count` packets by the first tunnel, each with its number inside. */
static void receive(struct pair *p, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		uint8_t inner[64], outer[512];
		unsigned bytes = rig_packet(inner, RIG_VPC_HOST, RIG_LAN_HOST, sizeof(inner));

		put_be32(inner + MARK_AT, (uint32_t)++p->sequence);
		bytes = rig_seal_as(p->rig, RIG_SPI_IN, p->sequence, inner, bytes, outer);
		rig_inject(p->rig, rig_frame(p->rig, outer, bytes));
	}
}

/* All that were received have come out, in that order. */
static void assert_all_in_order(struct pair *p)
{
	assert_int_equal(p->rig->frames, p->sequence);
	for (unsigned i = 0; i < p->rig->frames; i++)
		assert_int_equal(get_be32(rte_pktmbuf_mtod_offset(
				     p->rig->frame[i], uint8_t *, IN_FRAME + MARK_AT)),
		    i + 1);
}

static void share_out(struct pair *p)
{
	atomic_store(&run_of(p, RIG_SLOT_IN)->fan, HELPERS);
}

static void test_what_is_in_the_lanes_when_a_fan_begins_goes_first(void **state)
{
	struct pair *p = *state;

	receive(p, BURST);
	worker_poll(&p->worker[0]);
	rig_collect(p->rig);
	share_out(p);
	for (unsigned i = 0; i < 4; i++) {
		receive(p, BURST);
		poll_both(p);
	}
	for (unsigned i = 0; i < 20; i++)
		poll_both(p);
	assert_all_in_order(p);
}

/* The helper has the newer tables, in which the SA is gone; its owner has not looked yet. */
static void test_no_job_outlives_the_snapshot_of_its_key(void **state)
{
	static const struct cfg_sa none;
	struct pair *p = *state;

	share_out(p);
	receive(p, 3);
	worker_poll(&p->worker[0]);
	assert_int_equal(fan_waiting(&p->worker[0].fan), 3);
	rig_put(p->rig, CFG_TABLE_SAS, RIG_SLOT_IN, &none);
	rig_commit(p->rig);
	p->rig->now = mono_add_msec(p->rig->now, 60);
	assert_true(sync_tick(&p->rig->sync, p->rig->now));
	worker_poll(&p->worker[1]);
	/* What it sends before it receives it would receive: the wire is a loop. */
	p->worker[0].queues.rx_count = 0;
	worker_poll(&p->worker[0]);
	rig_collect(p->rig);
	assert_int_equal(esp_crypto_in_flight(p->worker[0].decrypt.crypto), 0);
	assert_all_in_order(p);
}

static void test_an_sa_leaves_an_owner_whose_queue_is_never_empty(void **state)
{
	struct pair *p = *state;
	unsigned turns = 0;

	share_out(p);
	assert_true(moves_begin(&p->moves, atomic_load(&p->rig->domain.current), 1, WORKERS - 1));
	do {
		receive(p, FAN_CHUNK);
		worker_poll(&p->worker[0]);
		rig_collect(p->rig);
		if (turns > 0 && turns < 4)
			assert_true(fan_waiting(&p->worker[0].fan));
		worker_poll(&p->worker[1]);
		rig_collect(p->rig);
	} while (!handover_moved(&p->worker[0]) && ++turns < 20);
	assert_true(handover_moved(&p->worker[0]));
	for (unsigned i = 0; i < 20; i++)
		poll_both(p);
	assert_all_in_order(p);
}

/* A packet of its own for a tunnel, while the owner feeds it poll by poll. */
static void test_what_a_helper_sends_does_not_wait_for_the_fan(void **state)
{
	struct pair *p = *state;
	struct worker *helper = &p->worker[1];
	struct rte_mbuf *m = rte_pktmbuf_alloc(p->rig->pool);
	uint8_t *ip = (uint8_t *)rte_pktmbuf_append(m, 100);

	share_out(p);
	rig_packet(ip, RIG_LAN_HOST, RIG_VPC_HOST, 100);
	*packet_meta(m) = (struct packet_meta){.origin = ORIGIN_TUN, .instance = 77};
	assert_int_equal(rte_ring_enqueue(helper->from_kernel, m), 0);
	receive(p, FAN_CHUNK + 3);
	poll_both(p);
	assert_true(helper->fan.in_lanes > 0);
	assert_int_equal(esp_crypto_in_flight(helper->encrypt.crypto), 0);
	for (unsigned i = 0; i < 20; i++)
		poll_both(p);
	assert_int_equal(p->rig->frames, p->sequence + 1);
}

/* Of a chunk that does not fill the lanes, the last are not waited for long. */
static void test_lanes_of_a_helper_are_emptied_when_nothing_comes(void **state)
{
	struct pair *p = *state;

	share_out(p);
	receive(p, 3);
	poll_both(p);
	assert_int_equal(p->worker[1].fan.in_lanes, 3);
	for (unsigned i = 1; i < FAN_PATIENCE; i++)
		poll_both(p);
	assert_int_equal(p->worker[1].fan.in_lanes, 3);
	poll_both(p);
	poll_both(p);
	assert_all_in_order(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_what_is_in_the_lanes_when_a_fan_begins_goes_first, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_job_outlives_the_snapshot_of_its_key, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_an_sa_leaves_an_owner_whose_queue_is_never_empty, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_what_a_helper_sends_does_not_wait_for_the_fan, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_lanes_of_a_helper_are_emptied_when_nothing_comes, setup, teardown),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
