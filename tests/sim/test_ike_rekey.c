/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rekeying without loss: sim_check() asserts after every event that what a side sends on is in
 * place on the other side, and every ESP packet that arrives for an unknown SPI is counted. */
#include "tests/sim/ike_link.h"

static void assert_nothing_lost(const struct sim *s)
{
	assert_int_equal(s->lost_spi, 0);
	assert_int_equal(s->end[SIM_A].esp_lost, 0);
	assert_int_equal(s->end[SIM_B].esp_lost, 0);
}

static void assert_converged(struct sim *s)
{
	struct ike_status a = sim_status(s, SIM_A), b = sim_status(s, SIM_B);

	assert_int_equal(a.child_count, 1);
	assert_int_equal(b.child_count, 1);
	assert_int_equal(a.child[0].spi_in, b.child[0].spi_out);
	assert_int_equal(a.child[0].spi_out, b.child[0].spi_in);
	assert_true(a.child[0].sending && b.child[0].sending);
	assert_int_equal(a.isakmp_count, 1);
	assert_int_equal(b.isakmp_count, 1);
	assert_memory_equal(a.isakmp[0].cookie_i, b.isakmp[0].cookie_i, 8);
}

/* What is set up more often than the lifetimes explain is a storm. */
static void live(uint64_t seed, unsigned days, bool both, unsigned esp_msec)
{
	struct sim *s = sim_new(seed);

	s->end[SIM_B].config.initiate = both;
	s->esp_msec = esp_msec;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	for (unsigned day = 0; day < days; day++) {
		sim_run(s, 86400000);
		assert_true(sim_both_up(s));
	}
	assert_nothing_lost(s);
	assert_in_range(sim_status(s, SIM_A).rekeys_phase2, days * 24, days * 36);
	assert_in_range(sim_status(s, SIM_A).rekeys_phase1, days * 3, days * 5);
	assert_int_equal(sim_status(s, SIM_A).dpd_lost + sim_status(s, SIM_B).dpd_lost, 0);
	assert_true(sim_inbound_count(&s->end[SIM_A]) <= 3);
	sim_free(s);
}

static void test_thirty_days_one_side_rekeys(void **state)
{
	(void)state;
	live(1, 30, false, 9000);
}

static void test_thirty_days_both_sides_rekey(void **state)
{
	(void)state;
	live(2, 30, true, 9000);
}

static void test_days_of_silence(void **state)
{
	(void)state;
	live(3, 3, true, 0);
}

/* Both ask for a new pair in the same instant, at every offset of the two within a round trip. */
static void test_simultaneous_rekeys_converge_to_one_pair(void **state)
{
	(void)state;
	for (unsigned offset = 0; offset < 120; offset += 3) {
		struct sim *s = sim_new(1000 + offset);
		unsigned adds;

		s->esp_msec = 7;
		sim_start(s);
		assert_true(sim_until_up(s, 5000) > 0);
		sim_run(s, 100000);
		assert_converged(s);
		adds = s->end[SIM_A].adds;
		sim_event(s, SIM_A, IKE_EV_SOFT_LIMIT, s->end[SIM_A].out.spi_in);
		sim_run(s, offset);
		if (s->end[SIM_B].out.spi_in)
			sim_event(s, SIM_B, IKE_EV_SOFT_LIMIT, s->end[SIM_B].out.spi_in);
		sim_run(s, 150000);
		assert_converged(s);
		assert_nothing_lost(s);
		assert_true(sim_status(s, SIM_A).rekeys_phase2 >= 1);
		/* Neither side threw away what the other kept. */
		assert_in_range(s->end[SIM_A].adds - adds, 1, 2);
		sim_free(s);
	}
}

