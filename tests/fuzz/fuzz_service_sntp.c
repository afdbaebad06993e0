/* SPDX-License-Identifier: BSD-3-Clause
 *
 * An answer of a time server: 8 bytes that its nonce is to be, then the datagram. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/service/sntp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	int64_t offset = 0;
	const char *why;
	uint64_t nonce;
	int rc;

	if (bytes < sizeof(nonce))
		return 0;
	memcpy(&nonce, data, sizeof(nonce));
	rc = sntp_answer(data + 8, bytes - 8, __builtin_bswap64(nonce), 1795305600000000000ll,
	    1795305600100000000ll, &offset, &why);
	if (rc != 0 && rc != -EAGAIN && rc != -EPROTO)
		abort();
	if ((rc == -EPROTO) != (why != NULL))
		abort();
	return 0;
}
