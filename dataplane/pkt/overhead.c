/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What ESP in tunnel mode adds, and what fits: arithmetic only. */
#include "dataplane/pkt/overhead.h"

#define ESP_FIXED_BYTES   8 /* SPI and sequence number */
#define ESP_TRAILER_BYTES 2 /* pad length and next header */

uint32_t overhead_head_bytes(const struct overhead *o)
{
	return (o->outer_family == 6 ? IP6_HEADER_BYTES : IP4_HEADER_BYTES) +
	       (o->udp ? UDP_HEADER_BYTES : 0) + ESP_FIXED_BYTES + o->iv_bytes;
}

uint32_t overhead_outer_bytes(const struct overhead *o, uint32_t inner_bytes)
{
	return overhead_head_bytes(o) + overhead_cipher_bytes(inner_bytes, o->block_bytes) +
	       o->icv_bytes;
}

uint32_t overhead_inner_mtu(const struct overhead *o, uint32_t outer_mtu)
{
	uint32_t around = overhead_head_bytes(o) + o->icv_bytes;
	uint32_t cipher_bytes;

	if (outer_mtu < around)
		return 0;
	cipher_bytes = (outer_mtu - around) & ~(uint32_t)(o->block_bytes - 1);
	return cipher_bytes > ESP_TRAILER_BYTES ? cipher_bytes - ESP_TRAILER_BYTES : 0;
}

uint32_t overhead_mss(uint32_t inner_mtu, uint8_t family)
{
	uint32_t headers = TCP_HEADER_BYTES + (family == 6 ? IP6_HEADER_BYTES : IP4_HEADER_BYTES);

	return inner_mtu > headers ? inner_mtu - headers : 0;
}
