/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Quick Mode against a peer that holds the keys and misbehaves: the pair in use is never
 * touched. */
#include "common/shm_abi.h"
#include "control/ike/ikev1_quick_msg.h"
#include "tests/unit/ike/forge.h"

/* A Quick Mode that B begins by hand. */
struct hand {
	struct isakmp_sa sa;
	struct ike_peer peer; /* B's configuration, to be changed at will */
	struct quick q;
	uint8_t data[OWN_BYTES];
	size_t bytes;
};

static void hand_begin(struct hand *h, struct sim *s)
{
	memset(h, 0, sizeof(*h));
	h->sa = *isakmp_best(s->end[SIM_B].peer);
	h->peer.config = s->end[SIM_B].config;
	h->q.message_id = (uint32_t)sim_random64(s) | 1;
	h->q.spi_in = (uint32_t)sim_random64(s) | 0x80000000;
	h->q.pfs = true;
	h->q.dh.group = IKE_MODP1024;
	h->q.ni.bytes = 32;
	sim_env_random(&s->end[SIM_B], h->q.ni.data, 32);
	sim_env_random(&s->end[SIM_B], h->q.dh.ours, 128);
	assert_int_equal(ike_keys_iv_phase2(&h->sa.keys, h->sa.iv, h->q.message_id, h->q.iv), 0);
}

static void hand_offer(struct hand *h)
{
	h->bytes = quick_write_offer(&h->peer, &h->sa, &h->q, h->data, sizeof(h->data));
	assert_true(h->bytes > 0);
}

/* A refuses the offer with an authenticated notify of `type`, and keeps what it has. */
static void assert_refused(struct sim *s, struct hand *h, uint16_t type)
{
	struct ike_rx rx = {0};
	uint8_t iv[IKE_CBC_BLOCK];
	struct ike_notify n;
	unsigned adds = s->end[SIM_A].adds, sends;

	sim_run(s, 20000); /* the bucket of notifies fills */
	sends = s->end[SIM_A].sends;
	hand_offer(h);
	forge_deliver(s, SIM_A, h->data, h->bytes);
	sim_run(s, 10);
	assert_int_equal(s->end[SIM_A].adds, adds);
	assert_int_equal(s->end[SIM_A].reserved, s->end[SIM_A].released + s->end[SIM_A].adds);
	assert_int_equal(s->end[SIM_A].sends, sends + 1);
	rx.data = s->end[SIM_A].last;
	rx.bytes = s->end[SIM_A].last_bytes;
	assert_int_equal(ike_header_parse(rx.data, rx.bytes, &rx.h), 0);
	assert_int_equal(rx.h.exchange, ISAKMP_XCHG_INFORMATIONAL);
	assert_int_equal(ike_keys_iv_phase2(&h->sa.keys, h->sa.iv, rx.h.message_id, iv), 0);
	assert_int_equal(isakmp_open_hashed(&h->sa, &rx, (struct ike_chunk){NULL, 0}, iv), 0);
	assert_int_equal(
	    ike_notify_parse(ike_payloads_one(&rx.payloads, ISAKMP_PAYLOAD_NOTIFICATION), &n), 0);
	assert_int_equal(n.type, type);
	assert_int_equal(sim_status(s, SIM_A).child_count, 1);
	forge_still_up(s);
}

static void test_offer_by_hand_is_accepted(void **state)
{
	struct sim *s = forge_established(1);
	struct hand h;

	(void)state;
	hand_begin(&h, s);
	hand_offer(&h);
	forge_deliver(s, SIM_A, h.data, h.bytes);
	sim_run(s, 100);
	assert_int_equal(s->end[SIM_A].adds, 2);
	assert_int_equal(s->end[SIM_A].uses, 1); /* not before message 3 */
	/* It never comes: the new inbound SA goes, the old pair stays. */
	sim_run(s, 100000);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 1);
	forge_still_up(s);
	sim_free(s);
}

static void test_K36_wrong_phase_2_ids(void **state)
{
	static const char *const wrong[] = {"10.0.0.0/8", "0.0.0.0/1", "192.168.1.1/32"};
	struct sim *s = forge_established(2);
	struct hand h;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		hand_begin(&h, s);
		assert_int_equal(ip_prefix_parse(wrong[i],
				     i % 2 ? &h.peer.config.ts_remote : &h.peer.config.ts_local),
		    0);
		assert_refused(s, &h, ISAKMP_N_INVALID_ID_INFORMATION);
	}
	sim_free(s);
}