/* Both begin Phase 1 at once, at every offset: one pair and one ISAKMP SA remain. */
static void test_K43_crossing_main_modes_converge(void **state)
{
	(void)state;
	for (unsigned offset = 0; offset < 200; offset += 5) {
		struct sim *s = sim_new(2000 + offset);

		s->esp_msec = 50;
		s->esp_at = s->now;
		sim_create(s, SIM_A);
		sim_create(s, SIM_B);
		sim_event(s, SIM_B, IKE_EV_START, 0);
		sim_run(s, offset);
		sim_event(s, SIM_A, IKE_EV_START, 0);
		assert_true(sim_until_up(s, 10000) >= 0);
		sim_run(s, 200000);
		assert_converged(s);
		assert_nothing_lost(s);
		assert_in_range(s->end[SIM_A].adds, 1, 4);
		sim_free(s);
	}
}

/* An impatient peer rekeys faster than old pairs are put away: the oldest make room. */
static void test_many_rekeys_within_seconds_lose_nothing(void **state)
{
	struct sim *s = sim_new(2500);

	(void)state;
	s->esp_msec = 7;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_run(s, 100000);
	for (unsigned i = 0; i < 20; i++) {
		sim_event(s, SIM_B, IKE_EV_SOFT_LIMIT, s->end[SIM_B].out.spi_in);
		sim_run(s, 1500);
	}
	assert_true(sim_status(s, SIM_B).rekeys_phase2 >= 20);
	sim_run(s, 150000);
	assert_converged(s);
	assert_nothing_lost(s);
	sim_free(s);
}

/* The initiator's message 3 is lost: the pair is not sent on before the peer has it. */
static bool lose_message_3(struct sim *s, int from, struct sim_packet *p)
{
	unsigned *left = s->tap_arg;

	if (p->esp || p->data[18] != 32 || p->bytes != 60 || !*left)
		return true;
	(*left)--;
	return false;
}

static void test_lost_message_3_loses_no_packet(void **state)
{
	(void)state;
	for (unsigned lost = 1; lost <= 4; lost++) {
		unsigned left = 0;
		struct sim *s = sim_new(3000 + lost);

		s->end[SIM_B].config.initiate = false;
		s->esp_msec = 10;
		s->tap = lose_message_3;
		s->tap_arg = &left;
		sim_start(s);
		assert_true(sim_until_up(s, 5000) > 0);
		sim_run(s, 90000);
		left = lost;
		sim_event(s, SIM_A, IKE_EV_SOFT_LIMIT, s->end[SIM_A].out.spi_in);
		sim_run(s, 120000);
		assert_int_equal(left, 0);
		assert_converged(s);
		assert_nothing_lost(s);
		assert_int_equal(sim_status(s, SIM_A).rekeys_phase2, 1);
		sim_free(s);
	}
}

/* Nobody sends: the new pair is used after the grace, the old one goes all the same. */
static void test_rekey_of_an_idle_tunnel(void **state)
{
	struct sim *s = sim_new(4000);

	(void)state;
	s->end[SIM_B].config.initiate = false;
	s->esp_msec = 0;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_run(s, 90000);
	sim_event(s, SIM_A, IKE_EV_SOFT_LIMIT, s->end[SIM_A].out.spi_in);
	sim_run(s, 60000);
	assert_converged(s);
	assert_int_equal(sim_status(s, SIM_A).rekeys_phase2, 1);
	sim_free(s);
}

/* IPsec SAs outlive the ISAKMP SA that made them, and Phase 1 alone is renewed. */
static void test_dangling_pairs_survive_their_isakmp_sa(void **state)
{
	struct sim *s = sim_new(5000);
	uint32_t spi;

	(void)state;
	s->end[SIM_A].config.ike_lifetime_sec = s->end[SIM_B].config.ike_lifetime_sec = 300;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	spi = s->end[SIM_A].out.spi_in;
	sim_run(s, 1500000);
	assert_int_equal(s->end[SIM_A].out.spi_in, spi);
	assert_in_range(sim_status(s, SIM_A).rekeys_phase1, 4, 10);
	assert_nothing_lost(s);
	sim_free(s);
}

static uint32_t up_under_traffic(struct sim *s)
{
	s->end[SIM_B].config.initiate = false;
	s->esp_msec = 5;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_run(s, 10000);
	return s->end[SIM_A].out.spi_in;
}

