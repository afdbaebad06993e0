/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory for libraries through whose buffers secrets go: nothing is given back before it is wiped.
 */
#pragma once

#include <stddef.h>

/* As realloc() and free(), of memory from malloc(). */
void *wiping_realloc(void *old, size_t bytes);
void wiping_free(void *p);
