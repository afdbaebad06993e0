/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Validation of an IPv4 header (RFC 791 section 3.1, RFC 1812 section 5.2.2). Does not look at
 * options, addresses or fragments: that is policy. */
#include "dataplane/pkt/ip4_hdr.h"

enum pkt_verdict ip4_check_lengths(const uint8_t *ip, size_t bytes, struct ip4_info *info)
{
	unsigned header_bytes;

	if (bytes < IP4_HEADER_BYTES)
		return PKT_DROP_SHORT;
	header_bytes = (ip[IP4_OFFSET_VERSION] & 0x0f) * 4u;
	if (IP_VERSION(ip) != 4 || header_bytes < IP4_HEADER_BYTES)
		return PKT_DROP_HEADER;
	info->total_bytes = get_be16(ip + IP4_OFFSET_TOTAL);
	if (info->total_bytes < header_bytes)
		return PKT_DROP_HEADER;
	if (info->total_bytes > bytes)
		return PKT_DROP_SHORT;
	info->header_bytes = (uint8_t)header_bytes;
	info->tos = ip[IP4_OFFSET_TOS];
	info->flags_offset = get_be16(ip + IP4_OFFSET_FRAG);
	info->ttl = ip[IP4_OFFSET_TTL];
	info->protocol = ip[IP4_OFFSET_PROTOCOL];
	info->source = ip4_source(ip);
	info->destination = ip4_destination(ip);
	return PKT_OK;
}

/* True for a header without options whose checksum is right: ten words at once. */
static bool plain_checksum_is_right(const uint8_t *ip)
{
	uint32_t word[5];

	memcpy(word, ip, sizeof(word));
	return checksum_fold((uint64_t)word[0] + word[1] + word[2] + word[3] + word[4]) == 0xffff;
}

enum pkt_verdict ip4_check(const uint8_t *ip, size_t bytes, struct ip4_info *info)
{
	enum pkt_verdict verdict = ip4_check_lengths(ip, bytes, info);

	if (verdict != PKT_OK)
		return verdict;
	if (info->header_bytes == IP4_HEADER_BYTES)
		return plain_checksum_is_right(ip) ? PKT_OK : PKT_DROP_CHECKSUM;
	return checksum(ip, info->header_bytes) == 0 ? PKT_OK : PKT_DROP_CHECKSUM;
}
