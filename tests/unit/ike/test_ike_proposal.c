/* SPDX-License-Identifier: BSD-3-Clause
 *
 * SA payloads: the offers of others, from sensible to malicious. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/ike/ike_proposal.h"
#include "control/ike/ike_types.h"
#include "tests/unit/ike/vector_aes128_sha256.h"
#include "tests/unit/ike/vector_aes256_sha1.h"

static const struct ike_config config = {.version = 1,
    .encr = IKE_ENCR_AES128_CBC,
    .hash = IKE_HASH_SHA1,
    .group = IKE_MODP1024,
    .ike_lifetime_sec = 28800,
    .esp_encr = IKE_ENCR_AES128_CBC,
    .esp_auth = IKE_HASH_SHA1,
    .sa_lifetime_sec = 3600};
static const struct ike_phase2_want want = {.group = IKE_MODP1024};

/* An SA payload under construction. */
struct sa {
	uint8_t data[4096];
	struct wr w;
	size_t proposal, transform;
};

static void sa_begin(struct sa *s)
{
	s->w = wr_init(s->data, sizeof(s->data));
	wr_u32(&s->w, IPSEC_DOI);
	wr_u32(&s->w, IPSEC_SIT_IDENTITY);
}

static void proposal(struct sa *s, bool more, uint8_t number, uint8_t protocol, uint8_t spi_bytes,
    uint8_t transforms)
{
	s->proposal = wr_len(&s->w);
	wr_u32(&s->w, more ? (uint32_t)ISAKMP_PAYLOAD_PROPOSAL << 24 : 0);
	wr_u8(&s->w, number);
	wr_u8(&s->w, protocol);
	wr_u8(&s->w, spi_bytes);
	wr_u8(&s->w, transforms);
	for (uint8_t i = 0; i < spi_bytes; i++)
		wr_u8(&s->w, (uint8_t)(0x11 * (i + 1)));
}

static void proposal_end(struct sa *s)
{
	wr_patch_u16(&s->w, s->proposal + 2, (uint16_t)(wr_len(&s->w) - s->proposal));
}

static void transform(struct sa *s, bool more, uint8_t id)
{
	s->transform = wr_len(&s->w);
	wr_u32(&s->w, more ? (uint32_t)ISAKMP_PAYLOAD_TRANSFORM << 24 : 0);
	wr_u8(&s->w, 1);
	wr_u8(&s->w, id);
	wr_u16(&s->w, 0);
}

static void transform_end(struct sa *s)
{
	wr_patch_u16(&s->w, s->transform + 2, (uint16_t)(wr_len(&s->w) - s->transform));
}

static void tv(struct sa *s, uint16_t type, uint16_t value)
{
	wr_u16(&s->w, type | ISAKMP_ATTR_TV);
	wr_u16(&s->w, value);
}

static void tlv(struct sa *s, uint16_t type, const void *value, uint16_t bytes)
{
	wr_u16(&s->w, type);
	wr_u16(&s->w, bytes);
	wr_bytes(&s->w, value, bytes);
}

/* AES-CBC with `bits` (0: no attribute), `hash`, PSK, `group`. */
static void good1(struct sa *s, bool more, uint16_t bits, uint16_t hash, uint16_t group)
{
	transform(s, more, ISAKMP_KEY_IKE);
	tv(s, OAKLEY_ENCRYPTION, OAKLEY_AES_CBC);
	if (bits)
		tv(s, OAKLEY_KEY_LENGTH, bits);
	tv(s, OAKLEY_HASH, hash);
	tv(s, OAKLEY_AUTH_METHOD, OAKLEY_PRE_SHARED_KEY);
	tv(s, OAKLEY_GROUP, group);
	tv(s, OAKLEY_LIFE_TYPE, IPSEC_LIFE_SECONDS);
	tv(s, OAKLEY_LIFE_DURATION, 28800);
	transform_end(s);
}

static void good2(struct sa *s, bool more, uint16_t bits, uint16_t auth, uint16_t group)
{
	transform(s, more, IPSEC_ESP_AES);
	tv(s, IPSEC_LIFE_TYPE, IPSEC_LIFE_SECONDS);
	tv(s, IPSEC_LIFE_DURATION, 3600);
	if (group)
		tv(s, IPSEC_GROUP, group);
	tv(s, IPSEC_ENCAPSULATION, IPSEC_ENCAP_TUNNEL);
	tv(s, IPSEC_AUTH, auth);
	if (bits)
		tv(s, IPSEC_KEY_LENGTH, bits);
	transform_end(s);
}

