/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Memory of libraries that read what AWS answers: pre-shared keys and credentials go through their
 * buffers, so nothing is given back before it is wiped. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* As realloc() and free(), of memory from malloc(). */
void *wiping_realloc(void *old, size_t bytes);
void wiping_free(void *p);

/* Reads a JSON text, an array or object without duplicate names; NULL: it is none, or there is no
 * memory. json_decref() wipes what it frees: from the first call on all of jansson does, in the
 * whole process. */
json_t *wiping_json(const void *text, size_t bytes);
