/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The AS_PATH and AS4_PATH attributes: checked, counted, and told as a list of AS numbers. */
#pragma once

#include "common/buf.h"

#include "bgp.h"

/* What is kept of a path. Sets and sequences are one list here: nothing sends a path on. */
struct bgp_aspath {
	uint32_t length; /* RFC 4271 9.1.2.2: a set counts as one */
	uint32_t count;  /* AS numbers in all, of which the first BGP_PATH_ASNS are in asn[] */
	uint32_t first;  /* leftmost AS of a leading sequence: the neighbour's; 0 = none */
	bool has_own;    /* our own AS is in it */
	uint32_t asn[BGP_PATH_ASNS];
};

/* Reads an AS_PATH of `as_bytes` (2 or 4) bytes per number.
 *
 * 0, or -EBADMSG for what RFC 7606 section 7.2 calls malformed: an unknown segment type (those of
 * confederations among them), a segment of no AS numbers or past the end, a stray byte, AS 0. */
int bgp_aspath_parse(struct rd value, unsigned as_bytes, uint32_t own_as, struct bgp_aspath *path);

/* Rebuilds the path of a two-octet neighbour (RFC 6793 section 4.2.3): the leading numbers that
 * only `as_path` (already found good) has, and behind them all of `as4_path`.
 *
 * 0; -EBADMSG when `as4_path` is malformed (section 6); -ERANGE when it is the longer one. Both
 * mean that it is to be ignored, and leave `path` as it was. */
int bgp_aspath_merge(
    struct rd as_path, struct rd as4_path, uint32_t own_as, struct bgp_aspath *path);
