/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The services of the gateway as one: what runs follows the model and the facts.
 *
 * services_sync() computes everything afresh and touches only what differs from what runs, so it
 * may be called as often as anything may have changed. */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "control/service/dhcp_client.h"
#include "control/service/facts.h"
#include "control/service/filter_counts.h"
#include "control/service/leases.h"

struct services;

struct services_env {
	uv_loop_t *loop;
	const char *run_dir; /* folder for files of this run; made when something is to be written
				there. Copied */
	void *ctx;
	void (*changed)(void *ctx); /* an address came or went by DHCP: from the loop */
};

/* NULL = no memory. */
struct services *services_new(const struct services_env *env);

/* The DHCP clients of ports follow the model: before the facts are gathered, since they are some of
 * them. `present` says of which ports the twins exist, by number. */
void services_sync_clients(struct services *services, const struct config_model *model,
    const bool present[CONFIG_LANS + 1]);

/* What DHCP gave to that port; not valid: nothing. */
const struct dhcp_binding *services_binding(const struct services *services, uint32_t lan);
/* True while it is given back: the port has to bear it until then. */
bool services_leaves(const struct services *services, uint32_t lan);
/* Whether its client runs. */
bool services_client_runs(const struct services *services, uint32_t lan);

void services_sync(
    struct services *services, const struct config_model *model, const struct service_facts *facts);

/* Whether the kernel has the rules that this interface wants of it, as of the last sync: it judges
 * the IPv4 packets there that it is given. */
bool services_judge(const struct services *services, bool tunnel, uint32_t interface);

/* What nft said when it refused the ruleset that is wanted; "" = it is in force. */
const char *services_refused(const struct services *services);

/* What the kernel's rules of that list have counted since they were loaded. False: there are none.
 */
bool services_filter_counts(
    struct services *services, const struct config_filter_list *list, struct filter_counts *out);

/* Ends everything and frees; what the loop still has to close is its own. NULL is nothing. */
void services_close(struct services *services);

/* The leases given by DHCP, at most `max`, in order of address. Returns how many. */
size_t services_leases(const struct services *services, struct lease *out, size_t max);
