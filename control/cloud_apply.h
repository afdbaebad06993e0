/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From what AWS says of a connection to the configuration: plan, compare, apply. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "control/agent_internal.h"
#include "control/cloud_fault.h"
#include "control/cloud_plan.h"
#include "control/cloud_text.h"

#define CLOUD_SUMMARY 4096

struct cloud_outcome {
	bool changed;
	char text[CLOUD_SUMMARY]; /* numbers taken and notes, or why not */
	enum cloud_fault fault;   /* what to do about that */
	/* Of cloud_preview(); the caller frees both. */
	char *difference;      /* masked */
	struct config *wanted; /* what would be configured then */
	unsigned count;
	uint32_t tunnel[VPN_TUNNELS]; /* numbers, in the order of the connection */
};

/* Makes the configuration follow `vpn` as cloud setting `id`, whole or not at all, and writes the
 * log lines that go with it. 0, or -errno: then nothing was changed. */
int cloud_apply(
    struct agent *agent, uint32_t id, const struct vpn_connection *vpn, struct cloud_outcome *out);

/* Frees what cloud_preview() made. */
void cloud_outcome_free(struct cloud_outcome *out);

/* What cloud_apply() would do, without a log line: `difference` is what it would change, "" =
 * nothing. 0, or -errno with a sentence in `text`. */
int cloud_preview(
    struct agent *agent, uint32_t id, const struct vpn_connection *vpn, struct cloud_outcome *out);
