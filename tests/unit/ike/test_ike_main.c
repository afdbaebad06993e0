/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Main Mode and the outermost checks against hostile datagrams. */
#include "tests/unit/ike/forge.h"

/* Message 1 of A, made anew; version, exchange and cookies can be set afterwards in `data`. */
static size_t message_1(struct sim *s, uint8_t cookie, uint8_t *data, size_t bytes)
{
	struct isakmp_sa sa = {0};
	struct ike_builder b;

	memset(sa.cookie_i, cookie, sizeof(sa.cookie_i));
	isakmp_build(&sa, &b, data, bytes, ISAKMP_XCHG_IDENTITY_PROTECTION, 0, 0);
	ike_build_open(&b, ISAKMP_PAYLOAD_SA);
	ike_proposal_write_phase1(&b.w, &s->end[SIM_A].config);
	ike_build_close(&b);
	return ike_build_finish(&b);
}

/* B alone, waiting. */
static struct sim *waiting(uint64_t seed)
{
	struct sim *s = sim_new(seed);

	s->end[SIM_B].config.initiate = false;
	s->esp_msec = 0;
	for (int i = 0; i < 2; i++)
		sim_create(s, i);
	sim_event(s, SIM_B, IKE_EV_START, 0);
	return s;
}

static unsigned slots_used(const struct ike_peer *p)
{
	unsigned n = 0;

	for (size_t i = 0; i < ISAKMP_SAS; i++)
		n += p->isakmp[i].state != MAIN_FREE;
	return n;
}

static void test_K01_other_sources_are_dropped_unparsed(void **state)
{
	struct sim *s = waiting(1);
	struct ip_addr other;
	uint8_t data[512];
	size_t bytes = message_1(s, 1, data, sizeof(data));

	(void)state;
	assert_int_equal(ip_addr_parse("203.0.113.3", &other), 0);
	for (int i = 0; i < 1000; i++)
		sim_deliver(s, SIM_B, other, 500, 500, data, bytes);
	assert_int_equal(s->end[SIM_B].sends, 0);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 0);
	assert_int_equal(sim_status(s, SIM_B).bad_datagrams, 1000);
	forge_deliver(s, SIM_B, data, bytes);
	assert_int_equal(s->end[SIM_B].sends, 1);
	sim_free(s);
}

static void test_K02_lengths(void **state)
{
	struct sim *s = waiting(2);
	uint8_t data[IKE_DATAGRAM_BYTES + 8] = {0};
	size_t bytes = message_1(s, 1, data, sizeof(data));

	(void)state;
	for (size_t n = 0; n < bytes; n++)
		forge_ignored(s, SIM_B, data, n);
	forge_ignored(s, SIM_B, data, bytes + 1);
	memset(data + 24, 0xff, 4);
	forge_ignored(s, SIM_B, data, bytes);
	data[24] = data[25] = 0;
	data[26] = (uint8_t)(sizeof(data) >> 8);
	data[27] = (uint8_t)sizeof(data);
	forge_ignored(s, SIM_B, data, sizeof(data)); /* longer than anything we take */
	sim_free(s);
}

static void test_K03_versions(void **state)
{
	struct sim *s = waiting(3);
	uint8_t data[512];
	size_t bytes = message_1(s, 1, data, sizeof(data));

	(void)state;
	data[17] = 0x30;
	for (int i = 0; i < 100; i++)
		forge_deliver(s, SIM_B, data, bytes);
	assert_in_range(s->end[SIM_B].sends, 1, 5); /* rarely */
	assert_int_equal(s->end[SIM_B].last[18], ISAKMP_XCHG_INFORMATIONAL);
	assert_int_equal(s->end[SIM_B].last[39], ISAKMP_N_INVALID_MAJOR_VERSION);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 0);
	data[17] = 0x20; /* IKEv2 on a gateway of version 1 */
	data[18] = 34;
	forge_deliver(s, SIM_B, data, bytes);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 0);
	data[17] = 0x1f; /* the minor version does not matter */
	data[18] = ISAKMP_XCHG_IDENTITY_PROTECTION;
	forge_deliver(s, SIM_B, data, bytes);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 1);
	sim_free(s);
}

