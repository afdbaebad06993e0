/* SPDX-License-Identifier: BSD-3-Clause
 *
 * AES-CBC with HMAC over the lanes of IPsec-MB: encrypt then authenticate, authenticate and decrypt
 * (RFC 3602, RFC 2404, RFC 4868, RFC 4303 sections 2.2.1 and 3.3.2).
 *
 * With 64-bit sequence numbers the high half is authenticated behind the trailer without being
 * sent: it is laid where the ICV is, which is why a received ICV moves to scratch first. The
 * library decrypts whatever the ICV says; the status tells the caller to drop such a packet.
 *
 * Does not choose IVs and does not pad. */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "common/secret.h"
#include "common/shm_abi.h"
#include "crypto/esp_internal.h"

#define TEXT_OFFSET          (ESP_HEADER_BYTES + 16) /* of the ciphertext, behind header and IV */
#define HASH_BLOCK_BYTES_MAX 128                     /* SHA-384 and SHA-512 */
#define IPAD                 0x36
#define OPAD                 0x5c

/* Keys are made by several threads. */
static _Atomic uint64_t last_key;

struct hmac {
	uint16_t auth; /* CFG_AUTH_* */
	uint8_t key_bytes;
	uint8_t icv_bytes;
	uint8_t block_bytes;
	IMB_HASH_ALG mb_alg;
};

static const struct hmac hmacs[] = {
    {CFG_AUTH_HMAC_SHA1_96, 20, 12, 64, IMB_AUTH_HMAC_SHA_1},
    {CFG_AUTH_HMAC_SHA2_256_128, 32, 16, 64, IMB_AUTH_HMAC_SHA_256},
    {CFG_AUTH_HMAC_SHA2_384_192, 48, 24, 128, IMB_AUTH_HMAC_SHA_384},
    {CFG_AUTH_HMAC_SHA2_512_256, 64, 32, 128, IMB_AUTH_HMAC_SHA_512},
};

static const struct hmac *find_hmac(uint16_t auth)
{
	for (size_t i = 0; i < sizeof(hmacs) / sizeof(hmacs[0]); i++)
		if (hmacs[i].auth == auth)
			return &hmacs[i];
	return NULL;
}

static void hash_one_block(IMB_MGR *mgr, IMB_HASH_ALG alg, const uint8_t *block, uint8_t *state)
{
	switch (alg) {
	case IMB_AUTH_HMAC_SHA_1: IMB_SHA1_ONE_BLOCK(mgr, block, state); break;
	case IMB_AUTH_HMAC_SHA_256: IMB_SHA256_ONE_BLOCK(mgr, block, state); break;
	case IMB_AUTH_HMAC_SHA_384: IMB_SHA384_ONE_BLOCK(mgr, block, state); break;
	default: IMB_SHA512_ONE_BLOCK(mgr, block, state); break;
	}
}

/* The state of the hash after its first block, the key xor `pad` (RFC 2104): the same for every
 * packet. No key of ours is longer than a block. */
static void hash_padded_key(
    IMB_MGR *mgr, const struct hmac *hmac, const uint8_t *auth_key, uint8_t pad, uint8_t *state)
{
	uint8_t block[HASH_BLOCK_BYTES_MAX];

	memset(block, pad, sizeof(block));
	for (unsigned i = 0; i < hmac->key_bytes; i++)
		block[i] ^= auth_key[i];
	hash_one_block(mgr, hmac->mb_alg, block, state);
	secret_wipe(block, sizeof(block));
}

int esp_cbc_hmac_key(struct esp_key *key, IMB_MGR *mgr, const struct esp_key_params *params)
{
	const struct hmac *hmac = find_hmac(params->auth);

	if (!hmac || params->auth_key_bytes != hmac->key_bytes)
		return -EINVAL;
	switch (params->encr_key_bytes) {
	case 16:
		IMB_AES_KEYEXP_128(mgr, params->encr_key, key->u.cbc.encrypt, key->u.cbc.decrypt);
		break;
	case 24:
		IMB_AES_KEYEXP_192(mgr, params->encr_key, key->u.cbc.encrypt, key->u.cbc.decrypt);
		break;
	case 32:
		IMB_AES_KEYEXP_256(mgr, params->encr_key, key->u.cbc.encrypt, key->u.cbc.decrypt);
		break;
	default: return -EINVAL;
	}
	hash_padded_key(mgr, hmac, params->auth_key, IPAD, key->u.cbc.inner);
	hash_padded_key(mgr, hmac, params->auth_key, OPAD, key->u.cbc.outer);
	key->iv_bytes = 16;
	key->block_bytes = 16;
	key->icv_bytes = hmac->icv_bytes;
	key->aes_key_bytes = (uint8_t)params->encr_key_bytes;
	key->esn_bytes = params->esn ? 4 : 0;
	key->hash_alg = hmac->mb_alg;
	key->id = atomic_fetch_add_explicit(&last_key, 1, memory_order_relaxed) + 1;
	return 0;
}

