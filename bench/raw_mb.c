/* SPDX-License-Identifier: BSD-3-Clause
 *
 * IPsec-MB by its own calls. Releases before 1.4 miscount their ring of jobs while it is wrapped,
 * so the jobs in flight are counted here: never so many that the ring is full, never a flush of
 * more than are in flight, and a burst goes in by parts where the library has fewer free entries
 * than it should. */
#include "bench/raw_mb.h"

#define NO_COMPAT_IMB_API_053 1
#include <intel-ipsec-mb.h>
#include <stdlib.h>
#include <string.h>

#include "bench/harness.h"
#include "bench/packets.h"
#include "common/shm_abi.h"

#define IN_FLIGHT_MAX    240
#define CBC_TEXT_OFFSET  24 /* ESP header and IV */
#define GCM_TEXT_OFFSET  16
#define ESP_BYTES        8
#define HASH_BLOCK_BYTES 64

struct raw_mb {
	IMB_MGR *mgr;
	enum raw_mb_api api;
	bool encrypt, gcm;
	IMB_HASH_ALG hash;
	unsigned icv_bytes;
	unsigned in_flight;
	uint64_t submitted, returned, failed;
	_Alignas(64) struct gcm_key_data gcm_key;
	_Alignas(16) uint32_t encrypt_keys[44];
	_Alignas(16) uint32_t decrypt_keys[44];
	_Alignas(16) uint8_t inner[32], outer[32];
	uint8_t nonce[BENCH_PACKETS][16]; /* salt and IV; of AES-GCM */
	uint8_t icv[BENCH_PACKETS][16];   /* computed of decrypted packets */
	uint8_t salt[4];
};

static void hash_padded_key(
    struct raw_mb *raw, const struct esp_key_params *params, uint8_t pad, uint8_t *state)
{
	uint8_t block[HASH_BLOCK_BYTES];

	memset(block, pad, sizeof(block));
	for (unsigned i = 0; i < params->auth_key_bytes; i++)
		block[i] ^= params->auth_key[i];
	if (raw->hash == IMB_AUTH_HMAC_SHA_1)
		IMB_SHA1_ONE_BLOCK(raw->mgr, block, state);
	else
		IMB_SHA256_ONE_BLOCK(raw->mgr, block, state);
}

static void set_key(struct raw_mb *raw, const struct esp_key_params *params)
{
	if (raw->gcm) {
		IMB_AES128_GCM_PRE(raw->mgr, params->encr_key, &raw->gcm_key);
		memcpy(raw->salt, params->encr_key + 16, sizeof(raw->salt));
		raw->hash = IMB_AUTH_AES_GMAC;
		raw->icv_bytes = 16;
		return;
	}
	raw->hash =
	    params->auth == CFG_AUTH_HMAC_SHA1_96 ? IMB_AUTH_HMAC_SHA_1 : IMB_AUTH_HMAC_SHA_256;
	raw->icv_bytes = params->auth == CFG_AUTH_HMAC_SHA1_96 ? 12 : 16;
	IMB_AES_KEYEXP_128(raw->mgr, params->encr_key, raw->encrypt_keys, raw->decrypt_keys);
	hash_padded_key(raw, params, 0x36, raw->inner);
	hash_padded_key(raw, params, 0x5c, raw->outer);
}

struct raw_mb *raw_mb_new(
    enum raw_mb_api api, enum esp_direction direction, const struct esp_key_params *params)
{
	struct raw_mb *raw = aligned_alloc(64, sizeof(*raw));

	if (!raw)
		bench_fail("no memory for IPsec-MB");
	memset(raw, 0, sizeof(*raw));
	raw->mgr = alloc_mb_mgr(0);
	if (!raw->mgr)
		bench_fail("no memory for IPsec-MB");
	init_mb_mgr_auto(raw->mgr, NULL);
	if (imb_get_errno(raw->mgr))
		bench_fail("IPsec-MB: %s", imb_get_strerror(imb_get_errno(raw->mgr)));
	raw->api = api;
	raw->encrypt = direction == ESP_ENCRYPT;
	raw->gcm = params->encr == CFG_ENCR_AES_GCM_16;
	set_key(raw, params);
	return raw;
}

void raw_mb_free(struct raw_mb *raw)
{
	free_mb_mgr(raw->mgr);
	free(raw);
}

static uint8_t *icv_place(struct raw_mb *raw, uint8_t *packet_icv, unsigned index)
{
	return raw->encrypt ? packet_icv : raw->icv[index];
}

static const uint8_t *make_nonce(struct raw_mb *raw, const uint8_t *esp, unsigned index)
{
	__m128i iv = _mm_loadl_epi64((const __m128i *)(esp + ESP_BYTES));
	int salt;

	memcpy(&salt, raw->salt, sizeof(salt));
	_mm_storeu_si128((__m128i *)raw->nonce[index],
	    _mm_insert_epi32(_mm_slli_si128(iv, sizeof(raw->salt)), salt, 0));
	return raw->nonce[index];
}

