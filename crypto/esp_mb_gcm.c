/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AES-GCM with a 16-byte ICV for ESP (RFC 4106), one packet at a call: GCM fills the vector unit
 * with a single packet, so there are no lanes to wait for.
 *
 * The nonce is salt and IV; the additional data are SPI and sequence number, with the high half
 * between them under ESN. Does not choose IVs: the caller's must never repeat under one key. */
#include <errno.h>
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

/* Writes the additional data and returns their length. */
static unsigned write_aad(uint8_t aad[12], const struct esp_job *job)
{
	if (job->key->esn_bytes) {
		uint32_t high = __builtin_bswap32(job->sequence_high);

		memcpy(aad, job->esp, 4);
		memcpy(aad + 4, &high, 4);
		memcpy(aad + 8, job->esp + 4, 4);
		return 12;
	}
	memcpy(aad, job->esp, 8);
	return 8;
}

enum esp_status esp_gcm_run(struct esp_crypto *ctx, const struct esp_job *job)
{
	const struct esp_key *key = job->key;
	uint8_t *text = job->esp + ESP_HEADER_BYTES + GCM_IV_BYTES;
	uint8_t *packet_icv = text + job->cipher_bytes;
	uint8_t nonce[GCM_SALT_BYTES + GCM_IV_BYTES], aad[12], computed[GCM_ICV_BYTES];
	bool encrypt = ctx->direction == ESP_ENCRYPT;
	struct gcm_context_data state;

	memcpy(nonce, key->salt, GCM_SALT_BYTES);
	memcpy(nonce + GCM_SALT_BYTES, job->esp + ESP_HEADER_BYTES, GCM_IV_BYTES);
	ctx->gcm_run[esp_aes_index(key->aes_key_bytes)]((const struct gcm_key_data *)key->u.gcm,
	    &state, text, text, job->cipher_bytes, nonce, aad, write_aad(aad, job),
	    encrypt ? packet_icv : computed, GCM_ICV_BYTES);
	if (encrypt || esp_icv_equal(computed, packet_icv, GCM_ICV_BYTES))
		return ESP_STATUS_OK;
	return ESP_STATUS_BAD_ICV;
}