/* With 64-bit sequence numbers the high half lies where the ICV does while the hash is made. */
static void append_high(
    struct esp_icv *scratch, const struct esp_job *job, uint8_t *packet_icv, bool encrypt)
{
	uint32_t high = __builtin_bswap32(job->sequence_high);

	if (!encrypt)
		memcpy(scratch->received, packet_icv, job->key->icv_bytes);
	memcpy(packet_icv, &high, sizeof(high));
}

/* The fields that are the same for all jobs of a key. */
static void fill_constant(IMB_JOB *mb, const struct esp_key *key, bool encrypt)
{
	mb->enc_keys = key->u.cbc.encrypt;
	mb->dec_keys = key->u.cbc.decrypt;
	mb->key_len_in_bytes = key->aes_key_bytes;
	mb->cipher_start_src_offset_in_bytes = TEXT_OFFSET;
	mb->hash_start_src_offset_in_bytes = 0;
	mb->iv_len_in_bytes = 16;
	mb->auth_tag_output_len_in_bytes = key->icv_bytes;
	mb->u.HMAC._hashed_auth_key_xor_ipad = key->u.cbc.inner;
	mb->u.HMAC._hashed_auth_key_xor_opad = key->u.cbc.outer;
	mb->cipher_mode = IMB_CIPHER_CBC;
	mb->cipher_direction = encrypt ? IMB_DIR_ENCRYPT : IMB_DIR_DECRYPT;
	mb->hash_alg = (IMB_HASH_ALG)key->hash_alg;
	mb->chain_order = encrypt ? IMB_ORDER_CIPHER_HASH : IMB_ORDER_HASH_CIPHER;
}

/* The library leaves a slot of its ring as it was filled: where the job before in this slot was of
 * the same key, told by a number that no other key ever has, what follows from the key stands there
 * already. */
static inline __attribute__((always_inline)) void fill(
    const struct esp_job *job, IMB_JOB *mb, struct esp_icv *scratch, bool encrypt)
{
	const struct esp_key *key = job->key;
	uint8_t *text = job->esp + TEXT_OFFSET, *packet_icv = text + job->cipher_bytes;

	if (mb->user_data2 != (void *)key->id) {
		mb->user_data2 = (void *)key->id;
		fill_constant(mb, key, encrypt);
	}
	if (key->esn_bytes)
		append_high(scratch, job, packet_icv, encrypt);
	mb->auth_tag_output = encrypt ? packet_icv : scratch->computed;
	mb->src = job->esp;
	mb->dst = text;
	mb->msg_len_to_cipher_in_bytes = job->cipher_bytes;
	mb->msg_len_to_hash_in_bytes = TEXT_OFFSET + job->cipher_bytes + key->esn_bytes;
	mb->iv = job->esp + ESP_HEADER_BYTES;
	mb->user_data = job->user;
}

void esp_cbc_hmac_fill(
    struct esp_crypto *ctx, const struct esp_job *jobs, IMB_JOB *const *mb, unsigned n)
{
	unsigned at = ctx->icv_next;

	if (ctx->direction == ESP_ENCRYPT)
		for (unsigned i = 0; i < n; i++)
			fill(&jobs[i], mb[i], NULL, true);
	else
		for (unsigned i = 0; i < n; i++)
			fill(&jobs[i], mb[i], &ctx->icv[at++ % ESP_ICV_SLOTS], false);
	ctx->icv_next = at;
}

/* Where the ICV of a decrypted packet stands: in the packet, or beside the computed one when its
 * place was needed. */
static inline const uint8_t *received_icv(const IMB_JOB *mb)
{
	const uint8_t *end = mb->dst + mb->msg_len_to_cipher_in_bytes;

	if (__builtin_expect(mb->src + mb->msg_len_to_hash_in_bytes == end, 1))
		return end;
	return ((const struct esp_icv *)(const void *)mb->auth_tag_output)->received;
}

static inline enum esp_status check_icv(const IMB_JOB *mb)
{
	return esp_icv_equal(mb->auth_tag_output, received_icv(mb),
		   (unsigned)mb->auth_tag_output_len_in_bytes)
		   ? ESP_STATUS_OK
		   : ESP_STATUS_BAD_ICV;
}

void esp_cbc_hmac_finish(
    const struct esp_crypto *ctx, IMB_JOB *const *mb, unsigned n, struct esp_done *done)
{
	bool encrypt = ctx->direction == ESP_ENCRYPT;

	for (unsigned i = 0; i < n; i++) {
		done[i].user = mb[i]->user_data;
		if (__builtin_expect(mb[i]->status != IMB_STATUS_COMPLETED, 0))
			done[i].status = ESP_STATUS_FAILED;
		else
			done[i].status = encrypt ? ESP_STATUS_OK : check_icv(mb[i]);
	}
}