static void test_K09_weak_phase_2_offers(void **state)
{
	struct sim *s = forge_established(3);
	struct hand h;

	(void)state;
	hand_begin(&h, s);
	h.peer.config.esp_auth = IKE_HASH_MD5;
	assert_refused(s, &h, ISAKMP_N_NO_PROPOSAL_CHOSEN);
	hand_begin(&h, s);
	h.peer.config.esp_encr = IKE_ENCR_DES_CBC; /* AES with a key of no bits */
	assert_refused(s, &h, ISAKMP_N_NO_PROPOSAL_CHOSEN);
	hand_begin(&h, s);
	h.q.pfs = false; /* we insist on PFS */
	h.q.dh.group = IKE_GROUP_NONE;
	assert_refused(s, &h, ISAKMP_N_NO_PROPOSAL_CHOSEN);
	hand_begin(&h, s);
	h.q.dh.group = IKE_MODP2048;
	assert_refused(s, &h, ISAKMP_N_NO_PROPOSAL_CHOSEN);
	hand_begin(&h, s);
	h.q.spi_in = 255; /* a reserved SPI */
	assert_refused(s, &h, ISAKMP_N_NO_PROPOSAL_CHOSEN);
	sim_free(s);
}

static void test_K12_and_K13_phase_2_values(void **state)
{
	static const size_t lengths[] = {0, 8, 15};
	struct sim *s = forge_established(4);
	unsigned adds;
	struct hand h;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		hand_begin(&h, s);
		h.q.ni.bytes = lengths[i];
		assert_refused(s, &h, ISAKMP_N_PAYLOAD_MALFORMED);
	}
	/* A value that leaves no secret is found out later, by the thread that computes. */
	hand_begin(&h, s);
	memset(h.q.dh.ours, 0, sizeof(h.q.dh.ours));
	hand_offer(&h);
	adds = s->end[SIM_A].adds;
	forge_deliver(s, SIM_A, h.data, h.bytes);
	sim_run(s, 1000);
	assert_int_equal(s->end[SIM_A].adds, adds);
	assert_true(sim_logged(&s->end[SIM_A], "key exchange value is unusable"));
	forge_still_up(s);
	sim_free(s);
}

static void test_K36_message_id_is_used_once(void **state)
{
	struct sim *s = forge_established(5);
	struct hand h;
	unsigned adds;

	(void)state;
	hand_begin(&h, s);
	hand_offer(&h);
	forge_deliver(s, SIM_A, h.data, h.bytes);
	sim_run(s, 200000); /* given up and forgotten */
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 1);
	adds = s->end[SIM_A].adds;
	forge_ignored(s, SIM_A, h.data, h.bytes); /* the very same */
	/* The same ID, another offer. */
	h.q.spi_in++;
	assert_int_equal(ike_keys_iv_phase2(&h.sa.keys, h.sa.iv, h.q.message_id, h.q.iv), 0);
	hand_offer(&h);
	forge_ignored(s, SIM_A, h.data, h.bytes);
	assert_int_equal(s->end[SIM_A].adds, adds);
	forge_still_up(s);
	sim_free(s);
}

static void test_K20_answers_to_no_question(void **state)
{
	struct sim *s = forge_established(6);
	struct hand h;

	(void)state;
	/* HASH(2) instead of HASH(1): an answer under an ID that nobody asked with. */
	hand_begin(&h, s);
	h.q.nr = h.q.ni;
	h.q.transform_bytes = 0;
	h.bytes = quick_write_answer(&h.peer, &h.sa, &h.q, h.data, sizeof(h.data));
	forge_ignored(s, SIM_A, h.data, h.bytes);
	/* Message 3 likewise. */
	hand_begin(&h, s);
	h.bytes = quick_write_done(&h.sa, &h.q, h.data, sizeof(h.data));
	forge_ignored(s, SIM_A, h.data, h.bytes);
	forge_still_up(s);
	sim_free(s);
}

static void test_K36_bad_hash_1(void **state)
{
	struct sim *s = forge_established(7);
	struct hand h;

	(void)state;
	hand_begin(&h, s);
	h.sa.keys.skeyid_a[0] ^= 1;
	hand_offer(&h);
	forge_ignored(s, SIM_A, h.data, h.bytes);
	hand_begin(&h, s);
	hand_offer(&h);
	for (size_t i = 28; i < h.bytes - 32; i += 7) { /* the end is padding in part */
		h.data[i] ^= 4;
		forge_ignored(s, SIM_A, h.data, h.bytes);
		h.data[i] ^= 4;
	}
	forge_still_up(s);
	sim_free(s);
}

/* Damages messages 2 and 3 of a rekey on their way; the genuine ones follow by retransmission. */
static bool damage_quick(struct sim *s, int from, struct sim_packet *p)
{
	unsigned *left = s->tap_arg;

	if (p->esp || p->data[18] != 32 || !*left || (from == SIM_A && p->bytes != 60))
		return true;
	(*left)--;
	p->data[40] ^= 1;
	return true;
}

