/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AES-GCM with a 16-byte ICV for ESP (RFC 4106), one packet at a call: GCM fills the vector unit
 * with a single packet, so there are no lanes to wait for.
 *
 * The nonce is salt and IV; the additional data are SPI and sequence number, with the high half
 * between them under ESN. Does not choose IVs: the caller's must never repeat under one key. */
#include <errno.h>
#include <immintrin.h>
#include <string.h>

#include "crypto/esp_internal.h"

#define GCM_SALT_BYTES 4
#define GCM_IV_BYTES   8
#define GCM_ICV_BYTES  16

_Static_assert(sizeof(struct gcm_key_data) <= ESP_KEY_GCM_BYTES, "room for the compiled GCM key");

int esp_gcm_key(struct esp_key *key, IMB_MGR *mgr, const struct esp_key_params *params)
{
	struct gcm_key_data *gcm = (struct gcm_key_data *)key->u.gcm;

	if (params->auth_key_bytes || params->encr_key_bytes < GCM_SALT_BYTES)
		return -EINVAL;
	switch (params->encr_key_bytes - GCM_SALT_BYTES) {
	case 16: IMB_AES128_GCM_PRE(mgr, params->encr_key, gcm); break;
	case 24: IMB_AES192_GCM_PRE(mgr, params->encr_key, gcm); break;
	case 32: IMB_AES256_GCM_PRE(mgr, params->encr_key, gcm); break;
	default: return -EINVAL;
	}
	key->aes_key_bytes = (uint8_t)(params->encr_key_bytes - GCM_SALT_BYTES);
	memcpy(key->salt, params->encr_key + key->aes_key_bytes, GCM_SALT_BYTES);
	key->iv_bytes = GCM_IV_BYTES;
	key->block_bytes = 4;
	key->icv_bytes = GCM_ICV_BYTES;
	key->esn_bytes = params->esn ? 4 : 0;
	key->direct = 1;
	return 0;
}

/* The additional data: the ESP header as it lies, or with the high half of the sequence number in
 * the middle, in `scratch`. */
static const uint8_t *additional_data(const struct esp_job *job, uint8_t scratch[12])
{
	uint32_t high = __builtin_bswap32(job->sequence_high);

	if (!job->key->esn_bytes)
		return job->esp;
	memcpy(scratch, job->esp, 4);
	memcpy(scratch + 4, &high, 4);
	memcpy(scratch + 8, job->esp + 4, 4);
	return scratch;
}

/* Salt and IV, made in a register: the library loads 16 bytes at once, and would wait for two
 * smaller stores to reach the cache first. */
static __m128i make_nonce(const struct esp_job *job)
{
	__m128i iv = _mm_loadl_epi64((const __m128i *)(job->esp + ESP_HEADER_BYTES));
	int salt;

	memcpy(&salt, job->key->salt, sizeof(salt));
	return _mm_insert_epi32(_mm_slli_si128(iv, GCM_SALT_BYTES), salt, 0);
}

/* `encrypt` is a constant where this is called. */
static inline __attribute__((always_inline)) enum esp_status run(
    struct esp_crypto *ctx, const struct esp_job *job, bool encrypt)
{
	const struct esp_key *key = job->key;
	uint8_t *text = job->esp + ESP_HEADER_BYTES + GCM_IV_BYTES;
	uint8_t *packet_icv = text + job->cipher_bytes;
	uint8_t scratch[12], computed[GCM_ICV_BYTES];
	struct gcm_context_data state;
	__m128i nonce = make_nonce(job);

	ctx->gcm_run[key->aes_key_bytes / 8]((const struct gcm_key_data *)key->u.gcm, &state, text,
	    text, job->cipher_bytes, (const uint8_t *)&nonce, additional_data(job, scratch),
	    ESP_HEADER_BYTES + key->esn_bytes, encrypt ? packet_icv : computed, GCM_ICV_BYTES);
	if (encrypt || esp_icv_equal(computed, packet_icv, GCM_ICV_BYTES))
		return ESP_STATUS_OK;
	return ESP_STATUS_BAD_ICV;
}

static inline __attribute__((always_inline)) unsigned run_all(struct esp_crypto *ctx,
    const struct esp_job *jobs, unsigned count, struct esp_done *done, bool encrypt)
{
	unsigned n = 0;

	for (; n < count && jobs[n].key->direct; n++) {
		done[n].user = jobs[n].user;
		done[n].status = run(ctx, &jobs[n], encrypt);
	}
	return n;
}

unsigned esp_gcm_run(
    struct esp_crypto *ctx, const struct esp_job *jobs, unsigned count, struct esp_done *done)
{
	return ctx->direction == ESP_ENCRYPT ? run_all(ctx, jobs, count, done, true)
					     : run_all(ctx, jobs, count, done, false);
}
