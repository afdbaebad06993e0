/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Informational messages on an established tunnel: only authenticated ones are acted on, and
 * once. */
#include "tests/unit/ike/forge.h"

static void test_K22_unprotected_delete_and_notifies_are_ignored(void **state)
{
	struct sim *s = forge_established(1);
	uint32_t spi = s->end[SIM_A].out.spi_out;
	struct forge f;

	(void)state;
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	/* In the clear: the same chain without its HASH. */
	isakmp_build(
	    &f.sa, &f.b, f.data, sizeof(f.data), ISAKMP_XCHG_INFORMATIONAL, 0, f.message_id);
	forge_delete_esp(&f, &spi, 1);
	forge_delete_isakmp(&f);
	f.bytes = ike_build_finish(&f.b);
	forge_ignored(s, SIM_A, f.data, f.bytes);
	/* In the clear, with a HASH that is right. */
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	forge_delete_esp(&f, &spi, 1);
	f.bytes = ike_build_finish(&f.b);
	assert_int_equal(ike_keys_hash_phase2(&f.sa.keys, f.message_id, (struct ike_chunk){NULL, 0},
			     (struct ike_chunk){f.data + 52, f.bytes - 52}, f.data + 32),
	    0);
	f.data[19] = 0;
	forge_ignored(s, SIM_A, f.data, f.bytes);
	for (uint16_t type = 1; type < 31; type++) {
		if (type == ISAKMP_N_INVALID_COOKIE || type == ISAKMP_N_INVALID_SPI)
			continue; /* hints: the next test */
		isakmp_build(&f.sa, &f.b, f.data, sizeof(f.data), ISAKMP_XCHG_INFORMATIONAL, 0,
		    f.message_id);
		ike_build_notify(&f.b, IPSEC_PROTO_ISAKMP, type, NULL, 0, NULL, 0);
		forge_ignored(s, SIM_A, f.data, ike_build_finish(&f.b));
	}
	forge_still_up(s);
	sim_free(s);
}

static void test_K22_bad_hash_is_ignored(void **state)
{
	struct sim *s = forge_established(2);
	uint32_t spi = s->end[SIM_A].out.spi_out;
	struct forge f;

	(void)state;
	for (size_t i = 0; i < 20; i++) {
		forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
		forge_delete_esp(&f, &spi, 1);
		f.bytes = ike_build_finish(&f.b);
		assert_int_equal(
		    ike_keys_hash_phase2(&f.sa.keys, f.message_id, (struct ike_chunk){NULL, 0},
			(struct ike_chunk){f.data + 52, f.bytes - 52}, f.data + 32),
		    0);
		f.data[32 + i] ^= 1;
		f.bytes = isakmp_seal(&f.sa, &f.b, f.iv);
		forge_ignored(s, SIM_A, f.data, f.bytes);
	}
	/* Without a HASH at all, and with the HASH not in front. */
	isakmp_build(&f.sa, &f.b, f.data, sizeof(f.data), ISAKMP_XCHG_INFORMATIONAL,
	    ISAKMP_FLAG_ENCRYPTION, 77);
	assert_int_equal(ike_keys_iv_phase2(&f.sa.keys, f.sa.iv, 77, f.iv), 0);
	forge_delete_esp(&f, &spi, 1);
	forge_ignored(s, SIM_A, f.data, isakmp_seal(&f.sa, &f.b, f.iv));
	forge_still_up(s);
	sim_free(s);
}

/* An unprotected INVALID-SPI or INVALID-COOKIE brings about one liveness check, whatever its
 * number. */
static void test_K22_a_hint_is_one_liveness_check(void **state)
{
	struct sim *s = forge_established(3);
	unsigned sends = s->end[SIM_A].sends;
	struct forge f;

	(void)state;
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	for (int i = 0; i < 1000; i++) {
		isakmp_build(&f.sa, &f.b, f.data, sizeof(f.data), ISAKMP_XCHG_INFORMATIONAL, 0,
		    (uint32_t)i + 1);
		ike_build_notify(&f.b, IPSEC_PROTO_ESP,
		    i % 2 ? ISAKMP_N_INVALID_SPI : ISAKMP_N_INVALID_COOKIE, NULL, 0, NULL, 0);
		forge_deliver(s, SIM_A, f.data, ike_build_finish(&f.b));
	}
	assert_int_equal(s->end[SIM_A].sends, sends + 1);
	sim_run(s, 5000);
	assert_int_equal(s->end[SIM_A].sends, sends + 1); /* it was answered */
	forge_still_up(s);
	sim_free(s);
}

