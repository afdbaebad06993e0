/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Unpredictable bytes from the kernel. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Fills `out`. Never fails: without entropy there is no safe way on, so the process ends. `ctx` is
 * ignored: the signature is that of the engines' environments. Thread-safe. */
void rand_bytes(void *ctx, uint8_t *out, size_t bytes);

uint64_t rand_u64(void);
