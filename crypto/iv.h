/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Unpredictable IVs for AES-CBC (RFC 3602 section 3): the AES encryption of a counter under a
 * random key that is new at every start, so no IV tells anything about the next. Not for AES-GCM,
 * whose IV has to be unique rather than unpredictable and is the sequence number (RFC 4106
 * section 3.1). */
#pragma once

#include <stdint.h>

#define IV_BYTES 16

/* One per thread. */
struct iv_source {
	_Alignas(16) uint8_t round_key[11][16];
	uint64_t counter;
};

/* Draws a key from the kernel. -ENOTSUP: no AES-NI; else the error of getrandom(). */
int iv_init(struct iv_source *source);

/* The same with a given key: the tests compare with published vectors. -ENOTSUP: no AES-NI. */
int iv_init_with_key(struct iv_source *source, const uint8_t key[16]);

/* Writes `count` fresh IVs. */
void iv_fill(struct iv_source *source, uint8_t (*out)[IV_BYTES], unsigned count);

/* Overwrites key and counter with zero. */
void iv_wipe(struct iv_source *source);
