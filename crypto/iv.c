/* SPDX-License-Identifier: BSD-3-Clause
 *
 * IVs for AES-CBC: AES-128 of a counter, four at a time so that the rounds of one hide the latency
 * of the others. The counter starts at 0 under each fresh key and has 64 bits: it does not come
 * round. */
#include "crypto/iv.h"

#include <errno.h>
#include <immintrin.h>
#include <string.h>
#include <sys/random.h>

#include "common/secret.h"

#define ROUNDS 10

/* One step of the key schedule of AES-128 (FIPS 197 section 5.2); `assist` is the result of
 * AESKEYGENASSIST of the round before. */
static __m128i next_round_key(__m128i key, __m128i assist)
{
	assist = _mm_shuffle_epi32(assist, 0xff);
	key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
	key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
	key = _mm_xor_si128(key, _mm_slli_si128(key, 4));
	return _mm_xor_si128(key, assist);
}

/* The round constant is an immediate of the instruction: no loop can pass it. */
static void expand_key(struct iv_source *source, __m128i key)
{
	__m128i *rk = (__m128i *)source->round_key;

	rk[0] = key;
	rk[1] = next_round_key(rk[0], _mm_aeskeygenassist_si128(rk[0], 0x01));
	rk[2] = next_round_key(rk[1], _mm_aeskeygenassist_si128(rk[1], 0x02));
	rk[3] = next_round_key(rk[2], _mm_aeskeygenassist_si128(rk[2], 0x04));
	rk[4] = next_round_key(rk[3], _mm_aeskeygenassist_si128(rk[3], 0x08));
	rk[5] = next_round_key(rk[4], _mm_aeskeygenassist_si128(rk[4], 0x10));
	rk[6] = next_round_key(rk[5], _mm_aeskeygenassist_si128(rk[5], 0x20));
	rk[7] = next_round_key(rk[6], _mm_aeskeygenassist_si128(rk[6], 0x40));
	rk[8] = next_round_key(rk[7], _mm_aeskeygenassist_si128(rk[7], 0x80));
	rk[9] = next_round_key(rk[8], _mm_aeskeygenassist_si128(rk[8], 0x1b));
	rk[10] = next_round_key(rk[9], _mm_aeskeygenassist_si128(rk[9], 0x36));
}

int iv_init_with_key(struct iv_source *source, const uint8_t key[16])
{
	if (!__builtin_cpu_supports("aes"))
		return -ENOTSUP;
	expand_key(source, _mm_loadu_si128((const __m128i *)key));
	source->counter = 0;
	return 0;
}

int iv_init(struct iv_source *source)
{
	uint8_t key[16];
	ssize_t got;
	int err;

	do
		got = getrandom(key, sizeof(key), 0);
	while (got < 0 && errno == EINTR);
	if (got != (ssize_t)sizeof(key))
		return got < 0 ? -errno : -EIO;
	err = iv_init_with_key(source, key);
	secret_wipe(key, sizeof(key));
	return err;
}

static void encrypt4(const __m128i *rk, __m128i block[4])
{
	for (unsigned k = 0; k < 4; k++)
		block[k] = _mm_xor_si128(block[k], rk[0]);
	for (unsigned r = 1; r < ROUNDS; r++)
		for (unsigned k = 0; k < 4; k++)
			block[k] = _mm_aesenc_si128(block[k], rk[r]);
	for (unsigned k = 0; k < 4; k++)
		block[k] = _mm_aesenclast_si128(block[k], rk[ROUNDS]);
}

void iv_fill(struct iv_source *source, uint8_t (*out)[IV_BYTES], unsigned count)
{
	const __m128i *rk = (const __m128i *)source->round_key;

	while (count) {
		unsigned n = count < 4 ? count : 4;
		__m128i block[4];

		for (unsigned k = 0; k < 4; k++)
			block[k] = _mm_set_epi64x(0, (long long)(source->counter + k));
		encrypt4(rk, block);
		for (unsigned k = 0; k < n; k++)
			_mm_storeu_si128((__m128i *)out[k], block[k]);
		source->counter += n;
		out += n;
		count -= n;
	}
}

void iv_wipe(struct iv_source *source)
{
	secret_wipe(source, sizeof(*source));
}
