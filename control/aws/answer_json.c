/* SPDX-License-Identifier: BSD-3-Clause
 *
 * jansson over an allocator that wipes. */
#include "control/aws/answer_json.h"

#include <stdlib.h>

#include "common/secret.h"
#include "common/wiping.h"

json_t *answer_json(const void *text, size_t bytes)
{
	json_error_t error; /* quotes the text */
	json_t *root;

	json_set_alloc_funcs(malloc, wiping_free);
	root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);
	secret_wipe(&error, sizeof(error));
	return root;
}
