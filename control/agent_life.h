/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Making and ending the agent: for main.c. */
#pragma once

#include <stddef.h>
#include <uv.h>

#include "control/agent.h"

struct agent_options {
	uv_loop_t *loop;
	const char *instance;     /* of the tables */
	const char *run_dir;      /* folder for files of this run; copied */
	const char *state_dir;    /* folder for what is kept over a restart, NULL = none; copied */
	const char *ca_file;      /* PEM bundle for the EC2 API; borrowed */
	uint32_t tunnels, routes; /* room in the tables: shm_cfg_spec_sized() */
};

/* Makes the tables, opens netlink, starts the timers. The system is left as it is until the first
 * agent_apply(). NULL with a sentence in `error`. */
struct agent *agent_new(const struct agent_options *options, char *error, size_t error_bytes);

/* For a start that failed after agent_new(): removes the tables. The process ends next. */
void agent_discard(struct agent *agent);

/* The running configuration, before the first agent_cloud_go(). Copied. */
void agent_set_config(struct agent *agent, const struct agent_config_ops *ops);

/* The saved configuration is in force: what it wants to have done at start-up begins. */
void agent_boot(struct agent *agent);

/* Orderly end: BGP Cease, IKE Deletes, tables emptied. Then agent_free() once the loop has run. */
void agent_stop(struct agent *agent);
void agent_free(struct agent *agent);
