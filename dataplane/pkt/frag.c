/* SPDX-License-Identifier: BSD-3-Clause
 *
 * IPv4 fragmentation: the first fragment bears all options, the others those whose copied bit is
 * set (RFC 791 section 3.1). A fragment is cut further with its own offset and MF bit kept. */
#include "dataplane/pkt/frag.h"

#include <string.h>

#include "common/buf.h"
#include "dataplane/pkt/ip4_hdr.h"

#define IP4_OPTION_END    0
#define IP4_OPTION_NOP    1
#define IP4_OPTION_COPIED 0x80

/* Builds the header of the later fragments: the fixed part and the copied options, padded to a
 * word. A malformed option ends the list. */
static void build_later_header(struct frag *f)
{
	struct rd r = rd_init(f->ip + IP4_HEADER_BYTES, f->header_bytes - IP4_HEADER_BYTES);
	struct wr w = wr_init(f->later, sizeof(f->later));

	wr_bytes(&w, f->ip, IP4_HEADER_BYTES);
	while (rd_left(&r)) {
		const uint8_t *option = r.p;
		uint8_t type = rd_u8(&r);
		uint8_t length;

		if (type == IP4_OPTION_NOP)
			continue;
		length = type == IP4_OPTION_END ? 0 : rd_u8(&r);
		if (length < 2)
			break;
		if (!rd_bytes(&r, length - 2u))
			break;
		if (type & IP4_OPTION_COPIED)
			wr_bytes(&w, option, length);
	}
	wr_zero(&w, -wr_len(&w) % 4); /* IP4_OPTION_END */
	f->later_bytes = (uint8_t)wr_len(&w);
}

enum pkt_verdict frag_begin(
    struct frag *f, const uint8_t *ip, uint32_t mtu, bool clear_df, uint16_t fresh_id)
{
	uint16_t flags_offset = get_be16(ip + IP4_OFFSET_FRAG);
	unsigned header_bytes = (ip[IP4_OFFSET_VERSION] & 0x0f) * 4u;
	unsigned total_bytes = get_be16(ip + IP4_OFFSET_TOTAL);
	bool df = flags_offset & IP4_FLAG_DF;
	unsigned end = (flags_offset & IP4_OFFSET_MASK) * 8u + total_bytes - header_bytes;

	if (end > IP_PACKET_BYTES_MAX)
		return PKT_DROP_HEADER;
	if (total_bytes > mtu && ((df && !clear_df) || mtu < header_bytes + 8))
		return PKT_DROP_TOO_BIG;
	*f = (struct frag){.ip = ip, .mtu = mtu, .header_bytes = (uint8_t)header_bytes};
	f->payload_bytes = total_bytes - header_bytes;
	f->flags_offset = clear_df ? flags_offset & (uint16_t)~IP4_FLAG_DF : flags_offset;
	f->id = df && clear_df ? fresh_id : get_be16(ip + IP4_OFFSET_ID);
	build_later_header(f);
	return PKT_OK;
}

bool frag_next(struct frag *f, struct frag_piece *piece)
{
	bool first = f->done_bytes == 0;
	uint32_t left = f->payload_bytes - f->done_bytes, bytes = left;
	uint16_t flags_offset = (uint16_t)(f->flags_offset + f->done_bytes / 8);

	if (f->finished)
		return false;
	piece->header_bytes = first ? f->header_bytes : f->later_bytes;
	memcpy(piece->header, first ? f->ip : f->later, piece->header_bytes);
	if (piece->header_bytes + left > f->mtu) {
		bytes = (f->mtu - piece->header_bytes) & ~7u;
		flags_offset |= IP4_FLAG_MF;
	}
	piece->payload = f->ip + f->header_bytes + f->done_bytes;
	piece->payload_bytes = bytes;
	piece->header[IP4_OFFSET_VERSION] = (uint8_t)(0x40 | piece->header_bytes / 4);
	put_be16(piece->header + IP4_OFFSET_TOTAL, (uint16_t)(piece->header_bytes + bytes));
	put_be16(piece->header + IP4_OFFSET_ID, f->id);
	put_be16(piece->header + IP4_OFFSET_FRAG, flags_offset);
	ip4_write_checksum(piece->header, piece->header_bytes);
	f->done_bytes += bytes;
	f->finished = f->done_bytes == f->payload_bytes;
	return true;
}