static void test_K07_cookies(void **state)
{
	struct sim *s = waiting(4);
	uint8_t data[512], swapped[8];
	size_t bytes = message_1(s, 0, data, sizeof(data));

	(void)state;
	forge_ignored(s, SIM_B, data, bytes); /* no initiator cookie */
	bytes = message_1(s, 1, data, sizeof(data));
	data[8] = 1; /* a responder cookie that we did not make */
	forge_ignored(s, SIM_B, data, bytes);
	data[8] = 0;
	forge_deliver(s, SIM_B, data, bytes);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 1);
	/* The other way round: the SA's cookies, swapped. */
	memcpy(swapped, s->end[SIM_B].peer->isakmp[0].cookie_r, 8);
	memcpy(data + 8, data, 8);
	memcpy(data, swapped, 8);
	forge_ignored(s, SIM_B, data, bytes);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 1);
	sim_free(s);
}

static void test_K19_a_hundred_copies_of_message_1(void **state)
{
	struct sim *s = waiting(5);
	uint8_t data[512], answer[512];
	size_t bytes = message_1(s, 1, data, sizeof(data)), answer_bytes;

	(void)state;
	forge_deliver(s, SIM_B, data, bytes);
	answer_bytes = s->end[SIM_B].last_bytes;
	memcpy(answer, s->end[SIM_B].last, answer_bytes);
	for (int i = 0; i < 100; i++) {
		forge_deliver(s, SIM_B, data, bytes);
		assert_int_equal(s->end[SIM_B].last_bytes, answer_bytes);
		assert_memory_equal(s->end[SIM_B].last, answer, answer_bytes);
	}
	assert_int_equal(slots_used(s->end[SIM_B].peer), 1);
	/* Who has not proven to be there is not answered for ever. */
	assert_in_range(s->end[SIM_B].sends, 2, 11);
	sim_free(s);
}

/* Keeps the last messages of A and delivers 100 copies of each. */
static bool hundred_copies(struct sim *s, int from, struct sim_packet *p)
{
	if (from != SIM_A || p->esp)
		return true;
	for (int i = 0; i < 100; i++)
		sim_deliver(s, SIM_B, p->src, p->src_port, p->dst_port, p->data, p->bytes);
	return true;
}

static void test_K19_a_hundred_copies_of_every_message(void **state)
{
	struct sim *s = sim_new(6);

	(void)state;
	s->end[SIM_B].config.initiate = false;
	s->esp_msec = 0;
	sim_create(s, SIM_A);
	sim_create(s, SIM_B);
	sim_event(s, SIM_B, IKE_EV_START, 0);
	s->tap = hundred_copies;
	sim_event(s, SIM_A, IKE_EV_START, 0);
	assert_true(sim_until_up(s, 5000) > 0);
	sim_run(s, 20000);
	assert_int_equal(s->end[SIM_B].adds, 1);
	assert_int_equal(s->end[SIM_A].adds, 1);
	assert_int_equal(sim_status(s, SIM_B).isakmp_count, 1);
	sim_free(s);
}

/* Only what B itself began leaves B. */
static bool answers_to_the_flood_are_lost(struct sim *s, int from, struct sim_packet *p)
{
	const struct isakmp_sa *sa = isakmp_find(s->end[SIM_B].peer, p->data, p->data + 8);

	return from == SIM_A || p->data[18] != ISAKMP_XCHG_IDENTITY_PROTECTION ||
	       (sa && sa->initiator);
}

