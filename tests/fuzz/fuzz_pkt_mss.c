/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as a TCP segment, alone and in packets of both families: nothing but MSS values above
 * the limit and the checksum may change, and clamping again changes nothing. The first two bytes of
 * the input are the limit. */
#include <stdlib.h>

#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/mss.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* The residue of the checksum is that of before: right stays right, wrong stays as wrong. */
static void require_same_residue(const uint8_t *a, const uint8_t *b, size_t bytes)
{
	uint16_t x = checksum(a, bytes), y = checksum(b, bytes);

	require(x == y || (uint16_t)(x ^ y) == 0xffff); /* two zeros of the one's complement */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct ip4_info info;
	uint16_t limit;
	uint8_t *copy;
	bool changed;

	if (bytes < 2)
		return 0;
	limit = get_be16(data);
	data += 2;
	bytes -= 2;
	copy = malloc(bytes + 1);
	memcpy(copy, data, bytes);
	changed = mss_clamp(copy, bytes, limit);
	require(changed || !memcmp(copy, data, bytes));
	if (changed)
		require_same_residue(data, copy, bytes);
	require(!mss_clamp(copy, bytes, limit));
	memcpy(copy, data, bytes);
	if (ip4_check_lengths(copy, bytes, &info) == PKT_OK && mss_clamp_ip4(copy, bytes, limit))
		require(!mss_clamp_ip4(copy, bytes, limit));
	memcpy(copy, data, bytes);
	if (mss_clamp_ip6(copy, bytes, limit))
		require(!mss_clamp_ip6(copy, bytes, limit));
	free(copy);
	return 0;
}
