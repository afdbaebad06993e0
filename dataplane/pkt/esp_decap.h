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

/* What of an ESP packet is not ciphertext: header, IV and ICV. */
static inline uint16_t esp_decap_around(const struct esp_decap *d)
{
	return (uint16_t)(ESP_DECAP_ESP_BYTES + d->iv_bytes + d->icv_bytes);
}

/* Before the crypto. `bytes`: from the ESP header to the end of the ICV. SHORT or ALIGN. */
static inline enum pkt_verdict esp_decap_check(
    const struct esp_decap *d, size_t bytes, uint32_t *cipher_bytes)
{
	size_t around = esp_decap_around(d);

	if (bytes < around + d->block_bytes)
		return PKT_DROP_SHORT;
	*cipher_bytes = (uint32_t)(bytes - around);
	return *cipher_bytes & (d->block_bytes - 1u) ? PKT_DROP_ALIGN : PKT_OK;
}

/* Where the inner packet begins. */
static inline uint8_t *esp_decap_inner(const struct esp_decap *d, uint8_t *esp)
{
	return esp + ESP_DECAP_ESP_BYTES + d->iv_bytes;
}

/* After the crypto, of a packet whose ICV was right and whose sequence number is committed.
 * `outer_tos`: TOS byte or traffic class of the outer header, of which
 * the DSCP is discarded. PAD, PROTO, DUMMY, INNER, ECN or
 * SELECTOR; PKT_OK fills `out`, and the inner ECN field is as RFC 6040 wants it. */
enum pkt_verdict esp_decap_finish(const struct esp_decap *d, uint8_t *esp, uint32_t cipher_bytes,
    uint8_t outer_tos, struct esp_decap_result *out);

/* Bytes 1, 2, 3 and so on (RFC 4303 section 2.4), for up to 16 of them, which is what a sender
 * without traffic flow confidentiality makes. `end` is one past the last; in front of it lie at
 * least an ESP header and an IV, so 16 bytes may be read whatever pad_bytes is. */
static inline bool esp_padding_is_right(const uint8_t *end, unsigned pad_bytes)
{
	static const uint8_t expected[32] = {
	    [16] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	static const uint8_t mask[32] = {[16 ... 31] = 0xff};
	uint64_t got[2], want[2], care[2];

	memcpy(got, end - 16, 16);
	memcpy(want, expected + pad_bytes, 16);
	memcpy(care, mask + pad_bytes, 16);
	return (((got[0] ^ want[0]) & care[0]) | ((got[1] ^ want[1]) & care[1])) == 0;
}

/* The same for what nearly every packet is: IPv4 without options, up to 16 bytes of padding, an
 * outer ECN field that says nothing or nothing new, within the selectors. The length of the inner
 * packet, which stands at esp_decap_inner(); 0: esp_decap_finish() is to say what it is. */
static inline uint32_t esp_decap_plain(
    const struct esp_decap *d, const uint8_t *inner, uint32_t cipher_bytes, uint8_t outer_tos)
{
	unsigned pad_bytes = inner[cipher_bytes - 2],
		 total_bytes = get_be16(inner + IP4_OFFSET_TOTAL);

	if (inner[cipher_bytes - 1] != IP_PROTO_IPV4 || pad_bytes > 16 ||
	    pad_bytes + 2 + total_bytes > cipher_bytes || total_bytes < IP4_HEADER_BYTES ||
	    inner[0] != 0x45 ||
	    ((outer_tos & ECN_MASK) && ((outer_tos ^ inner[IP4_OFFSET_TOS]) & ECN_MASK)) ||
	    !esp_padding_is_right(inner + cipher_bytes - 2, pad_bytes) ||
	    !selector_match4(&d->selector, inner))
		return 0;
	return total_bytes;
}
