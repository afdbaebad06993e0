/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Three workers polled by hand: the first has the only transmit queue and takes its time, the
 * second receives, and the SA goes to and fro between that one and the third. Whoever decrypts,
 * packets leave the port in the order they came. */
#include "tests/unit/dataplane/crew.h"

#define WORKERS   3
#define SENDER    0
#define RECEIVER  1
#define OTHER     2
#define MOVES     20
#define TURNS_MAX 200 /* of one move, under traffic that never ends */
#define BEHIND    4   /* bursts of the receiver's for one poll of the sender's */

static struct crew crew __attribute__((aligned(64)));
static uint32_t sent;

static int setup(void **state)
{
	crew_setup(&crew, state, WORKERS);
	sent = 0;
	for (unsigned i = 0; i < WORKERS; i++) {
		crew.worker[i].queues.tx[0] = (struct queue_tx){.worker = SENDER};
		crew.worker[i].queues.rx[0] = (struct queue_rx){0};
		crew.worker[i].queues.rx_count = i == RECEIVER;
	}
	atomic_store(&crew_run(&crew, RIG_SLOT_IN)->place, SA_PLACE(RECEIVER, RECEIVER));
	return 0;
}

/* What it sent goes on where the last left off. */
static void poll_one(struct crew *c, unsigned index)
{
	struct rig *rig = c->rig;

	worker_poll(&c->worker[index]);
	rig_collect(rig);
	for (unsigned i = 0; i < rig->frames; i++)
		assert_int_equal(crew_mark(rig->frame[i]), ++sent);
	rig_free_frames(rig);
}

/* A poll of the receiver's that brings packets. */
static void receive(struct crew *c, unsigned count)
{
	crew_receive(c, count);
	poll_one(c, RECEIVER);
}

/* Little by little until nothing is under way: the sender never catches up at once. */
static void drain(struct crew *c)
{
	for (unsigned turn = 0; turn < TURNS_MAX && sent != c->received; turn++)
		for (unsigned i = 0; i < WORKERS; i++)
			poll_one(c, i);
	assert_int_equal(sent, c->received);
}

/* The receiver works through more than the sender takes in a poll, until the SA is elsewhere. */
static void move(struct crew *c, unsigned to)
{
	unsigned from = to == OTHER ? RECEIVER : OTHER, turns = 0;

	for (unsigned i = 0; i < BEHIND; i++) {
		receive(c, CREW_BURST);
		poll_one(c, OTHER);
	}
	assert_true(moves_begin(&c->moves, crew_tables(c), 0, to));
	do {
		receive(c, CREW_BURST);
		poll_one(c, OTHER);
		poll_one(c, SENDER);
		c->moves.from = handover_moved(&c->worker[from]) ? NULL : c->moves.from;
	} while (c->moves.from && ++turns < TURNS_MAX);
	assert_null(c->moves.from);
	for (unsigned i = 0; i < BEHIND; i++) {
		receive(c, CREW_BURST / 2);
		poll_one(c, OTHER);
		poll_one(c, SENDER);
	}
}

static void test_order_at_the_port_outlives_a_move(void **state)
{
	struct crew *c = *state;

	for (unsigned i = 0; i < MOVES; i++) {
		move(c, i % 2 ? RECEIVER : OTHER);
		drain(c);
	}
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(counters_dropped(&c->worker[i].counters), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_order_at_the_port_outlives_a_move, setup, crew_teardown),
	};
	int rc;

	eal_start(RIG_VDEV);
	rc = cmocka_run_group_tests(tests, NULL, NULL);
	eal_stop();
	return rc;
}
