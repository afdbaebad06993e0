/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The key of an SA, compiled: everything that depends on key and algorithm and not on the packet.
 *
 * Algorithms are the numbers of common/shm_abi.h: AES-CBC with 128, 192 or 256 bits (RFC 3602) and
 * HMAC-SHA1-96 (RFC 2404) or HMAC-SHA2 (RFC 4868), and AES-GCM with a 16-byte ICV (RFC 4106). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESP_HEADER_BYTES  8 /* SPI and sequence number */
#define ESP_IV_BYTES_MAX  16
#define ESP_ICV_BYTES_MAX 32

#define ESP_KEY_AES_ROUNDS_BYTES 240  /* 15 round keys of AES-256 */
#define ESP_KEY_HASH_STATE_BYTES 64   /* SHA-512 */
#define ESP_KEY_GCM_BYTES        1088 /* struct gcm_key_data of IPsec-MB */

struct esp_crypto;

/* What IKE agreed. Borrowed during the call; the caller wipes its copy. */
struct esp_key_params {
	uint16_t encr; /* CFG_ENCR_* */
	uint16_t auth; /* CFG_AUTH_*; CFG_AUTH_NONE with AES-GCM */
	const uint8_t *encr_key;
	size_t encr_key_bytes; /* 16, 24, 32; AES-GCM: 20, 36 with the 4 bytes of salt at the end */
	const uint8_t *auth_key;
	size_t auth_key_bytes; /* 20, 32, 48, 64 by algorithm; 0 with AES-GCM */
	bool esn;              /* 64-bit sequence numbers (RFC 4303 section 2.2.1) */
};

/* Embedded in the caller's SA, and not to be copied: lanes tell keys by `id` and point into the one
 * that has it. Fields are for crypto/ alone except the sizes. */
struct esp_key {
	uint8_t iv_bytes;    /* 16; 8 with AES-GCM */
	uint8_t block_bytes; /* the ciphertext is a multiple of it: 16; 4 with AES-GCM */
	uint8_t icv_bytes;   /* 12, 16, 24, 32 */
	uint8_t aes_key_bytes;
	uint8_t
	    esn_bytes;  /* 4 when the high half of the sequence number is authenticated, else 0 */
	uint8_t direct; /* 1: done at once by one call; 0: goes through the lanes */
	uint8_t salt[4];
	uint32_t hash_alg; /* IPsec-MB's number */
	uint64_t id;       /* of lanes' keys: no other ever has it, unlike the address; 0 = none */
	_Alignas(64) union {
		struct {
			uint8_t inner[ESP_KEY_HASH_STATE_BYTES]; /* hash of key xor ipad */
			uint8_t outer[ESP_KEY_HASH_STATE_BYTES]; /* hash of key xor opad */
			_Alignas(16) uint8_t encrypt[ESP_KEY_AES_ROUNDS_BYTES];
			_Alignas(16) uint8_t decrypt[ESP_KEY_AES_ROUNDS_BYTES];
		} cbc;
		uint8_t gcm[ESP_KEY_GCM_BYTES];
	} u;
};

/* Compiles a key. `ctx` is any context of the calling thread: it lends its architecture and keeps
 * nothing. -EINVAL: a pair of algorithms or a key length that is not of the list above; `key` is
 * all zero then. */
int esp_key_init(struct esp_key *key, struct esp_crypto *ctx, const struct esp_key_params *params);

/* Overwrites the key with zero. */
void esp_key_wipe(struct esp_key *key);