/* A notify in the clear at a negotiation of ours: everybody who sees message 1 can send it. */
static void deliver_clear(struct sim *s, uint16_t type)
{
	const struct isakmp_sa *sa = isakmp_negotiating(s->end[SIM_A].peer);
	uint8_t data[128];
	struct ike_builder b;

	assert_non_null(sa);
	isakmp_build(sa, &b, data, sizeof(data), ISAKMP_XCHG_INFORMATIONAL, 0, 5);
	ike_build_notify(&b, IPSEC_PROTO_ISAKMP, type, NULL, 0, NULL, 0);
	forge_deliver(s, SIM_A, data, ike_build_finish(&b));
}

static unsigned count_logged(const struct sim_end *e, const char *text)
{
	unsigned lines = 0;

	for (unsigned i = 0; i < SIM_LOG; i++)
		lines += strstr(e->log[i], text) != NULL;
	return lines;
}

static void test_K25_refusals_in_the_clear_end_nothing(void **state)
{
	static const uint16_t types[] = {ISAKMP_N_NO_PROPOSAL_CHOSEN,
	    ISAKMP_N_AUTHENTICATION_FAILED, ISAKMP_N_INVALID_ID_INFORMATION};
	struct sim *s = sim_new(14);
	struct sim_end *a = &s->end[SIM_A];
	unsigned sends;

	(void)state;
	s->end[SIM_B].config.initiate = false;
	s->end[SIM_B].cut = true;
	sim_start(s);
	sim_run(s, 500);
	sends = a->sends;
	for (unsigned i = 0; i < 30; i++)
		deliver_clear(s, types[i % 3]);
	assert_int_equal(isakmp_negotiating(a->peer)->state, MAIN_I_SA_SENT);
	assert_int_equal(a->sends, sends);
	assert_int_equal(sim_status(s, SIM_A).bad_datagrams, 30);
	assert_int_equal(count_logged(a, "unauthenticated notify type=NO-PROPOSAL-CHOSEN"), 1);
	assert_int_equal(count_logged(a, "unauthenticated notify"), 1);
	/* The valid answer to the same message 1 is still waited for. */
	s->end[SIM_B].cut = false;
	assert_true(sim_until_up(s, 5000) > 0);
	assert_int_equal(count_logged(a, "main mode started"), 1);
	sim_free(s);
	/* When none comes, what was said is part of the reason. */
	s = sim_new(16);
	s->end[SIM_B].cut = true;
	sim_start(s);
	sim_run(s, 500);
	deliver_clear(s, ISAKMP_N_NO_PROPOSAL_CHOSEN);
	assert_string_equal(s->end[SIM_A].reason,
	    "negotiating; the peer says (unauthenticated) NO-PROPOSAL-CHOSEN");
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_PROPOSAL);
	assert_int_equal(sim_status(s, SIM_A).state, IKE_PEER_CONNECTING);
	assert_int_equal(isakmp_negotiating(s->end[SIM_A].peer)->state, MAIN_I_SA_SENT);
	sim_run(s, 20000); /* what was said is not replaced by silence */
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_PROPOSAL);
	for (unsigned i = 0; i < 60 && !strstr(s->end[SIM_A].reason, "somebody said"); i++)
		sim_run(s, 1000);
	assert_int_equal(sim_status(s, SIM_A).fault, IKE_FAULT_PROPOSAL);
	assert_true(sim_logged(&s->end[SIM_A],
	    "reason=\"no answer from the peer, but somebody said NO-PROPOSAL-CHOSEN\""));
	sim_free(s);
}

static void test_K26_initial_contact_before_authentication_is_ignored(void **state)
{
	struct sim *s = forge_established(4);
	struct isakmp_sa fresh = {0};
	struct forge f;

	(void)state;
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	isakmp_build(&f.sa, &f.b, f.data, sizeof(f.data), ISAKMP_XCHG_INFORMATIONAL, 0, 5);
	ike_build_notify(&f.b, IPSEC_PROTO_ISAKMP, ISAKMP_N_INITIAL_CONTACT, NULL, 0, NULL, 0);
	forge_ignored(s, SIM_A, f.data, ike_build_finish(&f.b));
	/* In a message 1. */
	memset(fresh.cookie_i, 7, 8);
	isakmp_build(&fresh, &f.b, f.data, sizeof(f.data), ISAKMP_XCHG_IDENTITY_PROTECTION, 0, 0);
	ike_build_open(&f.b, ISAKMP_PAYLOAD_SA);
	ike_proposal_write_phase1(&f.b.w, &s->end[SIM_A].config);
	ike_build_close(&f.b);
	ike_build_notify(&f.b, IPSEC_PROTO_ISAKMP, ISAKMP_N_INITIAL_CONTACT, NULL, 0, NULL, 0);
	forge_deliver(s, SIM_A, f.data, ike_build_finish(&f.b));
	assert_int_equal(sim_status(s, SIM_A).isakmp_count, 1);
	assert_int_equal(sim_status(s, SIM_A).child_count, 1);
	forge_still_up(s);
	sim_free(s);
}

