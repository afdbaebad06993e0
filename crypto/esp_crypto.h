/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ESP encryption and decryption in bursts, over Intel IPsec-MB.
 *
 * A `struct esp_crypto` belongs to one thread and one direction: an encrypt context and a decrypt
 * context keep their lanes apart. Jobs go in by bursts and come back in the order of submission of
 * their kind, some of them with a later burst: AES-CBC jobs share the lanes of a vector unit and
 * stay there until a lane's turn comes, so a caller that finds no more work to submit has to flush.
 *
 *     n = esp_crypto_submit(ctx, jobs, count, done);      jobs of this and of earlier bursts
 *     n = esp_crypto_flush(ctx, done, ESP_CRYPTO_DONE_MAX); when a poll brought less than a burst
 *
 * Everything a job points to (packet, key) has to live until the job is back: a key is released
 * only after its contexts are seen empty, or flushed. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/esp_key.h"

#define ESP_CRYPTO_BURST_MAX     128 /* jobs of one submit */
#define ESP_CRYPTO_IN_FLIGHT_MAX 240 /* jobs in the lanes, submitted and not yet back */
/* What one submit may give back: `done` has room for this many. */
#define ESP_CRYPTO_DONE_MAX (ESP_CRYPTO_IN_FLIGHT_MAX + ESP_CRYPTO_BURST_MAX)

enum esp_direction { ESP_ENCRYPT, ESP_DECRYPT };

enum esp_status {
	ESP_STATUS_OK,      /* encrypted, ICV in place; or decrypted and the ICV was right */
	ESP_STATUS_BAD_ICV, /* decrypt: not authentic; the packet's bytes are to be used for nothing
			     */
	ESP_STATUS_FAILED,  /* the library refused the job: the packet is to be dropped */
};

/* One packet, contiguous from the ESP header to the end of the ICV:
 *
 *     SPI, sequence (8) | IV (key->iv_bytes) | ciphertext (cipher_bytes) | ICV (key->icv_bytes)
 *
 * Encrypt: IV, padding and trailer are in place; the ICV is written. Decrypt: in place. The
 * descriptor itself is copied by submit. */
struct esp_job {
	uint8_t *esp;              /* first byte of the ESP header */
	const struct esp_key *key; /* of the same IPsec-MB architecture as the context */
	void *user;                /* comes back in struct esp_done */
	uint32_t cipher_bytes;     /* over 0, a multiple of key->block_bytes, up to 65,535 */
	uint32_t sequence_high; /* high half of the 64-bit sequence number; used by ESN keys only */
};

struct esp_done {
	void *user;
	enum esp_status status;
};

struct esp_crypto;

/* Which implementation IPsec-MB uses. All contexts and keys of a process have the same. */
enum esp_arch { ESP_ARCH_AUTO, ESP_ARCH_SSE, ESP_ARCH_AVX2, ESP_ARCH_AVX512 };

/* The architecture called "auto", "sse", "avx2" or "avx512"; -EINVAL: none of them. */
int esp_arch_parse(const char *name, enum esp_arch *arch);

/* Makes a context. -ENOTSUP: the CPU lacks AES-NI or the forced architecture; -ENOMEM; -EIO: the
 * library's self-test failed. */
int esp_crypto_new(struct esp_crypto **out, enum esp_direction direction, enum esp_arch arch);

/* Frees the context. Jobs still in flight are given up; NULL is allowed. */
void esp_crypto_free(struct esp_crypto *ctx);

/* Name of the implementation in use, "AVX512 type 2": static text. Type 2 has VAES (AVX512). */
const char *esp_crypto_arch_name(const struct esp_crypto *ctx);

/* The same as a number of the ABI: STATE_ARCH_*. */
unsigned esp_crypto_arch_number(const struct esp_crypto *ctx);

/* Submits 0..ESP_CRYPTO_BURST_MAX jobs and returns how many finished, written to `done`, which has
 * room for ESP_CRYPTO_DONE_MAX. Every job is taken: when the lanes are full, the oldest are
 * finished first; one that the library has no place for even then comes back at once as
 * ESP_STATUS_FAILED. */
unsigned esp_crypto_submit(
    struct esp_crypto *ctx, const struct esp_job *jobs, unsigned count, struct esp_done *done);

/* Finishes up to `max` of the oldest jobs in flight; returns how many. 0: nothing is in flight. */
unsigned esp_crypto_flush(struct esp_crypto *ctx, struct esp_done *done, unsigned max);

/* Jobs submitted and not yet given back. */
unsigned esp_crypto_in_flight(const struct esp_crypto *ctx);