/* From a copy of exact size, so that the sanitizer sees a read past the end. */
static int choose1(const struct sa *s, bool answer, struct ike_phase1 *out)
{
	size_t bytes = wr_len(&s->w);
	uint8_t *copy = malloc(bytes);
	int rc;

	assert_true(wr_ok(&s->w));
	memcpy(copy, s->data, bytes);
	rc = ike_proposal_choose_phase1(copy, bytes, &config, answer, out);
	free(copy);
	return rc;
}

static int choose2(const struct sa *s, bool answer, struct ike_phase2 *out)
{
	size_t bytes = wr_len(&s->w);
	uint8_t *copy = malloc(bytes);
	int rc;

	assert_true(wr_ok(&s->w));
	memcpy(copy, s->data, bytes);
	rc = ike_proposal_choose_phase2(copy, bytes, &config, &want, answer, out);
	free(copy);
	return rc;
}

static void one_phase1(struct sa *s, uint16_t bits, uint16_t hash, uint16_t group)
{
	sa_begin(s);
	proposal(s, false, 1, IPSEC_PROTO_ISAKMP, 0, 1);
	good1(s, false, bits, hash, group);
	proposal_end(s);
}

static void test_own_offer_is_acceptable_and_exact(void **state)
{
	struct sa s;
	struct ike_phase1 one;
	struct ike_phase2 two;

	(void)state;
	s.w = wr_init(s.data, sizeof(s.data));
	ike_proposal_write_phase1(&s.w, &config);
	assert_int_equal(choose1(&s, true, &one), 0);
	assert_int_equal(one.life_sec, 28800);
	assert_int_equal(one.group, IKE_MODP1024);
	s.w = wr_init(s.data, sizeof(s.data));
	ike_proposal_write_phase2(&s.w, &config, &want, 0xdeadbeef);
	assert_int_equal(choose2(&s, true, &two), 0);
	assert_int_equal(two.spi, 0xdeadbeef);
	assert_int_equal(two.life_sec, 3600);
}

/* strongSwan's reading of our offer and its answer, as recorded. */
static void test_recorded_answers_of_strongswan(void **state)
{
	struct ike_config c = config;
	struct ike_phase1 out;

	(void)state;
	c.encr = IKE_ENCR_AES256_CBC;
	assert_int_equal(
	    ike_proposal_choose_phase1(swan_aes256_sha1_main2 + 32,
		(size_t)(swan_aes256_sha1_main2[30] << 8 | swan_aes256_sha1_main2[31]) - 4, &c,
		true, &out),
	    0);
	assert_int_equal(out.life_sec, 28800);
	c.encr = IKE_ENCR_AES128_CBC;
	assert_int_equal(
	    ike_proposal_choose_phase1(swan_aes256_sha1_main2 + 32,
		(size_t)(swan_aes256_sha1_main2[30] << 8 | swan_aes256_sha1_main2[31]) - 4, &c,
		true, &out),
	    -ENOENT);
	c.hash = IKE_HASH_SHA256;
	c.group = IKE_MODP2048;
	assert_int_equal(ike_proposal_choose_phase1(swan_aes128_sha256_sai,
			     sizeof(swan_aes128_sha256_sai), &c, false, &out),
	    0);
}

static void test_first_acceptable_of_many_is_repeated_unchanged(void **state)
{
	struct sa s, answer;
	struct ike_phase1 out;

	(void)state;
	sa_begin(&s);
	proposal(&s, true, 1, IPSEC_PROTO_ISAKMP, 0, 2);
	good1(&s, true, 256, OAKLEY_SHA2_512, 14);
	good1(&s, false, 256, OAKLEY_SHA, 2);
	proposal_end(&s);
	proposal(&s, false, 2, IPSEC_PROTO_ISAKMP, 0, 2);
	good1(&s, true, 128, OAKLEY_SHA2_256, 2);
	good1(&s, false, 128, OAKLEY_SHA, 2);
	proposal_end(&s);
	assert_int_equal(ike_proposal_choose_phase1(s.data, wr_len(&s.w), &config, false, &out), 0);
	assert_int_equal(out.chosen.proposal_number, 2);
	answer.w = wr_init(answer.data, sizeof(answer.data));
	ike_proposal_answer_phase1(&answer.w, &out.chosen);
	/* The transform stands there as it came, after DOI, situation and proposal. */
	assert_memory_equal(
	    answer.data + 8 + 8 + 4, s.data + s.transform + 4, out.chosen.transform_bytes);
	assert_int_equal(choose1(&answer, true, &out), 0);
}

