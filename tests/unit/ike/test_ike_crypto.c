/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The wrappers of ike_crypto.c against published vectors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/ike/ike_crypto.h"

static void from_hex(const char *hex, uint8_t *out)
{
	for (size_t i = 0; hex[2 * i]; i++) {
		unsigned v = 0;

		for (int k = 0; k < 2; k++) {
			char c = hex[2 * i + (size_t)k];

			v = v * 16 + (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
		}
		out[i] = (uint8_t)v;
	}
}

/* RFC 2202 test case 2 (SHA-1) and RFC 4231 test case 2 (SHA-2): key "Jefe". */
static const struct {
	enum ike_hash hash;
	size_t bytes;
	const char *hmac;
} hmac_rows[] = {
    {IKE_HASH_SHA1, 20, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
    {IKE_HASH_SHA256, 32, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {IKE_HASH_SHA384, 48,
	"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfa"
	"b21649"},
    {IKE_HASH_SHA512, 64,
	"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
};

static void test_prf_is_the_hmac_of_the_rfcs(void **state)
{
	/* In pieces: they count as one. */
	const struct ike_chunk chunks[] = {{"what do ya ", 11}, {"", 0}, {"want for nothing?", 17}};
	uint8_t out[IKE_HASH_MAX], want[IKE_HASH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(hmac_rows) / sizeof(hmac_rows[0]); i++) {
		assert_int_equal(ike_hash_bytes(hmac_rows[i].hash), hmac_rows[i].bytes);
		assert_int_equal(
		    ike_prf(hmac_rows[i].hash, (const uint8_t *)"Jefe", 4, chunks, 3, out), 0);
		from_hex(hmac_rows[i].hmac, want);
		assert_memory_equal(out, want, hmac_rows[i].bytes);
	}
}

static void test_hash_of_pieces(void **state)
{
	/* FIPS 180: SHA-1("abc"). */
	const struct ike_chunk chunks[] = {{"a", 1}, {"bc", 2}};
	uint8_t out[IKE_HASH_MAX], want[20];

	(void)state;
	from_hex("a9993e364706816aba3e25717850c26c9cd0d89d", want);
	assert_int_equal(ike_hash_chunks(IKE_HASH_SHA1, chunks, 2, out), 0);
	assert_memory_equal(out, want, sizeof(want));
}

static void test_cbc_both_key_sizes(void **state)
{
	/* NIST SP 800-38A, F.2.1 and F.2.5: first block. */
	static const char *keys[2] = {"2b7e151628aed2a6abf7158809cf4f3c",
	    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"};
	static const char *ciphers[2] = {
	    "7649abac8119b246cee98e9b12e9197d", "f58c4c04d6e5f1ba779eabfb5f7bfbd6"};
	uint8_t key[32], iv[16], data[16], want[16], plain[16];

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t bytes = strlen(keys[i]) / 2;

		from_hex(keys[i], key);
		from_hex("000102030405060708090a0b0c0d0e0f", iv);
		from_hex("6bc1bee22e409f96e93d7e117393172a", plain);
		from_hex(ciphers[i], want);
		memcpy(data, plain, 16);
		assert_int_equal(ike_cbc(true, key, bytes, iv, data, 16), 0);
		assert_memory_equal(data, want, 16);
		assert_memory_equal(iv, want, 16); /* the next message continues from here */
		from_hex("000102030405060708090a0b0c0d0e0f", iv);
		assert_int_equal(ike_cbc(false, key, bytes, iv, data, 16), 0);
		assert_memory_equal(data, plain, 16);
		assert_memory_equal(iv, want, 16);
	}
}

static void test_K34_cbc_refuses_what_is_not_whole_blocks(void **state)
{
	uint8_t key[16] = {0}, iv[16] = {0}, data[48] = {0};

	(void)state;
	for (size_t bytes = 0; bytes < sizeof(data); bytes++)
		assert_int_equal(
		    ike_cbc(false, key, 16, iv, data, bytes), bytes % 16 ? -EINVAL : 0);
	assert_int_equal(ike_cbc(false, key, 15, iv, data, 16), -EINVAL);
}

static void test_weak_algorithms_have_no_entry(void **state)
{
	uint8_t out[IKE_HASH_MAX];

	(void)state;
	assert_int_equal(ike_hash_bytes(IKE_HASH_MD5), 0);
	assert_int_equal(ike_encr_key_bytes(IKE_ENCR_DES_CBC), 0);
	assert_int_equal(ike_encr_key_bytes(IKE_ENCR_3DES_CBC), 0);
	assert_int_equal(ike_prf(IKE_HASH_MD5, out, 1, NULL, 0, out), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_prf_is_the_hmac_of_the_rfcs),
	    cmocka_unit_test(test_hash_of_pieces),
	    cmocka_unit_test(test_cbc_both_key_sizes),
	    cmocka_unit_test(test_K34_cbc_refuses_what_is_not_whole_blocks),
	    cmocka_unit_test(test_weak_algorithms_have_no_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
