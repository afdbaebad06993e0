/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Sizes: what ESP in tunnel mode adds, and what fits (RFC 4303, RFC 3948).
 *
 * Numbers of an algorithm come from common/names.h: iv_bytes, block_bytes, icv_bytes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "dataplane/pkt/ip_proto.h"

struct overhead {
	uint8_t outer_family; /* 4 or 6 */
	bool udp;             /* encapsulated in UDP 4500 */
	uint8_t iv_bytes;
	uint8_t block_bytes; /* a power of two, at least 4 */
	uint8_t icv_bytes;
};

/* Bytes of the ciphertext of an inner packet: itself, padding, pad length, next header. */
static inline uint32_t overhead_cipher_bytes(uint32_t inner_bytes, uint32_t block_bytes)
{
	return (inner_bytes + 2 + block_bytes - 1) & ~(block_bytes - 1);
}

/* Bytes in front of the ciphertext: outer IP, UDP if any, ESP header and IV. */
uint32_t overhead_head_bytes(const struct overhead *o);

/* The outer packet that an inner one of inner_bytes becomes. */
uint32_t overhead_outer_bytes(const struct overhead *o, uint32_t inner_bytes);

/* The largest inner packet whose outer packet fits in outer_mtu; 0 when none does. 1422 for
 * AES-CBC with HMAC-SHA1-96 in UDP over IPv4 on 1500. */
uint32_t overhead_inner_mtu(const struct overhead *o, uint32_t outer_mtu);

/* The TCP MSS that fits in inner_mtu for an inner packet of `family` without options: 40 or 60 less
 * (RFC 6691); 0 when inner_mtu is not larger than that. */
uint32_t overhead_mss(uint32_t inner_mtu, uint8_t family);
