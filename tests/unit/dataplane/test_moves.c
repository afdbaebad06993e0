/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which SAs are asked to move, and whom. What comes of it is test_handover_race's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "dataplane/moves.h"
#include "dataplane/snapshot.h"
#include "dataplane/worker.h"

#define WORKERS 3
#define SAS     5

static struct worker worker[WORKERS];
static struct sa_run run[SAS];
static struct sa sa[SAS];

/* Inbound SAs of tunnel 0 at home at the workers of `owner`, one of tunnel 1 behind them. */
static struct snapshot *snapshot(const unsigned owner[SAS - 1])
{
	static struct sa *slot[SAS];
	static struct snapshot s = {.sa = slot, .sa_count = SAS};

	for (unsigned i = 0; i < SAS; i++) {
		unsigned at = i < SAS - 1 ? owner[i] : 0;

		sa[i] = (struct sa){.run = &run[i], .inbound = true, .tunnel = i == SAS - 1};
		atomic_store(&run[i].place, SA_PLACE(at, at));
		slot[i] = &sa[i];
	}
	return &s;
}

static unsigned asked(unsigned index)
{
	const struct handover_move *move = atomic_load(&worker[index].handover.move);

	return move ? move->count : 0;
}

static void begin(struct moves *moves)
{
	for (unsigned i = 0; i < WORKERS; i++)
		atomic_store(&worker[i].handover.move, NULL);
	moves_init(moves, worker, WORKERS, FAN_OUT_AUTO);
}

static void test_a_tunnel_moves_as_a_whole(void **state)
{
	struct snapshot *s = snapshot((unsigned[]){0, 0, 0, 0});
	struct moves moves;

	(void)state;
	begin(&moves);
	assert_true(moves_begin(&moves, s, 0, 2));
	assert_int_equal(asked(0), SAS - 1);
	assert_int_equal(moves.move.to, 2);
	assert_false(moves_begin(&moves, s, 1, 2));
}

static void test_who_is_there_already_is_not_asked(void **state)
{
	struct snapshot *s = snapshot((unsigned[]){1, 1, 1, 1});
	struct moves moves;

	(void)state;
	begin(&moves);
	assert_false(moves_begin(&moves, s, 0, 1));
	assert_null(moves.from);
}

/* More SAs than move at a time leave a tunnel at two workers, for a moment. */
static void test_only_its_owner_lets_an_sa_go(void **state)
{
	static const unsigned owners[][SAS - 1] = {
	    {0, 1, 1, 0}, {1, 0, 0, 1}, {2, 0, 1, 2}, {0, 2, 2, 2}, {2, 2, 0, 1}};

	(void)state;
	for (unsigned i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		struct snapshot *s = snapshot(owners[i]);
		struct moves moves;

		begin(&moves);
		assert_true(moves_begin(&moves, s, 0, 2));
		assert_ptr_not_equal(moves.from, &worker[2]);
		for (unsigned k = 0; k < moves.move.count; k++)
			assert_ptr_equal(
			    &worker[SA_OWNER(atomic_load(&moves.move.run[k]->place))], moves.from);
		assert_true(moves.move.count > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_tunnel_moves_as_a_whole),
	    cmocka_unit_test(test_who_is_there_already_is_not_asked),
	    cmocka_unit_test(test_only_its_owner_lets_an_sa_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
