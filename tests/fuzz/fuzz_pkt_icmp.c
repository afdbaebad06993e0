/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as an ICMP error about a packet of ours. */
#include <stdlib.h>

#include "dataplane/pkt/icmp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct icmp_too_big too_big;

	if (icmp_read_too_big(data, bytes, &too_big)) {
		require(too_big.spi != 0);
		require(too_big.source.family == too_big.destination.family);
		require(icmp_believable_mtu(too_big.mtu, 1500, too_big.source.family) >= 576);
		require(icmp_believable_mtu(too_big.mtu, 1500, too_big.source.family) <= 1500);
	}
	return 0;
}