/* A hundred thousand message 1 from the peer's address, each with another cookie. */
static void test_K28_flood_of_half_open_negotiations(void **state)
{
	struct sim *s = sim_new(7);
	uint8_t data[512];
	size_t bytes;
	unsigned sends;
	int64_t took = -1;

	(void)state;
	/* B is flooded, and initiates itself. */
	s->end[SIM_A].config.initiate = false;
	s->esp_msec = 0;
	sim_create(s, SIM_A);
	sim_create(s, SIM_B);
	sim_event(s, SIM_A, IKE_EV_START, 0);
	sim_event(s, SIM_B, IKE_EV_START, 0);
	bytes = message_1(s, 1, data, sizeof(data));
	s->tap = answers_to_the_flood_are_lost;
	for (unsigned msec = 0; msec < 1000; msec++) {
		for (unsigned i = 0; i < 100; i++) {
			sim_env_random(&s->end[SIM_B], data, 8);
			data[0] |= 1;
			forge_deliver(s, SIM_B, data, bytes);
			assert_true(slots_used(s->end[SIM_B].peer) <= ISAKMP_HALF + 2);
		}
		sim_run(s, 1);
		if (took < 0 && sim_both_up(s))
			took = msec;
	}
	assert_in_range(took, 1, 2000);
	/* Once the flood is over, nothing is left of it. */
	sends = s->end[SIM_B].sends;
	sim_run(s, 60000);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 1);
	assert_true(s->end[SIM_B].sends - sends < 20);
	sim_free(s);
}

static void test_K29_other_exchanges_get_no_reply(void **state)
{
	static const uint8_t types[] = {ISAKMP_XCHG_BASE, ISAKMP_XCHG_AUTH_ONLY,
	    ISAKMP_XCHG_AGGRESSIVE, ISAKMP_XCHG_TRANSACTION, ISAKMP_XCHG_NEW_GROUP, 0, 7, 31, 34,
	    255};
	struct sim *s = waiting(8), *up = forge_established(9);
	uint8_t data[512];
	size_t bytes = message_1(s, 1, data, sizeof(data));
	struct forge f;

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++) {
		data[18] = types[i];
		forge_ignored(s, SIM_B, data, bytes);
		forge_begin(
		    &f, up, SIM_B, types[i]); /* XAUTH and mode-config come under a real SA */
		forge_end(&f);
		forge_ignored(up, SIM_A, f.data, f.bytes);
	}
	sim_free(s);
	sim_free(up);
}

static void test_K09_unacceptable_offer_is_refused(void **state)
{
	struct sim *s = waiting(10);
	uint8_t data[512];
	size_t bytes;

	(void)state;
	s->end[SIM_A].config.hash = IKE_HASH_SHA512;
	bytes = message_1(s, 1, data, sizeof(data));
	forge_deliver(s, SIM_B, data, bytes);
	assert_int_equal(s->end[SIM_B].sends, 1);
	assert_int_equal(s->end[SIM_B].last[39], ISAKMP_N_NO_PROPOSAL_CHOSEN);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 0);
	sim_free(s);
}

/* The answer to a short SA payload holds nothing but what was parsed: no memory of ours. */
static void test_K35_answer_comes_from_parsed_data(void **state)
{
	struct sim *s = waiting(11);
	uint8_t data[512];
	size_t bytes = message_1(s, 1, data, sizeof(data));

	(void)state;
	for (size_t claim = 4; claim < 0x200; claim += 3) {
		data[30] = (uint8_t)(claim >> 8);
		data[31] = (uint8_t)claim;
		if (claim == bytes - 28)
			continue;
		forge_deliver(s, SIM_B, data, bytes);
		assert_int_equal(slots_used(s->end[SIM_B].peer), 0);
		if (s->end[SIM_B].sends)
			assert_int_equal(s->end[SIM_B].last_bytes, 28 + 12); /* a notify, no more */
	}
	sim_free(s);
}

