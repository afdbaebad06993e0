/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Building the header template of an outbound SA; what is done per packet is inline in the header.
 *
 * Outer Time to Live, Don't Fragment and DSCP as RFC 4301 section 5.1.2 has them; the UDP checksum
 * is zero over IPv4 (RFC 3948 section 2.1). */
#include "dataplane/pkt/esp_encap.h"

#include <errno.h>

#define DEFAULT_TTL 64
#define DSCP_MASK   0xfc

_Static_assert(
    ESP_ENCAP_LINK_BYTES_MAX + IP6_HEADER_BYTES + UDP_HEADER_BYTES + ESP_ENCAP_ESP_BYTES <=
	ESP_ENCAP_TEMPLATE_BYTES,
    "room for all headers");

static bool sizes_are_known(const struct esp_encap_params *p)
{
	bool power_of_two = p->block_bytes && !(p->block_bytes & (p->block_bytes - 1));

	return (p->iv_bytes == 16 || p->iv_bytes == 8) && power_of_two && p->block_bytes >= 4 &&
	       p->block_bytes <= 16 && p->icv_bytes <= 32;
}

static void build_ip4(struct esp_encap *t, uint8_t *ip, const struct esp_encap_params *p)
{
	ip[IP4_OFFSET_VERSION] = 0x45;
	ip[IP4_OFFSET_TTL] = p->ttl ? p->ttl : DEFAULT_TTL;
	ip[IP4_OFFSET_PROTOCOL] = p->udp ? IP_PROTO_UDP : IP_PROTO_ESP;
	memcpy(ip + IP4_OFFSET_SOURCE, p->outer_local.bytes, 4);
	memcpy(ip + IP4_OFFSET_DEST, p->outer_remote.bytes, 4);
	put_be16(ip + IP4_OFFSET_FRAG, p->df == ESP_DF_SET ? IP4_FLAG_DF : 0);
	t->checksum_base = checksum_fold(checksum_add(0, ip, IP4_HEADER_BYTES));
	t->outer4 = (uint64_t)get_be32(ip) << 32 | get_be32(ip + IP4_OFFSET_ID);
	t->df_from_inner = p->df == ESP_DF_COPY ? IP4_FLAG_DF : 0;
}

static void build_ip6(uint8_t *ip, const struct esp_encap_params *p)
{
	ip[0] = 0x60;
	ip[IP6_OFFSET_NEXT] = p->udp ? IP_PROTO_UDP : IP_PROTO_ESP;
	ip[IP6_OFFSET_HOP_LIMIT] = p->ttl ? p->ttl : DEFAULT_TTL;
	memcpy(ip + IP6_OFFSET_SOURCE, p->outer_local.bytes, 16);
	memcpy(ip + IP6_OFFSET_DEST, p->outer_remote.bytes, 16);
}

int esp_encap_init(struct esp_encap *t, const struct esp_encap_params *p)
{
	uint8_t family = p->outer_local.family;
	uint8_t *outer, *udp;

	memset(t, 0, sizeof(*t));
	if ((family != IP_FAMILY_V4 && family != IP_FAMILY_V6) ||
	    family != p->outer_remote.family || p->df > ESP_DF_CLEAR || !sizes_are_known(p) ||
	    p->link_bytes > ESP_ENCAP_LINK_BYTES_MAX)
		return -EINVAL;
	t->outer_family = family;
	t->ip_bytes = family == IP_FAMILY_V4 ? IP4_HEADER_BYTES : IP6_HEADER_BYTES;
	t->udp_bytes = p->udp ? UDP_HEADER_BYTES : 0;
	t->link_bytes = p->link_bytes;
	t->iv_bytes = p->iv_bytes;
	t->block_bytes = p->block_bytes;
	t->icv_bytes = p->icv_bytes;
	t->head_bytes = (uint8_t)(t->ip_bytes + t->udp_bytes + ESP_ENCAP_ESP_BYTES + p->iv_bytes);
	t->plain = family == IP_FAMILY_V4 &&
		   p->link_bytes + t->head_bytes - p->iv_bytes <= ESP_ENCAP_SHORT_BYTES;
	t->tos_mask = (p->dscp_copy ? DSCP_MASK : 0) | (p->ecn_copy ? ECN_MASK : 0);
	t->id_base = (uint16_t)(p->spi ^ p->spi >> 16);

	outer = t->header + sizeof(t->header) - ESP_ENCAP_ESP_BYTES - t->udp_bytes - t->ip_bytes;
	if (family == IP_FAMILY_V4)
		build_ip4(t, outer, p);
	else
		build_ip6(outer, p);
	udp = outer + t->ip_bytes;
	if (p->udp) {
		put_be16(udp, p->udp_local);
		put_be16(udp + 2, p->udp_remote);
		t->udp_checksum = family == IP_FAMILY_V6;
	}
	put_be32(udp + t->udp_bytes, p->spi);
	if (p->link_bytes)
		memcpy(outer - p->link_bytes, p->link, p->link_bytes);
	return 0;
}

void esp_encap_udp6_checksum(uint8_t *outer)
{
	uint8_t *udp = outer + IP6_HEADER_BYTES;
	uint32_t udp_bytes = get_be16(udp + 4);
	uint64_t sum = checksum_pseudo(
	    outer + IP6_OFFSET_SOURCE, outer + IP6_OFFSET_DEST, 16, IP_PROTO_UDP, udp_bytes);
	uint16_t field;

	put_be16(udp + 6, 0);
	field = (uint16_t)~checksum_fold(checksum_add(sum, udp, udp_bytes));
	put_be16(udp + 6, field ? field : 0xffff);
}