static void test_K36_bad_hash_2_and_3(void **state)
{
	for (unsigned count = 1; count < 6; count++) {
		struct sim *s = forge_established(8 + count);
		unsigned left = count;

		(void)state;
		s->tap = damage_quick;
		s->tap_arg = &left;
		sim_event(s, SIM_A, IKE_EV_SOFT_LIMIT, s->end[SIM_A].out.spi_in);
		sim_run(s, 120000);
		assert_int_equal(left, 0);
		assert_int_equal(sim_status(s, SIM_A).rekeys_phase2, 1);
		assert_int_equal(sim_status(s, SIM_A).child_count, 1);
		forge_still_up(s);
		sim_free(s);
	}
}

/* Message 3 that can be read, but whose HASH(3) is of other keys: the pair is not finished by
 * it. */
static void test_K36_bad_hash_3(void **state)
{
	struct sim *s = forge_established(15);
	struct ike_rx rx = {0};
	struct hand h;

	(void)state;
	hand_begin(&h, s);
	hand_offer(&h);
	forge_deliver(s, SIM_A, h.data, h.bytes);
	sim_run(s, 100);
	rx.data = s->end[SIM_A].last; /* message 2 */
	rx.bytes = s->end[SIM_A].last_bytes;
	assert_int_equal(ike_header_parse(rx.data, rx.bytes, &rx.h), 0);
	assert_int_equal(rx.h.exchange, ISAKMP_XCHG_QUICK_MODE);
	assert_int_equal(
	    isakmp_open_hashed(&h.sa, &rx, (struct ike_chunk){h.q.ni.data, 32}, h.q.iv), 0);
	assert_int_equal(ike_nonce_read(&rx.payloads, &h.q.nr), 0);
	for (int wrong = 1; wrong >= 0; wrong--) {
		struct hand copy = h;

		copy.sa.keys.skeyid_a[0] ^= (uint8_t)wrong;
		copy.bytes = quick_write_done(&copy.sa, &copy.q, copy.data, sizeof(copy.data));
		if (wrong)
			forge_ignored(s, SIM_A, copy.data, copy.bytes);
		else
			forge_deliver(s, SIM_A, copy.data, copy.bytes);
		assert_int_equal(sim_status(s, SIM_A).rekeys_phase2, !wrong);
	}
	sim_free(s);
}

static void test_K36_commit_bit(void **state)
{
	struct sim *s = forge_established(20);
	struct hand h;

	(void)state;
	hand_begin(&h, s);
	hand_offer(&h);
	h.data[19] |= ISAKMP_FLAG_COMMIT;
	forge_ignored(s, SIM_A, h.data, h.bytes);
	h.data[19] = ISAKMP_FLAG_ENCRYPTION | ISAKMP_FLAG_AUTH_ONLY;
	forge_ignored(s, SIM_A, h.data, h.bytes);
	forge_still_up(s);
	sim_free(s);
}

static void test_K34_quick_mode_in_the_clear_or_cut(void **state)
{
	struct sim *s = forge_established(21);
	struct hand h;

	(void)state;
	hand_begin(&h, s);
	hand_offer(&h);
	h.data[19] = 0;
	forge_ignored(s, SIM_A, h.data, h.bytes);
	h.data[19] = ISAKMP_FLAG_ENCRYPTION;
	for (size_t n = 28; n < h.bytes; n++) {
		uint8_t cut[OWN_BYTES];

		memcpy(cut, h.data, n);
		cut[26] = (uint8_t)(n >> 8);
		cut[27] = (uint8_t)n;
		forge_ignored(s, SIM_A, cut, n);
	}
	forge_still_up(s);
	sim_free(s);
}

static void test_K42_ten_thousand_pairs(void **state)
{
	struct sim *s = forge_established(22);
	struct hand h;

	(void)state;
	s->esp_msec = 100;
	for (unsigned i = 0; i < 10000; i++) {
		hand_begin(&h, s);
		hand_offer(&h);
		forge_deliver(s, SIM_A, h.data, h.bytes);
		if (i % 100 == 0)
			sim_run(s, 20);
		assert_true(sim_inbound_count(&s->end[SIM_A]) <= CHILD_PAIRS);
	}
	assert_true(sim_status(s, SIM_A).child_count <= CHILD_PAIRS);
	forge_still_up(s);
	sim_run(s, 120000);
	assert_int_equal(sim_inbound_count(&s->end[SIM_A]), 1);
	assert_int_equal(s->end[SIM_A].reserved, s->end[SIM_A].released + s->end[SIM_A].adds);
	/* And a decent rekey works as ever. */
	sim_event(s, SIM_A, IKE_EV_SOFT_LIMIT, s->end[SIM_A].out.spi_in);
	sim_run(s, 60000);
	assert_int_equal(sim_status(s, SIM_A).rekeys_phase2, 1);
	sim_free(s);
}

