/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Queues and tunnels are spread over the workers: everything has exactly one to do it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dataplane/port.h"
#include "dataplane/queues.h"
#include "dataplane/spread.h"

static struct port ports[PORTS_MAX];
static struct queues queues[WORKERS_MAX];

static void set_port(unsigned port, uint16_t rx, uint16_t tx)
{
	ports[port].rx_queues = rx;
	ports[port].tx_queues = tx;
}

/* Each receive queue is polled once; who sends by a port has a queue of it, one to a worker. */
static void assert_whole(unsigned port_count, unsigned workers)
{
	unsigned polled[PORTS_MAX][WORKERS_MAX] = {{0}};

	for (unsigned w = 0; w < workers; w++)
		for (unsigned i = 0; i < queues[w].rx_count; i++)
			polled[queues[w].rx[i].port][queues[w].rx[i].queue]++;
	for (unsigned port = 0; port < port_count; port++) {
		unsigned owned[WORKERS_MAX] = {0};

		for (unsigned q = 0; q < ports[port].rx_queues; q++)
			assert_int_equal(polled[port][q], 1);
		for (unsigned w = 0; w < workers; w++) {
			unsigned sender = queues[w].tx[port].worker;

			assert_true(sender < workers);
			assert_int_equal(queues[sender].tx[port].worker, sender);
			assert_true(queues[sender].tx[port].queue < ports[port].tx_queues);
			if (sender == w)
				owned[queues[w].tx[port].queue]++;
		}
		for (unsigned q = 0; q < ports[port].tx_queues; q++)
			assert_int_equal(owned[q], 1);
	}
}

static void test_every_queue_has_one_worker(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= WORKERS_MAX; workers++)
		for (unsigned run = 0; run < 200; run++) {
			for (unsigned port = 0; port < PORTS_MAX; port++)
				set_port(port, (uint16_t)(1 + (unsigned)rand() % workers),
				    (uint16_t)(1 + (unsigned)rand() % workers));
			queues_assign(ports, PORTS_MAX, workers, queues);
			assert_whole(PORTS_MAX, workers);
		}
}

static void test_two_ports_of_one_queue_are_two_workers(void **state)
{
	(void)state;
	set_port(0, 1, 1);
	set_port(1, 1, 1);
	queues_assign(ports, 2, 2, queues);
	for (unsigned w = 0; w < 2; w++) {
		assert_int_equal(queues[w].rx_count, 1);
		assert_int_equal(queues[w].rx[0].port, w);
		assert_int_equal(queues[w].tx[w].worker, w);
		assert_int_equal(queues[w].tx[!w].worker, !w);
	}
}

static void test_as_many_queues_as_workers_is_one_each(void **state)
{
	(void)state;
	set_port(0, 4, 4);
	set_port(1, 4, 4);
	queues_assign(ports, 2, 4, queues);
	for (unsigned w = 0; w < 4; w++) {
		assert_int_equal(queues[w].rx_count, 2);
		for (unsigned port = 0; port < 2; port++)
			assert_int_equal(queues[w].tx[port].worker, w);
	}
}

static void test_a_new_tunnel_goes_to_who_has_fewest(void **state)
{
	uint32_t owned[3] = {0};

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		owned[spread_least(owned, 3)]++;
	assert_int_equal(owned[0], 4);
	assert_int_equal(owned[1], 3);
	assert_int_equal(owned[2], 3);
}

/* Moves until there is none to make; how many. */
static unsigned settle(struct spread *s, uint8_t *owner)
{
	unsigned moved = 0, to;
	uint32_t tunnel;

	while (spread_choose(s, &tunnel, &to)) {
		assert_true(to < s->workers && owner[tunnel] != to);
		owner[tunnel] = (uint8_t)to;
		assert_true(++moved <= s->tunnels * 2);
	}
	return moved;
}

static void test_moves_even_out_and_end(void **state)
{
	static uint8_t owner[64];
	static uint64_t load[64];

	(void)state;
	for (unsigned run = 0; run < 2000; run++) {
		struct spread s = {.workers = 2 + (unsigned)rand() % 7,
		    .tunnels = 1 + (uint32_t)rand() % 64,
		    .owner = owner,
		    .load = load};
		uint64_t total[WORKERS_MAX] = {0}, heaviest = 0, most = 0, least = UINT64_MAX;

		for (uint32_t i = 0; i < s.tunnels; i++) {
			owner[i] =
			    rand() % 5 ? (uint8_t)((unsigned)rand() % s.workers) : SPREAD_NONE;
			load[i] = (uint64_t)rand() % 1000000;
		}
		(void)settle(&s, owner);
		for (uint32_t i = 0; i < s.tunnels; i++) {
			if (owner[i] == SPREAD_NONE)
				continue;
			total[owner[i]] += load[i] + 1;
			heaviest = load[i] + 1 > heaviest ? load[i] + 1 : heaviest;
		}
		for (unsigned w = 0; w < s.workers; w++) {
			most = total[w] > most ? total[w] : most;
			least = total[w] < least ? total[w] : least;
		}
		/* No worse than what the heaviest tunnel or an eighth of the load explains. */
		assert_true(most - least <= 2 * heaviest + most / 8);
	}
}

