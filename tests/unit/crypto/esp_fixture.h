/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the tests of crypto/ share: every architecture that this CPU has, hexadecimal, one-job
 * calls. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/shm_abi.h"
#include "crypto/esp_crypto.h"

static const enum esp_arch esp_archs[] = {ESP_ARCH_SSE, ESP_ARCH_AVX2, ESP_ARCH_AVX512};

#define ESP_ARCHS (sizeof(esp_archs) / sizeof(esp_archs[0]))

/* An encrypt and a decrypt context of one architecture; false when the CPU lacks it. */
struct esp_pair {
	struct esp_crypto *encrypt, *decrypt;
};

static inline bool esp_pair_open(struct esp_pair *pair, enum esp_arch arch)
{
	int err = esp_crypto_new(&pair->encrypt, ESP_ENCRYPT, arch);

	if (err == -95 /* ENOTSUP */)
		return false;
	assert_int_equal(err, 0);
	assert_int_equal(esp_crypto_new(&pair->decrypt, ESP_DECRYPT, arch), 0);
	return true;
}

static inline void esp_pair_close(struct esp_pair *pair)
{
	esp_crypto_free(pair->encrypt);
	esp_crypto_free(pair->decrypt);
}

static inline size_t unhex(const char *text, uint8_t *out)
{
	size_t n = 0;

	for (; text[0] && text[1]; text += 2) {
		char digits[3] = {text[0], text[1], 0};

		out[n++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return n;
}

/* Submits one job and waits for it. */
static inline enum esp_status esp_run(struct esp_crypto *ctx, const struct esp_key *key,
    uint8_t *esp, uint32_t cipher_bytes, uint32_t sequence_high)
{
	struct esp_job job = {esp, key, esp, cipher_bytes, sequence_high};
	struct esp_done done[ESP_CRYPTO_DONE_MAX];
	unsigned n = esp_crypto_submit(ctx, &job, 1, done);

	if (!n)
		n = esp_crypto_flush(ctx, done, 1);
	assert_int_equal(n, 1);
	assert_ptr_equal(done[0].user, esp);
	assert_int_equal(esp_crypto_in_flight(ctx), 0);
	return done[0].status;
}

/* Writes `count` bytes start, start + step, ... */
static inline void pattern(uint8_t *out, size_t count, unsigned start, unsigned step)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (uint8_t)(start + step * i);
}
