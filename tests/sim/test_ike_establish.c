/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Two engines find each other: both roles, transforms, NAT, removal, and what does not match. */
#include "tests/sim/ike_link.h"

/* One pair on each side, each sending on what the other receives. */
static void assert_one_pair(struct sim *s)
{
	struct ike_status a = sim_status(s, SIM_A), b = sim_status(s, SIM_B);

	assert_int_equal(a.state, IKE_PEER_UP);
	assert_int_equal(b.state, IKE_PEER_UP);
	assert_int_equal(a.child_count, 1);
	assert_int_equal(b.child_count, 1);
	assert_int_equal(a.child[0].spi_in, b.child[0].spi_out);
	assert_int_equal(a.child[0].spi_out, b.child[0].spi_in);
	assert_true(a.child[0].sending && b.child[0].sending);
}

static void test_initiator_and_responder_establish(void **state)
{
	struct sim *s = sim_new(1);

	(void)state;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_in_range(sim_until_up(s, 5000), 1, 1000);
	sim_run(s, 30000);
	assert_one_pair(s);
	assert_int_equal(sim_status(s, SIM_A).isakmp_count, 1);
	assert_int_equal(sim_status(s, SIM_B).isakmp_count, 1);
	assert_true(sim_status(s, SIM_A).isakmp[0].initiator);
	assert_string_equal(
	    sim_status(s, SIM_A).isakmp[0].algorithms, "AES-CBC, SHA-1, MODP 1024bit");
	assert_false(s->end[SIM_A].out.udp_encap);
	assert_int_equal(s->end[SIM_A].out.lifetime_sec, 3600);
	assert_int_equal(s->end[SIM_A].esp_lost + s->end[SIM_B].esp_lost, 0);
	assert_true(s->end[SIM_A].esp_sent > 20);
	sim_free(s);
}

static void test_every_transform_establishes(void **state)
{
	static const enum ike_encr encr[] = {IKE_ENCR_AES128_CBC, IKE_ENCR_AES256_CBC};
	static const enum ike_hash hash[] = {
	    IKE_HASH_SHA1, IKE_HASH_SHA256, IKE_HASH_SHA384, IKE_HASH_SHA512};
	static const enum ike_group group[] = {IKE_MODP1024, IKE_MODP1536, IKE_MODP2048};

	(void)state;
	for (unsigned i = 0; i < 2 * 4 * 3; i++) {
		struct sim *s = sim_new(100 + i);

		for (int e = 0; e < 2; e++) {
			struct ike_config *c = &s->end[e].config;

			c->encr = c->esp_encr = encr[i % 2];
			c->hash = c->esp_auth = hash[i / 2 % 4];
			c->group = group[i / 8];
			c->pfs = i % 5 != 0;
			c->pfs_group = i % 3 ? IKE_MODP1536 : IKE_GROUP_NONE;
		}
		s->end[SIM_B].config.initiate = false;
		sim_start(s);
		assert_true(sim_until_up(s, 5000) > 0);
		assert_int_equal(s->end[SIM_A].out.encr_key_bytes, i % 2 ? 32 : 16);
		sim_run(s, 2000);
		assert_one_pair(s);
		sim_free(s);
	}
}

static void test_responder_follows_the_initiators_pfs(void **state)
{
	struct sim *s = sim_new(2);

	(void)state;
	s->end[SIM_B].config.initiate = false;
	s->end[SIM_B].config.pfs = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_free(s);
}

static void test_refused_quick_mode_says_why_and_is_tried_again(void **state)
{
	struct sim *s = sim_new(3);

	(void)state;
	s->end[SIM_B].config.initiate = false;
	s->end[SIM_A].config.pfs = false; /* B insists on it */
	sim_start(s);
	assert_int_equal(sim_until_up(s, 120000), -1);
	assert_true(sim_logged(&s->end[SIM_A], "the peer refuses quick mode: NO-PROPOSAL-CHOSEN"));
	assert_string_equal(
	    s->end[SIM_A].reason, "the peer refuses quick mode: NO-PROPOSAL-CHOSEN");
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_PROPOSAL);
	assert_in_range(s->end[SIM_A].reserved, 3, 12); /* again and again, but not all the time */
	assert_int_equal(s->end[SIM_A].reserved, s->end[SIM_A].released);
	assert_in_range(sim_status(s, SIM_A).isakmp_count, 1, 2); /* Phase 1 lives, or is renewed */
	sim_free(s);
}

