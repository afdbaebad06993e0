/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From an inner packet to an ESP packet ready for encryption: outer IP, UDP 4500 if wanted, ESP
 * header, IV, padding (RFC 4303 section 3.3, RFC 3948, RFC 4301 section 5.1.2, RFC 6040
 * section 4.1).
 *
 * All that is the same for every packet of an SA and its path is built once, as a template, the
 * link header in front; a packet costs one copy of constant size and a few patches. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/ip.h"
#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/checksum.h"
#include "dataplane/pkt/ip4_hdr.h"
#include "dataplane/pkt/ip6_hdr.h"
#include "dataplane/pkt/overhead.h"

/* The template's end meets the IV, and is copied in one of two constant sizes: so much in front of
 * the inner packet is written over, whatever the headers measure. The short one holds Ethernet,
 * IPv4, UDP and ESP; a cache line less is touched for each packet. */
#define ESP_ENCAP_TEMPLATE_BYTES 96
#define ESP_ENCAP_SHORT_BYTES    64
#define ESP_ENCAP_LINK_BYTES_MAX 32
#define ESP_ENCAP_ESP_BYTES      8 /* SPI and sequence number */
#define ESP_ENCAP_IV_BYTES       16
#define ESP_ENCAP_HEADROOM       (ESP_ENCAP_TEMPLATE_BYTES + ESP_ENCAP_IV_BYTES)
/* Padding is written 16 bytes at a time; pad, trailer and ICV need this much behind the packet. */
#define ESP_ENCAP_TAILROOM 64

#define ESP_DF_COPY  0 /* as CFG_DF_* */
#define ESP_DF_SET   1
#define ESP_DF_CLEAR 2

struct esp_encap_params {
	struct ip_addr outer_local, outer_remote; /* of one family */
	uint32_t spi;                             /* host order */
	bool udp;
	uint16_t udp_local, udp_remote; /* host order */
	uint8_t iv_bytes;               /* 16; 8: the IV is the sequence number (AES-GCM) */
	uint8_t block_bytes;
	uint8_t icv_bytes;
	uint8_t df;     /* ESP_DF_*; IPv6 inside counts as DF set under ESP_DF_COPY */
	bool dscp_copy; /* the inner DSCP shows outside (RFC 2983); else 0 */
	/* The inner ECN field shows outside: "normal mode" of RFC 6040. False is the compatibility
	 * mode, right where the peer may not know ECN in tunnels: SAs made by IKEv1. */
	bool ecn_copy;
	uint8_t ttl; /* of the outer header; 0 = 64 */
	/* What stands in front of the outer IP header; borrowed. 0 bytes: nothing. */
	const uint8_t *link;
	uint8_t link_bytes;
};

struct esp_encap {
	_Alignas(64)
	    uint8_t header[ESP_ENCAP_TEMPLATE_BYTES]; /* right-aligned: ends with the ESP header */
	uint64_t iv_sequence_mask;                    /* all ones: the IV is the sequence number */
	uint32_t checksum_base; /* of the constant words of the outer IPv4 header */
	uint16_t df_from_inner; /* IP4_FLAG_DF when the inner bit is copied, else 0 */
	uint16_t df_fixed;      /* IP4_FLAG_DF when always set */
	uint16_t id_base;
	uint8_t tos_mask;   /* bits of the inner TOS byte that show outside */
	uint8_t head_bytes; /* outer IP to the IV inclusive: bytes in front of the inner packet */
	uint8_t link_bytes; /* and of the link header in front of those */
	uint8_t ip_bytes;   /* 20, 40 */
	uint8_t udp_bytes;  /* 0, 8 */
	uint8_t iv_bytes;
	uint8_t block_bytes;
	uint8_t icv_bytes;
	uint8_t outer_family;
	bool long_template; /* the headers are longer than ESP_ENCAP_SHORT_BYTES */
	bool udp_checksum;  /* IPv6 outside: esp_encap_udp6_checksum() after encryption */
};

/* What became of the packet. The outer packet begins head_bytes in front of the inner one, the link
 * header link_bytes in front of that. */
struct esp_encap_result {
	uint32_t cipher_bytes; /* from the inner packet's first byte on */
	uint32_t outer_bytes;  /* the whole outer IP packet with the ICV */
};

/* -EINVAL: families differ or are none, the sizes are of no algorithm, or the link header is too
 * long. */
int esp_encap_init(struct esp_encap *t, const struct esp_encap_params *params);

/* Encapsulates the `inner_bytes` bytes at `inner`, an IPv4 or IPv6 packet that was checked, of the
 * size that overhead_inner_mtu() allows. In front of it are ESP_ENCAP_HEADROOM writable bytes,
 * behind it ESP_ENCAP_TAILROOM. `sequence` was reserved for this packet alone. `iv`: 16
 * unpredictable bytes, of which AES-GCM uses none. */
