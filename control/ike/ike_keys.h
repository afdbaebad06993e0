/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What IKEv1 derives from a shared secret: SKEYID and its children, the HASH values, the IVs and
 * the keys of IPsec SAs. Pure functions of their arguments. RFC 2409 sections 5 and 5.5, appendix
 * B. */
#pragma once

#include "control/ike/ike_crypto.h"

/* The keys of one ISAKMP SA. */
struct ike_keys {
	enum ike_hash hash;
	size_t bytes; /* of each SKEYID* */
	uint8_t skeyid[IKE_HASH_MAX];
	uint8_t skeyid_d[IKE_HASH_MAX];
	uint8_t skeyid_a[IKE_HASH_MAX];
	uint8_t skeyid_e[IKE_HASH_MAX];
	uint8_t encr_key[IKE_ENCR_KEY_MAX]; /* Ka */
	size_t encr_key_bytes;
};

/* The public inputs of Phase 1; nonces, KE values and payload bodies are without generic
 * headers. */
struct ike_phase1_inputs {
	const uint8_t *cookie_i, *cookie_r; /* 8 bytes each */
	struct ike_chunk ni, nr;
	struct ike_chunk gxi, gxr; /* KE payload bodies */
	struct ike_chunk sai;      /* SA payload body of the first message */
};

/* SKEYID for pre-shared keys and everything below it. 0 or -errno. */
int ike_keys_derive(struct ike_keys *keys, enum ike_hash hash, size_t encr_key_bytes,
    const uint8_t *psk, size_t psk_bytes, const struct ike_phase1_inputs *in, const uint8_t *secret,
    size_t secret_bytes);

/* HASH_I (`initiator`) or HASH_R over the ID payload body of that side. */
int ike_keys_hash_phase1(const struct ike_keys *keys, bool initiator,
    const struct ike_phase1_inputs *in, struct ike_chunk id, uint8_t out[IKE_HASH_MAX]);
/* The IV of message 5: the first block of hash(g^xi | g^xr). */
int ike_keys_iv_phase1(
    const struct ike_keys *keys, const struct ike_phase1_inputs *in, uint8_t iv[IKE_CBC_BLOCK]);
/* The first IV of an exchange under an established SA: hash(last block of Phase 1 | M-ID). */
int ike_keys_iv_phase2(const struct ike_keys *keys, const uint8_t last_block[IKE_CBC_BLOCK],
    uint32_t message_id, uint8_t iv[IKE_CBC_BLOCK]);

/* HASH(1) of Quick Mode and Informational, HASH(2) when `ni` is given: prf(SKEYID_a, M-ID [| Ni_b]
 * | rest), rest = every byte after the HASH payload. */
int ike_keys_hash_phase2(const struct ike_keys *keys, uint32_t message_id, struct ike_chunk ni,
    struct ike_chunk rest, uint8_t out[IKE_HASH_MAX]);
/* HASH(3): prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b). */
int ike_keys_hash3(const struct ike_keys *keys, uint32_t message_id, struct ike_chunk ni,
    struct ike_chunk nr, uint8_t out[IKE_HASH_MAX]);
/* KEYMAT of the ESP SA with `spi` (host order); `secret` is g(qm)^xy or empty without PFS. */
int ike_keys_keymat(const struct ike_keys *keys, struct ike_chunk secret, uint32_t spi,
    struct ike_chunk ni, struct ike_chunk nr, uint8_t *out, size_t bytes);
/* NAT-D: hash(CKY-I | CKY-R | address | port), RFC 3947 section 3.2. */
int ike_keys_nat_d(enum ike_hash hash, const uint8_t *cookie_i, const uint8_t *cookie_r,
    const struct ip_addr *addr, uint16_t port, uint8_t out[IKE_HASH_MAX]);
