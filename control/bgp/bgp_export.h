/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is announced to one neighbour: its Adj-RIB-Out as wanted against told. */
#pragma once

#include "bgp.h"

struct bgp_export_entry {
	struct ip_prefix prefix; /* IPv4, masked */
	bool wanted;
	bool told;  /* announced in this session and not withdrawn since */
	bool again; /* told, and asked for once more */
};

struct bgp_export {
	struct bgp_export_entry *entries; /* sorted by prefix */
	size_t count;
};

void bgp_export_free(struct bgp_export *export);

/* Takes a new wanted set, of which at most `limit` prefixes (the same in every call) are taken:
 * those wanted before first. Returns how many were refused, or -ENOMEM with nothing changed. */
int bgp_export_set(
    struct bgp_export *export, const struct ip_prefix *prefixes, size_t count, uint32_t limit);

/* The neighbour knows nothing (any more): a session ended. */
void bgp_export_forget(struct bgp_export *export);

/* Everything told is to be announced again: ROUTE-REFRESH. */
void bgp_export_repeat(struct bgp_export *export);

/* Writes the next UPDATE into `out` of BGP_MESSAGE_BYTES and counts it as told: withdrawals first.
 * Returns its length; 0 = the neighbour is up to date. */
size_t bgp_export_next(
    struct bgp_export *export, const struct bgp_config *config, bool four_octet_as, uint8_t *out);

/* Prefixes announced now. */
uint32_t bgp_export_told(const struct bgp_export *export);
void bgp_export_each_told(const struct bgp_export *export,
    void (*visit)(void *ctx, const struct ip_prefix *prefix), void *ctx);
