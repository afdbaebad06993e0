/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of the routing information base: what sessions put in, what the decision works on. */
#pragma once

#include "bgp.h"
#include "bgp_attr.h"

/* One session as the source of routes: its Adj-RIB-In. Owned by the session. */
struct bgp_source {
	const struct bgp_config *config;
	uint32_t router_id; /* of the neighbour, host order */
	uint32_t prefixes;  /* in the rib now */
};

/* The attributes that the routes of one UPDATE share. */
struct bgp_route_attrs {
	uint32_t references;
	struct ip_addr next_hop;
	uint32_t local_pref, med;
	bool med_present;
	uint8_t origin;
	uint32_t path_length, path_count;
	uint32_t neighbor_as; /* leftmost AS; the local one for an empty path */
	uint32_t path[];      /* the first min(path_count, BGP_PATH_ASNS) */
};

struct bgp_rib_path {
	struct bgp_rib_path *next; /* in order of preference */
	const struct bgp_source *source;
	struct bgp_route_attrs *attrs;
};

struct bgp_rib_entry {
	struct ip_prefix prefix;
	struct bgp_rib_path *paths; /* never empty; the first is the best */
};

struct bgp_rib {
	struct bgp_rib_entry **entries; /* sorted by prefix */
	size_t count, capacity;
	bgp_accept_fn *accept;
	void *accept_ctx;
};

/* Makes shared attributes with one reference, the caller's; NULL = no memory. */
struct bgp_route_attrs *bgp_route_attrs_new(
    const struct bgp_attrs *attrs, const struct ip_addr *next_hop, uint32_t local_as);
void bgp_route_attrs_unref(struct bgp_route_attrs *attrs);

/* Adds or replaces the route of `source` to `prefix` (masked).
 * 1 = something changed, 0 = it was there already, -EDQUOT = past the prefix limit, -ENOMEM. */
int bgp_rib_put(struct bgp_rib *rib, struct bgp_source *source, const struct ip_prefix *prefix,
    struct bgp_route_attrs *attrs);

/* Removes it. True = it was there. */
bool bgp_rib_remove(struct bgp_rib *rib, struct bgp_source *source, const struct ip_prefix *prefix);

/* Removes every route of `source`. True = there was one. */
bool bgp_rib_remove_all(struct bgp_rib *rib, struct bgp_source *source);

/* Orders the paths of a prefix by preference (RFC 4271 section 9.1.2). */
void bgp_decide(struct bgp_rib_entry *entry);
