/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Import policy that is always in force, and the hook for the rest.
 *
 * RFC 4271 section 9.1.2 (AS loops) and 6.3 (next hop that is ours); RFC 6890 for the prefixes that
 * are never routed. A default route is accepted here: the caller's filter decides on it. */
#include "bgp_policy.h"

/* A route to the link to the neighbour, or to a host on it, would lead the session, and every next
 * hop, into itself. Links are no larger than this. */
#define LINK_LENGTH_MIN 29

static const struct {
	uint32_t network; /* host order */
	uint8_t length;
} martians[] = {
    {0x00000000, 8},  /* "this network"; 0.0.0.0/0 itself is not inside it */
    {0x7f000000, 8},  /* loopback */
    {0xa9fe0000, 16}, /* link-local: the inside addresses of the tunnels */
    {0xe0000000, 4},  /* multicast */
    {0xf0000000, 4},  /* reserved, limited broadcast */
};

static bool is_martian(const struct ip_prefix *prefix)
{
	for (size_t i = 0; i < sizeof(martians) / sizeof(martians[0]); i++) {
		const struct ip_prefix martian = {
		    .addr = ip_addr_v4(martians[i].network), .length = martians[i].length};

		if (ip_prefix_covers(&martian, prefix))
			return true;
	}
	return false;
}

static bool is_own_link(const struct bgp_config *config, const struct ip_prefix *prefix)
{
	return prefix->length >= LINK_LENGTH_MIN &&
	       (ip_prefix_contains(prefix, &config->local) ||
		   ip_prefix_contains(prefix, &config->remote));
}

bool bgp_policy_refuses_attrs(
    const struct bgp_config *config, const struct bgp_attrs *attrs, const struct ip_addr *next_hop)
{
	return attrs->path.has_own || ip_addr_equal(next_hop, &config->local);
}

bool bgp_policy_accepts(
    const struct bgp_rib *rib, const struct bgp_config *config, const struct ip_prefix *prefix)
{
	if (is_martian(prefix) || is_own_link(config, prefix))
		return false;
	return !rib->accept || rib->accept(rib->accept_ctx, config, prefix);
}
