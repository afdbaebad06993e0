/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Key derivation and authentication values of IKEv1, pre-shared key authentication only.
 *
 * RFC 2409 section 5 (SKEYID, HASH_I, HASH_R), 5.5 (Quick Mode, KEYMAT), appendix B (cipher keys
 * longer than SKEYID_e, IVs); RFC 3947 section 3.2 (NAT-D). Checked against values that another
 * implementation printed (tests/unit/ike/test_ike_keys.c). */
#include "control/ike/ike_keys.h"

#include <errno.h>
#include <string.h>

#include "common/buf.h"
#include "common/secret.h"
#include "control/ike/ike_types.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* prf(key, K[n-1] | seed): the feedback expansion of appendix B and of KEYMAT. */
static int expand(enum ike_hash hash, const uint8_t *key, size_t key_bytes,
    const struct ike_chunk *seed, size_t seed_count, bool seed_each_round, uint8_t *out,
    size_t bytes)
{
	uint8_t block[IKE_HASH_MAX];
	size_t size = ike_hash_bytes(hash), done = 0, have = 0;
	int rc = 0;

	while (!rc && done < bytes) {
		struct ike_chunk chunks[8] = {{block, have}};
		size_t count = 1, take;

		for (size_t i = 0; (!have || seed_each_round) && i < seed_count; i++)
			chunks[count++] = seed[i];
		rc = ike_prf(hash, key, key_bytes, chunks, count, block);
		take = bytes - done < size ? bytes - done : size;
		memcpy(out + done, block, take);
		done += take;
		have = size;
	}
	secret_wipe(block, sizeof(block));
	return rc;
}

static int derive_encr_key(struct ike_keys *keys)
{
	static const uint8_t zero;
	const struct ike_chunk seed = {&zero, 1};

	if (keys->encr_key_bytes <= keys->bytes) {
		memcpy(keys->encr_key, keys->skeyid_e, keys->encr_key_bytes);
		return 0;
	}
	/* Ka = K1 | K2 ..., K1 = prf(SKEYID_e, 0), K2 = prf(SKEYID_e, K1). */
	return expand(keys->hash, keys->skeyid_e, keys->bytes, &seed, 1, false, keys->encr_key,
	    keys->encr_key_bytes);
}

int ike_keys_derive(struct ike_keys *keys, enum ike_hash hash, size_t encr_key_bytes,
    const uint8_t *psk, size_t psk_bytes, const struct ike_phase1_inputs *in, const uint8_t *secret,
    size_t secret_bytes)
{
	const struct ike_chunk nonces[] = {in->ni, in->nr};
	const uint8_t *previous = NULL;
	uint8_t *const outs[] = {keys->skeyid_d, keys->skeyid_a, keys->skeyid_e};
	int rc;

	keys->hash = hash;
	keys->bytes = ike_hash_bytes(hash);
	keys->encr_key_bytes = encr_key_bytes;
	if (!keys->bytes || encr_key_bytes > sizeof(keys->encr_key))
		return -EINVAL;
	rc = ike_prf(hash, psk, psk_bytes, nonces, COUNT(nonces), keys->skeyid);
	for (uint8_t i = 0; !rc && i < COUNT(outs); i++) {
		const struct ike_chunk chunks[] = {{previous, previous ? keys->bytes : 0},
		    {secret, secret_bytes}, {in->cookie_i, ISAKMP_COOKIE_BYTES},
		    {in->cookie_r, ISAKMP_COOKIE_BYTES}, {&i, 1}};

		rc = ike_prf(hash, keys->skeyid, keys->bytes, chunks, COUNT(chunks), outs[i]);
		previous = outs[i];
	}
	return rc ? rc : derive_encr_key(keys);
}

