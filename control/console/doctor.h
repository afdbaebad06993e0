/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `doctor`: goes from the machine to the far end of the tunnels and says what is not as it has to
 * be, and what to do about it. Pure. */
#pragma once

#include "control/agent.h"
#include "control/config/model.h"
#include "control/config/text.h"

struct doctor_facts {
	const struct config_model *model;
	const struct agent_dataplane_status *dataplane;
	const struct agent_tunnel_status *tunnel; /* tunnel_count of them; the others likewise */
	const struct agent_bgp_status *neighbor;
	const struct agent_route *route;
	const char *ruleset_refused; /* by the kernel: what it said; "" = it is in force */
	const struct agent_shut *shut;
	size_t tunnel_count, neighbor_count, route_count, shut_count;
	struct agent_cloud_status cloud[CONFIG_CLOUDS + 1]; /* by id */
	int64_t now_unix;
};

/* Writes a line for each thing looked at, "ok" or "!!" in front, and what to do below the latter.
 * Returns how many are not well. */
unsigned doctor_judge(const struct doctor_facts *facts, struct text *out);

/* The cloud setting by whose tunnels packets for `host` go, else the first that has a VPN
 * connection; 0 = none has. */
uint32_t doctor_cloud_of(const struct doctor_facts *facts, const struct ip_addr *host);
