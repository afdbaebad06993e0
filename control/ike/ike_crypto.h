/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Hash, prf and cipher of IKE. ike_crypto.c and ike_dh.c are the only files here that know the
 * crypto library. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/ike/ike.h"

#define IKE_HASH_MAX     64 /* SHA-512 */
#define IKE_CBC_BLOCK    16
#define IKE_ENCR_KEY_MAX 32
#define IKE_DIGEST_BYTES 16 /* of ike_digest() */

/* One of several pieces that are hashed as if concatenated. */
struct ike_chunk {
	const void *data;
	size_t bytes;
};

/* Output bytes of a hash that we support; 0 for the others. */
size_t ike_hash_bytes(enum ike_hash hash);
/* Key bytes of a cipher that we support; 0 for the others. */
size_t ike_encr_key_bytes(enum ike_encr encr);
/* Bytes of a group's prime that we support; 0 for the others. */
size_t ike_group_bytes(enum ike_group group);

/* hash(chunks) into out, ike_hash_bytes() long. 0 or -ENOMEM. */
int ike_hash_chunks(enum ike_hash hash, const struct ike_chunk *chunks, size_t count, uint8_t *out);
/* prf(key, chunks): HMAC of the negotiated hash, RFC 2409 section 4. 0 or -ENOMEM. */
int ike_prf(enum ike_hash hash, const uint8_t *key, size_t key_bytes,
    const struct ike_chunk *chunks, size_t count, uint8_t *out);
/* AES-CBC in place; `bytes` is a multiple of the block; `iv` becomes the last ciphertext block.
 * 0, -EINVAL for lengths that do not fit. */
int ike_cbc(bool encrypt, const uint8_t *key, size_t key_bytes, uint8_t iv[IKE_CBC_BLOCK],
    uint8_t *data, size_t bytes);
/* A short digest that tells received datagrams apart (retransmissions). */
void ike_digest(const void *data, size_t bytes, uint8_t out[IKE_DIGEST_BYTES]);
