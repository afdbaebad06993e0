/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What esp_key_init() refuses, and that nothing is left of a key: K09's counterpart below IKE,
 * where an algorithm that is not ours must not become an SA. */
#include "tests/unit/crypto/esp_fixture.h"

#include <errno.h>

struct refused {
	const char *name;
	uint16_t encr, auth;
	size_t encr_key_bytes, auth_key_bytes;
};

static const struct refused refused[] = {
    {"no encryption", 0, CFG_AUTH_HMAC_SHA1_96, 16, 20},
    {"NULL encryption", 11, CFG_AUTH_HMAC_SHA1_96, 0, 20},
    {"AES-GMAC", 21, CFG_AUTH_NONE, 20, 0},
    {"CBC without integrity", CFG_ENCR_AES_CBC, CFG_AUTH_NONE, 16, 0},
    {"CBC with an unknown integrity", CFG_ENCR_AES_CBC, 1, 16, 16},
    {"CBC, key of 0", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 0, 20},
    {"CBC, key of 15", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 15, 20},
    {"CBC, key of 20", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 20, 20},
    {"CBC, HMAC key short", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 19},
    {"CBC, HMAC key long", CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, 16, 64},
    {"GCM with integrity", CFG_ENCR_AES_GCM_16, CFG_AUTH_HMAC_SHA1_96, 20, 20},
    {"GCM with an integrity key", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 20},
    {"GCM without salt", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 16, 0},
    {"GCM, key of 3", CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 3, 0},
};

static void assert_all_zero(const struct esp_key *key)
{
	const uint8_t *bytes = (const uint8_t *)key;

	for (size_t i = 0; i < sizeof(*key); i++)
		assert_int_equal(bytes[i], 0);
}

static void test_what_is_not_an_algorithm_of_ours_is_refused(void **state)
{
	uint8_t bytes[64];
	struct esp_pair pair;
	struct esp_key key;

	assert_true(esp_pair_open(&pair, ESP_ARCH_AUTO));
	pattern(bytes, sizeof(bytes), 1, 1);
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct esp_key_params params = {refused[i].encr, refused[i].auth, bytes,
		    refused[i].encr_key_bytes, bytes, refused[i].auth_key_bytes, false};

		memset(&key, 0xee, sizeof(key));
		assert_int_equal(esp_key_init(&key, pair.encrypt, &params), -EINVAL);
		assert_all_zero(&key);
	}
	esp_pair_close(&pair);
}

static void test_sizes_of_the_algorithms(void **state)
{
	static const struct {
		uint16_t encr, auth;
		uint8_t encr_key_bytes, auth_key_bytes, iv, block, icv;
	} cases[] = {
	    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA1_96, 16, 20, 16, 16, 12},
	    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_256_128, 24, 32, 16, 16, 16},
	    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_384_192, 32, 48, 16, 16, 24},
	    {CFG_ENCR_AES_CBC, CFG_AUTH_HMAC_SHA2_512_256, 32, 64, 16, 16, 32},
	    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 20, 0, 8, 4, 16},
	    {CFG_ENCR_AES_GCM_16, CFG_AUTH_NONE, 36, 0, 8, 4, 16},
	};
	uint8_t bytes[64];
	struct esp_pair pair;
	struct esp_key key;

	assert_true(esp_pair_open(&pair, ESP_ARCH_AUTO));
	pattern(bytes, sizeof(bytes), 1, 1);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct esp_key_params params = {cases[i].encr, cases[i].auth, bytes,
		    cases[i].encr_key_bytes, bytes, cases[i].auth_key_bytes, false};

		assert_int_equal(esp_key_init(&key, pair.encrypt, &params), 0);
		assert_int_equal(key.iv_bytes, cases[i].iv);
		assert_int_equal(key.block_bytes, cases[i].block);
		assert_int_equal(key.icv_bytes, cases[i].icv);
		esp_key_wipe(&key);
		assert_all_zero(&key);
	}
	esp_pair_close(&pair);
}

static void test_a_context_names_its_architecture(void **state)
{
	static const char *const prefix[] = {"SSE type ", "AVX2 type ", "AVX512 type "};

	for (unsigned a = 0; a < ESP_ARCHS; a++) {
		struct esp_pair pair;

		if (!esp_pair_open(&pair, esp_archs[a]))
			continue;
		assert_memory_equal(
		    esp_crypto_arch_name(pair.encrypt), prefix[a], strlen(prefix[a]));
		esp_pair_close(&pair);
	}
	esp_crypto_free(NULL);
}

static void test_an_unknown_architecture_is_refused(void **state)
{
	struct esp_crypto *ctx = NULL;

	assert_int_equal(esp_crypto_new(&ctx, ESP_ENCRYPT, (enum esp_arch)99), -EINVAL);
	assert_null(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_not_an_algorithm_of_ours_is_refused),
	    cmocka_unit_test(test_sizes_of_the_algorithms),
	    cmocka_unit_test(test_a_context_names_its_architecture),
	    cmocka_unit_test(test_an_unknown_architecture_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
