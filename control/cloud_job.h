/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What a person at the console waits for besides `cloud vpn set go`: an engine that asks AWS, with
 * progress, a Ctrl-C, and one end. One at a time. */
#pragma once

#include "control/agent_internal.h"
#include "control/cloud_task.h"

struct cloud_job;

/* The engine is done: whoever started the job makes the text of its report, which is wiped and
 * freed; NULL = no memory. `*ok` (true before) says whether it is DONE or FAILED. */
typedef char *cloud_job_finish_fn(
    struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok);

/* Begins for cloud setting `id`; takes over `engine` in any case. `report` as of agent_cloud_go().
 * 0, or -errno with a sentence: -EBUSY while another one is under way. */
int cloud_job_start(struct agent *agent, uint32_t id, struct aws_task *engine,
    cloud_job_finish_fn *finish, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes);

/* Ends the job that reports to `ctx`, if it is under way: its report gets FAILED with a sentence.
 */
void cloud_job_cancel(struct agent *agent, const void *ctx);
/* The same of any, as the agent ends. */
void cloud_job_stop(struct agent *agent);
