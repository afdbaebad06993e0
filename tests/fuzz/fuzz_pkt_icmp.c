/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as a packet about which an ICMP error is due, and as an ICMP error about one of ours.
 */
#include <stdlib.h>
#include <string.h>

#include "dataplane/pkt/icmp.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static uint8_t out[ICMP6_ERROR_BYTES_MAX];
	static const uint8_t source6[16] = {0xfd};
	struct icmp_too_big too_big;
	struct ip4_info info4;
	struct ip6_info info6;
	size_t made;

	made = icmp4_error(out, ICMP4_UNREACHABLE, ICMP4_NEED_FRAG, 1400, 0x0a000001, data, bytes);
	require(made <= ICMP4_ERROR_BYTES_MAX && (!made || ip4_check(out, made, &info4) == PKT_OK));
	/* nobody answers an error with an error */
	require(!made || !icmp4_error(out, ICMP4_TIME_EXCEEDED, 0, 0, 1, out, made));
	made = icmp6_error(out, ICMP6_TOO_BIG, 0, 1400, source6, data, bytes);
	require(made <= ICMP6_ERROR_BYTES_MAX && (!made || ip6_check(out, made, &info6) == PKT_OK));
	if (icmp_read_too_big(data, bytes, &too_big)) {
		require(too_big.spi != 0);
		require(too_big.source.family == too_big.destination.family);
		require(icmp_believable_mtu(too_big.mtu, 1500, too_big.source.family) >= 576);
		require(icmp_believable_mtu(too_big.mtu, 1500, too_big.source.family) <= 1500);
	}
	return 0;
}