static void test_K24_deletes_act_once(void **state)
{
	struct sim *s = forge_established(5);
	uint32_t spis[4];
	struct forge f;
	unsigned uses;

	(void)state;
	s->strict = false;
	spis[0] = 0x01020304; /* unknown */
	spis[1] = spis[2] = spis[3] = s->end[SIM_A].out.spi_out;
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	forge_delete_isakmp(&f); /* first in the message, last to act */
	forge_delete_esp(&f, spis, 4);
	forge_delete_isakmp(&f);
	ike_build_notify(&f.b, IPSEC_PROTO_ESP, ISAKMP_N_INVALID_SPI, &spis[0], 4, NULL, 0);
	forge_delete_esp(&f, spis, 4);
	forge_end(&f);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].out.spi_out, 0);
	assert_int_equal(sim_status(s, SIM_A).isakmp_count, 0);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 1); /* it lingers */
	/* The same message again is of an SA that is gone. */
	forge_deliver(s, SIM_A, f.data, f.bytes);
	uses = s->end[SIM_A].uses;
	sim_run(s, 10000);
	assert_true(s->end[SIM_A].uses > uses); /* a new one was made */
	assert_true(sim_both_up(s));
	sim_free(s);
}

static void test_K24_unknown_spis_are_nothing(void **state)
{
	struct sim *s = forge_established(6);
	uint32_t spis[200];
	struct forge f;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		spis[i] = 0x1000 + i;
	spis[7] =
	    s->end[SIM_A].out.spi_in; /* ours: the peer deletes what it receives on, not this */
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	forge_delete_esp(&f, spis, 200);
	forge_end(&f);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	forge_still_up(s);
	sim_free(s);
}

static void test_K19_replayed_informational_acts_once(void **state)
{
	struct sim *s = forge_established(7);
	const uint8_t seq[4] = {0, 0, 0, 9};
	uint8_t cookies[16];
	unsigned sends = s->end[SIM_A].sends;
	struct forge f;

	(void)state;
	memcpy(cookies, isakmp_best(s->end[SIM_A].peer)->cookie_i, 8);
	memcpy(cookies + 8, isakmp_best(s->end[SIM_A].peer)->cookie_r, 8);
	forge_notify(&f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, cookies, 16, seq, 4);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].sends, sends + 1);
	for (int i = 0; i < 100; i++)
		forge_ignored(s, SIM_A, f.data, f.bytes);
	sim_free(s);
}

/* Later messages do not make an early one new again: it proves nothing and moves no port. */
static void test_K39_a_replay_after_many_messages_moves_no_port(void **state)
{
	struct sim *s = forge_established(14);
	const struct isakmp_sa *sa = isakmp_best(s->end[SIM_A].peer);
	static const uint8_t zero[4];
	uint16_t port = sa->remote_port;
	struct forge first, f;

	(void)state;
	forge_notify(&first, s, SIM_B, IPSEC_PROTO_ISAKMP, 24579, NULL, 0, zero, sizeof(zero));
	forge_deliver(s, SIM_A, first.data, first.bytes);
	for (int i = 0; i < 3000; i++) { /* as many as there are intervals of DPD in a lifetime */
		forge_notify(&f, s, SIM_B, IPSEC_PROTO_ISAKMP, 24579, NULL, 0, zero, sizeof(zero));
		forge_deliver(s, SIM_A, f.data, f.bytes);
	}
	sim_deliver(
	    s, SIM_A, s->end[SIM_A].config.remote, 4711, sa->local_port, first.data, first.bytes);
	assert_int_equal(isakmp_best(s->end[SIM_A].peer)->remote_port, port);
	forge_still_up(s);
	sim_free(s);
}