static void test_K40_vendor_ids_do_not_matter(void **state)
{
	struct sim *s = waiting(12);
	uint8_t data[IKE_DATAGRAM_BYTES];
	struct isakmp_sa sa = {.cookie_i = {1}};
	struct ike_builder b;

	(void)state;
	isakmp_build(&sa, &b, data, sizeof(data), ISAKMP_XCHG_IDENTITY_PROTECTION, 0, 0);
	ike_build_open(&b, ISAKMP_PAYLOAD_SA);
	ike_proposal_write_phase1(&b.w, &s->end[SIM_A].config);
	ike_build_close(&b);
	while (wr_room(&b.w) > 40)
		ike_build_payload(&b, ISAKMP_PAYLOAD_VENDOR_ID, "$(reboot)\x1b[31m\n`id`", 20);
	forge_deliver(s, SIM_B, data, ike_build_finish(&b));
	assert_int_equal(slots_used(s->end[SIM_B].peer), 1);
	assert_false(s->end[SIM_B].peer->isakmp[0].peer_dpd);
	/* sim_env_log() asserts that no line holds a newline; and none holds what they say. */
	assert_false(sim_logged(&s->end[SIM_B], "reboot"));
	sim_free(s);
}

/* ---- what a peer may put into messages 3 to 6 --------------------------- */

struct edit {
	int from;           /* whose message */
	uint8_t first;      /* that begins with this payload */
	uint8_t type;       /* the payload to replace */
	uint8_t body[1024]; /* by this */
	size_t bytes;
	unsigned seen;
};

/* Replaces a payload of an unencrypted message on its way. */
static bool replace(struct sim *s, int from, struct sim_packet *p)
{
	struct edit *e = s->tap_arg;
	struct ike_payloads payloads;
	struct ike_header h;
	struct ike_builder b;
	uint8_t data[IKE_DATAGRAM_BYTES];

	if (p->esp || from != e->from || p->data[16] != e->first || (p->data[19] & 1))
		return true;
	assert_int_equal(ike_header_parse(p->data, p->bytes, &h), 0);
	assert_int_equal(
	    ike_payloads_parse(h.next, p->data + 28, p->bytes - 28, false, &payloads), 0);
	ike_build_start(&b, data, sizeof(data), &h);
	for (size_t i = 0; i < payloads.count; i++) {
		const struct ike_payload *pl = &payloads.list[i];
		bool edit = pl->type == e->type;

		ike_build_payload(
		    &b, pl->type, edit ? e->body : pl->body, edit ? e->bytes : pl->bytes);
	}
	p->bytes = ike_build_finish(&b);
	memcpy(p->data, data, p->bytes);
	e->seen++;
	return true;
}

static void refused_edit(uint8_t first, uint8_t type, size_t bytes, uint8_t fill)
{
	for (int from = 0; from < 2; from++) {
		struct sim *s = sim_new(20 + bytes);
		struct edit e = {.from = from, .first = first, .type = type, .bytes = bytes};

		memset(e.body, fill, sizeof(e.body));
		s->end[SIM_B].config.initiate = false;
		s->tap = replace;
		s->tap_arg = &e;
		sim_start(s);
		assert_int_equal(sim_until_up(s, 20000), -1);
		assert_true(e.seen > 0);
		assert_int_equal(s->end[SIM_A].adds + s->end[SIM_B].adds, 0);
		assert_int_equal(sim_status(s, SIM_A).isakmp_count, 0);
		assert_int_equal(sim_status(s, SIM_B).isakmp_count, 0);
		/* It heals when the link is honest again. */
		s->tap = NULL;
		assert_true(sim_until_up(s, 120000) > 0);
		sim_free(s);
	}
}

static void test_K13_nonce_lengths(void **state)
{
	static const size_t lengths[] = {0, 8, 15, 257, 1000};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		refused_edit(ISAKMP_PAYLOAD_KE, ISAKMP_PAYLOAD_NONCE, lengths[i], 0x55);
}

static void test_K12_key_exchange_values(void **state)
{
	static const size_t lengths[] = {0, 1, 127, 129, 256};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		refused_edit(ISAKMP_PAYLOAD_KE, ISAKMP_PAYLOAD_KE, lengths[i], 0x55);
	refused_edit(ISAKMP_PAYLOAD_KE, ISAKMP_PAYLOAD_KE, 128, 0);
}

