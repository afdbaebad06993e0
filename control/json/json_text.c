/* SPDX-License-Identifier: BSD-3-Clause
 *
 * jansson over an allocator that wipes. It may be told so at any time: what it got before came from
 * malloc(), too. */
#include "control/json/json_text.h"

#include <stdlib.h>

#include "common/secret.h"
#include "common/wiping.h"

void json_text_wipes(void)
{
	json_set_alloc_funcs(malloc, wiping_free);
}

json_t *json_text_read(const void *text, size_t bytes, size_t flags)
{
	json_error_t error; /* quotes the text */
	json_t *root;

	json_text_wipes();
	root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES | flags, &error);
	secret_wipe(&error, sizeof(error));
	return root;
}