/* The program was stopped for long, and all there can be ends in one event. */
static void test_all_slots_ending_at_once_lose_no_action(void **state)
{
	struct sim *s = forge_established(15);
	struct ike_peer *p = s->end[SIM_A].peer;
	const struct isakmp_sa sa = *isakmp_best(p);
	const struct child_pair pair = *child_best(p);
	size_t removed = 0;

	(void)state;
	for (unsigned i = 0; i < ISAKMP_SAS; i++) {
		p->isakmp[i] = sa;
		p->isakmp[i].cookie_i[0] ^= (uint8_t)(i + 1);
		if (i + 1 < ISAKMP_SAS) /* the last one still carries the others' Deletes */
			p->isakmp[i].expires = s->now;
	}
	for (unsigned i = 0; i < CHILD_PAIRS; i++) {
		p->child[i] = pair;
		p->child[i].state = i ? CHILD_OLD : CHILD_SENDING;
		p->child[i].sa.spi_in += i;
		p->child[i].sa.hard = s->now;
	}
	s->end[SIM_A].actions.count = 0;
	ike_input(p, s->now, &(struct ike_event){.type = IKE_EV_TIMER}, &s->end[SIM_A].actions);
	for (size_t i = 0; i < s->end[SIM_A].actions.count; i++)
		removed += s->end[SIM_A].actions.action[i].type == IKE_ACT_CHILD_DEL_IN ||
			   s->end[SIM_A].actions.action[i].type == IKE_ACT_CHILD_DEL_OUT;
	assert_int_equal(removed, 2 * CHILD_PAIRS);
	ike_actions_clear(&s->end[SIM_A].actions);
	sim_free(s);
}

static void test_K37_sequence_numbers(void **state)
{
	struct sim *s = forge_established(8);
	unsigned sends = s->end[SIM_A].sends;
	struct forge f;

	(void)state;
	forge_notify(&f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, NULL, 0, "\0\0\1\0", 4);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].sends, ++sends);
	/* The same number in a new message: the peer repeats itself. */
	forge_notify(&f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, NULL, 0, "\0\0\1\0", 4);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].sends, ++sends);
	/* A number from the past is not answered. */
	forge_notify(
	    &f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, NULL, 0, "\0\0\0\377", 4);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].sends, sends);
	/* Nor is one of three or five bytes. */
	forge_notify(&f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, NULL, 0, "\0\2\0", 3);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	forge_notify(
	    &f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, NULL, 0, "\0\2\0\0\0", 5);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].sends, sends);
	forge_still_up(s);
	sim_free(s);
}

/* As many questions as fit into one message are one question. */
static void test_K37_many_questions_in_a_message_get_one_answer(void **state)
{
	struct sim *s = forge_established(13);
	unsigned sends = s->end[SIM_A].sends;
	struct forge f;

	(void)state;
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	for (uint8_t i = 1; i < IKE_MSG_PAYLOADS; i++) {
		const uint8_t seq[4] = {0, 0, 1, i};

		ike_build_notify(
		    &f.b, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE, NULL, 0, seq, sizeof(seq));
	}
	forge_end(&f);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].sends, sends + 1);
	forge_still_up(s);
	sim_free(s);
}

static void test_K37_answers_that_match_nothing(void **state)
{
	struct sim *s = forge_established(9);
	struct ike_peer *a = s->end[SIM_A].peer;
	struct forge f;

	(void)state;
	s->strict = false;
	s->end[SIM_B].cut = true;
	sim_run(s, 15000);
	assert_true(a->dpd_probing);
	for (uint32_t i = 0; i < 10; i++) {
		const uint32_t seq = a->dpd_seq + 1 + i * 1000;
		const uint8_t wire[4] = {
		    (uint8_t)(seq >> 24), (uint8_t)(seq >> 16), (uint8_t)(seq >> 8), (uint8_t)seq};

		forge_notify(
		    &f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE_ACK, NULL, 0, wire, 4);
		forge_deliver(s, SIM_A, f.data, f.bytes);
		assert_true(a->dpd_probing);
	}
	{
		const uint32_t seq = a->dpd_seq;
		const uint8_t wire[4] = {
		    (uint8_t)(seq >> 24), (uint8_t)(seq >> 16), (uint8_t)(seq >> 8), (uint8_t)seq};

		forge_notify(
		    &f, s, SIM_B, IPSEC_PROTO_ISAKMP, ISAKMP_N_R_U_THERE_ACK, NULL, 0, wire, 4);
		forge_deliver(s, SIM_A, f.data, f.bytes);
		assert_false(a->dpd_probing);
	}
	sim_free(s);
}

static void test_K41_unknown_notifies_are_ignored(void **state)
{
	static const uint16_t types[] = {
	    ISAKMP_N_REPLAY_STATUS, ISAKMP_N_INITIAL_CONTACT, 16384, 16406, 30000, 40501, 65535};
	struct sim *s = forge_established(10);
	struct forge f;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		unsigned sends = s->end[SIM_A].sends;

		forge_notify(&f, s, SIM_B, IPSEC_PROTO_ISAKMP, types[i], NULL, 0, "anything", 8);
		forge_deliver(s, SIM_A, f.data, f.bytes);
		assert_int_equal(s->end[SIM_A].sends, sends);
		assert_int_equal(sim_status(s, SIM_A).child_count, 1);
		assert_int_equal(sim_status(s, SIM_A).isakmp_count, 1);
	}
	forge_still_up(s);
	sim_free(s);
}

