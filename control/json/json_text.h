/* SPDX-License-Identifier: BSD-3-Clause
 *
 * JSON through which secrets go: credentials that AWS answers, lines that a person types. The one
 * place that tells jansson how to free. */
#pragma once

#include <jansson.h>
#include <stddef.h>

/* From the first call on jansson wipes what it frees, in the whole process. Who makes JSON of a
 * secret calls it before. */
void json_text_wipes(void);

/* Reads a JSON text without duplicate names; `flags` are jansson's besides. NULL: it is none, or
 * there is no memory. Wipes, as above. The caller releases. */
json_t *json_text_read(const void *text, size_t bytes, size_t flags);
