/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Growing tables finds no memory when the test says so. A test program includes this once. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

static bool no_memory;

/* In place of the library's. */
void *reallocarray(void *old, size_t count, size_t size)
{
	if (no_memory || (size && count > SIZE_MAX / size)) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, count * size);
}
