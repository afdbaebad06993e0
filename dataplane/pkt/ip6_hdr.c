/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Validation of an IPv6 header and the walk along its extension headers (RFC 8200 sections 3 and 4,
 * RFC 4302 section 2.2 for AH). Does not read options and does not act on routing headers. */
#include "dataplane/pkt/ip6_hdr.h"

#include "common/buf.h"

#define IP6_FRAGMENT_OFFSET_MASK 0xfff8
#define IP6_FRAGMENT_MORE        1

enum pkt_verdict ip6_check(const uint8_t *ip, size_t bytes, struct ip6_info *info)
{
	if (bytes < IP6_HEADER_BYTES)
		return PKT_DROP_SHORT;
	if (IP_VERSION(ip) != 6)
		return PKT_DROP_HEADER;
	info->total_bytes = IP6_HEADER_BYTES + get_be16(ip + IP6_OFFSET_PAYLOAD);
	if (info->total_bytes > bytes)
		return PKT_DROP_SHORT;
	info->traffic_class = ip6_traffic_class(ip);
	info->next_header = ip[IP6_OFFSET_NEXT];
	info->hop_limit = ip[IP6_OFFSET_HOP_LIMIT];
	return PKT_OK;
}

/* Moves past one extension header of type *next and puts what follows in *next; false when *next is
 * no extension header. A short one sets the cursor's error. */
static bool skip_extension(struct rd *r, uint8_t *next, struct ip6_upper *upper)
{
	uint8_t following, length;
	uint16_t offset;

	switch (*next) {
	case IP_PROTO_HOPOPTS:
	case IP_PROTO_ROUTING:
	case IP_PROTO_DSTOPTS:
		following = rd_u8(r);
		length = rd_u8(r);
		rd_skip(r, 6 + length * 8u);
		break;
	case IP_PROTO_AH:
		following = rd_u8(r);
		length = rd_u8(r);
		rd_skip(r, 6 + length * 4u);
		break;
	case IP_PROTO_FRAGMENT:
		following = rd_u8(r);
		rd_skip(r, 1);
		offset = rd_u16(r);
		rd_skip(r, 4);
		if (offset & (IP6_FRAGMENT_OFFSET_MASK | IP6_FRAGMENT_MORE))
			upper->fragment = true;
		upper->later = (offset & IP6_FRAGMENT_OFFSET_MASK) != 0;
		break;
	default: return false;
	}
	*next = following;
	return true;
}

enum pkt_verdict ip6_find_upper(
    const uint8_t *ip, const struct ip6_info *info, struct ip6_upper *upper)
{
	struct rd r = rd_init(ip, info->total_bytes);
	uint8_t next = info->next_header;

	*upper = (struct ip6_upper){0};
	rd_skip(&r, IP6_HEADER_BYTES);
	for (unsigned i = 0; !upper->later && skip_extension(&r, &next, upper); i++)
		if (!rd_ok(&r) || i == IP6_EXTENSIONS_MAX)
			return PKT_DROP_HEADER;
	if (!rd_ok(&r))
		return PKT_DROP_HEADER;
	upper->offset = (uint32_t)(r.p - ip);
	upper->protocol = next;
	return PKT_OK;
}
