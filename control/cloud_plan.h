/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where a VPN connection goes in the configuration, and whether it is there already. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/aws/vpn.h"
#include "control/config/model.h"

#define CLOUD_SERVICE "amazon-api"

#define CLOUD_PLAN_NOTES 6

/* `site` points into it, and into the model: not to be copied, not to outlive that. */
struct cloud_plan {
	struct vpn_site site;       /* of each tunnel of the answer, in the answer's order */
	bool existing[VPN_TUNNELS]; /* it stands in the configuration, in the same order */
	unsigned count;             /* tunnels */
	uint32_t bound[2];          /* their numbers, the smaller first */
	bool bind;                  /* `cloud vpn bind` has to be written */
	/* What a person should know of the choice: "tunnel 1 is in use (`bgp neighbor 1`)". */
	size_t note_count;
	char note[CLOUD_PLAN_NOTES][VPN_ERROR];
	struct ip_prefix announce[16];        /* room for site.announce */
	struct ip_prefix route[VPN_PREFIXES]; /* room for site.route */
};

enum cloud_plan_result {
	CLOUD_PLAN_OK,
	CLOUD_PLAN_ALL_USED, /* "All TUNNEL interfaces are used" */
	CLOUD_PLAN_OTHER,    /* "Already other setting at the specified interface" */
	CLOUD_PLAN_TWICE,    /* another cloud setting has this VPN connection */
	CLOUD_PLAN_INSIDE,   /* a tunnel of another connection has one of its inside addresses */
	CLOUD_PLAN_NEIGHBOR, /* "Cannot add a neighbor for BGP connection" */
	CLOUD_PLAN_MISSING,  /* "Required command is missing or illegal" */
};

/* What the plan must know of the router besides its configuration. */
struct cloud_place {
	struct ip_addr local;          /* address of the WAN port, family none = none */
	uint32_t wan;                  /* number of the port of the default route, 0 = none */
	char timestamp[VPN_TIMESTAMP]; /* now, in local time */
};

/* Chooses tunnel numbers, policies and filter numbers that are free, or those that the connection
 * has already. A tunnel is the connection's by its description alone, and told by its outside
 * address, so that it keeps its number when the document swaps the two. Every tunnel gets the time
 * of its description, a new one the time of `place`. `error` gets a sentence unless CLOUD_PLAN_OK.
 */
enum cloud_plan_result cloud_plan_make(const struct config_model *model, uint32_t id,
    const struct cloud_place *place, const struct vpn_connection *vpn, struct cloud_plan *out,
    char error[VPN_ERROR]);

/* True when a tunnel's description is that of a cloud setting: SERVICE[_NAME]_YYYYMMDDhhmmss. */
bool cloud_description(const char *description);
/* The time in such a description; false when it is none. */
bool cloud_timestamp(const char *description, char timestamp[VPN_TIMESTAMP]);

/* ---- cloud_compare.c ---- */

struct cloud_difference {
	bool any;
	bool tunnel[VPN_TUNNELS]; /* of the answer: something of this tunnel's own */
};

/* What applying `lines` to the configuration `text` would change. 0, or -errno with a sentence when
 * the lines cannot be applied at all. */
int cloud_compare(const char *text, const struct vpn_lines *lines, struct cloud_difference *out,
    char error[VPN_ERROR]);

/* What applying the lines would change, as config_difference() prints it; "" = nothing. A sentence
 * when they cannot be applied. The caller frees; NULL = no memory. */
char *cloud_preview_text(const char *text, const char *const *line, size_t count);

struct config;

/* The configuration `text` with the lines applied, as one that nobody acts on; config_free() it.
 * NULL with a sentence. */
struct config *cloud_preview_config(
    const char *text, const char *const *line, size_t count, char error[VPN_ERROR]);
