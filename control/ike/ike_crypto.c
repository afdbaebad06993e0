/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hash, HMAC and AES-CBC by mbedTLS. No protocol in here: what is hashed is ike_keys.c's business.
 *
 * MD5, DES and 3DES have no entry: they are recognised on the wire (ike_proposal.c) and refused. */
#include "control/ike/ike_crypto.h"

#include <errno.h>
#include <string.h>

#include <mbedtls/aes.h>
#include <mbedtls/md.h>
#include <mbedtls/sha256.h>

#include "common/secret.h"

static const mbedtls_md_info_t *md_of(enum ike_hash hash)
{
	switch (hash) {
	case IKE_HASH_SHA1: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA1);
	case IKE_HASH_SHA256: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
	case IKE_HASH_SHA384: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA384);
	case IKE_HASH_SHA512: return mbedtls_md_info_from_type(MBEDTLS_MD_SHA512);
	case IKE_HASH_MD5: return NULL;
	}
	return NULL;
}

size_t ike_hash_bytes(enum ike_hash hash)
{
	const mbedtls_md_info_t *md = md_of(hash);

	return md ? mbedtls_md_get_size(md) : 0;
}

size_t ike_encr_key_bytes(enum ike_encr encr)
{
	switch (encr) {
	case IKE_ENCR_AES128_CBC: return 16;
	case IKE_ENCR_AES256_CBC: return 32;
	case IKE_ENCR_3DES_CBC:
	case IKE_ENCR_DES_CBC: return 0;
	}
	return 0;
}

/* With `key` NULL a plain hash, else an HMAC. */
static int md_chunks(enum ike_hash hash, const uint8_t *key, size_t key_bytes,
    const struct ike_chunk *chunks, size_t count, uint8_t *out)
{
	const mbedtls_md_info_t *md = md_of(hash);
	mbedtls_md_context_t ctx;
	int rc;

	if (!md)
		return -EINVAL;
	mbedtls_md_init(&ctx);
	rc = mbedtls_md_setup(&ctx, md, key != NULL);
	if (!rc)
		rc = key ? mbedtls_md_hmac_starts(&ctx, key, key_bytes) : mbedtls_md_starts(&ctx);
	for (size_t i = 0; !rc && i < count; i++)
		rc = key ? mbedtls_md_hmac_update(&ctx, chunks[i].data, chunks[i].bytes)
			 : mbedtls_md_update(&ctx, chunks[i].data, chunks[i].bytes);
	if (!rc)
		rc = key ? mbedtls_md_hmac_finish(&ctx, out) : mbedtls_md_finish(&ctx, out);
	mbedtls_md_free(&ctx);
	return rc ? -ENOMEM : 0;
}

int ike_hash_chunks(enum ike_hash hash, const struct ike_chunk *chunks, size_t count, uint8_t *out)
{
	return md_chunks(hash, NULL, 0, chunks, count, out);
}

int ike_prf(enum ike_hash hash, const uint8_t *key, size_t key_bytes,
    const struct ike_chunk *chunks, size_t count, uint8_t *out)
{
	return md_chunks(hash, key, key_bytes, chunks, count, out);
}

int ike_cbc(bool encrypt, const uint8_t *key, size_t key_bytes, uint8_t iv[IKE_CBC_BLOCK],
    uint8_t *data, size_t bytes)
{
	mbedtls_aes_context aes;
	unsigned bits = (unsigned)key_bytes * 8;
	int rc;

	if (bytes % IKE_CBC_BLOCK)
		return -EINVAL;
	mbedtls_aes_init(&aes);
	rc = encrypt ? mbedtls_aes_setkey_enc(&aes, key, bits)
		     : mbedtls_aes_setkey_dec(&aes, key, bits);
	if (!rc)
		rc = mbedtls_aes_crypt_cbc(&aes,
		    encrypt ? MBEDTLS_AES_ENCRYPT : MBEDTLS_AES_DECRYPT, bytes, iv, data, data);
	mbedtls_aes_free(&aes);
	return rc ? -EINVAL : 0;
}

void ike_digest(const void *data, size_t bytes, uint8_t out[IKE_DIGEST_BYTES])
{
	uint8_t full[32];

	if (mbedtls_sha256_ret(data, bytes, full, 0))
		memset(full, 0, sizeof(full));
	memcpy(out, full, IKE_DIGEST_BYTES);
	secret_wipe(full, sizeof(full));
}
