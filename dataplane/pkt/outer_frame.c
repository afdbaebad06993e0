/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reading frames as RFC 894, RFC 791, RFC 8200 and RFC 3948 lay them out. IPv6 extension headers
 * are not followed: ESP is not sent behind any. */
#include "dataplane/pkt/outer_frame.h"

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/udp_encap.h"

#define ETHER_OFFSET     12
#define ETHER_IP4        0x0800
#define ETHER_IP6        0x86dd
#define ETHER_VLAN       0x8100
#define ETHER_QINQ       0x88a8
#define VLAN_BYTES       4
#define VLANS_MAX        2
#define ESP_HEAD_BYTES   8
#define FRAG_OFFSET_MASK 0x1fff

/* Where the IP header begins, 0 = there is none. */
static uint32_t find_ip(const uint8_t *frame, uint32_t bytes)
{
	uint32_t at = ETHER_OFFSET;

	for (unsigned i = 0; i <= VLANS_MAX && at + 2 <= bytes; i++, at += VLAN_BYTES) {
		uint16_t type = get_be16(frame + at);

		if (type == ETHER_IP4 || type == ETHER_IP6)
			return at + 2;
		if (type != ETHER_VLAN && type != ETHER_QINQ)
			return 0;
	}
	return 0;
}

static void read_esp(const uint8_t *upper, uint32_t bytes, struct outer_frame *out)
{
	if (bytes < ESP_HEAD_BYTES || get_be32(upper) == 0)
		return;
	out->esp = true;
	out->spi = get_be32(upper);
	out->sequence = get_be32(upper + 4);
}

static void read_upper(
    const uint8_t *upper, uint32_t bytes, uint8_t protocol, struct outer_frame *out)
{
	if (protocol == IP_PROTO_ESP)
		read_esp(upper, bytes, out);
	else if (protocol == IP_PROTO_UDP && bytes > UDP_HEADER_BYTES &&
		 (get_be16(upper) == UDP_PORT_IKE_NAT_T ||
		     get_be16(upper + 2) == UDP_PORT_IKE_NAT_T))
		read_esp(upper + UDP_HEADER_BYTES, bytes - UDP_HEADER_BYTES, out);
}

static bool read_ip4(const uint8_t *ip, uint32_t bytes, struct outer_frame *out)
{
	uint32_t header;

	if (bytes < IP4_HEADER_BYTES)
		return false;
	header = (ip[0] & 0x0fu) * 4;
	if (header < IP4_HEADER_BYTES || header > bytes)
		return false;
	out->family = 4;
	out->source = ip + IP4_OFFSET_SOURCE;
	out->destination = ip + IP4_OFFSET_DEST;
	if (!(get_be16(ip + IP4_OFFSET_FRAG) & FRAG_OFFSET_MASK))
		read_upper(ip + header, bytes - header, ip[IP4_OFFSET_PROTOCOL], out);
	return true;
}

static bool read_ip6(const uint8_t *ip, uint32_t bytes, struct outer_frame *out)
{
	if (bytes < IP6_HEADER_BYTES)
		return false;
	out->family = 6;
	out->source = ip + IP6_OFFSET_SOURCE;
	out->destination = ip + IP6_OFFSET_DEST;
	read_upper(ip + IP6_HEADER_BYTES, bytes - IP6_HEADER_BYTES, ip[IP6_OFFSET_NEXT], out);
	return true;
}

bool outer_frame_read(const uint8_t *frame, uint32_t bytes, struct outer_frame *out)
{
	uint32_t at = find_ip(frame, bytes);

	*out = (struct outer_frame){0};
	if (!at || at >= bytes)
		return false;
	switch (IP_VERSION(frame + at)) {
	case 4: return read_ip4(frame + at, bytes - at, out);
	case 6: return read_ip6(frame + at, bytes - at, out);
	default: return false;
	}
}
