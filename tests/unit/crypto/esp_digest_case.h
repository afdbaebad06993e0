/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One algorithm of esp_digests.h. */
#pragma once

#include <stdint.h>

#include "common/shm_abi.h"

#define ESP_DIGEST_LENGTHS 1500 /* payloads of 1..1500 bytes */
#define ESP_DIGEST_EACH    100  /* lengths that a digest covers */

struct esp_digest_case {
	uint16_t encr, auth;
	uint8_t aes_key_bytes; /* without the salt */
	uint8_t esn;
	uint64_t digest[ESP_DIGEST_LENGTHS /
			ESP_DIGEST_EACH]; /* 64-bit FNV-1a of ciphertexts and ICVs */
};