static void test_K08_proposal_counts(void **state)
{
	struct ike_phase1 out;
	struct sa s;

	(void)state;
	sa_begin(&s); /* no proposal at all */
	assert_int_equal(choose1(&s, false, &out), -EBADMSG);
	sa_begin(&s); /* a proposal without transforms */
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 0);
	proposal_end(&s);
	assert_int_equal(choose1(&s, false, &out), -EBADMSG);
	sa_begin(&s); /* 60 of them: what fits a datagram; none is acceptable */
	for (unsigned i = 1; i <= 60; i++) {
		proposal(&s, i < 60, (uint8_t)i, IPSEC_PROTO_ISAKMP, 0, 1);
		good1(&s, false, 256, OAKLEY_SHA2_512, 14);
		proposal_end(&s);
	}
	assert_int_equal(choose1(&s, false, &out), -ENOENT);
	sa_begin(&s); /* 255 empty transforms */
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 255);
	for (unsigned i = 1; i <= 255; i++) {
		transform(&s, i < 255, ISAKMP_KEY_IKE);
		transform_end(&s);
	}
	proposal_end(&s);
	assert_int_equal(choose1(&s, false, &out), -ENOENT);
	sa_begin(&s); /* 255 claimed, one there */
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 255);
	good1(&s, false, 128, OAKLEY_SHA, 2);
	proposal_end(&s);
	assert_int_equal(choose1(&s, false, &out), -EBADMSG);
}

static void test_K08_duplicate_transforms_take_the_first(void **state)
{
	struct ike_phase1 out;
	struct sa s;

	(void)state;
	sa_begin(&s);
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 2);
	good1(&s, true, 128, OAKLEY_SHA, 2);
	good1(&s, false, 128, OAKLEY_SHA, 2);
	proposal_end(&s);
	assert_int_equal(choose1(&s, false, &out), 0);
	assert_int_equal(choose1(&s, true, &out), -ENOENT); /* as an answer there must be one */
}

static void test_K08_aes_key_lengths(void **state)
{
	static const uint16_t odd[] = {0, 1, 64, 127, 129, 192, 256, 0xffff};
	struct ike_phase1 one;
	struct ike_phase2 two;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		struct sa s;

		one_phase1(&s, odd[i], OAKLEY_SHA, 2);
		assert_int_equal(choose1(&s, false, &one), -ENOENT);
		sa_begin(&s);
		proposal(&s, false, 1, IPSEC_PROTO_ESP, 4, 1);
		good2(&s, false, odd[i], IPSEC_AUTH_HMAC_SHA, 2);
		proposal_end(&s);
		assert_int_equal(choose2(&s, false, &two), -ENOENT);
	}
}

static void test_K08_tv_and_tlv_mixups(void **state)
{
	const uint8_t aes[2] = {0, OAKLEY_AES_CBC}, huge[300] = {1};
	struct ike_phase1 out;
	struct sa s;

	(void)state;
	sa_begin(&s); /* a basic attribute in the long form */
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 1);
	transform(&s, false, ISAKMP_KEY_IKE);
	tlv(&s, OAKLEY_ENCRYPTION, aes, 2);
	tv(&s, OAKLEY_KEY_LENGTH, 128);
	tv(&s, OAKLEY_HASH, OAKLEY_SHA);
	tv(&s, OAKLEY_AUTH_METHOD, 1);
	tv(&s, OAKLEY_GROUP, 2);
	transform_end(&s);
	proposal_end(&s);
	assert_int_equal(choose1(&s, false, &out), -ENOENT);
	sa_begin(&s); /* an attribute that claims more than the transform holds */
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 1);
	transform(&s, false, ISAKMP_KEY_IKE);
	wr_u16(&s.w, OAKLEY_LIFE_DURATION);
	wr_u16(&s.w, 0xffff);
	transform_end(&s);
	proposal_end(&s);
	assert_int_equal(choose1(&s, false, &out), -ENOENT);
	sa_begin(&s); /* twice the same attribute, and one of 300 bytes */
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 2);
	transform(&s, true, ISAKMP_KEY_IKE);
	tv(&s, OAKLEY_ENCRYPTION, OAKLEY_AES_CBC);
	tv(&s, OAKLEY_ENCRYPTION, OAKLEY_AES_CBC);
	transform_end(&s);
	transform(&s, false, ISAKMP_KEY_IKE);
	tlv(&s, OAKLEY_GROUP, huge, sizeof(huge));
	transform_end(&s);
	proposal_end(&s);
	assert_int_equal(choose1(&s, false, &out), -ENOENT);
}

