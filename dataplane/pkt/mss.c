/* SPDX-License-Identifier: BSD-3-Clause
 *
 * MSS clamping. The walk over the options ends at the first malformed one, at the end of the header
 * or of the bytes at hand, and moves on by at least one byte each time. */
#include "dataplane/pkt/mss.h"

#include "dataplane/pkt/bytes.h"
#include "dataplane/pkt/checksum.h"
#include "dataplane/pkt/ip6_hdr.h"

#define TCP_OFFSET_DATA     12 /* header length in the high nibble, in words */
#define TCP_OFFSET_CHECKSUM 16
#define TCP_OPTION_END      0
#define TCP_OPTION_NOP      1
#define TCP_OPTION_MSS      2
#define TCP_OPTION_MSS_LEN  4

/* Puts `limit` at `offset` of the header, checksum brought up to date. A value at an odd offset
 * lies across two words of the checksum, which then sees its bytes swapped. */
static void write_mss(uint8_t *tcp, unsigned offset, uint16_t old_mss, uint16_t limit)
{
	uint16_t field = get_be16(tcp + TCP_OFFSET_CHECKSUM);

	put_be16(tcp + offset, limit);
	if (offset & 1)
		field =
		    checksum_update16(field, __builtin_bswap16(old_mss), __builtin_bswap16(limit));
	else
		field = checksum_update16(field, old_mss, limit);
	put_be16(tcp + TCP_OFFSET_CHECKSUM, field);
}

bool mss_clamp(uint8_t *tcp, size_t bytes, uint16_t limit)
{
	unsigned header_bytes, offset = TCP_HEADER_BYTES;
	bool changed = false;

	if (!limit || bytes < TCP_HEADER_BYTES || !(tcp[TCP_OFFSET_FLAGS] & TCP_FLAG_SYN))
		return false;
	header_bytes = (tcp[TCP_OFFSET_DATA] >> 4) * 4u;
	if (header_bytes > bytes)
		header_bytes = (unsigned)bytes;
	while (offset + 1 < header_bytes && tcp[offset] != TCP_OPTION_END) {
		unsigned length = tcp[offset] == TCP_OPTION_NOP ? 1 : tcp[offset + 1];

		if (length == 0 || (length == 1 && tcp[offset] != TCP_OPTION_NOP) ||
		    offset + length > header_bytes)
			break;
		if (tcp[offset] == TCP_OPTION_MSS && length == TCP_OPTION_MSS_LEN) {
			uint16_t mss = get_be16(tcp + offset + 2);

			if (mss > limit) {
				write_mss(tcp, offset + 2, mss, limit);
				changed = true;
			}
		}
		offset += length;
	}
	return changed;
}

bool mss_clamp_ip6(uint8_t *ip, size_t bytes, uint16_t limit)
{
	struct ip6_info info;
	struct ip6_upper upper;

	if (ip6_check(ip, bytes, &info) != PKT_OK || ip6_find_upper(ip, &info, &upper) != PKT_OK ||
	    upper.protocol != IP_PROTO_TCP || upper.later)
		return false;
	return mss_clamp(ip + upper.offset, info.total_bytes - upper.offset, limit);
}
