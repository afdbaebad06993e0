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
	uint64_t outer4; /* first 8 bytes of the outer IPv4 header as a number, the fields of the
			    packet zero, DF as it is when it does not depend on the inner one */
	uint32_t checksum_base; /* sum of the constant words of the outer IPv4 header */
	uint16_t df_from_inner; /* IP4_FLAG_DF when the inner bit is copied, else 0 */
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
	bool plain;        /* IPv4 outside, headers no longer than ESP_ENCAP_SHORT_BYTES */
	bool udp_checksum; /* IPv6 outside: esp_encap_udp6_checksum() after encryption */
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

/* The same for a template that is `plain` and an IPv4 packet inside: nothing is left to decide. */
static inline struct esp_encap_result esp_encap_plain(const struct esp_encap *t, uint8_t *inner,
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

/* Fields at their places in the first 8 bytes of an IPv4 header, which are stored at once. */
static inline void esp_encap_outer4(const struct esp_encap *t, uint8_t *outer, uint32_t outer_bytes,
    uint8_t tos, uint16_t inner_df, uint64_t sequence)
{
	uint32_t id = esp_encap_id(t, sequence), df = inner_df & t->df_from_inner;
	uint32_t sum = t->checksum_base + tos + outer_bytes + id + df;

	put_be64(outer,
	    t->outer4 + ((uint64_t)tos << 48) + ((uint64_t)outer_bytes << 32) + (id << 16) + df);
	put_be16(outer + IP4_OFFSET_CHECKSUM, (uint16_t)~checksum_fold32(sum));
}

/* The IV of AES-GCM is the sequence number. */
static inline void esp_encap_iv(
    const struct esp_encap *t, uint8_t *iv_start, uint64_t sequence, const uint8_t *iv)
{
	if (t->iv_bytes == ESP_ENCAP_IV_BYTES)
		memcpy(iv_start, iv, ESP_ENCAP_IV_BYTES);
	else
		put_be64(iv_start, sequence);
}

/* Padding is written 16 bytes at a time, of which the trailer takes its place. */
static inline void esp_encap_trailer(
    uint8_t *inner, uint32_t inner_bytes, uint32_t cipher_bytes, uint8_t next_header)
{
	static const uint8_t padding[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

	memcpy(inner + inner_bytes, padding, sizeof(padding));
	put_be16(inner + cipher_bytes - 2,
	    (uint16_t)((cipher_bytes - inner_bytes - 2) << 8 | next_header));
}

/* `plain` is a constant where this is called: one form is all branches, the other has none. */
static inline __attribute__((always_inline)) struct esp_encap_result esp_encap_form(
    const struct esp_encap *t, uint8_t *inner, uint32_t inner_bytes, uint64_t sequence,
    const uint8_t *iv, bool plain)
{
	uint32_t cipher_bytes = overhead_cipher_bytes(inner_bytes, t->block_bytes);
	struct esp_encap_result result = {
	    cipher_bytes, t->head_bytes + cipher_bytes + t->icv_bytes};
	uint8_t *iv_start = inner - t->iv_bytes, *outer = inner - t->head_bytes;
	bool inner4 = plain || IP_VERSION(inner) == 4, outer4 = plain || t->outer_family == 4;
	uint8_t inner_tos = inner4 ? inner[IP4_OFFSET_TOS] : ip6_traffic_class(inner);
	uint16_t inner_df = inner4 ? get_be16(inner + IP4_OFFSET_FRAG) : IP4_FLAG_DF;

	if (!plain)
		memcpy(iv_start - ESP_ENCAP_TEMPLATE_BYTES, t->header,
		    ESP_ENCAP_TEMPLATE_BYTES - ESP_ENCAP_SHORT_BYTES);
	memcpy(iv_start - ESP_ENCAP_SHORT_BYTES,
	    t->header + ESP_ENCAP_TEMPLATE_BYTES - ESP_ENCAP_SHORT_BYTES, ESP_ENCAP_SHORT_BYTES);
	put_be32(iv_start - 4, (uint32_t)sequence);
	esp_encap_iv(t, iv_start, sequence, iv);
	esp_encap_trailer(inner, inner_bytes, cipher_bytes, inner4 ? IP_PROTO_IPV4 : IP_PROTO_IPV6);
	if (outer4) {
		esp_encap_outer4(
		    t, outer, result.outer_bytes, inner_tos & t->tos_mask, inner_df, sequence);
	} else {
		ip6_set_traffic_class(outer, inner_tos & t->tos_mask);
		put_be16(outer + IP6_OFFSET_PAYLOAD, (uint16_t)(result.outer_bytes - t->ip_bytes));
	}
	if (t->udp_bytes)
		put_be16(outer + t->ip_bytes + 4, (uint16_t)(result.outer_bytes - t->ip_bytes));
	return result;
}

static inline struct esp_encap_result esp_encap(const struct esp_encap *t, uint8_t *inner,
    uint32_t inner_bytes, uint64_t sequence, const uint8_t iv[ESP_ENCAP_IV_BYTES])
{
	return esp_encap_form(t, inner, inner_bytes, sequence, iv, false);
}

static inline struct esp_encap_result esp_encap_plain(const struct esp_encap *t, uint8_t *inner,
    uint32_t inner_bytes, uint64_t sequence, const uint8_t iv[ESP_ENCAP_IV_BYTES])
{
	return esp_encap_form(t, inner, inner_bytes, sequence, iv, true);
}
