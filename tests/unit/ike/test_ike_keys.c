/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Key derivation against what strongSwan printed for two recorded exchanges (vector_*.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/ip.h"
#include "control/ike/ike_keys.h"
#include "control/ike/ike_types.h"
#include "tests/unit/ike/vector_aes128_sha256.h"
#include "tests/unit/ike/vector_aes256_sha1.h"

struct bytes {
	const uint8_t *p;
	size_t n;
};
#define B(a)                                                                                       \
	{                                                                                          \
		a, sizeof(a)                                                                       \
	}
#define VECTOR(v)                                                                                  \
	{                                                                                          \
		.cookie_i = B(v##_cookie_i), .cookie_r = B(v##_cookie_r), .sai = B(v##_sai),       \
		.gxi = B(v##_gxi), .gxr = B(v##_gxr), .ni = B(v##_ni), .nr = B(v##_nr),            \
		.gxy = B(v##_gxy), .idii = B(v##_idii), .idir = B(v##_idir),                       \
		.skeyid = B(v##_skeyid), .skeyid_d = B(v##_skeyid_d), .skeyid_a = B(v##_skeyid_a), \
		.skeyid_e = B(v##_skeyid_e), .ka = B(v##_ka), .iv = B(v##_iv),                     \
		.hash_i = B(v##_hash_i), .hash_r = B(v##_hash_r), .qm_ni = B(v##_qm_ni),           \
		.qm_nr = B(v##_qm_nr), .qm_gxy = B(v##_qm_gxy), .hash1 = B(v##_hash1),             \
		.hash2 = B(v##_hash2), .hash3 = B(v##_hash3), .encr_i = B(v##_encr_initiator),     \
		.encr_r = B(v##_encr_responder), .auth_i = B(v##_auth_initiator),                  \
		.auth_r = B(v##_auth_responder), .natd = B(v##_natd_dst), .main6 = B(v##_main6),   \
		.quick1 = B(v##_quick1), .quick2 = B(v##_quick2)                                   \
	}

static const struct vector {
	enum ike_hash hash;
	size_t key_bytes;
	uint32_t spi_i, spi_r;
	struct bytes_of {
		struct bytes cookie_i, cookie_r, sai, gxi, gxr, ni, nr, gxy, idii, idir, skeyid,
		    skeyid_d, skeyid_a, skeyid_e, ka, iv, hash_i, hash_r, qm_ni, qm_nr, qm_gxy,
		    hash1, hash2, hash3, encr_i, encr_r, auth_i, auth_r, natd, main6, quick1,
		    quick2;
	} b;
} vectors[] = {
    {IKE_HASH_SHA1, 32, SWAN_AES256_SHA1_SPI_TO_INITIATOR, SWAN_AES256_SHA1_SPI_TO_RESPONDER,
	VECTOR(swan_aes256_sha1)},
    {IKE_HASH_SHA256, 16, SWAN_AES128_SHA256_SPI_TO_INITIATOR, SWAN_AES128_SHA256_SPI_TO_RESPONDER,
	VECTOR(swan_aes128_sha256)},
};
#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

static const char psk[] = "awsPsk.Example_1";

static struct ike_phase1_inputs inputs(const struct vector *v)
{
	return (struct ike_phase1_inputs){.cookie_i = v->b.cookie_i.p,
	    .cookie_r = v->b.cookie_r.p,
	    .ni = {v->b.ni.p, v->b.ni.n},
	    .nr = {v->b.nr.p, v->b.nr.n},
	    .gxi = {v->b.gxi.p, v->b.gxi.n},
	    .gxr = {v->b.gxr.p, v->b.gxr.n},
	    .sai = {v->b.sai.p, v->b.sai.n}};
}

static struct ike_keys derived(const struct vector *v)
{
	struct ike_phase1_inputs in = inputs(v);
	struct ike_keys keys;

	assert_int_equal(ike_keys_derive(&keys, v->hash, v->key_bytes, (const uint8_t *)psk,
			     sizeof(psk) - 1, &in, v->b.gxy.p, v->b.gxy.n),
	    0);
	return keys;
}

static uint32_t message_id(const struct vector *v)
{
	const uint8_t *p = v->b.quick1.p + 20;

	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void test_skeyid_and_cipher_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct ike_keys keys = derived(v);

		assert_int_equal(keys.bytes, v->b.skeyid.n);
		assert_memory_equal(keys.skeyid, v->b.skeyid.p, v->b.skeyid.n);
		assert_memory_equal(keys.skeyid_d, v->b.skeyid_d.p, v->b.skeyid_d.n);
		assert_memory_equal(keys.skeyid_a, v->b.skeyid_a.p, v->b.skeyid_a.n);
		assert_memory_equal(keys.skeyid_e, v->b.skeyid_e.p, v->b.skeyid_e.n);
		assert_int_equal(keys.encr_key_bytes, v->b.ka.n);
		assert_memory_equal(keys.encr_key, v->b.ka.p, v->b.ka.n);
	}
}

static void test_phase1_hashes_and_iv(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct ike_keys keys = derived(v);
		struct ike_phase1_inputs in = inputs(v);
		uint8_t out[IKE_HASH_MAX], iv[IKE_CBC_BLOCK];

		assert_int_equal(ike_keys_hash_phase1(&keys, true, &in,
				     (struct ike_chunk){v->b.idii.p, v->b.idii.n}, out),
		    0);
		assert_memory_equal(out, v->b.hash_i.p, v->b.hash_i.n);
		assert_int_equal(ike_keys_hash_phase1(&keys, false, &in,
				     (struct ike_chunk){v->b.idir.p, v->b.idir.n}, out),
		    0);
		assert_memory_equal(out, v->b.hash_r.p, v->b.hash_r.n);
		assert_int_equal(ike_keys_iv_phase1(&keys, &in, iv), 0);
		assert_memory_equal(iv, v->b.iv.p, v->b.iv.n);
	}
}

/* Decrypts a recorded Quick Mode message; what follows its HASH payload goes to `rest`. */
static struct ike_chunk open_quick(const struct ike_keys *keys, const struct bytes *message,
    uint8_t iv[IKE_CBC_BLOCK], uint8_t *plain, const uint8_t **hash)
{
	size_t bytes = message->n - ISAKMP_HEADER_BYTES, at = 0;
	uint8_t next = message->p[16];
	const uint8_t *rest = NULL;

	memcpy(plain, message->p + ISAKMP_HEADER_BYTES, bytes);
	assert_int_equal(ike_cbc(false, keys->encr_key, keys->encr_key_bytes, iv, plain, bytes), 0);
	assert_int_equal(next, ISAKMP_PAYLOAD_HASH);
	while (next) {
		size_t length = (size_t)plain[at + 2] << 8 | plain[at + 3];

		next = plain[at];
		if (!rest)
			*hash = plain + at + 4;
		at += length;
		if (!rest)
			rest = plain + at;
	}
	return (struct ike_chunk){rest, (size_t)(plain + at - rest)};
}

static void test_quick_mode_hashes_and_iv(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct ike_keys keys = derived(v);
		uint8_t out[IKE_HASH_MAX], iv[IKE_CBC_BLOCK], plain[1024];
		const struct ike_chunk none = {NULL, 0}, ni = {v->b.qm_ni.p, v->b.qm_ni.n};
		const struct ike_chunk nr = {v->b.qm_nr.p, v->b.qm_nr.n};
		const uint8_t *hash = NULL;
		struct ike_chunk rest;

		assert_int_equal(
		    ike_keys_iv_phase2(&keys, v->b.main6.p + v->b.main6.n - 16, message_id(v), iv),
		    0);
		rest = open_quick(&keys, &v->b.quick1, iv, plain, &hash);
		assert_memory_equal(hash, v->b.hash1.p, v->b.hash1.n);
		assert_int_equal(ike_keys_hash_phase2(&keys, message_id(v), none, rest, out), 0);
		assert_memory_equal(out, v->b.hash1.p, v->b.hash1.n);
		rest = open_quick(&keys, &v->b.quick2, iv, plain, &hash);
		assert_int_equal(ike_keys_hash_phase2(&keys, message_id(v), ni, rest, out), 0);
		assert_memory_equal(out, v->b.hash2.p, v->b.hash2.n);
		assert_int_equal(ike_keys_hash3(&keys, message_id(v), ni, nr, out), 0);
		assert_memory_equal(out, v->b.hash3.p, v->b.hash3.n);
	}
}

static void test_keymat_of_both_directions(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct ike_keys keys = derived(v);
		const struct ike_chunk ni = {v->b.qm_ni.p, v->b.qm_ni.n},
				       nr = {v->b.qm_nr.p, v->b.qm_nr.n};
		const struct ike_chunk secret = {v->b.qm_gxy.p, v->b.qm_gxy.n};
		uint8_t out[128];

		/* What the initiator sends with is the SA whose SPI the responder chose. */
		assert_int_equal(ike_keys_keymat(&keys, secret, v->spi_r, ni, nr, out,
				     v->b.encr_i.n + v->b.auth_i.n),
		    0);
		assert_memory_equal(out, v->b.encr_i.p, v->b.encr_i.n);
		assert_memory_equal(out + v->b.encr_i.n, v->b.auth_i.p, v->b.auth_i.n);
		assert_int_equal(ike_keys_keymat(&keys, secret, v->spi_i, ni, nr, out,
				     v->b.encr_r.n + v->b.auth_r.n),
		    0);
		assert_memory_equal(out, v->b.encr_r.p, v->b.encr_r.n);
		assert_memory_equal(out + v->b.encr_r.n, v->b.auth_r.p, v->b.auth_r.n);
	}
}

static void test_nat_d(void **state)
{
	struct ip_addr responder;
	uint8_t out[IKE_HASH_MAX];

	(void)state;
	assert_int_equal(ip_addr_parse("198.51.100.2", &responder), 0);
	for (size_t i = 0; i < VECTORS; i++) {
		const struct vector *v = &vectors[i];

		assert_int_equal(ike_keys_nat_d(v->hash, v->b.cookie_i.p, v->b.cookie_r.p,
				     &responder, IKE_PORT, out),
		    0);
		assert_memory_equal(out, v->b.natd.p, v->b.natd.n);
	}
}

static void test_unsupported_hashes_give_an_error(void **state)
{
	struct ike_phase1_inputs in = inputs(&vectors[0]);
	struct ike_keys keys;

	(void)state;
	assert_true(
	    ike_keys_derive(&keys, IKE_HASH_MD5, 16, (const uint8_t *)psk, 4, &in, NULL, 0) < 0);
	assert_true(
	    ike_keys_derive(&keys, IKE_HASH_SHA1, 33, (const uint8_t *)psk, 4, &in, NULL, 0) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_skeyid_and_cipher_key),
	    cmocka_unit_test(test_phase1_hashes_and_iv),
	    cmocka_unit_test(test_quick_mode_hashes_and_iv),
	    cmocka_unit_test(test_keymat_of_both_directions),
	    cmocka_unit_test(test_nat_d),
	    cmocka_unit_test(test_unsupported_hashes_give_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
