/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Cutting an IPv4 packet into fragments (RFC 791 section 3.2, RFC 6864). No allocation and no copy
 * of the payload: the iterator yields a header and a piece of the original for each fragment. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dataplane/pkt/ip_proto.h"
#include "dataplane/pkt/verdict.h"

struct frag {
	const uint8_t *ip; /* the packet, borrowed */
	uint32_t mtu;
	uint32_t payload_bytes;
	uint32_t done_bytes;   /* of the payload already yielded */
	uint16_t flags_offset; /* of the packet as it is cut */
	uint16_t id;
	bool finished;
	uint8_t header_bytes;
	uint8_t later_bytes; /* header of the later fragments: copied options only */
	uint8_t later[IP4_HEADER_BYTES_MAX];
};

struct frag_piece {
	uint8_t header[IP4_HEADER_BYTES_MAX]; /* complete, checksum included */
	uint32_t header_bytes;
	const uint8_t *payload; /* in the original packet */
	uint32_t payload_bytes;
};

/* Begins to cut a packet that ip4_check() has passed. `fresh_id` replaces the identification where
 * the original bears DF, whose own may be constant; not 0. TOO_BIG: DF is set and `clear_df` is
 * not, or the MTU is too small for header and 8 bytes. A packet that fits yields itself in one
 * piece. */
enum pkt_verdict frag_begin(
    struct frag *f, const uint8_t *ip, uint32_t mtu, bool clear_df, uint16_t fresh_id);

/* The next fragment; false after the last. */
bool frag_next(struct frag *f, struct frag_piece *piece);
