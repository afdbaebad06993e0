/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which received routes are taken in. */
#pragma once

#include "bgp_rib.h"

/* True when no route with these attributes may be used: our own AS is in the path, or one of our
 * own addresses is the next hop. No error: the routes are left out of the decision. */
bool bgp_policy_refuses_attrs(
    const struct bgp_config *config, const struct bgp_attrs *attrs, const struct ip_addr *next_hop);

/* True when a route to `prefix` (masked) from this neighbour is taken in: no martian, not a part of
 * the link to the neighbour itself, and accepted by the filter of the rib. */
bool bgp_policy_accepts(
    const struct bgp_rib *rib, const struct bgp_config *config, const struct ip_prefix *prefix);
