/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Any bytes as an IPv4 packet to be cut: the pieces follow one another without gap or overlap, none
 * is larger than the MTU, and all of the payload is there. The first two bytes of the input are the
 * MTU, the third says whether DF is cleared. */
#include <stdlib.h>

#include "dataplane/pkt/frag.h"
#include "dataplane/pkt/ip4_hdr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct frag_piece piece;
	struct ip4_info info, cut;
	uint32_t done = 0, mtu;
	struct frag f;
	bool clear_df;

	if (bytes < 3)
		return 0;
	mtu = get_be16(data);
	clear_df = data[2] & 1;
	data += 3;
	bytes -= 3;
	if (ip4_check_lengths(data, bytes, &info) != PKT_OK ||
	    frag_begin(&f, data, mtu, clear_df, 77) != PKT_OK)
		return 0;
	while (frag_next(&f, &piece)) {
		uint32_t offset;

		require(piece.header_bytes + piece.payload_bytes <= mtu);
		require(get_be16(piece.header + IP4_OFFSET_TOTAL) ==
			piece.header_bytes + piece.payload_bytes);
		put_be16(piece.header + IP4_OFFSET_TOTAL, (uint16_t)piece.header_bytes);
		ip4_write_checksum(piece.header, piece.header_bytes);
		require(ip4_check(piece.header, piece.header_bytes, &cut) == PKT_OK);
		offset = (cut.flags_offset & IP4_OFFSET_MASK) * 8u -
			 (info.flags_offset & IP4_OFFSET_MASK) * 8u;
		require(offset == done);
		require(piece.payload == data + info.header_bytes + done);
		done += piece.payload_bytes;
	}
	require(done == (uint32_t)info.total_bytes - info.header_bytes);
	return 0;
}
