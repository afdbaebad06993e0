/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624). */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dataplane/pkt/bytes.h"

/* One's complement sum of `bytes` bytes as big-endian 16-bit words, an odd last byte padded with
 * zero, added to `sum`. Not folded: up to 64 KB may be summed into one value. */
uint64_t checksum_add(uint64_t sum, const void *data, size_t bytes);

/* The sum folded to 16 bits, not complemented. */
static inline uint16_t checksum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* The same of a sum of no more than 65,536 words. */
static inline uint16_t checksum_fold32(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

/* The checksum of `bytes` bytes in host order: what goes into the field when the field was zero; 0
 * over bytes that contain a right checksum. */
static inline uint16_t checksum(const void *data, size_t bytes)
{
	return (uint16_t)~checksum_fold(checksum_add(0, data, bytes));
}

/* Brings the checksum field up to date after a 16-bit word went from `old` to `new` (RFC 1624
 * equation 3). A wrong checksum stays wrong by the same amount. All in host order. */
static inline uint16_t checksum_update16(uint16_t field, uint16_t old_word, uint16_t new_word)
{
	uint32_t sum = (uint16_t)~field + (uint32_t)(uint16_t)~old_word + new_word;

	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The sum of the pseudo header of TCP, UDP and ICMPv6 (RFC 9293, RFC 8200 section 8.1). Addresses
 * in network order, address_bytes 4 or 16. */
uint64_t checksum_pseudo(const uint8_t *source, const uint8_t *destination, unsigned address_bytes,
    uint8_t protocol, uint32_t upper_bytes);
