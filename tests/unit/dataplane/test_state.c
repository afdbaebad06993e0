/* SPDX-License-Identifier: BSD-3-Clause
 *
 * state.v1: what is kept over restarts, growth and new versions, and what its readers find. */
#include <dirent.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/shm_slot.h"
#include "common/shm_sum.h"
#include "dataplane/port.h"
#include "dataplane/state.h"
#include "dataplane/twins.h"
#include "dataplane/worker.h"

static char instance[48];
static struct state st;
static struct worker worker __attribute__((aligned(64)));
static struct counters own, sum;

#define NO_TUNNELS ((struct state_span){0})
#define TUNNEL_3   ((struct state_span){3, 1})

static void open_state(uint32_t tunnels, uint32_t sas)
{
	assert_int_equal(state_open(&st, instance, tunnels, sas), 0);
}

static void remember(uint32_t slot, uint64_t id, uint64_t sequence)
{
	struct state_sa *sa = state_sa_at(&st, slot);
	struct state_sa record = {.instance = id, .peer_port_be = 77};

	shm_slot_write(sa, &record, offsetof(struct state_sa, sequence));
	atomic_store(&sa->sequence, sequence);
	atomic_store(&sa->packets, sequence / 2);
}

static void test_a_restart_finds_its_sas(void **state)
{
	(void)state;
	open_state(16, 64);
	assert_true(st.fresh);
	remember(9, 1234, 5000);
	state_close(&st);
	open_state(16, 64);
	assert_false(st.fresh);
	assert_int_equal(atomic_load(&state_sa_at(&st, 9)->sequence), 5000);
	state_close(&st);
}

static void test_another_size_takes_the_sas_along(void **state)
{
	(void)state;
	open_state(16, 64);
	remember(9, 1234, 5000);
	state_close(&st);
	open_state(32, 256);
	assert_false(st.fresh);
	assert_int_equal(atomic_load(&state_sa_at(&st, 9)->sequence), 5000);
	assert_int_equal(state_sa_at(&st, 9)->instance, 1234);
	assert_int_equal(state_sa_at(&st, 9)->peer_port_be, 77);
	remember(200, 99, 7);
	assert_int_equal(state_grow(&st, 64, 1024), 0);
	assert_int_equal(atomic_load(&state_sa_at(&st, 9)->packets), 2500);
	assert_int_equal(atomic_load(&state_sa_at(&st, 200)->sequence), 7);
	assert_non_null(state_sa_at(&st, 1023));
	assert_null(state_sa_at(&st, 1024));
	state_close(&st);
}

static void test_S05_a_file_that_is_not_ours_is_made_anew_and_nothing_is_trusted(void **state)
{
	char path[128];
	FILE *f;

	(void)state;
	open_state(16, 64);
	state_close(&st);
	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, instance, SHM_STATE_FILE);
	f = fopen(path, "r+");
	assert_non_null(f);
	fputs("garbage", f);
	fclose(f);
	open_state(16, 64);
	assert_true(st.fresh);
	state_close(&st);
}

static void test_every_drop_reason_has_a_name_and_a_sentence(void **state)
{
	(void)state;
	open_state(16, 64);
	for (uint32_t i = 0; i < DROP_COUNT - 1; i++) {
		const struct state_drop *drop = shm_map_at(&st.map, STATE_TABLE_DROPS, i);

		assert_true(drop->name[0] && drop->text[0]);
		assert_true(strlen(drop_texts[i + 1].name) < sizeof(drop->name));
		assert_true(strlen(drop_texts[i + 1].text) < sizeof(drop->text));
		assert_int_equal(drop->text[strlen(drop->text) - 1], '.');
		for (uint32_t k = 0; k < i; k++)
			assert_string_not_equal(drop_texts[k + 1].name, drop_texts[i + 1].name);
	}
	assert_string_equal(drop_texts[DROP_NOSA].name, "nosa");
	assert_string_equal(drop_texts[DROP_NO_SA].name, "no_sa");
	state_close(&st);
}