static void test_K09_weak_and_strange_algorithms(void **state)
{
	static const uint8_t esp_ids[] = {0, 2, 3, 11 /* NULL */, 20 /* GCM */, 23 /* GMAC */};
	struct ike_phase1 one;
	struct ike_phase2 two;
	struct sa s;

	(void)state;
	one_phase1(&s, 128, OAKLEY_MD5, 2);
	assert_int_equal(choose1(&s, false, &one), -ENOENT);
	for (uint16_t encr = 0; encr <= 8; encr++) {
		if (encr == OAKLEY_AES_CBC)
			continue;
		sa_begin(&s);
		proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 1);
		transform(&s, false, ISAKMP_KEY_IKE);
		tv(&s, OAKLEY_ENCRYPTION, encr);
		tv(&s, OAKLEY_HASH, OAKLEY_SHA);
		tv(&s, OAKLEY_AUTH_METHOD, 1);
		tv(&s, OAKLEY_GROUP, 2);
		transform_end(&s);
		proposal_end(&s);
		assert_int_equal(choose1(&s, false, &one), -ENOENT);
	}
	for (size_t i = 0; i < sizeof(esp_ids); i++) {
		sa_begin(&s);
		proposal(&s, false, 1, IPSEC_PROTO_ESP, 4, 1);
		good2(&s, false, 128, IPSEC_AUTH_HMAC_SHA, 2);
		proposal_end(&s);
		s.data[s.transform + 5] = esp_ids[i];
		assert_int_equal(choose2(&s, false, &two), -ENOENT);
	}
	sa_begin(&s); /* HMAC-MD5 */
	proposal(&s, false, 1, IPSEC_PROTO_ESP, 4, 1);
	good2(&s, false, 128, 1, 2);
	proposal_end(&s);
	assert_int_equal(choose2(&s, false, &two), -ENOENT);
}

static void test_K11_groups_not_ours(void **state)
{
	static const uint16_t groups[] = {1, 5, 14, 24, 1025, 0xffff};

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct ike_phase1 one;
		struct ike_phase2 two;
		struct sa s;

		one_phase1(&s, 128, OAKLEY_SHA, groups[i]);
		assert_int_equal(choose1(&s, false, &one), -ENOENT);
		sa_begin(&s);
		proposal(&s, false, 1, IPSEC_PROTO_ESP, 4, 1);
		good2(&s, false, 128, IPSEC_AUTH_HMAC_SHA, groups[i]);
		proposal_end(&s);
		assert_int_equal(choose2(&s, false, &two), -ENOENT);
	}
}

static void test_K10_answers_that_were_not_offered(void **state)
{
	struct ike_phase1 one;
	struct ike_phase2 two;
	struct sa s;

	(void)state;
	one_phase1(&s, 256, OAKLEY_SHA, 2);
	assert_int_equal(choose1(&s, true, &one), -ENOENT);
	sa_begin(&s); /* transport mode */
	proposal(&s, false, 1, IPSEC_PROTO_ESP, 4, 1);
	transform(&s, false, IPSEC_ESP_AES);
	tv(&s, IPSEC_GROUP, 2);
	tv(&s, IPSEC_ENCAPSULATION, 2);
	tv(&s, IPSEC_AUTH, IPSEC_AUTH_HMAC_SHA);
	tv(&s, IPSEC_KEY_LENGTH, 128);
	transform_end(&s);
	proposal_end(&s);
	assert_int_equal(choose2(&s, true, &two), -ENOENT);
	sa_begin(&s); /* AH */
	proposal(&s, false, 1, IPSEC_PROTO_AH, 4, 1);
	good2(&s, false, 128, IPSEC_AUTH_HMAC_SHA, 2);
	proposal_end(&s);
	assert_int_equal(choose2(&s, true, &two), -ENOENT);
	sa_begin(&s); /* XAUTH instead of a pre-shared key */
	proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 1);
	transform(&s, false, ISAKMP_KEY_IKE);
	tv(&s, OAKLEY_ENCRYPTION, OAKLEY_AES_CBC);
	tv(&s, OAKLEY_KEY_LENGTH, 128);
	tv(&s, OAKLEY_HASH, OAKLEY_SHA);
	tv(&s, OAKLEY_AUTH_METHOD, 65001);
	tv(&s, OAKLEY_GROUP, 2);
	transform_end(&s);
	proposal_end(&s);
	assert_int_equal(choose1(&s, true, &one), -ENOENT);
}

