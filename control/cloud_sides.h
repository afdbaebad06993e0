/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A connection from three sides: what AWS says, what is configured, what is in use. Pure. */
#pragma once

#include "control/agent.h"
#include "control/aws/view.h"
#include "control/config/text.h"

struct cloud_sides {
	const struct config_model *wanted, *running; /* AWS's answer as configuration; ours */
	const struct view *view;                     /* what AWS sees */
	unsigned count;
	uint32_t tunnel[VPN_TUNNELS]; /* numbers in both models */
	/* In the same order; number 0 = the tunnel does not run. */
	struct agent_tunnel_status status[VPN_TUNNELS];
	struct ip_addr ours[VPN_TUNNELS]; /* our address as AWS knows it; family none: untold */
	const char *bgp[VPN_TUNNELS];     /* "Established, 3 prefixes"; "" = no session */
};

/* The rows of one of the tunnels. */
void cloud_sides_rows(const struct cloud_sides *sides, unsigned i,
    struct agent_compared_row rows[AGENT_COMPARED_ROWS]);

/* Prints a table for each tunnel; lines in which the configuration says something else than AWS
 * begin with '!'. Returns how many. Keys are compared, not shown. */
unsigned cloud_sides_print(const struct cloud_sides *sides, struct text *out);