static void test_idle_tunnels_are_even_in_number(void **state)
{
	uint8_t owner[8] = {0};
	uint64_t load[8] = {0};
	struct spread s = {.workers = 2, .tunnels = 8, .owner = owner, .load = load};

	(void)state;
	assert_int_equal(settle(&s, owner), 4);
	assert_int_equal(settle(&s, owner), 0);
}

static void test_one_heavy_tunnel_stays_where_it_is(void **state)
{
	uint8_t owner[2] = {0, 1};
	uint64_t load[2] = {1000000, 10};
	struct spread s = {.workers = 2, .tunnels = 2, .owner = owner, .load = load};

	(void)state;
	assert_int_equal(settle(&s, owner), 0);
	/* But not beside a worker that is busy with what cannot move. */
	s.other[0] = 1000000;
	assert_int_equal(settle(&s, owner), 1);
	assert_int_equal(owner[0], 1);
}

/* A worker can do 1,000 in the time; a look counts about half of what is spent. */
static void test_who_has_time_helps_with_what_is_too_much_for_one(void **state)
{
	uint8_t owner[3] = {1, 0, SPREAD_NONE};
	uint64_t load[3] = {400, 10, 400};
	const uint32_t bytes[3] = {60, 60, 60};
	const bool gcm[3] = {false};
	struct spread s = {.workers = 4,
	    .tunnels = 3,
	    .owner = owner,
	    .load = load,
	    .bytes = bytes,
	    .gcm = gcm,
	    .capacity = 1000};

	(void)state;
	assert_int_equal(spread_helpers(&s, 0, false), 1u << 0 | 1u << 2 | 1u << 3);
	assert_int_equal(spread_helpers(&s, 1, false), 0);
	assert_int_equal(spread_helpers(&s, 2, false), 0);
	s.other[2] = 600;
	assert_int_equal(spread_helpers(&s, 0, false), 1u << 0 | 1u << 3);
	s.other[0] = s.other[3] = 600;
	assert_int_equal(spread_helpers(&s, 0, false), 0);
	/* It begins later than it ends. */
	s.other[0] = 0;
	load[0] = 150;
	assert_int_equal(spread_helpers(&s, 0, false), 0);
	assert_int_equal(spread_helpers(&s, 0, true), 1u << 0);
	load[0] = 50;
	assert_int_equal(spread_helpers(&s, 0, true), 0);
}

/* What takes no longer to decrypt than to lend is not lent. */
static void test_small_packets_of_gcm_are_not_helped_with(void **state)
{
	uint8_t owner = 0;
	uint64_t load = 400;
	uint32_t bytes = 1000;
	bool gcm = true;
	struct spread s = {.workers = 2,
	    .tunnels = 1,
	    .owner = &owner,
	    .load = &load,
	    .bytes = &bytes,
	    .gcm = &gcm,
	    .capacity = 1000};

	(void)state;
	assert_int_equal(spread_helpers(&s, 0, false), 0);
	assert_int_equal(spread_helpers(&s, 0, true), 0);
	bytes = 1250;
	assert_int_equal(spread_helpers(&s, 0, false), 0);
	assert_int_equal(spread_helpers(&s, 0, true), 1u << 1);
	bytes = 1400;
	assert_int_equal(spread_helpers(&s, 0, false), 1u << 1);
	gcm = false;
	bytes = 60;
	assert_int_equal(spread_helpers(&s, 0, false), 1u << 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_queue_has_one_worker),
	    cmocka_unit_test(test_two_ports_of_one_queue_are_two_workers),
	    cmocka_unit_test(test_as_many_queues_as_workers_is_one_each),
	    cmocka_unit_test(test_a_new_tunnel_goes_to_who_has_fewest),
	    cmocka_unit_test(test_moves_even_out_and_end),
	    cmocka_unit_test(test_idle_tunnels_are_even_in_number),
	    cmocka_unit_test(test_one_heavy_tunnel_stays_where_it_is),
	    cmocka_unit_test(test_who_has_time_helps_with_what_is_too_much_for_one),
	    cmocka_unit_test(test_small_packets_of_gcm_are_not_helped_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
