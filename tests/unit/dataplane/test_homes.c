/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where inbound SAs are at home: with their tunnel's others, wherever these have moved to; else
 * where the fewest tunnels are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "dataplane/homes.h"
#include "dataplane/sadb.h"
#include "dataplane/snapshot.h"
#include "dataplane/spread.h"

#define TUNNELS 8
#define SAS     32
#define WORKERS 3

static struct homes homes;
static struct sa sa[SAS];
static struct sa_run run[SAS];
static struct sa *slot[SAS];
static struct snapshot snapshot = {.sa = slot, .sa_count = SAS};

static int setup(void **state)
{
	(void)state;
	memset(slot, 0, sizeof(slot));
	return homes_init(&homes, TUNNELS);
}

static int teardown(void **state)
{
	(void)state;
	homes_fini(&homes);
	return 0;
}

static unsigned at(uint32_t i)
{
	return SA_ROUTE(atomic_load(&run[i].place));
}

/* An inbound SA comes into slot `i`; where it is at home. */
static unsigned comes(uint32_t i, uint32_t tunnel)
{
	sa[i] = (struct sa){.run = &run[i], .tunnel = tunnel, .slot = i, .inbound = true};
	homes_place(&homes, &snapshot, WORKERS, &sa[i]);
	slot[i] = &sa[i];
	homes_came(&homes, &sa[i]);
	assert_int_equal(SA_OWNER(atomic_load(&run[i].place)), at(i));
	return at(i);
}

static void goes(uint32_t i)
{
	homes_left(&homes, slot[i]);
	slot[i] = NULL;
}

static void moves(uint32_t i, unsigned to)
{
	atomic_store(&run[i].place, SA_PLACE(to, to));
}

static void test_tunnels_are_spread_in_number(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < TUNNELS; i++)
		assert_int_equal(comes(i, i), i % WORKERS);
	/* Two leave the first worker: it has the fewest. */
	goes(0);
	goes(3);
	assert_int_equal(comes(9, 0), 0);
}

static void test_a_new_sa_goes_where_its_tunnel_has_moved_to(void **state)
{
	(void)state;
	assert_int_equal(comes(0, 5), 0);
	moves(0, 2);
	assert_int_equal(comes(1, 5), 2);
	moves(0, 1);
	moves(1, 1);
	assert_int_equal(comes(2, 5), 1);
	/* The newest goes first, an older one stays: it is where they were when one came last. */
	goes(2);
	assert_int_equal(comes(3, 5), 1);
	goes(0);
	goes(1);
	goes(3);
	assert_int_equal(homes.owner[5], SPREAD_NONE);
}

static void test_a_recount_finds_what_is_there(void **state)
{
	struct homes before;

	(void)state;
	for (uint32_t i = 0; i < SAS; i += 3)
		comes(i, i % TUNNELS);
	moves(0, 2);
	assert_int_equal(homes_init(&before, TUNNELS), 0);
	memcpy(before.home, homes.home, TUNNELS * sizeof(*homes.home));
	homes_recount(&homes, &snapshot);
	assert_memory_equal(before.home, homes.home, TUNNELS * sizeof(*homes.home));
	for (uint32_t i = 0; i < TUNNELS; i++)
		assert_int_equal(
		    homes.owner[i], homes.home[i].count ? at(homes.home[i].newest) : SPREAD_NONE);
	homes_fini(&before);
}

#define HOMES_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOMES_TEST(test_tunnels_are_spread_in_number),
	    HOMES_TEST(test_a_new_sa_goes_where_its_tunnel_has_moved_to),
	    HOMES_TEST(test_a_recount_finds_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