static void test_counters_of_all_threads_are_summed(void **state)
{
	const struct state_totals *totals;
	const struct state_port *port;
	const struct state_drop *drop;

	(void)state;
	open_state(16, 64);
	memset(&worker, 0, sizeof(worker));
	memset(&own, 0, sizeof(own));
	counter_add(&worker.counters.rx, 10);
	counter_add(&own.rx, 3);
	counter_add(&worker.counters.drop[DROP_ICV], 4);
	counter_add(&own.drop[DROP_NO_TWIN], 2);
	counter_add(&worker.counters.port[1].tx_packets, 5);
	counter_add(&own.port[1].injected, 6);
	worker_show_counters(&worker);
	assert_true(state_sum(&st, &worker, 1, &own, &sum));
	state_publish(&st, &sum, 2, NO_TUNNELS, (mono_t){12345});
	totals = shm_map_at(&st.map, STATE_TABLE_TOTALS, 0);
	port = shm_map_at(&st.map, STATE_TABLE_PORTS, 1);
	drop = shm_map_at(&st.map, STATE_TABLE_DROPS, DROP_ICV - 1);
	assert_int_equal(atomic_load(&totals->rx), 13);
	assert_int_equal(atomic_load(&totals->drop), 6);
	assert_int_equal(atomic_load(&drop->packets), 4);
	assert_string_equal(drop->name, "icv");
	assert_int_equal(atomic_load(&port->tx_packets), 5);
	assert_int_equal(atomic_load(&port->injected), 6);
	assert_int_equal(atomic_load(&shm_map_header(&st.map)->heartbeat_nsec), 12345);
	state_close(&st);
}

/* Totals are the sums of ports, tunnels and tunnels that are no more, also while a tunnel goes. */
static void test_what_twins_counted_is_of_the_same_moment(void **state)
{
	struct tunnel_twin twin[2] = {{.twin = {.fd = -1}, .instance = 7, .count = {5, 9}},
	    {.twin = {.fd = -1}, .instance = 8}};
	struct twins twins = {.tunnel = twin, .tunnel_count = 2, .gone = {1, 2}};
	const struct state_tunnel *tunnel;
	const struct state_whole *whole;

	(void)state;
	open_state(16, 64);
	st.twins = &twins;
	tunnel = shm_map_at(&st.map, STATE_TABLE_TUNNELS, 0);
	whole = shm_map_at(&st.map, STATE_TABLE_WHOLE, 0);
	memset(&sum, 0, sizeof(sum));
	state_write_tunnel(&st, 0, 7, true, 1400);
	twins_show_counters(&twins);
	twin[0].count.punted++; /* after the copy: belongs to the next one */
	state_publish(&st, &sum, 0, (struct state_span){0, 2}, (mono_t){1});
	assert_int_equal(atomic_load(&tunnel->punted), 5);
	assert_int_equal(atomic_load(&tunnel->injected), 9);
	assert_int_equal(atomic_load(&whole->gone_punted), 1);
	twins_want(&twins, 0, 0, NULL, 0, false);
	state_publish(&st, &sum, 0, (struct state_span){0, 2}, (mono_t){2});
	assert_int_equal(atomic_load(&whole->gone_punted), 1 + 5);
	assert_int_equal(atomic_load(&whole->gone_injected), 2 + 9);
	assert_int_equal(twins_counted(&twins, 0).punted, 0);
	twins_show_counters(&twins);
	state_publish(&st, &sum, 0, (struct state_span){0, 2}, (mono_t){3});
	assert_int_equal(atomic_load(&whole->gone_punted), 1 + 6);
	st.twins = NULL;
	state_close(&st);
}

/* What goes from thread to thread is in flight until it was taken, whichever thread's copy is
 * older; a sum that shows it taken and not yet given is not used. */
