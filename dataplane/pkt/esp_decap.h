/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From an ESP packet to the inner one, in two steps with the crypto between them: lengths before
 * any field, then, of an authentic packet only, padding, next header, inner header, ECN and
 * selectors (RFC 4303 section 3.4, RFC 4301 section 5.2, RFC 6040 section 4.2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/selector.h"
#include "dataplane/pkt/verdict.h"

#define ESP_DECAP_ESP_BYTES  8   /* SPI and sequence number */
#define ESP_SPI_RESERVED_MAX 255 /* SPIs up to this one are nobody's (RFC 4303 section 2.1) */

/* Of an inbound SA, constant. */
struct esp_decap {
	uint8_t iv_bytes;
	uint8_t block_bytes; /* a power of two */
	uint8_t icv_bytes;
	struct selector selector;
};

struct esp_decap_result {
	uint8_t *inner;       /* the inner packet, in the same buffer */
	uint32_t inner_bytes; /* its own length: padding for traffic flow confidentiality is cut */
	uint8_t family;       /* 4, 6 */
};

/* The SPI of an ESP packet of `bytes` bytes, in host order. SHORT; NOSA for the reserved ones. */
static inline enum pkt_verdict esp_read_spi(const uint8_t *esp, size_t bytes, uint32_t *spi)
{
	if (bytes < ESP_DECAP_ESP_BYTES)
		return PKT_DROP_SHORT;
	*spi = get_be32(esp);
	return *spi > ESP_SPI_RESERVED_MAX ? PKT_OK : PKT_DROP_NOSA;
}

/* Low half of the sequence number; the packet is at least 8 bytes. */
static inline uint32_t esp_sequence(const uint8_t *esp)
{
	return get_be32(esp + 4);
}

/* Before the crypto. `bytes`: from the ESP header to the end of the ICV. SHORT or ALIGN. */
static inline enum pkt_verdict esp_decap_check(
    const struct esp_decap *d, size_t bytes, uint32_t *cipher_bytes)
{
	size_t around = (size_t)ESP_DECAP_ESP_BYTES + d->iv_bytes + d->icv_bytes;

	if (bytes < around + d->block_bytes)
		return PKT_DROP_SHORT;
	*cipher_bytes = (uint32_t)(bytes - around);
	return *cipher_bytes & (d->block_bytes - 1u) ? PKT_DROP_ALIGN : PKT_OK;
}

/* After the crypto, of a packet whose ICV was right and whose sequence number is committed.
 * `outer_tos`: TOS byte or traffic class of the outer header, of which
 * the DSCP is discarded. PAD, PROTO, DUMMY, INNER, ECN or
 * SELECTOR; PKT_OK fills `out`, and the inner ECN field is as RFC 6040 wants it. */
enum pkt_verdict esp_decap_finish(const struct esp_decap *d, uint8_t *esp, uint32_t cipher_bytes,
    uint8_t outer_tos, struct esp_decap_result *out);