static void test_K38_lifetimes_are_clamped(void **state)
{
	static const uint32_t offered[] = {0, 1, 59, UINT32_MAX}, used[] = {60, 60, 60, 3600};
	struct hand h;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct sim *s = forge_established(30 + i);

		hand_begin(&h, s);
		h.peer.config.sa_lifetime_sec = offered[i];
		hand_offer(&h);
		forge_deliver(s, SIM_A, h.data, h.bytes);
		sim_run(s, 50);
		for (int k = 0; k < SIM_SAS; k++) {
			if (s->end[SIM_A].in_used[k] && s->end[SIM_A].in[k].spi_out == h.q.spi_in)
				assert_int_equal(s->end[SIM_A].in[k].lifetime_sec, used[i]);
		}
		assert_int_equal(s->end[SIM_A].adds, 2);
		sim_free(s);
	}
}

static void test_child_carries_what_the_dataplane_needs(void **state)
{
	struct sim *s = forge_established(40);
	const struct ike_child *c = &s->end[SIM_A].out;

	(void)state;
	assert_int_equal(c->encr, CFG_ENCR_AES_CBC);
	assert_int_equal(c->auth, CFG_AUTH_HMAC_SHA1_96);
	assert_int_equal(c->encr_key_bytes, 16);
	assert_int_equal(c->auth_key_bytes, 20);
	assert_true(c->initiator);
	assert_memory_not_equal(c->encr_key_in, c->encr_key_out, 16);
	assert_true(ip_addr_equal(&c->local, &s->end[SIM_A].config.local));
	assert_true(ip_addr_equal(&c->remote, &s->end[SIM_A].config.remote));
	assert_int_equal(c->ts_local.length, 0);
	assert_true(mono_diff_sec(c->hard, s->now) > 3500);
	sim_free(s);
}

static void test_configurations_are_refused_with_a_sentence(void **state)
{
	struct sim *s = sim_new(41);
	struct ike_config c = s->end[SIM_A].config;
	const char *error = NULL;

	(void)state;
	c.encr = IKE_ENCR_3DES_CBC;
	assert_null(ike_peer_new(&c, &s->end[SIM_A].env, &error));
	assert_string_equal(error, "DES and 3DES are too weak: use aes-cbc or aes256-cbc");
	c = s->end[SIM_A].config;
	c.version = 2;
	assert_null(ike_peer_new(&c, &s->end[SIM_A].env, &error));
	assert_string_equal(error, "only IKE version 1 is supported");
	c = s->end[SIM_A].config;
	c.psk_bytes = 0;
	assert_null(ike_peer_new(&c, &s->end[SIM_A].env, NULL));
	c = s->end[SIM_A].config;
	c.sa_lifetime_sec = 1;
	assert_null(ike_peer_new(&c, &s->end[SIM_A].env, &error));
	sim_free(s);
}

/* No line that the engine logs, at any level, holds key bytes. */
static void test_logs_hold_no_keys(void **state)
{
	struct sim *s = forge_established(42);
	const struct isakmp_sa *sa = isakmp_best(s->end[SIM_A].peer);
	char hex[9];

	(void)state;
	for (unsigned l = 0; l < SIM_LOG; l++) {
		assert_null(strstr(s->end[SIM_A].log[l], "correct horse"));
		for (int k = 0; k < 16; k += 4) {
			snprintf(hex, sizeof(hex), "%02x%02x%02x%02x", sa->keys.skeyid_e[k],
			    sa->keys.skeyid_e[k + 1], sa->keys.skeyid_e[k + 2],
			    sa->keys.skeyid_e[k + 3]);
			assert_null(strstr(s->end[SIM_A].log[l], hex));
		}
	}
	sim_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_offer_by_hand_is_accepted),
	    cmocka_unit_test(test_K36_wrong_phase_2_ids),
	    cmocka_unit_test(test_K09_weak_phase_2_offers),
	    cmocka_unit_test(test_K12_and_K13_phase_2_values),
	    cmocka_unit_test(test_K36_message_id_is_used_once),
	    cmocka_unit_test(test_K20_answers_to_no_question),
	    cmocka_unit_test(test_K36_bad_hash_1),
	    cmocka_unit_test(test_K36_bad_hash_2_and_3),
	    cmocka_unit_test(test_K36_bad_hash_3),
	    cmocka_unit_test(test_K36_commit_bit),
	    cmocka_unit_test(test_K34_quick_mode_in_the_clear_or_cut),
	    cmocka_unit_test(test_K42_ten_thousand_pairs),
	    cmocka_unit_test(test_K38_lifetimes_are_clamped),
	    cmocka_unit_test(test_child_carries_what_the_dataplane_needs),
	    cmocka_unit_test(test_configurations_are_refused_with_a_sentence),
	    cmocka_unit_test(test_logs_hold_no_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