/* Packets that were sent before the peer heard of it arrive; the next pair stands at once. */
static void test_a_pair_deleted_by_command_is_replaced_and_loses_nothing(void **state)
{
	struct sim *s = sim_new(6000);
	uint32_t spi = up_under_traffic(s);
	uint8_t cookie = sim_status(s, SIM_A).isakmp[0].cookie_i[0];

	(void)state;
	s->strict = false; /* B sends on for as long as the Delete travels */
	sim_event(s, SIM_A, IKE_EV_DELETE_CHILD, spi);
	assert_int_equal(s->end[SIM_A].out.spi_out, 0);
	assert_true(sim_until_up(s, 2000) >= 0);
	sim_run(s, 10000);
	assert_converged(s);
	assert_int_not_equal(s->end[SIM_A].out.spi_in, spi);
	assert_int_equal(sim_status(s, SIM_A).isakmp[0].cookie_i[0], cookie);
	assert_int_equal(s->end[SIM_A].esp_lost + s->end[SIM_B].esp_lost, 0);
	sim_free(s);
}

static void test_a_pair_that_goes_already_goes_at_once(void **state)
{
	struct sim *s = sim_new(6001);
	uint32_t spi = up_under_traffic(s);

	(void)state;
	s->strict = false;
	sim_event(s, SIM_A, IKE_EV_DELETE_CHILD, spi);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 1);
	sim_event(s, SIM_A, IKE_EV_DELETE_CHILD, spi);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 0);
	sim_event(s, SIM_A, IKE_EV_DELETE_CHILD, spi); /* of none */
	assert_true(sim_until_up(s, 2000) >= 0);
	sim_free(s);
}

static void delete_isakmp(struct sim *s, unsigned index)
{
	struct ike_status status = sim_status(s, SIM_A);
	struct ike_event event = {.type = IKE_EV_DELETE_ISAKMP};

	memcpy(event.cookie_i, status.isakmp[index].cookie_i, 8);
	memcpy(event.cookie_r, status.isakmp[index].cookie_r, 8);
	sim_input(s, SIM_A, &event);
}

/* A peer may forget the pairs with their last ISAKMP SA: both sides begin anew. */
static void test_with_the_last_isakmp_sa_go_its_pairs(void **state)
{
	struct sim *s = sim_new(6002);
	uint32_t spi = up_under_traffic(s);

	(void)state;
	s->strict = false;
	delete_isakmp(s, 0);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 0);
	assert_int_equal(s->end[SIM_A].state, IKE_PEER_CONNECTING);
	sim_run(s, 30);
	assert_int_equal(s->end[SIM_B].out.spi_out, 0);
	assert_true(sim_until_up(s, 5000) >= 0);
	sim_run(s, 10000);
	assert_converged(s);
	assert_int_not_equal(s->end[SIM_A].out.spi_in, spi);
	sim_free(s);
}

static void test_one_of_two_isakmp_sas_goes_alone(void **state)
{
	struct sim *s = sim_new(6003);
	uint32_t spi;

	(void)state;
	s->end[SIM_A].config.ike_lifetime_sec = s->end[SIM_B].config.ike_lifetime_sec = 300;
	spi = up_under_traffic(s);
	for (unsigned i = 0; i < 3000 && sim_status(s, SIM_A).isakmp_count < 2; i++)
		sim_run(s, 100);
	assert_int_equal(sim_status(s, SIM_A).isakmp_count, 2);
	delete_isakmp(s, 0);
	sim_run(s, 20000);
	assert_converged(s);
	assert_int_equal(s->end[SIM_A].out.spi_in, spi);
	assert_nothing_lost(s);
	sim_free(s);
}

/* Comes up, by our own doing alone, and goes on until the first IPsec SA has a successor. The time
 * when it came up. */
static mono_t until_rekeyed_by_us(struct sim *s)
{
	mono_t begin;

	s->end[SIM_B].config.initiate = false;
	s->esp_msec = 0;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	begin = s->now;
	while (!sim_status(s, SIM_A).rekeys_phase2)
		sim_run(s, 1000);
	return begin;
}

