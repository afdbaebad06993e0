/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The same cryptography by IPsec-MB alone, with nothing of crypto/ between: what esp_crypto is
 * measured beside. It does what the library does and no more: of a decrypted packet the ICV is
 * computed and not compared. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "crypto/esp_crypto.h"

enum raw_mb_api {
	RAW_MB_BURST,  /* asynchronous bursts, lanes left full between them */
	RAW_MB_DIRECT, /* one call a packet; AES-GCM only */
};

struct raw_mb;

/* Makes a manager and a key: AES-128-CBC with HMAC-SHA1-96 or HMAC-SHA2-256-128, or AES-128-GCM.
 * Ends the program when the library refuses. */
struct raw_mb *raw_mb_new(
    enum raw_mb_api api, enum esp_direction direction, const struct esp_key_params *params);
void raw_mb_free(struct raw_mb *raw);

/* Submits `count` jobs (up to 32) of which esp and cipher_bytes count; they may finish with a later
 * call. `first` is the index of the first one among all packets (below BENCH_PACKETS). */
void raw_mb_submit(struct raw_mb *raw, const struct esp_job *jobs, unsigned first, unsigned count);

/* Finishes what is in flight. False: a job failed, or the library gave back more or fewer jobs than
 * were submitted. */
bool raw_mb_drain(struct raw_mb *raw);
