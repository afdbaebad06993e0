/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Random bytes by getrandom(2), which waits for the kernel's pool to be seeded and never for more.
 * No generator of our own stands in between. */
#include "control/sys/rand.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/log.h"

void rand_bytes(void *ctx, uint8_t *out, size_t bytes)
{
	while (bytes) {
		ssize_t got = getrandom(out, bytes, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			log_error("rand getrandom=failed errno=%d", errno);
			abort();
		}
		out += got;
		bytes -= (size_t)got;
	}
}

uint64_t rand_u64(void)
{
	uint64_t v;

	rand_bytes(NULL, (uint8_t *)&v, sizeof(v));
	return v;
}