/* The peer selects what we did not offer: that negotiation ends, the old SA stays. */
static void test_K10_answer_that_was_not_offered(void **state)
{
	struct sim *s = forge_established(30);
	struct ike_config other = s->end[SIM_B].config;
	struct edit e = {.from = SIM_B, .first = ISAKMP_PAYLOAD_SA, .type = ISAKMP_PAYLOAD_SA};
	struct wr w = wr_init(e.body, sizeof(e.body));

	(void)state;
	other.encr = IKE_ENCR_AES256_CBC;
	ike_proposal_write_phase1(&w, &other);
	e.bytes = wr_len(&w);
	s->tap = replace;
	s->tap_arg = &e;
	isakmp_best(s->end[SIM_A].peer)->rekey_at = s->now;
	sim_event(s, SIM_A, IKE_EV_TIMER, 0);
	sim_run(s, 5000);
	assert_true(e.seen > 0);
	assert_true(sim_logged(&s->end[SIM_A], "what we did not offer"));
	assert_int_equal(sim_status(s, SIM_A).isakmp_count, 1);
	forge_still_up(s);
	sim_free(s);
}

/* Loses A's message 5, so that the test can write one. */
static bool lose_message_5(struct sim *s, int from, struct sim_packet *p)
{
	(void)s;
	return from != SIM_A || p->esp || p->data[18] != 2 || !(p->data[19] & 1);
}

/* Message 5 with an ID payload of our choice and the right HASH_I for it, but for `flip`, or
 * without payloads. */
static void deliver_id(
    struct sim *s, const uint8_t *id, size_t id_bytes, bool with_hash, uint8_t flip)
{
	struct isakmp_sa sa = s->end[SIM_A].peer->isakmp[0];
	struct ike_phase1_inputs in = isakmp_inputs(&sa);
	uint8_t data[IKE_DATAGRAM_BYTES], hash[IKE_HASH_MAX];
	struct ike_builder b;
	size_t bytes;

	assert_int_equal(sa.state, MAIN_I_ID_SENT);
	assert_int_equal(ike_keys_iv_phase1(&sa.keys, &in, sa.iv), 0);
	assert_int_equal(
	    ike_keys_hash_phase1(&sa.keys, true, &in, (struct ike_chunk){id, id_bytes}, hash), 0);
	isakmp_build(&sa, &b, data, sizeof(data), ISAKMP_XCHG_IDENTITY_PROTECTION,
	    ISAKMP_FLAG_ENCRYPTION, 0);
	if (id)
		ike_build_payload(&b, ISAKMP_PAYLOAD_ID, id, id_bytes);
	hash[19] ^= flip;
	if (with_hash)
		ike_build_payload(&b, ISAKMP_PAYLOAD_HASH, hash, sa.keys.bytes);
	bytes = isakmp_seal(&sa, &b, sa.iv);
	assert_true(bytes > 0);
	sim_deliver(s, SIM_B, s->end[SIM_A].config.local, 500, 500, data, bytes);
}

static struct sim *at_message_5(uint64_t seed)
{
	struct sim *s = sim_new(seed);

	s->end[SIM_B].config.initiate = false;
	s->tap = lose_message_5;
	sim_start(s);
	sim_run(s, 900);
	assert_int_equal(s->end[SIM_B].peer->isakmp[0].state, MAIN_R_KE_SENT);
	return s;
}

static void test_K14_odd_identities(void **state)
{
	static const size_t lengths[] = {0, 1, 3, 4, 7, 9, 12, 520, 3900};
	static const uint8_t types[] = {0, 1, 2, 4, 9, 11, 255};

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (size_t t = 0; t < sizeof(types); t++) {
			struct sim *s = at_message_5(40 + i);
			uint8_t id[3900] = {0};

			memset(id + 4, 'A', sizeof(id) - 4);
			id[0] = types[t];
			id[6] = 0; /* NUL inside */
			id[7] = 0x1b;
			deliver_id(s, id, lengths[i], true, 0);
			assert_int_equal(sim_status(s, SIM_B).isakmp_count, 0);
			sim_run(s, 100);
			assert_int_equal(s->end[SIM_B].adds, 0);
			for (unsigned l = 0; l < SIM_LOG; l++)
				assert_null(strchr(s->end[SIM_B].log[l], 0x1b));
			sim_free(s);
		}
	}
}