static void test_rekey_comes_before_the_peers_and_never_late(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		struct sim *s = sim_new(6000 + i);
		mono_t begin;

		begin = until_rekeyed_by_us(s);
		/* AWS begins 540 s before the end at the earliest. */
		assert_in_range(mono_diff_sec(s->now, begin), 3600 - 811, 3600 - 539);
		sim_free(s);
	}
}

static void test_rekey_at_a_part_of_the_life(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		struct sim *s = sim_new(6500 + i);
		mono_t begin;

		s->end[SIM_A].config.sa_rekey_percent = 80;
		s->end[SIM_A].config.ike_rekey_percent = 70;
		begin = until_rekeyed_by_us(s);
		assert_in_range(
		    mono_diff_sec(s->now, begin), 3600 * 78 / 100 - 1, 3600 * 80 / 100 + 1);
		while (!sim_status(s, SIM_A).rekeys_phase1)
			sim_run(s, 1000);
		assert_in_range(
		    mono_diff_sec(s->now, begin), 28800 * 68 / 100 - 1, 28800 * 70 / 100 + 1);
		sim_free(s);
	}
}

static void test_K38_short_lives_do_not_make_a_storm(void **state)
{
	struct sim *s = sim_new(7000);

	(void)state;
	for (int i = 0; i < 2; i++) {
		s->end[i].config.sa_lifetime_sec = 60;
		s->end[i].config.ike_lifetime_sec = 60;
	}
	s->esp_msec = 100;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_run(s, 3600000);
	assert_nothing_lost(s);
	assert_in_range(sim_status(s, SIM_A).rekeys_phase2, 60, 130);
	assert_in_range(sim_status(s, SIM_A).rekeys_phase1, 60, 130);
	sim_free(s);
}

/* The responder keeps SAs for a shorter time and says so: both go by that. */
static void test_K38_responder_lifetime_is_followed(void **state)
{
	struct sim *s = sim_new(8000);

	(void)state;
	s->end[SIM_A].config.sa_lifetime_sec = 86400;
	s->end[SIM_B].config.sa_lifetime_sec = 1200;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	assert_int_equal(s->end[SIM_A].out.lifetime_sec, 1200);
	assert_int_equal(s->end[SIM_B].out.lifetime_sec, 1200);
	sim_free(s);
	s = sim_new(8001);
	s->end[SIM_A].config.sa_lifetime_sec = 900; /* the responder adopts what is shorter */
	s->end[SIM_A].config.sa_lifetime_kbyte = 500000;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	assert_int_equal(s->end[SIM_B].out.lifetime_sec, 900);
	assert_int_equal(s->end[SIM_B].out.lifetime_kbyte, 500000);
	assert_int_equal(s->end[SIM_A].out.lifetime_kbyte, 500000);
	sim_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_thirty_days_one_side_rekeys),
	    cmocka_unit_test(test_thirty_days_both_sides_rekey),
	    cmocka_unit_test(test_days_of_silence),
	    cmocka_unit_test(test_simultaneous_rekeys_converge_to_one_pair),
	    cmocka_unit_test(test_K43_crossing_main_modes_converge),
	    cmocka_unit_test(test_many_rekeys_within_seconds_lose_nothing),
	    cmocka_unit_test(test_lost_message_3_loses_no_packet),
	    cmocka_unit_test(test_rekey_of_an_idle_tunnel),
	    cmocka_unit_test(test_dangling_pairs_survive_their_isakmp_sa),
	    cmocka_unit_test(test_a_pair_deleted_by_command_is_replaced_and_loses_nothing),
	    cmocka_unit_test(test_a_pair_that_goes_already_goes_at_once),
	    cmocka_unit_test(test_with_the_last_isakmp_sa_go_its_pairs),
	    cmocka_unit_test(test_one_of_two_isakmp_sas_goes_alone),
	    cmocka_unit_test(test_rekey_comes_before_the_peers_and_never_late),
	    cmocka_unit_test(test_rekey_at_a_part_of_the_life),
	    cmocka_unit_test(test_K38_short_lives_do_not_make_a_storm),
	    cmocka_unit_test(test_K38_responder_lifetime_is_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