static void test_bundles_are_passed_over(void **state)
{
	struct ike_phase2 two;
	struct sa s;

	(void)state;
	sa_begin(&s); /* ESP and AH under one number, then ESP alone */
	proposal(&s, true, 1, IPSEC_PROTO_ESP, 4, 1);
	good2(&s, false, 128, IPSEC_AUTH_HMAC_SHA, 2);
	proposal_end(&s);
	proposal(&s, true, 1, IPSEC_PROTO_AH, 4, 1);
	good2(&s, false, 128, IPSEC_AUTH_HMAC_SHA, 2);
	proposal_end(&s);
	assert_int_equal(
	    ike_proposal_choose_phase2(s.data, wr_len(&s.w), &config, &want, false, &two),
	    -EBADMSG); /* a further one was announced */
	proposal(&s, false, 2, IPSEC_PROTO_ESP, 4, 1);
	good2(&s, false, 128, IPSEC_AUTH_HMAC_SHA, 2);
	proposal_end(&s);
	assert_int_equal(
	    ike_proposal_choose_phase2(s.data, wr_len(&s.w), &config, &want, false, &two), 0);
	assert_int_equal(two.chosen.proposal_number, 2);
}

static void test_reserved_spis_and_spi_sizes(void **state)
{
	struct ike_phase2 two;

	(void)state;
	for (uint8_t bytes = 0; bytes < 20; bytes++) {
		struct sa s;

		sa_begin(&s);
		proposal(&s, false, 1, IPSEC_PROTO_ESP, bytes, 1);
		good2(&s, false, 128, IPSEC_AUTH_HMAC_SHA, 2);
		proposal_end(&s);
		assert_int_equal(choose2(&s, false, &two), bytes == 4 ? 0 : -ENOENT);
		if (bytes == 4) {
			assert_int_equal(two.spi, 0x11223344);
			memset(s.data + 16, 0, 3);
			s.data[19] = 255;
			assert_int_equal(choose2(&s, false, &two), -ENOENT);
			s.data[18] = 1;
			assert_int_equal(choose2(&s, false, &two), 0);
		}
	}
}

static void test_K35_body_shorter_than_claimed(void **state)
{
	struct ike_phase1 out;
	size_t whole;
	struct sa s;

	(void)state;
	one_phase1(&s, 128, OAKLEY_SHA, 2);
	whole = wr_len(&s.w);
	for (size_t bytes = 0; bytes < whole; bytes++) {
		s.w.p = s.w.start + bytes;
		assert_int_equal(choose1(&s, false, &out), -EBADMSG);
	}
	s.w.p = s.w.start + whole;
	assert_int_equal(choose1(&s, false, &out), 0);
	s.data[11]++; /* the proposal claims one byte more */
	assert_int_equal(choose1(&s, false, &out), -EBADMSG);
	s.data[11] -= 2;
	assert_int_equal(choose1(&s, false, &out), -EBADMSG);
}

static void test_other_doi_or_situation(void **state)
{
	struct ike_phase1 out;
	struct sa s;

	(void)state;
	one_phase1(&s, 128, OAKLEY_SHA, 2);
	s.data[3] = 2;
	assert_int_equal(choose1(&s, false, &out), -EOPNOTSUPP);
	s.data[3] = 1;
	s.data[7] = 3;
	assert_int_equal(choose1(&s, false, &out), -EOPNOTSUPP);
}

