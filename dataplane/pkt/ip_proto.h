/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Protocol numbers and header sizes of the packets the gateway handles (IANA). */
#pragma once

#define IP_PROTO_HOPOPTS  0
#define IP_PROTO_ICMP     1
#define IP_PROTO_IPV4     4
#define IP_PROTO_TCP      6
#define IP_PROTO_UDP      17
#define IP_PROTO_IPV6     41
#define IP_PROTO_ROUTING  43
#define IP_PROTO_FRAGMENT 44
#define IP_PROTO_ESP      50
#define IP_PROTO_AH       51
#define IP_PROTO_ICMPV6   58
#define IP_PROTO_NONE     59 /* in ESP: a dummy packet */
#define IP_PROTO_DSTOPTS  60

#define IP4_HEADER_BYTES     20 /* without options */
#define IP4_HEADER_BYTES_MAX 60
#define IP6_HEADER_BYTES     40
#define UDP_HEADER_BYTES     8
#define TCP_HEADER_BYTES     20 /* without options */

#define IP_PACKET_BYTES_MAX 65535

/* Version nibble of an IP packet of at least one byte. */
#define IP_VERSION(p) ((p)[0] >> 4)

/* ECN field, the low two bits of the TOS byte and of the traffic class (RFC 3168). */
#define ECN_MASK    0x03
#define ECN_NOT_ECT 0
#define ECN_ECT1    1
#define ECN_ECT0    2
#define ECN_CE      3
