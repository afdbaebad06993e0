/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Every algorithm and every payload length from 1 to 1500 against python3-cryptography, by way of
 * the digests of esp_digests.h, on every architecture of this CPU; and what was encrypted decrypts
 * again, and no longer once any one bit of it has changed. */
#include "tests/unit/crypto/esp_fixture.h"

#include "tests/unit/crypto/esp_digests.h"

#define CASES (sizeof(esp_digest_cases) / sizeof(esp_digest_cases[0]))

static void make_key(struct esp_key *key, struct esp_crypto *ctx, unsigned index)
{
	const struct esp_digest_case *c = &esp_digest_cases[index];
	bool gcm = c->encr == CFG_ENCR_AES_GCM_16;
	static const uint8_t auth_bytes[] = {[CFG_AUTH_HMAC_SHA1_96] = 20,
	    [CFG_AUTH_HMAC_SHA2_256_128] = 32,
	    [CFG_AUTH_HMAC_SHA2_384_192] = 48,
	    [CFG_AUTH_HMAC_SHA2_512_256] = 64};
	uint8_t encr_key[36], auth_key[64];
	struct esp_key_params params = {c->encr, c->auth, encr_key,
	    c->aes_key_bytes + (gcm ? 4u : 0), auth_key, auth_bytes[c->auth], c->esn};

	pattern(encr_key, sizeof(encr_key), index, 7);
	pattern(auth_key, sizeof(auth_key), index + 1, 3);
	assert_int_equal(esp_key_init(key, ctx, &params), 0);
}

/* The packet before encryption; returns the bytes to encrypt. */
static uint32_t make_packet(
    uint8_t *packet, const struct esp_key *key, unsigned index, unsigned length)
{
	uint32_t spi = __builtin_bswap32(0x1000 + index), sequence = __builtin_bswap32(length);
	uint8_t *text = packet + ESP_HEADER_BYTES + key->iv_bytes;
	unsigned pad = -(length + 2) & (key->block_bytes - 1u);

	memcpy(packet, &spi, 4);
	memcpy(packet + 4, &sequence, 4);
	pattern(packet + ESP_HEADER_BYTES, key->iv_bytes, length + index, 11);
	for (unsigned i = 0; i < length; i++)
		text[i] = (uint8_t)(length * 13 + i * 5 + (i >> 8));
	pattern(text + length, pad, 1, 1);
	text[length + pad] = (uint8_t)pad;
	text[length + pad + 1] = 4;
	return length + pad + 2;
}

static uint64_t fnv1a(uint64_t digest, const uint8_t *data, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		digest = (digest ^ data[i]) * UINT64_C(0x100000001b3);
	return digest;
}

#define PACKET_BYTES 1600

static void check_case(struct esp_pair *pair, unsigned index)
{
	/* The packet ends with the buffer, so that the sanitizer sees an access behind it. */
	uint8_t *buffer = malloc(PACKET_BYTES), plain[PACKET_BYTES];
	struct esp_key key;
	uint64_t digest = 0;

	make_key(&key, pair->encrypt, index);
	for (unsigned length = 1; length <= ESP_DIGEST_LENGTHS; length++) {
		uint32_t cipher_bytes = make_packet(plain, &key, index, length);
		uint32_t head = ESP_HEADER_BYTES + key.iv_bytes;
		uint8_t *packet = buffer + PACKET_BYTES - head - cipher_bytes - key.icv_bytes;

		memcpy(packet, plain, head + cipher_bytes);
		assert_int_equal(
		    esp_run(pair->encrypt, &key, packet, cipher_bytes, length * 3), ESP_STATUS_OK);
		if (length % ESP_DIGEST_EACH == 1)
			digest = UINT64_C(0xcbf29ce484222325);
		digest = fnv1a(digest, packet + head, cipher_bytes + key.icv_bytes);
		if (length % ESP_DIGEST_EACH == 0)
			assert_int_equal(
			    digest, esp_digest_cases[index].digest[length / ESP_DIGEST_EACH - 1]);
		assert_int_equal(
		    esp_run(pair->decrypt, &key, packet, cipher_bytes, length * 3), ESP_STATUS_OK);
		assert_memory_equal(packet, plain, head + cipher_bytes);
	}
	free(buffer);
}

static void test_every_length_is_as_an_independent_implementation_has_it(void **state)
{
	for (unsigned a = 0; a < ESP_ARCHS; a++) {
		struct esp_pair pair;

		if (!esp_pair_open(&pair, esp_archs[a]))
			continue;
		for (unsigned i = 0; i < CASES; i++)
			check_case(&pair, i);
		esp_pair_close(&pair);
	}
}

/* One changed bit anywhere, the sequence number, the IV and the ICV included. */
static void check_bit_flips(struct esp_pair *pair, unsigned index)
{
	uint8_t packet[256], damaged[256];
	struct esp_key key;
	uint32_t cipher_bytes, bytes;

	make_key(&key, pair->encrypt, index);
	cipher_bytes = make_packet(packet, &key, index, 60);
	bytes = ESP_HEADER_BYTES + key.iv_bytes + cipher_bytes + key.icv_bytes;
	assert_int_equal(esp_run(pair->encrypt, &key, packet, cipher_bytes, 5), ESP_STATUS_OK);
	for (unsigned bit = 0; bit < bytes * 8; bit++) {
		memcpy(damaged, packet, bytes);
		damaged[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
		    esp_run(pair->decrypt, &key, damaged, cipher_bytes, 5), ESP_STATUS_BAD_ICV);
	}
	memcpy(damaged, packet, bytes);
	assert_int_equal(esp_run(pair->decrypt, &key, damaged, cipher_bytes, 6),
	    esp_digest_cases[index].esn ? ESP_STATUS_BAD_ICV : ESP_STATUS_OK);
}

static void test_E03_any_changed_bit_is_a_bad_icv(void **state)
{
	struct esp_pair pair;

	assert_true(esp_pair_open(&pair, ESP_ARCH_AUTO));
	for (unsigned i = 0; i < CASES; i++)
		check_bit_flips(&pair, i);
	esp_pair_close(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_length_is_as_an_independent_implementation_has_it),
	    cmocka_unit_test(test_E03_any_changed_bit_is_a_bad_icv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