static void test_K15_other_identity_is_answered_and_logged(void **state)
{
	const uint8_t id[8] = {IPSEC_ID_IPV4_ADDR, 0, 0, 0, 192, 0, 2, 66};
	struct sim *s = at_message_5(50);
	unsigned sends = s->end[SIM_B].sends;

	(void)state;
	deliver_id(s, id, sizeof(id), true, 0);
	assert_true(
	    sim_logged(&s->end[SIM_B], "identity mismatch got=192.0.2.66 expected=203.0.113.2"));
	assert_int_equal(s->end[SIM_B].sends, sends + 1);
	assert_int_equal(s->end[SIM_B].last[18], ISAKMP_XCHG_INFORMATIONAL);
	assert_int_equal(s->end[SIM_B].last[19], ISAKMP_FLAG_ENCRYPTION);
	assert_int_equal(slots_used(s->end[SIM_B].peer), 0);
	sim_free(s);
}

static void test_message_5_without_what_it_needs_fails_closed(void **state)
{
	const uint8_t id[8] = {IPSEC_ID_IPV4_ADDR, 0, 0, 0, 203, 0, 113, 2};
	struct sim *s = at_message_5(51);

	(void)state;
	deliver_id(s, NULL, 0, true, 0);
	deliver_id(s, id, sizeof(id), false, 0);
	assert_int_equal(s->end[SIM_B].peer->isakmp[0].state, MAIN_R_KE_SENT);
	deliver_id(s, id, sizeof(id), true, 0); /* the real thing still succeeds */
	assert_int_equal(s->end[SIM_B].peer->isakmp[0].state, MAIN_ESTABLISHED);
	sim_free(s);
}

/* A peer that has all keys but cannot prove the exchange: HASH_I is wrong in one bit. */
static void test_K16_wrong_hash_i_is_not_accepted(void **state)
{
	const uint8_t id[8] = {IPSEC_ID_IPV4_ADDR, 0, 0, 0, 203, 0, 113, 2};
	struct sim *s = at_message_5(54);

	(void)state;
	deliver_id(s, id, sizeof(id), true, 1);
	assert_int_equal(s->end[SIM_B].peer->isakmp[0].state, MAIN_R_KE_SENT);
	assert_true(
	    sim_logged(&s->end[SIM_B], "pre-shared key mismatch? HASH_I of message 5 is wrong"));
	deliver_id(s, id, sizeof(id), true, 0);
	assert_int_equal(s->end[SIM_B].peer->isakmp[0].state, MAIN_ESTABLISHED);
	sim_free(s);
}

/* Quick Mode and Informational before Phase 1 is done, and Phase 1 messages after. */
static void test_messages_in_the_wrong_state(void **state)
{
	struct sim *s = at_message_5(52), *up = forge_established(53);
	struct isakmp_sa sa = s->end[SIM_A].peer->isakmp[0];
	uint8_t data[512];
	struct ike_builder b;
	struct forge f;

	(void)state;
	for (int i = 0; i < 2; i++) {
		uint8_t iv[16];

		isakmp_build_hashed(&sa, &b, data, sizeof(data),
		    i ? ISAKMP_XCHG_QUICK_MODE : ISAKMP_XCHG_INFORMATIONAL, 99);
		assert_int_equal(ike_keys_iv_phase2(&sa.keys, sa.iv, 99, iv), 0);
		ike_build_notify(&b, 1, ISAKMP_N_INITIAL_CONTACT, NULL, 0, NULL, 0);
		forge_ignored(s, SIM_B, data,
		    isakmp_seal_hashed(&sa, &b, 99, (struct ike_chunk){NULL, 0}, iv));
	}
	forge_begin(&f, up, SIM_B, ISAKMP_XCHG_IDENTITY_PROTECTION);
	forge_end(&f);
	forge_ignored(up, SIM_A, f.data, f.bytes);
	memset(f.data + 20, 0, 4);
	forge_ignored(up, SIM_A, f.data, f.bytes);
	f.data[19] = 0;
	forge_ignored(up, SIM_A, f.data, f.bytes);
	f.data[18] = ISAKMP_XCHG_QUICK_MODE; /* message ID 0 */
	f.data[19] = 1;
	forge_ignored(up, SIM_A, f.data, f.bytes);
	sim_free(s);
	sim_free(up);
}

