/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Names of transforms as people write them, and sizes that follow from a transform. */
#pragma once

#include <stdint.h>

/* "AES-CBC-128", "AES-GCM-16-256": static text, "unknown" for what we do not have. */
const char *names_encr(uint16_t encr, uint16_t key_bytes);
/* "HMAC-SHA1-96", "none" for CFG_AUTH_NONE. */
const char *names_auth(uint16_t auth);

/* Bytes of the explicit IV: 16 for AES-CBC, 8 for AES-GCM; 0 = unknown transform. */
unsigned names_encr_iv_bytes(uint16_t encr);
/* Alignment of the ciphertext: 16 for AES-CBC, 4 for AES-GCM. */
unsigned names_encr_block_bytes(uint16_t encr);
/* ICV bytes of the pair (encr, auth): 12, 16, 24, 32; 0 = unknown. */
unsigned names_icv_bytes(uint16_t encr, uint16_t auth);
/* Key bytes that the integrity transform takes: 20, 32, 48, 64; 0 for none. */
unsigned names_auth_key_bytes(uint16_t auth);
