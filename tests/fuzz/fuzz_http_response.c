/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An HTTP answer, given whole and byte by byte: both must come to the same end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/http/http.h"
#include "control/http/http1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct http1 *whole = http1_new(), *split = http1_new();
	const struct http1_answer *a = http1_answer(whole), *b = http1_answer(split);

	http1_input(whole, data, bytes);
	for (size_t i = 0; i < bytes; i++)
		http1_input(split, data + i, 1);
	if (http1_end(whole) != http1_end(split))
		abort();
	if (http1_end(whole) == HTTP1_DONE &&
	    (a->status != b->status || a->body_bytes != b->body_bytes ||
		(a->body_bytes && memcmp(a->body, b->body, a->body_bytes) != 0) ||
		strcmp(a->date, b->date) != 0 || a->body_bytes > HTTP_BODY_MAX))
		abort();
	http1_free(whole);
	http1_free(split);
	return 0;
}