/* ---- every message cut and damaged -------------------------------------- */

struct damage {
	unsigned target, seen; /* which datagram, of both directions */
	size_t at;
	bool cut, done;
};

static bool damage_one(struct sim *s, int from, struct sim_packet *p)
{
	struct damage *d = s->tap_arg;

	(void)from;
	if (p->esp || d->seen++ != d->target)
		return true;
	if (d->at >= p->bytes) {
		d->done = true;
		return true;
	}
	if (d->cut)
		p->bytes = d->at;
	else
		p->data[d->at] ^= 1 << (d->at % 8);
	return true;
}

/* Nothing but the damaged byte differs from a good run: it may cost a negotiation, never more. */
static void test_every_message_cut_and_flipped(void **state)
{
	unsigned runs = 0;

	(void)state;
	for (unsigned target = 0; target < 9; target++) {
		for (unsigned kind = 0; kind < 2; kind++) {
			for (size_t at = target % 3;; at += 5) {
				struct damage d = {.target = target, .at = at, .cut = kind};
				struct sim *s = sim_new(60);

				s->end[SIM_B].config.initiate = false;
				s->tap = damage_one;
				s->tap_arg = &d;
				s->esp_msec = 500;
				sim_start(s);
				if (sim_until_up(s, 120000) <= 0)
					fail_msg("datagram %u, byte %zu, %s", target, at,
					    kind ? "cut" : "flipped");
				assert_true(s->end[SIM_A].adds <= 2 && s->end[SIM_B].adds <= 2);
				sim_run(s, 3000);
				assert_true(sim_both_up(s));
				sim_free(s);
				runs++;
				if (d.done)
					break;
			}
		}
	}
	printf("# %u runs\n", runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_K01_other_sources_are_dropped_unparsed),
	    cmocka_unit_test(test_K02_lengths),
	    cmocka_unit_test(test_K03_versions),
	    cmocka_unit_test(test_K07_cookies),
	    cmocka_unit_test(test_K19_a_hundred_copies_of_message_1),
	    cmocka_unit_test(test_K19_a_hundred_copies_of_every_message),
	    cmocka_unit_test(test_K28_flood_of_half_open_negotiations),
	    cmocka_unit_test(test_K29_other_exchanges_get_no_reply),
	    cmocka_unit_test(test_K09_unacceptable_offer_is_refused),
	    cmocka_unit_test(test_K35_answer_comes_from_parsed_data),
	    cmocka_unit_test(test_K40_vendor_ids_do_not_matter),
	    cmocka_unit_test(test_K13_nonce_lengths),
	    cmocka_unit_test(test_K12_key_exchange_values),
	    cmocka_unit_test(test_K10_answer_that_was_not_offered),
	    cmocka_unit_test(test_K14_odd_identities),
	    cmocka_unit_test(test_K15_other_identity_is_answered_and_logged),
	    cmocka_unit_test(test_message_5_without_what_it_needs_fails_closed),
	    cmocka_unit_test(test_K16_wrong_hash_i_is_not_accepted),
	    cmocka_unit_test(test_messages_in_the_wrong_state),
	    cmocka_unit_test(test_every_message_cut_and_flipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
