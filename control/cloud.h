/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn`: from credentials to configured tunnels. The console's side is in control/agent.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/agent_internal.h"
#include "control/cloud_plan.h"

/* Runs under way end in silence. */
void cloud_stop_all(struct agent *agent);
void cloud_free_all(struct agent *agent);
/* agent_cloud_go() for the automatic runs: does not end them. */
int cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes);
/* False, with a sentence, where the cloud setting names no VPN connection. */
bool cloud_names_vpn(const struct agent *agent, uint32_t id, char *error, size_t error_bytes);
/* True when the last run failed because AWS gave no complete answer. */
bool cloud_unreached(const struct agent *agent, uint32_t id);
/* True when it failed for that, or because AWS had no time for it (RequestLimitExceeded, 5xx). */
bool cloud_worth_another(const struct agent *agent, uint32_t id);
/* Fills `running`, `last_fetch`, `last_error` and `fault`. */
void cloud_last(const struct agent *agent, uint32_t id, struct agent_cloud_status *out);
