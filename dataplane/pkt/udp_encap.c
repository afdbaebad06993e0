/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Telling ESP, IKE and keepalives on UDP 4500 apart (RFC 3948 sections 2.1 to 2.3): a first word of
 * zero is the non-ESP marker, since no SPI is 0. */
#include "dataplane/pkt/udp_encap.h"

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/ip_proto.h"

#define KEEPALIVE_BYTE 0xff

enum pkt_verdict udp_encap_classify(const uint8_t *udp, size_t bytes, struct udp_encap *out)
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
