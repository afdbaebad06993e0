/* SPDX-License-Identifier: BSD-3-Clause
 *
 * JSON that AWS answers, pre-shared keys and credentials among it. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* Reads a JSON text, an array or object without duplicate names; NULL: it is none, or there is no
 * memory. json_decref() wipes what it frees: from the first call on all of jansson does, in the
 * whole process. */
json_t *answer_json(const void *text, size_t bytes);