/* An authenticated INVALID-SPI about what we send on ends that pair, and a new one is made. */
static void test_authenticated_invalid_spi_renews_the_pair(void **state)
{
	struct sim *s = forge_established(11);
	uint32_t spi = s->end[SIM_A].out.spi_out;
	const uint8_t wire[4] = {
	    (uint8_t)(spi >> 24), (uint8_t)(spi >> 16), (uint8_t)(spi >> 8), (uint8_t)spi};
	struct forge f;

	(void)state;
	forge_notify(&f, s, SIM_B, IPSEC_PROTO_ESP, ISAKMP_N_INVALID_SPI, wire, 4, NULL, 0);
	forge_deliver(s, SIM_A, f.data, f.bytes);
	assert_int_equal(s->end[SIM_A].out.spi_out, 0);
	sim_run(s, 2000);
	assert_true(sim_both_up(s));
	assert_int_not_equal(s->end[SIM_A].out.spi_out, spi);
	sim_free(s);
}

static void test_K34_cut_and_unaligned_ciphertext(void **state)
{
	struct sim *s = forge_established(12);
	uint32_t spi = s->end[SIM_A].out.spi_out;
	struct forge f;

	(void)state;
	forge_begin(&f, s, SIM_B, ISAKMP_XCHG_INFORMATIONAL);
	forge_delete_esp(&f, &spi, 1);
	forge_end(&f);
	for (size_t n = ISAKMP_HEADER_BYTES; n < f.bytes; n++) {
		uint8_t cut[256];

		memcpy(cut, f.data, n);
		cut[26] = (uint8_t)(n >> 8);
		cut[27] = (uint8_t)n;
		forge_ignored(s, SIM_A, cut, n);
	}
	for (size_t i = ISAKMP_HEADER_BYTES; i < f.bytes; i++) {
		f.data[i] ^= 0x10;
		/* The last block is padding in part: what is under no HASH may change. */
		if (i < f.bytes - 32)
			forge_ignored(s, SIM_A, f.data, f.bytes);
		f.data[i] ^= 0x10;
	}
	forge_still_up(s);
	sim_free(s);
}

/* What only Phase 1 needs is gone once it is over: the exponent, the nonces, SKEYID itself. */
static void test_established_sa_holds_no_secret_of_phase_1(void **state)
{
	static const uint8_t zero[EXPONENT_BYTES];
	struct sim *s = forge_established(15);

	(void)state;
	for (int side = SIM_A; side <= SIM_B; side++) {
		const struct isakmp_sa *sa = isakmp_best(s->end[side].peer);

		assert_memory_equal(sa->dh.secret, zero, sizeof(sa->dh.secret));
		assert_memory_equal(sa->keys.skeyid, zero, sizeof(sa->keys.skeyid));
		assert_int_equal(sa->ni.bytes + sa->nr.bytes, 0);
		assert_memory_not_equal(sa->keys.skeyid_d, zero, 20);
	}
	sim_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_K22_unprotected_delete_and_notifies_are_ignored),
	    cmocka_unit_test(test_K22_bad_hash_is_ignored),
	    cmocka_unit_test(test_K22_a_hint_is_one_liveness_check),
	    cmocka_unit_test(test_K25_refusals_in_the_clear_end_nothing),
	    cmocka_unit_test(test_K26_initial_contact_before_authentication_is_ignored),
	    cmocka_unit_test(test_K24_deletes_act_once),
	    cmocka_unit_test(test_K24_unknown_spis_are_nothing),
	    cmocka_unit_test(test_K19_replayed_informational_acts_once),
	    cmocka_unit_test(test_K39_a_replay_after_many_messages_moves_no_port),
	    cmocka_unit_test(test_all_slots_ending_at_once_lose_no_action),
	    cmocka_unit_test(test_K37_sequence_numbers),
	    cmocka_unit_test(test_K37_many_questions_in_a_message_get_one_answer),
	    cmocka_unit_test(test_K37_answers_that_match_nothing),
	    cmocka_unit_test(test_K41_unknown_notifies_are_ignored),
	    cmocka_unit_test(test_authenticated_invalid_spi_renews_the_pair),
	    cmocka_unit_test(test_K34_cut_and_unaligned_ciphertext),
	    cmocka_unit_test(test_established_sa_holds_no_secret_of_phase_1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
