/* SPDX-License-Identifier: BSD-3-Clause
 *
 * malloc() and free() with a wipe between. What a block was used for before is unknown, so all that
 * the allocator gave is wiped. */
#include "common/wiping.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"

void wiping_free(void *p)
{
	if (p)
		secret_wipe(p, malloc_usable_size(p));
	free(p);
}

void *wiping_realloc(void *old, size_t bytes)
{
	size_t had = old ? malloc_usable_size(old) : 0;
	void *p = malloc(bytes);

	if (!p)
		return NULL;
	if (had)
		memcpy(p, old, had < bytes ? had : bytes);
	wiping_free(old);
	return p;
}