static void test_the_books_balance_over_threads(void **state)
{
	const struct state_totals *totals;

	(void)state;
	open_state(16, 64);
	totals = shm_map_at(&st.map, STATE_TABLE_TOTALS, 0);
	memset(&worker, 0, sizeof(worker));
	memset(&own, 0, sizeof(own));
	counter_add(&worker.counters.rx, 10);
	counter_add(&worker.counters.tx, 4);
	counter_add(&worker.counters.given, 5);
	worker.fragments = 1;
	worker_show_counters(&worker);
	assert_true(balance_ok(counters_balance(&worker.shown)));
	counter_add(&own.taken, 3);
	counter_add(&own.punt, 3);
	assert_true(state_sum(&st, &worker, 1, &own, &sum));
	state_publish(&st, &sum, 0, NO_TUNNELS, (mono_t){1});
	assert_int_equal(atomic_load(&totals->in_flight), 3);
	assert_int_equal(atomic_load(&totals->rx), 10);
	assert_int_equal(atomic_load(&totals->punt), 3);
	counter_add(&own.taken, 4);
	counter_add(&own.punt, 4);
	assert_false(state_sum(&st, &worker, 1, &own, &sum));
	assert_int_equal(counter_get(&sum.punt), 3);
	state_close(&st);
}

static _Atomic bool published, looked;

static void *publish_for_a_while(void *arg)
{
	(void)arg;
	/* However the two get the processor, one look falls between two writings. */
	for (int i = 0; i < 20000 || !atomic_load(&looked); i++) {
		counter_add(&sum.drop[DROP_ICV], 1);
		counter_add(&sum.rx, 1);
		state_publish(&st, &sum, 0, NO_TUNNELS, (mono_t){1});
	}
	atomic_store(&published, true);
	return NULL;
}