static void test_nat_in_front_of_the_initiator(void **state)
{
	struct sim *s = sim_new(4);
	struct ike_status a, b;

	(void)state;
	sim_nat(s);
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_run(s, 30000);
	assert_one_pair(s);
	a = sim_status(s, SIM_A);
	b = sim_status(s, SIM_B);
	assert_true(a.nat_local && !a.nat_remote);
	assert_true(!b.nat_local && b.nat_remote);
	assert_int_equal(a.remote_port, IKE_NATT_PORT);
	assert_int_equal(b.remote_port, s->nat_4500);
	assert_true(s->end[SIM_A].out.udp_encap && s->end[SIM_B].out.udp_encap);
	assert_int_equal(s->end[SIM_B].out.remote_port, s->nat_4500);
	assert_int_equal(s->end[SIM_A].out.local_port, IKE_NATT_PORT);
	sim_free(s);
}

/* The NAT forgets its mapping and makes a new one: B follows the authenticated datagrams. */
static void test_K39_nat_mapping_moves(void **state)
{
	struct sim *s = sim_new(5);

	(void)state;
	sim_nat(s);
	s->end[SIM_B].config.initiate = false;
	s->esp_msec = 0; /* nothing but DPD */
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	s->nat_4500 = 31000;
	sim_run(s, 60000);
	assert_int_equal(sim_status(s, SIM_B).remote_port, 31000);
	assert_int_equal(sim_status(s, SIM_A).state, IKE_PEER_UP);
	assert_int_equal(sim_status(s, SIM_A).dpd_lost + sim_status(s, SIM_B).dpd_lost, 0);
	sim_free(s);
}

/* An address that changes between message 2 and 3 spoils no more than the NAT-D comparison. */
static bool renumber_after_message_2(struct sim *s, int from, struct sim_packet *p)
{
	if (from == SIM_A && !p->esp && p->data[16] == 4 /* KE first: message 3 */)
		s->nat_500 = p->src_port = 20999;
	return true;
}

static void test_K39_nat_port_changes_mid_exchange(void **state)
{
	struct sim *s = sim_new(6);

	(void)state;
	sim_nat(s);
	s->end[SIM_B].config.initiate = false;
	s->tap = renumber_after_message_2;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	assert_true(s->end[SIM_A].out.udp_encap);
	sim_free(s);
}

static void test_without_nat_traversal_nothing_is_encapsulated(void **state)
{
	struct sim *s = sim_new(7);

	(void)state;
	s->end[SIM_A].config.nat_traversal = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	assert_false(s->end[SIM_A].out.udp_encap);
	assert_int_equal(sim_status(s, SIM_B).remote_port, IKE_PORT);
	sim_free(s);
}

static void test_K15_identity_of_another_address_is_refused(void **state)
{
	struct sim *s = sim_new(8);

	(void)state;
	sim_nat(s);
	s->end[SIM_B].config.remote_id = s->end[SIM_B].config.remote;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_int_equal(sim_until_up(s, 60000), -1);
	assert_true(
	    sim_logged(&s->end[SIM_B], "identity mismatch got=192.168.100.1 expected=203.0.113.2"));
	assert_int_equal(s->end[SIM_B].adds, 0);
	sim_free(s);
}

static void test_stop_deletes_on_both_sides(void **state)
{
	struct sim *s = sim_new(9);

	(void)state;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	s->strict = false; /* B sends on for as long as the Delete travels */
	sim_event(s, SIM_A, IKE_EV_STOP, 0);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 0);
	assert_int_equal(s->end[SIM_A].state, IKE_PEER_IDLE);
	sim_run(s, 100);
	assert_int_equal(s->end[SIM_B].out.spi_out, 0);
	assert_int_equal(sim_status(s, SIM_B).isakmp_count, 0);
	sim_run(s, 6000);
	assert_int_equal(sim_inbound_count(&s->end[SIM_B]), 0);
	assert_true(mono_is_never(ike_next_wake(s->end[SIM_A].peer)));
	sim_event(s, SIM_A, IKE_EV_START, 0);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_free(s);
}

