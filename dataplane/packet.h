/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the dataplane knows of a packet, beside its bytes: the private area of its mbuf.
 *
 * An mbuf holds the whole frame or packet in one segment. Which layer data_off points at is said by
 * the function that hands the packet over. */
#pragma once

#include <rte_mbuf.h>
#include <stdint.h>
#include <string.h>

#include "common/ip.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"

struct sa;

enum origin {
	ORIGIN_PORT, /* a frame received by `port` */
	ORIGIN_TAP,  /* a frame from the twin of `port`, to be sent by it as it is */
	ORIGIN_TUN, /* a packet from the twin of `tunnel`: the kernel decided and counted its hop */
	ORIGIN_TUNNEL, /* a packet that came out of `tunnel` */
};

struct packet_meta {
	uint8_t origin;        /* enum origin */
	uint8_t port;          /* index of the port: received by, or to be sent by */
	uint8_t l2_bytes;      /* of a frame: bytes before the IP header */
	uint8_t family;        /* of the IP packet: 4, 6 */
	uint8_t outer_tos;     /* of an ESP packet's outer header, for ECN */
	uint8_t punt_class;    /* enum punt_class, of a packet on its way to the kernel */
	uint16_t ip_bytes;     /* of the IP packet, without padding of the frame */
	uint16_t esp_offset;   /* from the outer IP header to the ESP header */
	uint16_t esp_bytes;    /* from the ESP header to the end of the ICV */
	uint16_t peer_port_be; /* source port of UDP encapsulation, 0 without */
	uint8_t handover;      /* enum handover_kind, between workers */
	uint8_t udp6;          /* 1: an outer UDP checksum is to be made when it is encrypted */
	uint8_t fan;           /* enum fan_state */
	uint32_t tunnel;       /* slot: the one it came from; of a peer's IKE a hash (punt.c) */
	uint32_t addr4;        /* destination in host order, IPv4 */
	uint64_t instance;     /* of that tunnel: the slot may have changed hands since; in a fan's
				  queue of the SA */
	uint64_t sequence;     /* of ESP, whole */
	struct sa *sa; /* NULL in a fan's queue; valid while the snapshot is that the packet was
			  taken up under */
};

static inline struct packet_meta *packet_meta(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

/* Where a packet says it comes from: data at its IP header, `family` in the meta data. */
static inline struct ip_addr packet_source(struct rte_mbuf *m)
{
	const uint8_t *ip = rte_pktmbuf_mtod(m, const uint8_t *);
	struct ip_addr source = {.family = packet_meta(m)->family};

	if (source.family == IP_FAMILY_V4)
		memcpy(source.bytes, ip + IP4_OFFSET_SOURCE, 4);
	else
		memcpy(source.bytes, ip + IP6_OFFSET_SOURCE, 16);
	return source;
}
