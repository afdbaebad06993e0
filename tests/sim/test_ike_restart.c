/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A peer that falls silent, forgets everything, or is said to have done so. */
#include "tests/sim/ike_link.h"

static struct sim *established(uint64_t seed, bool both_initiate)
{
	struct sim *s = sim_new(seed);

	s->end[SIM_B].config.initiate = both_initiate;
	sim_start(s);
	assert_true(sim_until_up(s, 10000) > 0);
	sim_run(s, 130000);
	assert_int_equal(sim_status(s, SIM_A).child_count, 1);
	return s;
}

static void assert_one_pair(struct sim *s)
{
	struct ike_status a = sim_status(s, SIM_A), b = sim_status(s, SIM_B);

	assert_int_equal(a.child_count, 1);
	assert_int_equal(b.child_count, 1);
	assert_int_equal(a.child[0].spi_in, b.child[0].spi_out);
	assert_int_equal(a.child[0].spi_out, b.child[0].spi_in);
}

static void test_K37_silence_is_death_after_three_intervals(void **state)
{
	struct sim *s = established(1, false);
	mono_t cut = s->now;

	(void)state;
	s->strict = false;
	s->end[SIM_B].cut = true;
	while (s->end[SIM_A].state != IKE_PEER_DEAD && mono_diff_sec(s->now, cut) < 100)
		sim_run(s, 100);
	/* 10 s without a sign, then 3 x 10 s of asking. */
	assert_in_range(mono_diff_sec(s->now, cut), 38, 41);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 0);
	assert_int_equal(s->end[SIM_A].out.spi_out, 0);
	assert_int_equal(sim_status(s, SIM_A).dpd_lost, 1);
	assert_string_equal(s->end[SIM_A].reason, "no answer to DPD for 30 s");
	assert_true(sim_logged(&s->end[SIM_A], "peer is dead"));
	s->end[SIM_B].cut = false;
	assert_true(sim_until_up(s, 60000) >= 0);
	sim_run(s, 130000);
	assert_one_pair(s);
	sim_free(s);
}

/* Traffic is proof enough: no probe is sent while ESP comes in. */
static void test_K37_no_probe_while_traffic_flows(void **state)
{
	struct sim *s = established(2, false);
	unsigned sends = s->end[SIM_A].sends;

	(void)state;
	sim_run(s, 600000);
	assert_int_equal(s->end[SIM_A].sends, sends);
	s->esp_msec = 0;
	sim_run(s, 100000);
	assert_true(s->end[SIM_A].sends > sends);
	assert_int_equal(sim_status(s, SIM_A).dpd_lost, 0);
	sim_free(s);
}

static void test_without_dpd_silence_is_borne(void **state)
{
	struct sim *s = sim_new(3);

	(void)state;
	s->end[SIM_A].config.dpd = s->end[SIM_B].config.dpd = false;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 10000) > 0);
	s->end[SIM_B].cut = true;
	sim_run(s, 600000);
	assert_int_equal(s->end[SIM_A].state, IKE_PEER_UP);
	s->end[SIM_B].cut = false;
	sim_free(s);
}

/* The peer forgets all SAs; it initiates or waits; one pair survives within twice the DPD time. */
static void test_K43_peer_restart_heals_within_twice_dpd(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		bool initiates = i % 2;
		struct sim *s = established(10 + i, initiates);

		s->strict = false;
		s->esp_msec = i % 4 < 2 ? 1000 : 0;
		sim_amnesia(s, SIM_B);
		sim_run(s, 80000);
		assert_true(sim_both_up(s));
		sim_run(s, 150000);
		assert_one_pair(s);
		s->strict = true;
		sim_run(s, 20000);
		sim_free(s);
	}
}

/* A restarted peer that initiates says INITIAL-CONTACT: its older SAs go at once. */
static void test_K26_initial_contact_drops_older_sas(void **state)
{
	struct sim *s = established(40, true);
	uint32_t old = s->end[SIM_A].out.spi_in;

	(void)state;
	s->strict = false;
	sim_amnesia(s, SIM_B);
	sim_run(s, 1000);
	assert_int_equal(sim_find_in(&s->end[SIM_A], old), -1);
	assert_true(sim_both_up(s));
	assert_true(sim_logged(&s->end[SIM_A], "initial-contact=yes"));
	assert_int_equal(sim_status(s, SIM_A).isakmp_count, 1);
	sim_free(s);
}

static void test_K43_both_restart_at_once(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		struct sim *s = established(60 + i, true);

		s->strict = false;
		sim_amnesia(s, SIM_A);
		sim_run(s, i * 10);
		sim_amnesia(s, SIM_B);
		sim_run(s, 60000);
		assert_true(sim_both_up(s));
		sim_run(s, 150000);
		assert_one_pair(s);
		sim_free(s);
	}
}

/* Only the ISAKMP SA is lost, with loss on the link besides. */
static void test_K43_restart_on_a_bad_link(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		struct sim *s = established(100 + i, i % 2);
		int64_t up = 0;

		s->strict = false;
		s->loss_percent = 30;
		sim_amnesia(s, SIM_B);
		sim_run(s, 45000);
		while (!sim_both_up(s) && up < 120000) {
			sim_run(s, 1000);
			up += 1000;
		}
		assert_true(sim_both_up(s));
		sim_run(s, 250000);
		assert_true(sim_both_up(s));
		assert_true(sim_status(s, SIM_A).isakmp_count <= 2);
		sim_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_K37_silence_is_death_after_three_intervals),
	    cmocka_unit_test(test_K37_no_probe_while_traffic_flows),
	    cmocka_unit_test(test_without_dpd_silence_is_borne),
	    cmocka_unit_test(test_K43_peer_restart_heals_within_twice_dpd),
	    cmocka_unit_test(test_K26_initial_contact_drops_older_sas),
	    cmocka_unit_test(test_K43_both_restart_at_once),
	    cmocka_unit_test(test_K43_restart_on_a_bad_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