static void test_local_address_changes(void **state)
{
	struct sim *s = sim_new(10);
	struct ike_event event = {.type = IKE_EV_LOCAL_CHANGED};

	(void)state;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	assert_true(sim_until_up(s, 5000) > 0);
	s->strict = false;
	assert_int_equal(ip_addr_parse("203.0.113.9", &event.local), 0);
	sim_input(s, SIM_A, &event);
	assert_int_equal(s->end[SIM_A].out.spi_out, 0);
	/* B knows only 203.0.113.2. */
	sim_run(s, 5000);
	assert_int_equal(s->end[SIM_A].state, IKE_PEER_CONNECTING);
	assert_int_equal(ip_addr_parse("203.0.113.2", &event.local), 0);
	sim_input(s, SIM_A, &event);
	assert_true(sim_until_up(s, 5000) >= 0);
	sim_run(s, 5000);
	s->strict = true;
	sim_run(s, 60000);
	assert_one_pair(s);
	sim_free(s);
}

static void test_K16_wrong_psk_fails_with_a_reason_and_backs_off(void **state)
{
	struct sim *s = sim_new(11), *other = sim_new(12);
	unsigned sends;

	(void)state;
	s->end[SIM_B].config.psk[0] ^= 1;
	s->end[SIM_B].config.initiate = false;
	sim_start(s);
	sim_start(other);
	assert_int_equal(sim_until_up(s, 60000), -1);
	assert_true(sim_until_up(other, 5000) > 0); /* another tunnel is not affected */
	assert_true(
	    sim_logged(&s->end[SIM_B], "pre-shared key mismatch? message 5 cannot be decrypted"));
	assert_non_null(strstr(s->end[SIM_A].reason, "pre-shared key mismatch?"));
	assert_non_null(strstr(s->end[SIM_B].reason, "pre-shared key mismatch?"));
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_KEY);
	assert_int_equal(sim_status(s, SIM_B).fault, IKE_FAULT_KEY);
	assert_int_equal(s->end[SIM_A].adds + s->end[SIM_B].adds, 0);
	/* A day of it: neither a storm nor silence. */
	sends = s->end[SIM_A].sends;
	sim_run(s, 86400000);
	assert_in_range(s->end[SIM_A].sends - sends, 86400 / 60, 86400 / 2);
	/* Put right, it comes up. */
	s->end[SIM_B].config.psk[0] ^= 1;
	sim_amnesia(s, SIM_B);
	assert_true(sim_until_up(s, 120000) > 0);
	sim_free(s);
	sim_free(other);
}

static void test_no_answer_is_tried_for_ever(void **state)
{
	struct sim *s = sim_new(13);

	(void)state;
	s->end[SIM_B].cut = true;
	sim_start(s);
	sim_run(s, 6000);
	assert_string_equal(s->end[SIM_A].reason, "negotiating");
	sim_run(s, 3000);
	assert_memory_equal(s->end[SIM_A].reason, "no answer to IKE from ", 22);
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_SILENT);
	sim_run(s, 3591000);
	assert_string_equal(s->end[SIM_A].reason, "no answer from the peer");
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_SILENT);
	s->end[SIM_B].cut = false;
	assert_in_range(sim_until_up(s, 120000), 1, 60000);
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_OTHER);
	sim_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_initiator_and_responder_establish),
	    cmocka_unit_test(test_every_transform_establishes),
	    cmocka_unit_test(test_responder_follows_the_initiators_pfs),
	    cmocka_unit_test(test_refused_quick_mode_says_why_and_is_tried_again),
	    cmocka_unit_test(test_nat_in_front_of_the_initiator),
	    cmocka_unit_test(test_K39_nat_mapping_moves),
	    cmocka_unit_test(test_K39_nat_port_changes_mid_exchange),
	    cmocka_unit_test(test_without_nat_traversal_nothing_is_encapsulated),
	    cmocka_unit_test(test_K15_identity_of_another_address_is_refused),
	    cmocka_unit_test(test_stop_deletes_on_both_sides),
	    cmocka_unit_test(test_local_address_changes),
	    cmocka_unit_test(test_K16_wrong_psk_fails_with_a_reason_and_backs_off),
	    cmocka_unit_test(test_no_answer_is_tried_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