static inline struct esp_encap_result esp_encap(const struct esp_encap *t, uint8_t *inner,
    uint32_t inner_bytes, uint64_t sequence, const uint8_t iv[ESP_ENCAP_IV_BYTES]);

/* The UDP checksum of a finished packet over IPv6, where zero is not allowed (RFC 8200
 * section 8.1). `outer` is the outer IPv6 header. */
void esp_encap_udp6_checksum(uint8_t *outer);

/* ---- the per-packet part, inline ------------------------------------------------------------- */

/* An identification that is never 0 and differs within 65,535 packets of an SA (RFC 6864). */
static inline uint16_t esp_encap_id(const struct esp_encap *t, uint64_t sequence)
{
	return (uint16_t)((sequence + t->id_base) % 65535 + 1);
}

static inline void esp_encap_outer4(const struct esp_encap *t, uint8_t *outer, uint32_t outer_bytes,
    uint8_t tos, uint16_t inner_df, uint64_t sequence)
{
	uint16_t id = esp_encap_id(t, sequence);
	uint16_t flags = t->df_fixed | (inner_df & t->df_from_inner);

	outer[IP4_OFFSET_TOS] = tos;
	put_be16(outer + IP4_OFFSET_TOTAL, (uint16_t)outer_bytes);
	put_be16(outer + IP4_OFFSET_ID, id);
	put_be16(outer + IP4_OFFSET_FRAG, flags);
	put_be16(outer + IP4_OFFSET_CHECKSUM,
	    (uint16_t)~checksum_fold32(t->checksum_base + tos + outer_bytes + id + flags));
}

static inline struct esp_encap_result esp_encap(const struct esp_encap *t, uint8_t *inner,
    uint32_t inner_bytes, uint64_t sequence, const uint8_t iv[ESP_ENCAP_IV_BYTES])
{
	uint32_t cipher_bytes = overhead_cipher_bytes(inner_bytes, t->block_bytes);
	uint32_t pad_bytes = cipher_bytes - inner_bytes - 2;
	struct esp_encap_result result = {
	    cipher_bytes, t->head_bytes + cipher_bytes + t->icv_bytes};
	static const uint8_t padding[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	uint8_t *iv_start = inner - t->iv_bytes;
	uint8_t *outer = inner - t->head_bytes;
	bool inner4 = IP_VERSION(inner) == 4;
	uint8_t inner_tos = inner4 ? inner[IP4_OFFSET_TOS] : ip6_traffic_class(inner);
	uint16_t inner_df = inner4 ? get_be16(inner + IP4_OFFSET_FRAG) : IP4_FLAG_DF;
	uint8_t tos = inner_tos & t->tos_mask;
	uint64_t word[2];

	if (t->long_template)
		memcpy(iv_start - ESP_ENCAP_TEMPLATE_BYTES, t->header,
		    ESP_ENCAP_TEMPLATE_BYTES - ESP_ENCAP_SHORT_BYTES);
	memcpy(iv_start - ESP_ENCAP_SHORT_BYTES,
	    t->header + ESP_ENCAP_TEMPLATE_BYTES - ESP_ENCAP_SHORT_BYTES, ESP_ENCAP_SHORT_BYTES);
	put_be32(iv_start - 4, (uint32_t)sequence);

	/* An IV of 8 bytes is stored twice at one place, so that there is nothing to decide. */
	memcpy(word, iv, sizeof(word));
	word[0] =
	    (word[0] & ~t->iv_sequence_mask) | (__builtin_bswap64(sequence) & t->iv_sequence_mask);
	word[1] = (word[1] & ~t->iv_sequence_mask) | (word[0] & t->iv_sequence_mask);
	memcpy(iv_start, &word[0], 8);
	memcpy(inner - 8, &word[1], 8);

	memcpy(inner + inner_bytes, padding, sizeof(padding));
	inner[cipher_bytes - 2] = (uint8_t)pad_bytes;
	inner[cipher_bytes - 1] = inner4 ? IP_PROTO_IPV4 : IP_PROTO_IPV6;

	if (t->outer_family == 4) {
		esp_encap_outer4(t, outer, result.outer_bytes, tos, inner_df, sequence);
	} else {
		ip6_set_traffic_class(outer, tos);
		put_be16(outer + IP6_OFFSET_PAYLOAD, (uint16_t)(result.outer_bytes - t->ip_bytes));
	}
	if (t->udp_bytes)
		put_be16(outer + t->ip_bytes + 4, (uint16_t)(result.outer_bytes - t->ip_bytes));
	return result;
}
