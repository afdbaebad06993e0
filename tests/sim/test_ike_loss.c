/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A bad link: loss, duplication, reordering, delay, corruption. The tunnel comes up, stays up, and
 * SAs do not multiply. */
#include "tests/sim/ike_link.h"

static void assert_bounded(struct sim *s)
{
	for (int i = 0; i < 2; i++) {
		assert_true(sim_status(s, i).isakmp_count <= 4);
		assert_true(sim_inbound_count(&s->end[i]) <= 5);
	}
}

static void test_S11_bad_link_converges_within_a_minute(void **state)
{
	unsigned slow = 0;
	int64_t worst = 0;

	(void)state;
	for (unsigned seed = 0; seed < 150; seed++) {
		struct sim *s = sim_new(seed);
		int64_t took;

		s->strict = false;
		s->loss_percent = 30;
		s->dup_percent = 20;
		s->delay_msec = 250; /* 500 ms round trip */
		s->jitter_msec = 300;
		s->end[SIM_B].config.initiate = seed % 2;
		sim_start(s);
		took = sim_until_up(s, 300000);
		assert_true(took > 0);
		slow += took > 60000;
		if (took > worst)
			worst = took;
		sim_run(s, 60000);
		assert_bounded(s);
		sim_free(s);
	}
	printf("# slowest of 150 runs: %lld ms\n", (long long)worst);
	assert_int_equal(slow, 0);
}

static void test_S11_bad_link_for_a_day_keeps_the_tunnel(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 4; seed++) {
		struct sim *s = sim_new(500 + seed);
		unsigned down = 0;

		s->strict = false;
		s->loss_percent = 30;
		s->dup_percent = 10;
		s->delay_msec = 100;
		s->jitter_msec = 200;
		s->esp_msec = 2000;
		s->end[SIM_B].config.initiate = seed % 2;
		sim_start(s);
		assert_true(sim_until_up(s, 60000) > 0);
		for (unsigned minute = 0; minute < 1440; minute++) {
			sim_run(s, 60000);
			down += !sim_both_up(s);
			assert_bounded(s);
		}
		assert_int_equal(down, 0);
		assert_int_equal(sim_status(s, SIM_A).dpd_lost + sim_status(s, SIM_B).dpd_lost, 0);
		assert_in_range(sim_status(s, SIM_A).rekeys_phase2, 24, 40);
		/* Of 86400 packets, next to none came for an SPI that was gone. */
		assert_true(s->end[SIM_A].esp_lost + s->end[SIM_B].esp_lost <= 20);
		sim_free(s);
	}
}

/* Every second ESP packet is late by half a second, rekeys included: nothing is lost to it. */
static void test_reordering_and_delay_lose_no_packet(void **state)
{
	struct sim *s = sim_new(600);

	(void)state;
	s->delay_msec = 10;
	s->jitter_msec = 500;
	s->dup_percent = 50;
	s->esp_msec = 50;
	sim_start(s);
	assert_true(sim_until_up(s, 10000) > 0);
	for (unsigned i = 0; i < 10; i++) {
		sim_event(s, (int)(i % 2), IKE_EV_SOFT_LIMIT, s->end[i % 2].out.spi_in);
		sim_run(s, 150000);
		assert_int_equal(sim_status(s, SIM_A).child_count, 1);
	}
	assert_int_equal(s->end[SIM_A].esp_lost + s->end[SIM_B].esp_lost, 0);
	assert_int_equal(s->lost_spi, 0);
	sim_free(s);
}

/* The answer to message N of ours is lost 1..n times. */
struct loss {
	unsigned sent, first, count;
	size_t bytes;
	uint8_t data[IKE_DATAGRAM_BYTES];
	unsigned copies;
};

static bool lose_answers(struct sim *s, int from, struct sim_packet *p)
{
	struct loss *l = s->tap_arg;

	if (p->esp || from != SIM_B)
		return true;
	/* A retransmitted answer is the same, byte for byte. */
	if (l->bytes == p->bytes && !memcmp(l->data, p->data, p->bytes)) {
		l->copies++;
	} else {
		l->sent++;
		l->bytes = p->bytes;
		memcpy(l->data, p->data, p->bytes);
	}
	return !(l->sent == l->first && l->copies < l->count);
}

static void test_K21_lost_answers_are_asked_for_again(void **state)
{
	(void)state;
	for (unsigned first = 1; first <= 4; first++) {
		for (unsigned count = 1; count <= 5; count++) {
			struct sim *s = sim_new(700 + first * 10 + count);
			struct loss loss = {.first = first, .count = count};

			s->end[SIM_B].config.initiate = false;
			s->tap = lose_answers;
			s->tap_arg = &loss;
			s->esp_msec = 0;
			s->end[SIM_A].config.dpd = false;
			sim_start(s);
			assert_true(sim_until_up(s, 60000) > 0);
			sim_run(s, 1000);
			assert_int_equal(loss.sent, 4); /* messages 2, 4, 6 and Quick Mode 2 */
			/* In Quick Mode the responder asks for message 3 by itself, too. */
			assert_in_range(loss.copies, count, first == 4 ? 2 * count + 1 : count);
			assert_int_equal(s->end[SIM_A].adds, 1); /* no duplicate SA */
			assert_int_equal(s->end[SIM_B].adds, 1);
			assert_int_equal(sim_status(s, SIM_B).isakmp_count, 1);
			sim_free(s);
		}
	}
}

static void test_K21_no_answer_ends_the_negotiation(void **state)
{
	struct sim *s = sim_new(800);
	struct loss loss = {.first = 1, .count = 1000};

	(void)state;
	s->end[SIM_B].config.initiate = false;
	s->end[SIM_A].config.retry_count = 4;
	s->tap = lose_answers;
	s->tap_arg = &loss;
	sim_start(s);
	sim_run(s, 1 + 1000 + 2000 + 4000 + 5000);
	assert_int_equal(s->end[SIM_A].sends, 5); /* once, and four times again */
	sim_run(s, 5000);
	assert_true(sim_logged(&s->end[SIM_A], "main mode failed role=initiator"));
	assert_int_equal(sim_status(s, SIM_A).isakmp_count, 0);
	sim_free(s);
}

/* Any byte of any datagram may be damaged: nothing breaks, and it comes up in the end. */
static bool damage(struct sim *s, int from, struct sim_packet *p)
{
	if (!p->esp && sim_below(s, 100) < 25)
		p->data[sim_below(s, (unsigned)p->bytes)] ^= (uint8_t)(1 << sim_below(s, 8));
	if (!p->esp && sim_below(s, 100) < 5)
		p->bytes = sim_below(s, (unsigned)p->bytes);
	return true;
}

static void test_S11_corruption_is_survived(void **state)
{
	(void)state;
	for (unsigned seed = 0; seed < 60; seed++) {
		struct sim *s = sim_new(900 + seed);

		s->strict = false;
		s->tap = damage;
		s->end[SIM_B].config.initiate = seed % 2;
		sim_start(s);
		assert_true(sim_until_up(s, 600000) > 0);
		sim_run(s, 1200000);
		assert_true(sim_both_up(s));
		assert_bounded(s);
		sim_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_S11_bad_link_converges_within_a_minute),
	    cmocka_unit_test(test_S11_bad_link_for_a_day_keeps_the_tunnel),
	    cmocka_unit_test(test_reordering_and_delay_lose_no_packet),
	    cmocka_unit_test(test_K21_lost_answers_are_asked_for_again),
	    cmocka_unit_test(test_K21_no_answer_ends_the_negotiation),
	    cmocka_unit_test(test_S11_corruption_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