static void fill_cbc(struct raw_mb *raw, const struct esp_job *job, unsigned index, IMB_JOB *mb)
{
	uint8_t *text = job->esp + CBC_TEXT_OFFSET;

	mb->enc_keys = raw->encrypt_keys;
	mb->dec_keys = raw->decrypt_keys;
	mb->key_len_in_bytes = 16;
	mb->src = job->esp;
	mb->dst = text;
	mb->cipher_start_src_offset_in_bytes = CBC_TEXT_OFFSET;
	mb->msg_len_to_cipher_in_bytes = job->cipher_bytes;
	mb->hash_start_src_offset_in_bytes = 0;
	mb->msg_len_to_hash_in_bytes = CBC_TEXT_OFFSET + job->cipher_bytes;
	mb->iv = job->esp + ESP_BYTES;
	mb->iv_len_in_bytes = 16;
	mb->auth_tag_output = icv_place(raw, text + job->cipher_bytes, index);
	mb->auth_tag_output_len_in_bytes = raw->icv_bytes;
	mb->u.HMAC._hashed_auth_key_xor_ipad = raw->inner;
	mb->u.HMAC._hashed_auth_key_xor_opad = raw->outer;
	mb->cipher_mode = IMB_CIPHER_CBC;
	mb->cipher_direction = raw->encrypt ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	mb->hash_alg = raw->hash;
	mb->chain_order = raw->encrypt ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
}

static void fill_gcm(struct raw_mb *raw, const struct esp_job *job, unsigned index, IMB_JOB *mb)
{
	uint8_t *text = job->esp + GCM_TEXT_OFFSET;

	mb->enc_keys = &raw->gcm_key;
	mb->dec_keys = &raw->gcm_key;
	mb->key_len_in_bytes = 16;
	mb->src = text;
	mb->dst = text;
	mb->cipher_start_src_offset_in_bytes = 0;
	mb->msg_len_to_cipher_in_bytes = job->cipher_bytes;
	mb->hash_start_src_offset_in_bytes = 0;
	mb->msg_len_to_hash_in_bytes = job->cipher_bytes;
	mb->iv = make_nonce(raw, job->esp, index);
	mb->iv_len_in_bytes = 12;
	mb->auth_tag_output = icv_place(raw, text + job->cipher_bytes, index);
	mb->auth_tag_output_len_in_bytes = 16;
	mb->u.GCM.aad = job->esp;
	mb->u.GCM.aad_len_in_bytes = ESP_BYTES;
	mb->cipher_mode = IMB_CIPHER_GCM;
	mb->cipher_direction = raw->encrypt ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	mb->hash_alg = IMB_AUTH_AES_GMAC;
	mb->chain_order = raw->encrypt ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
}

static void collect(struct raw_mb *raw, IMB_JOB *const *mb, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		raw->failed += mb[i]->status != IMB_STATUS_COMPLETED;
	raw->returned += count;
	raw->in_flight -= count;
}

/* Finishes up to `want` of the oldest jobs; true when there were any. */
static bool flush(struct raw_mb *raw, unsigned want)
{
	IMB_JOB *mb[IMB_MAX_BURST_SIZE];
	unsigned got;

	if (want > raw->in_flight)
		want = raw->in_flight;
	if (want > IMB_MAX_BURST_SIZE)
		want = IMB_MAX_BURST_SIZE;
	if (!want)
		return false;
	got = IMB_FLUSH_BURST(raw->mgr, want, mb);
	if (!got) {
		mb[0] = IMB_FLUSH_JOB(raw->mgr);
		got = mb[0] != NULL;
	}
	collect(raw, mb, got);
	return got;
}

static void submit_bursts(
    struct raw_mb *raw, const struct esp_job *jobs, unsigned first, unsigned count)
{
	while (raw->in_flight + count > IN_FLIGHT_MAX)
		if (!flush(raw, raw->in_flight + count - IN_FLIGHT_MAX))
			bench_fail("IPsec-MB keeps its jobs");
	for (unsigned done = 0; done < count;) {
		IMB_JOB *mb[BENCH_BURST];
		unsigned n = IMB_GET_NEXT_BURST(raw->mgr, count - done, mb);

		if (!n && !flush(raw, count - done))
			bench_fail("IPsec-MB has no room and no jobs");
		if (!n)
			continue;
		for (unsigned i = 0; i < n; i++, done++)
			if (raw->gcm)
				fill_gcm(raw, &jobs[done], first + done, mb[i]);
			else
				fill_cbc(raw, &jobs[done], first + done, mb[i]);
		raw->in_flight += n;
		collect(raw, mb, IMB_SUBMIT_BURST_NOCHECK(raw->mgr, n, mb));
	}
}

static void call_gcm(struct raw_mb *raw, const struct esp_job *job, unsigned index)
{
	struct gcm_context_data state;
	uint8_t *text = job->esp + GCM_TEXT_OFFSET;
	uint8_t *icv = icv_place(raw, text + job->cipher_bytes, index);
	const uint8_t *nonce = make_nonce(raw, job->esp, index);

	if (raw->encrypt)
		IMB_AES128_GCM_ENC(raw->mgr, &raw->gcm_key, &state, text, text, job->cipher_bytes,
		    nonce, job->esp, ESP_BYTES, icv, 16);
	else
		IMB_AES128_GCM_DEC(raw->mgr, &raw->gcm_key, &state, text, text, job->cipher_bytes,
		    nonce, job->esp, ESP_BYTES, icv, 16);
}

void raw_mb_submit(struct raw_mb *raw, const struct esp_job *jobs, unsigned first, unsigned count)
{
	raw->submitted += count;
	if (raw->api == RAW_MB_BURST) {
		submit_bursts(raw, jobs, first, count);
		return;
	}
	for (unsigned i = 0; i < count; i++)
		call_gcm(raw, &jobs[i], first + i);
	raw->returned += count;
}

bool raw_mb_drain(struct raw_mb *raw)
{
	while (flush(raw, raw->in_flight))
		;
	return raw->returned == raw->submitted && !raw->failed;
}