/* Who reads between two equal and even numbers has what was summed together. */
static void test_numbers_that_belong_together_are_told(void **state)
{
	const struct state_totals *totals;
	const struct state_drop *icv;
	pthread_t thread;

	(void)state;
	open_state(16, 64);
	totals = shm_map_at(&st.map, STATE_TABLE_TOTALS, 0);
	icv = shm_map_at(&st.map, STATE_TABLE_DROPS, DROP_ICV - 1);
	memset(&sum, 0, sizeof(sum));
	atomic_store(&published, false);
	atomic_store(&looked, false);
	assert_int_equal(pthread_create(&thread, NULL, publish_for_a_while, NULL), 0);
	while (!atomic_load(&published)) {
		uint32_t before = atomic_load(&totals->writing);
		uint64_t rx = atomic_load(&totals->rx), one = atomic_load(&icv->packets);
		uint64_t all = atomic_load(&totals->drop);

		atomic_thread_fence(memory_order_acquire);
		if (before & 1 || atomic_load(&totals->writing) != before)
			continue;
		assert_true(rx == one && one == all);
		atomic_store(&looked, true);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(atomic_load(&totals->rx), counter_get(&sum.rx));
	state_close(&st);
}

static void test_the_rate_of_what_the_kernel_forwards(void **state)
{
	const struct state_totals *totals;

	(void)state;
	open_state(16, 64);
	totals = shm_map_at(&st.map, STATE_TABLE_TOTALS, 0);
	memset(&sum, 0, sizeof(sum));
	counter_add(&sum.forwarded_punt, 100);
	state_publish(&st, &sum, 0, NO_TUNNELS, (mono_t){1000});
	counter_add(&sum.forwarded_punt, 50);
	state_publish(&st, &sum, 0, NO_TUNNELS, (mono_t){1000 + MONO_NSEC_PER_SEC / 2});
	assert_int_equal(atomic_load(&totals->forwarded_punt_rate), 0);
	state_publish(&st, &sum, 0, NO_TUNNELS, (mono_t){1000 + 2 * MONO_NSEC_PER_SEC});
	assert_int_equal(atomic_load(&totals->forwarded_punt_rate), 25);
	state_publish(&st, &sum, 0, NO_TUNNELS, (mono_t){1000 + 4 * MONO_NSEC_PER_SEC});
	assert_int_equal(atomic_load(&totals->forwarded_punt_rate), 0);
	state_close(&st);
}

static void test_when_a_tunnel_was_heard_last(void **state)
{
	const struct state_tunnel *slot;

	(void)state;
	open_state(16, 64);
	slot = shm_map_at(&st.map, STATE_TABLE_TUNNELS, 3);
	state_write_tunnel(&st, 3, 100, true, 1422);
	state_publish(&st, &sum, 0, TUNNEL_3, (mono_t){10});
	assert_int_equal(atomic_load(&slot->last_in_nsec), 0);
	counter_add(&st.tunnel[3 * WORKERS_MAX].in6_packets, 1);
	state_publish(&st, &sum, 0, TUNNEL_3, (mono_t){20});
	state_publish(&st, &sum, 0, TUNNEL_3, (mono_t){30});
	assert_int_equal(atomic_load(&slot->last_in_nsec), 20);
	assert_int_equal(atomic_load(&slot->last_out_nsec), 0);
	counter_add(&st.tunnel[3 * WORKERS_MAX].out_packets, 1);
	state_publish(&st, &sum, 0, TUNNEL_3, (mono_t){40});
	assert_int_equal(atomic_load(&slot->last_out_nsec), 40);
	state_write_tunnel(&st, 3, 101, true, 1422);
	assert_int_equal(atomic_load(&slot->last_out_nsec), 0);
	state_close(&st);
}

static uint64_t shown_out(void)
{
	const struct state_tunnel *slot = shm_map_at(&st.map, STATE_TABLE_TUNNELS, 3);

	state_publish(&st, &sum, 0, TUNNEL_3, (mono_t){1});
	return atomic_load(&slot->out_packets);
}

static void test_tunnel_counters_belong_to_their_instance(void **state)
{
	(void)state;
	memset(&worker, 0, sizeof(worker));
	open_state(16, 64);
	state_write_tunnel(&st, 3, 100, true, 1422);
	counter_add(&st.tunnel[3 * WORKERS_MAX].out_packets, 50);
	assert_int_equal(shown_out(), 50);
	state_write_tunnel(&st, 3, 100, true, 1400);
	assert_int_equal(shown_out(), 50);
	/* A restart goes on for the same tunnel ... */
	state_close(&st);
	open_state(16, 64);
	state_write_tunnel(&st, 3, 100, true, 1400);
	counter_add(&st.tunnel[3 * WORKERS_MAX].out_packets, 5);
	assert_int_equal(shown_out(), 55);
	/* ... and another in the slot begins at nothing. */
	state_write_tunnel(&st, 3, 101, true, 1400);
	assert_int_equal(shown_out(), 0);
	counter_add(&st.tunnel[3 * WORKERS_MAX].out_packets, 2);
	assert_int_equal(shown_out(), 2);
	state_close(&st);
}

static void test_a_start_takes_back_what_was_applied_before(void **state)
{
	const struct state_tunnel *slot;

	(void)state;
	open_state(16, 64);
	state_write_applied(&st, 777, 12);
	state_write_tunnel(&st, 3, 100, true, 1422);
	state_close(&st);
	open_state(16, 64);
	slot = shm_map_at(&st.map, STATE_TABLE_TUNNELS, 3);
	assert_int_equal(atomic_load(&shm_map_header(&st.map)->generation), 0);
	assert_int_equal(atomic_load(&shm_map_header(&st.map)->cfg_epoch), 0);
	assert_int_equal(atomic_load(&slot->twin_ready), 0);
	state_close(&st);
}

static void test_ports(void **state)
{
	const struct port lan = {
	    .name = "lan1", .device = "net_af_packet0", .mtu = 1500, .link_up = true, .mac = {2}};
	const struct state_port *slot;

	(void)state;
	open_state(16, 64);
	state_write_port(&st, 0, &lan);
	state_write_port(&st, 1, &lan);
	state_remove_ports(&st, 1);
	slot = shm_map_at(&st.map, STATE_TABLE_PORTS, 0);
	assert_string_equal(slot->name, "lan1");
	assert_int_equal(slot->flags, STATE_PORT_PRESENT | STATE_PORT_LINK_UP);
	slot = shm_map_at(&st.map, STATE_TABLE_PORTS, 1);
	assert_int_equal(slot->flags, 0);
	state_close(&st);
}

static void test_growth_takes_the_ports_along(void **state)
{
	const struct port lan = {.name = "lan1", .device = "net_af_packet0", .mtu = 1500};
	const struct state_port *slot;

	(void)state;
	open_state(16, 64);
	state_write_port(&st, 0, &lan);
	assert_int_equal(state_grow(&st, 64, 1024), 0);
	slot = shm_map_at(&st.map, STATE_TABLE_PORTS, 0);
	assert_string_equal(slot->name, "lan1");
	assert_int_equal(slot->flags, STATE_PORT_PRESENT);
	state_close(&st);
}

/* One that was left half written is no empty one. */
static void test_growth_makes_no_record_whole(void **state)
{
	struct state_sa copy;

	(void)state;
	open_state(16, 64);
	atomic_store(&state_sa_at(&st, 4)->head.sequence, 7);
	assert_int_equal(state_grow(&st, 64, 1024), 0);
	assert_int_equal(
	    shm_slot_read(state_sa_at(&st, 4), &copy, offsetof(struct state_sa, sequence)),
	    -EAGAIN);
	state_close(&st);
}

static void test_an_ended_sa_of_unknown_past(void **state)
{
	(void)state;
	open_state(16, 64);
	state_end_sa(&st, 4, 4321);
	assert_int_equal(state_sa_at(&st, 4)->instance, 4321);
	assert_int_equal(atomic_load(&state_sa_at(&st, 4)->ended), 1);
	assert_int_equal(state_sa_at(&st, 4)->checksum, shm_state_sa_sum(state_sa_at(&st, 4)));
	state_end_sa(&st, 5000, 1);
	state_close(&st);
}

static void remove_files(void)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/%s", SHM_BASE_DIR, instance, SHM_STATE_FILE);
	(void)unlink(path);
	snprintf(path, sizeof(path), "%s/%s", SHM_BASE_DIR, instance);
	(void)rmdir(path);
}

