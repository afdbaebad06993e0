/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a datagram on UDP 4500 is (RFC 3948 section 2). Its checksum is not looked at: RFC 3948 asks
 * not to depend on it, and ESP authenticates what matters. */
#pragma once

#include <stddef.h>
#include <stdint.h>

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
enum pkt_verdict udp_encap_classify(const uint8_t *udp, size_t bytes, struct udp_encap *out);
