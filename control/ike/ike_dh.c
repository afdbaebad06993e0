/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Diffie-Hellman over the MODP groups: the one slow thing in IKE, called from a thread pool.
 *
 * Exponents are short (RFC 3526 section 8: twice the strength of the group, with room to spare).
 * The peer's value is checked before it is used: exact length, 1 < y < p-1. The shared secret is
 * padded to the length of the group, as RFC 2409 section 5 hashes it. modp768 is refused.
 *
 * Primes: RFC 2409 section 6.2, RFC 3526 sections 2 and 3. */
#include <errno.h>
#include <string.h>

#include <mbedtls/bignum.h>
#include <mbedtls/dhm.h>

#include "common/secret.h"
#include "control/ike/ike_crypto.h"

#define EXPONENT_BYTES 40 /* 320 bits */
#define GENERATOR      2

#define PRIME_HEAD                                                                                 \
	"FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"                         \
	"020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"                         \
	"4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
#define PRIME_MIDDLE                                                                               \
	"EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"                         \
	"98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"                         \
	"9ED529077096966D670C354E4ABC9804F1746C08CA"

static const char *prime_hex(enum ike_group group)
{
	switch (group) {
	case IKE_MODP1024:
		return PRIME_HEAD
		    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF";
	case IKE_MODP1536: return PRIME_HEAD PRIME_MIDDLE "237327FFFFFFFFFFFFFFFF";
	case IKE_MODP2048:
		return PRIME_HEAD PRIME_MIDDLE
		    "18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5"
		    "C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D226"
		    "1898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF";
	case IKE_GROUP_NONE:
	case IKE_MODP768: return NULL;
	}
	return NULL;
}

size_t ike_group_bytes(enum ike_group group)
{
	switch (group) {
	case IKE_MODP1024: return 128;
	case IKE_MODP1536: return 192;
	case IKE_MODP2048: return 256;
	case IKE_GROUP_NONE:
	case IKE_MODP768: return 0;
	}
	return 0;
}

struct blinding {
	void (*random)(void *ctx, uint8_t *out, size_t bytes);
	void *ctx;
};

static int blinding_random(void *arg, unsigned char *out, size_t bytes)
{
	struct blinding *b = arg;

	b->random(b->ctx, out, bytes);
	return 0;
}

static int group_load(mbedtls_dhm_context *dh, enum ike_group group)
{
	const char *hex = prime_hex(group);

	if (!hex)
		return -EINVAL;
	if (mbedtls_mpi_read_string(&dh->P, 16, hex) || mbedtls_mpi_lset(&dh->G, GENERATOR))
		return -ENOMEM;
	dh->len = ike_group_bytes(group);
	return 0;
}

static int generate(mbedtls_dhm_context *dh, struct blinding *b, uint8_t *secret,
    size_t *secret_bytes, uint8_t *pub, size_t *pub_bytes)
{
	b->random(b->ctx, secret, EXPONENT_BYTES);
	secret[0] |= 0x80; /* never a short one by chance */
	if (mbedtls_mpi_read_binary(&dh->X, secret, EXPONENT_BYTES) ||
	    mbedtls_mpi_exp_mod(&dh->GX, &dh->G, &dh->X, &dh->P, &dh->RP) ||
	    mbedtls_mpi_write_binary(&dh->GX, pub, dh->len))
		return -ENOMEM;
	*secret_bytes = EXPONENT_BYTES;
	*pub_bytes = dh->len;
	return 0;
}

/* 1 < y < p-1: the values that leave no secret are 0, 1 and p-1. */
static bool value_ok(const mbedtls_dhm_context *dh, const mbedtls_mpi *y, mbedtls_mpi *scratch)
{
	return mbedtls_mpi_cmp_int(y, 1) > 0 && !mbedtls_mpi_sub_int(scratch, &dh->P, 1) &&
	       mbedtls_mpi_cmp_mpi(y, scratch) < 0;
}

static int shared(mbedtls_dhm_context *dh, struct blinding *b, const uint8_t *secret_in,
    size_t secret_in_bytes, const uint8_t *peer_pub, size_t peer_pub_bytes, uint8_t *secret,
    size_t *secret_bytes)
{
	uint8_t raw[IKE_DH_BYTES];
	size_t bytes = 0;
	mbedtls_mpi scratch;
	bool ok;
	int rc = 0;

	if (peer_pub_bytes != dh->len)
		return -EBADMSG;
	if (mbedtls_mpi_read_binary(&dh->X, secret_in, secret_in_bytes) ||
	    mbedtls_mpi_read_binary(&dh->GY, peer_pub, peer_pub_bytes))
		return -ENOMEM;
	mbedtls_mpi_init(&scratch);
	ok = value_ok(dh, &dh->GY, &scratch);
	mbedtls_mpi_free(&scratch);
	if (!ok)
		return -EBADMSG;
	/* Blinded, so that the time says nothing about the exponent. */
	if (mbedtls_dhm_calc_secret(dh, raw, sizeof(raw), &bytes, blinding_random, b) ||
	    bytes > dh->len) {
		rc = -EBADMSG;
	} else {
		memset(secret, 0, dh->len - bytes);
		memcpy(secret + dh->len - bytes, raw, bytes);
		*secret_bytes = dh->len;
	}
	secret_wipe(raw, sizeof(raw));
	return rc;
}

int ike_dh_compute(enum ike_dh_op op, enum ike_group group, const uint8_t *secret_in,
    size_t secret_in_bytes, const uint8_t *peer_pub, size_t peer_pub_bytes,
    void (*random)(void *ctx, uint8_t *out, size_t bytes), void *ctx, uint8_t *secret,
    size_t *secret_bytes, uint8_t *pub, size_t *pub_bytes)
{
	struct blinding b = {.random = random, .ctx = ctx};
	mbedtls_dhm_context dh;
	int rc;

	mbedtls_dhm_init(&dh);
	rc = group_load(&dh, group);
	if (!rc && op == IKE_DH_GENERATE)
		rc = generate(&dh, &b, secret, secret_bytes, pub, pub_bytes);
	else if (!rc)
		rc = shared(&dh, &b, secret_in, secret_in_bytes, peer_pub, peer_pub_bytes, secret,
		    secret_bytes);
	mbedtls_dhm_free(&dh); /* wipes every number */
	return rc;
}