static int setup(void **state)
{
	static unsigned serial;

	(void)state;
	snprintf(instance, sizeof(instance), "state-%ld-%u", (long)getpid(), serial++);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	remove_files();
	return 0;
}

#define STATE_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    STATE_TEST(test_a_restart_finds_its_sas),
	    STATE_TEST(test_another_size_takes_the_sas_along),
	    STATE_TEST(test_S05_a_file_that_is_not_ours_is_made_anew_and_nothing_is_trusted),
	    STATE_TEST(test_every_drop_reason_has_a_name_and_a_sentence),
	    STATE_TEST(test_counters_of_all_threads_are_summed),
	    STATE_TEST(test_what_twins_counted_is_of_the_same_moment),
	    STATE_TEST(test_the_books_balance_over_threads),
	    STATE_TEST(test_numbers_that_belong_together_are_told),
	    STATE_TEST(test_the_rate_of_what_the_kernel_forwards),
	    STATE_TEST(test_when_a_tunnel_was_heard_last),
	    STATE_TEST(test_tunnel_counters_belong_to_their_instance),
	    STATE_TEST(test_a_start_takes_back_what_was_applied_before),
	    STATE_TEST(test_ports),
	    STATE_TEST(test_growth_takes_the_ports_along),
	    STATE_TEST(test_growth_makes_no_record_whole),
	    STATE_TEST(test_an_ended_sa_of_unknown_past),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