int ike_keys_hash_phase1(const struct ike_keys *keys, bool initiator,
    const struct ike_phase1_inputs *in, struct ike_chunk id, uint8_t out[IKE_HASH_MAX])
{
	const struct ike_chunk ci = {in->cookie_i, ISAKMP_COOKIE_BYTES};
	const struct ike_chunk cr = {in->cookie_r, ISAKMP_COOKIE_BYTES};
	const struct ike_chunk by_i[] = {in->gxi, in->gxr, ci, cr, in->sai, id};
	const struct ike_chunk by_r[] = {in->gxr, in->gxi, cr, ci, in->sai, id};

	return ike_prf(
	    keys->hash, keys->skeyid, keys->bytes, initiator ? by_i : by_r, COUNT(by_i), out);
}

static int first_block(
    enum ike_hash hash, const struct ike_chunk *chunks, size_t count, uint8_t iv[IKE_CBC_BLOCK])
{
	uint8_t full[IKE_HASH_MAX] = {0};
	int rc = ike_hash_chunks(hash, chunks, count, full);

	memcpy(iv, full, IKE_CBC_BLOCK);
	return rc;
}

int ike_keys_iv_phase1(
    const struct ike_keys *keys, const struct ike_phase1_inputs *in, uint8_t iv[IKE_CBC_BLOCK])
{
	const struct ike_chunk chunks[] = {in->gxi, in->gxr};

	return first_block(keys->hash, chunks, COUNT(chunks), iv);
}

/* Integers are hashed as they stand on the wire. */
static void put_u32(uint8_t out[4], uint32_t v)
{
	struct wr w = wr_init(out, 4);

	wr_u32(&w, v);
}

int ike_keys_iv_phase2(const struct ike_keys *keys, const uint8_t last_block[IKE_CBC_BLOCK],
    uint32_t message_id, uint8_t iv[IKE_CBC_BLOCK])
{
	uint8_t mid[4];
	const struct ike_chunk chunks[] = {{last_block, IKE_CBC_BLOCK}, {mid, sizeof(mid)}};

	put_u32(mid, message_id);
	return first_block(keys->hash, chunks, COUNT(chunks), iv);
}

int ike_keys_hash_phase2(const struct ike_keys *keys, uint32_t message_id, struct ike_chunk ni,
    struct ike_chunk rest, uint8_t out[IKE_HASH_MAX])
{
	uint8_t mid[4];
	const struct ike_chunk chunks[] = {{mid, sizeof(mid)}, ni, rest};

	put_u32(mid, message_id);
	return ike_prf(keys->hash, keys->skeyid_a, keys->bytes, chunks, COUNT(chunks), out);
}

int ike_keys_hash3(const struct ike_keys *keys, uint32_t message_id, struct ike_chunk ni,
    struct ike_chunk nr, uint8_t out[IKE_HASH_MAX])
{
	uint8_t head[5] = {0};
	const struct ike_chunk chunks[] = {{head, sizeof(head)}, ni, nr};

	put_u32(head + 1, message_id);
	return ike_prf(keys->hash, keys->skeyid_a, keys->bytes, chunks, COUNT(chunks), out);
}

int ike_keys_keymat(const struct ike_keys *keys, struct ike_chunk secret, uint32_t spi,
    struct ike_chunk ni, struct ike_chunk nr, uint8_t *out, size_t bytes)
{
	uint8_t head[5] = {IPSEC_PROTO_ESP};
	const struct ike_chunk seed[] = {secret, {head, sizeof(head)}, ni, nr};

	put_u32(head + 1, spi);
	return expand(keys->hash, keys->skeyid_d, keys->bytes, seed, COUNT(seed), true, out, bytes);
}

int ike_keys_nat_d(enum ike_hash hash, const uint8_t *cookie_i, const uint8_t *cookie_r,
    const struct ip_addr *addr, uint16_t port, uint8_t out[IKE_HASH_MAX])
{
	const uint8_t port_be[2] = {(uint8_t)(port >> 8), (uint8_t)port};
	const struct ike_chunk chunks[] = {{cookie_i, ISAKMP_COOKIE_BYTES},
	    {cookie_r, ISAKMP_COOKIE_BYTES}, {addr->bytes, ip_family_bits(addr->family) / 8},
	    {port_be, sizeof(port_be)}};

	return ike_hash_chunks(hash, chunks, COUNT(chunks), out);
}
