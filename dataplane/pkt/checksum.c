/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The Internet checksum over a run of bytes (RFC 1071): eight at a time, as little-endian words,
 * whose one's complement sum is that of the big-endian ones with its bytes swapped. */
#include "dataplane/pkt/checksum.h"

uint64_t checksum_add(uint64_t sum, const void *data, size_t bytes)
{
	const uint8_t *p = data;
	uint64_t swapped = 0;

	for (; bytes >= 8; p += 8, bytes -= 8) {
		uint32_t word[2];

		memcpy(word, p, sizeof(word));
		swapped += (uint64_t)word[0] + word[1];
	}
	for (; bytes >= 2; p += 2, bytes -= 2) {
		uint16_t word;

		memcpy(&word, p, sizeof(word));
		swapped += word;
	}
	if (bytes)
		swapped += *p;
	return sum + __builtin_bswap16(checksum_fold(swapped));
}

uint64_t checksum_pseudo(const uint8_t *source, const uint8_t *destination, unsigned address_bytes,
    uint8_t protocol, uint32_t upper_bytes)
{
	uint64_t sum = checksum_add(0, source, address_bytes);

	return checksum_add(sum, destination, address_bytes) + protocol + upper_bytes;
}
