/* SPDX-License-Identifier: BSD-3-Clause
 *
 * ICMP errors that come back for our outer packets (RFC 792, RFC 4443, RFC 1191, RFC 8201). Rate
 * limits are the caller's. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "dataplane/pkt/ip_proto.h"

#define ICMP4_UNREACHABLE 3
#define ICMP4_NEED_FRAG   4 /* code */
#define ICMP6_TOO_BIG     2

/* What an ICMP "too big" says about a packet of ours. */
struct icmp_too_big {
	struct ip_addr source, destination;   /* of the quoted packet */
	uint32_t mtu;                         /* as reported; 0 from routers older than RFC 1191 */
	uint32_t spi;                         /* host order, of the quoted ESP header */
	uint16_t udp_source, udp_destination; /* host order; 0 when the quote is plain ESP */
};

/* Reads an ICMP packet (`ip`: IPv4 or IPv6, ip4_check() or ip6_check() has passed): true when it is
 * a right-sized "fragmentation needed" or "packet too big" with right checksum that quotes ESP,
 * plain or in UDP 4500, as far as the SPI. Without the SPI there is no proof that the reporter saw
 * a packet of ours. The caller compares addresses and SPI with its outbound SA. */
bool icmp_read_too_big(const uint8_t *ip, size_t bytes, struct icmp_too_big *out);

/* The outer MTU to believe: `reported`, or for 0 the next plateau below `current` (RFC 1191 section
 * 7.1), not below 576 (IPv4) or 1280 (IPv6) and never above `current`. */
uint32_t icmp_believable_mtu(uint32_t reported, uint32_t current, uint8_t outer_family);
