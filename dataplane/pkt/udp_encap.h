/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a datagram on UDP 4500 is (RFC 3948 section 2). Its checksum is not looked at: RFC 3948 asks
 * not to depend on it, and ESP authenticates what matters. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/ip_proto.h"
#include "dataplane/pkt/verdict.h"

#define UDP_PORT_IKE       500
#define UDP_PORT_IKE_NAT_T 4500
#define IKE_HEADER_BYTES   28
#define NON_ESP_MARKER     4

enum udp_encap_kind { UDP_ENCAP_ESP, UDP_ENCAP_IKE };

struct udp_encap {
	enum udp_encap_kind kind;
	uint32_t
	    payload_bytes; /* behind the UDP header: the ESP packet, or marker and IKE message */
};

/* `udp` points at a UDP header with `bytes` bytes of the IP packet from there on. PKT_OK fills
 * `out`; KEEPALIVE: a single 0xff; SHORT: 0 to 3 bytes, or less than the header says; IKE_SHORT:
 * marker without an IKE header behind it; HEADER: the UDP length is below 8. */
static inline enum pkt_verdict udp_encap_classify(
    const uint8_t *udp, size_t bytes, struct udp_encap *out);

#define KEEPALIVE_BYTE 0xff

static inline enum pkt_verdict udp_encap_classify(
    const uint8_t *udp, size_t bytes, struct udp_encap *out)
{
	const uint8_t *payload = udp + UDP_HEADER_BYTES;
	uint32_t udp_bytes, payload_bytes;

	if (bytes < UDP_HEADER_BYTES)
		return PKT_DROP_SHORT;
	udp_bytes = get_be16(udp + 4);
	if (udp_bytes < UDP_HEADER_BYTES)
		return PKT_DROP_HEADER;
	if (udp_bytes > bytes)
		return PKT_DROP_SHORT;
	payload_bytes = udp_bytes - UDP_HEADER_BYTES;
	if (payload_bytes == 1 && payload[0] == KEEPALIVE_BYTE)
		return PKT_DROP_KEEPALIVE;
	if (payload_bytes < NON_ESP_MARKER)
		return PKT_DROP_SHORT;
	out->payload_bytes = payload_bytes;
	if (get_be32(payload) != 0) {
		out->kind = UDP_ENCAP_ESP;
		return PKT_OK;
	}
	if (payload_bytes < NON_ESP_MARKER + IKE_HEADER_BYTES)
		return PKT_DROP_IKE_SHORT;
	out->kind = UDP_ENCAP_IKE;
	return PKT_OK;
}
