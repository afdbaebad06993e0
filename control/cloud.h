/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn`: from credentials to configured tunnels. The console's side is in control/agent.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/agent_internal.h"
#include "control/aws/vpn.h"

#define CLOUD_SERVICE "amazon-api"

/* Runs under way end in silence. */
void cloud_stop_all(struct agent *agent);
void cloud_free_all(struct agent *agent);
/* agent_cloud_go() for the automatic runs: does not end them. */
int cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes);
/* True when the last run failed because AWS gave no complete answer: another try may do better. */
bool cloud_unreached(const struct agent *agent, uint32_t id);
/* Fills `running`, `last_fetch` and `last_error`. */
void cloud_last(const struct agent *agent, uint32_t id, struct agent_cloud_status *out);

/* ---- cloud_plan.c ---- */

/* Where a connection goes in the configuration. `site` points into it: not to be copied. */
struct cloud_plan {
	struct vpn_site site;
	bool existing;                 /* its tunnels stand in the configuration */
	bool bind;                     /* `cloud vpn bind` has to be written */
	uint32_t bound[2];             /* with these numbers */
	struct ip_prefix announce[16]; /* room for site.announce */
};

enum cloud_plan_result {
	CLOUD_PLAN_OK,
	CLOUD_PLAN_ALL_USED, /* "All TUNNEL interfaces are used" */
	CLOUD_PLAN_OTHER,    /* "Already other setting at the specified interface" */
	CLOUD_PLAN_NEIGHBOR, /* "Cannot add a neighbor for BGP connection" */
	CLOUD_PLAN_MISSING,  /* "Required command is missing or illegal" */
};

/* What the plan must know of the router besides its configuration. */
struct cloud_place {
	struct ip_addr local; /* address of the WAN port, family none = none */
	char wan_if[16];
	char timestamp[15]; /* now, in local time */
};

/* Chooses tunnel numbers, policies and filter numbers that are free, or those that the connection
 * has already. Tunnels are told by their outside address, so that they keep their numbers when the
 * document swaps them. `error` gets a sentence unless CLOUD_PLAN_OK. Pure. */
enum cloud_plan_result cloud_plan_make(const struct config_model *model, uint32_t id,
    const struct cloud_place *place, const struct vpn_connection *vpn, struct cloud_plan *out,
    char error[VPN_ERROR]);

/* True when a tunnel's description is that of a cloud setting. */
bool cloud_description(const char *description);
/* The time in such a description, "YYYYMMDDhhmmss"; false when there is none. */
bool cloud_timestamp(const char *description, char timestamp[15]);

/* ---- cloud_compare.c ---- */

/* Whether applying `lines` to the configuration `text` would change anything: 1 it would not, 0 it
 * would, -errno with a sentence when the lines cannot be applied at all. */
int cloud_compare(const char *text, const struct vpn_lines *lines, char error[VPN_ERROR]);
