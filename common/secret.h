/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Handling of bytes that must not leak: wiping and constant-time comparison. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Overwrites `bytes` bytes with zero in a way the compiler may not remove. */
static inline void secret_wipe(void *p, size_t bytes)
{
	if (bytes)
		explicit_bzero(p, bytes);
}

/* Compares without a data-dependent branch: the time depends on `bytes` alone. Used for every
 * authentication value (ICV, HASH_I/R, AUTH), whatever its length; zero bytes are equal. */
static inline bool secret_equal(const void *a, const void *b, size_t bytes)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t diff = 0;

	for (size_t i = 0; i < bytes; i++)
		diff |= (uint8_t)(x[i] ^ y[i]);
	return diff == 0;
}
