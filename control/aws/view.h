/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What AWS sees of a connection: the rest of an answer of DescribeVpnConnections. */
#pragma once

#include "control/aws/vpn.h"

#define VIEW_ROUTES 32

struct view_tunnel {
	struct ip_addr outside; /* AWS's end */
	bool up;
	uint32_t routes;  /* accepted by BGP */
	char message[64]; /* "5 BGP ROUTES", escaped; "" = none */
};

struct view {
	uint32_t tunnel_count;
	struct view_tunnel tunnel[VPN_TUNNELS];
	/* Static routes of the connection: prefixes that AWS sends to us. */
	uint32_t route_count;
	struct ip_prefix route[VIEW_ROUTES];
};

/* VPN_OK, or as vpn_parse() with a sentence; `out` is then empty. */
enum vpn_result view_read(const void *body, size_t bytes, struct view *out, char error[VPN_ERROR]);

/* The one to this outside address, NULL = none. */
const struct view_tunnel *view_tunnel(const struct view *view, const struct ip_addr *outside);