static void test_K38_lifetimes_of_all_sizes(void **state)
{
	static const struct {
		uint8_t data[12];
		uint16_t bytes;
		uint32_t read;
	} rows[] = {
	    {{0}, 1, 0},
	    {{0, 0, 0, 1}, 4, 1},
	    {{0xff, 0xff, 0xff, 0xff}, 4, UINT32_MAX},
	    {{0, 0, 0, 0, 0, 0, 14, 16}, 8, 3600},
	    {{1, 0, 0, 0, 0, 0, 14, 16}, 8, UINT32_MAX},
	    {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 16}, 12, UINT32_MAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ike_phase1 out;
		struct sa s;

		sa_begin(&s);
		proposal(&s, false, 1, IPSEC_PROTO_ISAKMP, 0, 1);
		transform(&s, false, ISAKMP_KEY_IKE);
		tv(&s, OAKLEY_ENCRYPTION, OAKLEY_AES_CBC);
		tv(&s, OAKLEY_KEY_LENGTH, 128);
		tv(&s, OAKLEY_HASH, OAKLEY_SHA);
		tv(&s, OAKLEY_AUTH_METHOD, 1);
		tv(&s, OAKLEY_GROUP, 2);
		tv(&s, OAKLEY_LIFE_TYPE, IPSEC_LIFE_SECONDS);
		tlv(&s, OAKLEY_LIFE_DURATION, rows[i].data, rows[i].bytes);
		transform_end(&s);
		proposal_end(&s);
		assert_int_equal(choose1(&s, false, &out), 0);
		assert_int_equal(out.life_sec, rows[i].read);
		assert_in_range(ike_life_clamp(out.life_sec), 60, 86400);
	}
	assert_int_equal(ike_life_clamp(3600), 3600);
}

static void test_K38_volume_lifetime(void **state)
{
	uint32_t sec = 1, kbyte = 2;
	const uint8_t both[] = {
	    0x80, 1, 0, 1, 0x80, 2, 14, 16, 0x80, 1, 0, 2, 0, 2, 0, 4, 0, 7, 0xa1, 0x20};
	const uint8_t unnamed[] = {0x80, 2, 14, 16};

	(void)state;
	assert_int_equal(ike_lifetime_parse(both, sizeof(both), &sec, &kbyte), 0);
	assert_int_equal(sec, 3600);
	assert_int_equal(kbyte, 500000);
	assert_int_equal(ike_lifetime_parse(both, 8, &sec, &kbyte), 0);
	for (size_t n = 0; n < sizeof(both); n++)
		assert_int_equal(
		    ike_lifetime_parse(both, n, &sec, &kbyte), n % 4 || n == 16 ? -EBADMSG : 0);
	/* A duration without its type means nothing. */
	assert_int_equal(ike_lifetime_parse(unnamed, sizeof(unnamed), &sec, &kbyte), -EBADMSG);
}

static void test_configurations_that_cannot_be_offered(void **state)
{
	struct ike_config c = config;

	(void)state;
	assert_null(ike_proposal_unsupported(&c));
	c.encr = IKE_ENCR_3DES_CBC;
	assert_non_null(strstr(ike_proposal_unsupported(&c), "3DES"));
	c = config;
	c.esp_encr = IKE_ENCR_DES_CBC;
	assert_non_null(ike_proposal_unsupported(&c));
	c = config;
	c.esp_auth = IKE_HASH_MD5;
	assert_non_null(strstr(ike_proposal_unsupported(&c), "MD5"));
	c = config;
	c.group = IKE_MODP768;
	assert_non_null(strstr(ike_proposal_unsupported(&c), "modp1024"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_own_offer_is_acceptable_and_exact),
	    cmocka_unit_test(test_recorded_answers_of_strongswan),
	    cmocka_unit_test(test_first_acceptable_of_many_is_repeated_unchanged),
	    cmocka_unit_test(test_K08_proposal_counts),
	    cmocka_unit_test(test_K08_duplicate_transforms_take_the_first),
	    cmocka_unit_test(test_K08_aes_key_lengths),
	    cmocka_unit_test(test_K08_tv_and_tlv_mixups),
	    cmocka_unit_test(test_K09_weak_and_strange_algorithms),
	    cmocka_unit_test(test_K11_groups_not_ours),
	    cmocka_unit_test(test_K10_answers_that_were_not_offered),
	    cmocka_unit_test(test_bundles_are_passed_over),
	    cmocka_unit_test(test_reserved_spis_and_spi_sizes),
	    cmocka_unit_test(test_K35_body_shorter_than_claimed),
	    cmocka_unit_test(test_other_doi_or_situation),
	    cmocka_unit_test(test_K38_lifetimes_of_all_sizes),
	    cmocka_unit_test(test_K38_volume_lifetime),
	    cmocka_unit_test(test_configurations_that_cannot_be_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
