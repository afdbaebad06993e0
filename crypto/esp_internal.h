/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The inside of a context, for the files of this folder alone. */
#pragma once

#define NO_COMPAT_IMB_API_053 1
#include <intel-ipsec-mb.h>
#include <string.h>

#include "crypto/esp_crypto.h"
#include "crypto/esp_order.h"

/* A ring at least as long as jobs can be in flight, so that a slot is free again when its turn
 * comes: jobs of the lanes come back in the order of submission. */
#define ESP_ICV_SLOTS 256
_Static_assert(ESP_ICV_SLOTS >= ESP_CRYPTO_IN_FLIGHT_MAX, "an ICV slot would be used twice");

struct esp_icv {
	uint8_t computed[ESP_ICV_BYTES_MAX];
	uint8_t received[ESP_ICV_BYTES_MAX]; /* ESN only: its place in the packet is needed */
};

struct esp_crypto {
	IMB_MGR *mgr;
	enum esp_direction direction;
	unsigned in_flight;
	unsigned icv_next;
	/* By words of 8 bytes of the AES key: 2, 3, 4. */
	void (*gcm_run[5])(const struct gcm_key_data *, struct gcm_context_data *, uint8_t *,
	    const uint8_t *, uint64_t, const uint8_t *, const uint8_t *, uint64_t, uint8_t *,
	    uint64_t);
	struct esp_order order;
	_Alignas(64) struct esp_icv icv[ESP_ICV_SLOTS];
};

/* True when the two ICVs are equal. The time depends on `bytes` alone, as with secret_equal(),
 * which it stands for where every cycle counts: by words of 8 bytes, since no ICV is shorter than
 * 12. */
static inline bool esp_icv_equal(const uint8_t *a, const uint8_t *b, unsigned bytes)
{
	uint64_t diff, x[2], y[2];

	/* The first 8 bytes and the last, which for 12 overlap: all there is up to 16. */
	memcpy(&x[0], a, 8);
	memcpy(&y[0], b, 8);
	memcpy(&x[1], a + bytes - 8, 8);
	memcpy(&y[1], b + bytes - 8, 8);
	diff = (x[0] ^ y[0]) | (x[1] ^ y[1]);
	for (unsigned i = 8; i + 8 < bytes; i += 8) {
		memcpy(&x[0], a + i, 8);
		memcpy(&y[0], b + i, 8);
		diff |= x[0] ^ y[0];
		__asm__("" : "+r"(diff)); /* keeps the compiler from leaving early */
	}
	return diff == 0;
}

/* esp_mb_cbc_hmac.c: fills `n` jobs of the lanes, and reads those that came back. */
void esp_cbc_hmac_fill(
    struct esp_crypto *ctx, const struct esp_job *jobs, IMB_JOB *const *mb, unsigned n);
void esp_cbc_hmac_finish(
    const struct esp_crypto *ctx, IMB_JOB *const *mb, unsigned n, struct esp_done *done);
int esp_cbc_hmac_key(struct esp_key *key, IMB_MGR *mgr, const struct esp_key_params *params);

/* esp_mb_gcm.c: those of the first jobs that need no lanes, at once; returns how many these are. */
unsigned esp_gcm_run(
    struct esp_crypto *ctx, const struct esp_job *jobs, unsigned count, struct esp_done *done);
int esp_gcm_key(struct esp_key *key, IMB_MGR *mgr, const struct esp_key_params *params);
