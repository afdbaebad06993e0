/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One run of `cloud vpn set go ID`: what AWS says is gathered (aws/gather.h), then put in force
 * (cloud_apply.h).
 *
 * Until then everything happens beside the configuration, and that is whole or not at all: a run
 * that fails leaves it as it was. */
#include "control/cloud.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "control/aws/gather.h"
#include "control/cloud_apply.h"
#include "control/cloud_boot.h"
#include "control/cloud_job.h"
#include "control/cloud_task.h"
#include "control/config/language.h"
#include "control/console/remedy.h"

#define PROGRESS_MSEC 1000

struct cloud {
	struct agent *agent;
	uint32_t id;
	bool running;
	enum cloud_task_end end; /* of the last run */
	agent_cloud_fn *report;
	void *ctx;
	struct gather *gather; /* the engine of `task` */
	struct cloud_task *task;
	uv_timer_t progress;
	char last_fetch[32];
	char last_error[AGENT_CLOUD_ERROR];
	enum cloud_fault fault; /* what that is of */
};

static void note(const struct cloud *c, enum cloud_text text)
{
	cloud_log(c->id, c->agent->model->cloud_syslog, text, NULL);
}

/* ---- the end of a run ---- */

/* The reference's line has no reason: it stands in one of ours behind it. */
static void tell_failure(const struct cloud *c, enum cloud_fault fault, const char *why)
{
	char remedy[REMEDY_BYTES];
	char reason[LOG_LINE_BYTES];

	(void)remedy_fill(remedy_of_cloud(fault), c->id, remedy);
	note(c, CLOUD_TEXT_FAILED);
	log_info("cloud id=%u event=failed reason=\"%s\"%s%s%s", c->id,
	    cloud_one_line(why, reason, sizeof(reason)), *remedy ? " advice=\"" : "", remedy,
	    *remedy ? "\"" : "");
}

static void end_run(
    struct cloud *c, enum agent_cloud_event event, enum cloud_fault fault, const char *text)
{
	agent_cloud_fn *report = c->report;
	void *ctx = c->ctx;

	c->running = false;
	c->report = NULL;
	c->task = NULL;
	c->gather = NULL;
	(void)uv_timer_stop(&c->progress);
	(void)snprintf(c->last_error, sizeof(c->last_error), "%.*s", (int)sizeof(c->last_error) - 1,
	    event == AGENT_CLOUD_FAILED ? text : "");
	c->fault = c->agent->cloud_fault = fault;
	if (report)
		report(ctx, event, text);
}

static void fail_run(struct cloud *c, enum cloud_fault fault, const char *why)
{
	tell_failure(c, fault, why);
	end_run(c, AGENT_CLOUD_FAILED, fault, why);
}

/* Whether the setting still asks for what was fetched: it may have been taken away or given to
 * another connection meanwhile. */
static bool still_wanted(const struct cloud *c)
{
	const struct config_cloud *config = &c->agent->model->cloud[c->id];

	return config->service_set && config->parameters_set &&
	       strcmp(config->vpn_id, gather_connection(c->gather)->id) == 0;
}

static void on_done(void *ctx, enum cloud_task_end end, enum cloud_fault fault, const char *why)
{
	struct cloud *c = ctx;
	struct cloud_outcome outcome;
	time_t now = time(NULL);
	struct tm tm;

	c->end = end;
	if (end != CLOUD_TASK_DONE) {
		fail_run(c, fault, why);
		return;
	}
	if (localtime_r(&now, &tm))
		(void)strftime(c->last_fetch, sizeof(c->last_fetch), "%Y/%m/%d %H:%M:%S", &tm);
	if (!still_wanted(c))
		fail_run(c, CLOUD_FAULT_OTHER,
		    "the cloud vpn setting was changed meanwhile: nothing was applied");
	else if (cloud_apply(c->agent, c->id, gather_connection(c->gather), &outcome))
		fail_run(c, outcome.fault, outcome.text);
	else
		end_run(c, AGENT_CLOUD_DONE, CLOUD_FAULT_OTHER, outcome.text);
}

/* ---- the run ---- */

static void on_progress(uv_timer_t *timer)
{
	struct cloud *c = timer->data;

	if (c->report)
		c->report(c->ctx, AGENT_CLOUD_PROGRESS, "");
}

static struct cloud *cloud_of(struct agent *agent, uint32_t id)
{
	struct cloud *c = agent->cloud[id];

	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->agent = agent;
	c->id = id;
	(void)uv_timer_init(agent->loop, &c->progress);
	c->progress.data = c;
	agent->cloud[id] = c;
	return c;
}

bool cloud_names_vpn(const struct agent *agent, uint32_t id, char *error, size_t error_bytes)
{
	const struct config_cloud *config = &agent->model->cloud[id];

	if (config->vpn_id[0])
		return true;
	if (config->access_key[0])
		(void)snprintf(error, error_bytes,
		    say("cloud vpn parameter %u has keys, but no VPN id behind them: name a VPN "
			"connection, or make one by `cloud vpn create`"),
		    id);
	else
		(void)snprintf(error, error_bytes,
		    say("cloud vpn parameter %u is not set: `cloud vpn parameter %u ACCESS-KEY "
			"SECRET-KEY VPN-ID`"),
		    id, id);
	return false;
}

static int start(
    struct cloud *c, const struct config_cloud *config, char *error, size_t error_bytes)
{
	const struct cloud_task_hooks hooks = {.done = on_done, .ctx = c};
	char why[VPN_ERROR];
	int rc = -EINVAL;

	if (!config->service_set)
		(void)snprintf(error, error_bytes,
		    say("cloud vpn service %u is not set: `cloud vpn service %u amazon-api`"),
		    c->id, c->id);
	if (!config->service_set || !cloud_names_vpn(c->agent, c->id, error, error_bytes)) {
		note(c, CLOUD_TEXT_COMMAND_ILLEGAL);
		return rc;
	}
	rc = gather_new(config->vpn_id, &c->gather, why);
	if (rc) {
		(void)snprintf(error, error_bytes, "cloud vpn parameter %u: %s", c->id, why);
		note(c, CLOUD_TEXT_COMMAND_ILLEGAL);
		return rc;
	}
	return cloud_task_start(
	    c->agent, c->id, gather_task(c->gather), &hooks, &c->task, error, error_bytes);
}

/* The run of `id` if one can begin; NULL with a sentence otherwise. */
static struct cloud *prepare(
    struct agent *agent, uint32_t id, int *rc, char *error, size_t error_bytes)
{
	struct cloud *c = NULL;

	*rc = -EINVAL;
	if (id == 0 || id > CONFIG_CLOUDS || !agent->model || !agent->config.apply_lines) {
		(void)snprintf(error, error_bytes, "there is no cloud vpn %u", id);
		return NULL;
	}
	c = cloud_of(agent, id);
	*rc = !c ? -ENOMEM : c->running ? -EBUSY : 0;
	if (*rc)
		(void)snprintf(error, error_bytes,
		    c ? "cloud vpn set go %u is running already" : "no memory", id);
	return *rc ? NULL : c;
}

int agent_cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes)
{
	agent_catch_up(agent);
	cloud_boot_leave(agent->cloud_boot, id);
	return cloud_go(agent, id, report, ctx, error, error_bytes);
}

enum cloud_fault agent_cloud_fault(const struct agent *agent)
{
	return agent->cloud_fault;
}

bool cloud_unreached(const struct agent *agent, uint32_t id)
{
	return agent->cloud[id] && agent->cloud[id]->end == CLOUD_TASK_UNREACHED;
}

bool cloud_worth_another(const struct agent *agent, uint32_t id)
{
	return cloud_unreached(agent, id) ||
	       (agent->cloud[id] && agent->cloud[id]->end == CLOUD_TASK_BUSY);
}

int cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes)
{
	struct cloud *c;
	int rc;

	c = prepare(agent, id, &rc, error, error_bytes);
	if (!c)
		return rc;
	rc = start(c, &agent->model->cloud[id], error, error_bytes);
	if (rc) {
		tell_failure(c, CLOUD_FAULT_OTHER, error);
		return rc;
	}
	c->running = true;
	c->end = CLOUD_TASK_FAILED;
	c->report = report;
	c->ctx = ctx;
	(void)uv_timer_start(&c->progress, on_progress, PROGRESS_MSEC, PROGRESS_MSEC);
	return 0;
}

static void cancel(struct cloud *c)
{
	cloud_task_cancel(c->task);
	note(c, CLOUD_TEXT_CANCELED);
	end_run(c, AGENT_CLOUD_FAILED, CLOUD_FAULT_OTHER, "canceled: nothing was changed");
}

/* Whoever is told that its run has ended may be gone after that: one waits for one thing only. */
void agent_cloud_cancel(struct agent *agent, const void *ctx)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		struct cloud *c = agent->cloud[id];

		if (c && c->running && c->ctx == ctx) {
			cancel(c);
			return;
		}
	}
	cloud_job_cancel(agent, ctx);
}

void cloud_last(const struct agent *agent, uint32_t id, struct agent_cloud_status *out)
{
	const struct cloud *c = agent->cloud[id];

	if (!c)
		return;
	out->running = c->running;
	(void)snprintf(out->last_fetch, sizeof(out->last_fetch), "%s", c->last_fetch);
	(void)snprintf(out->last_error, sizeof(out->last_error), "%s", c->last_error);
	out->fault = c->fault;
}

void cloud_stop_all(struct agent *agent)
{
	cloud_job_stop(agent);
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		struct cloud *c = agent->cloud[id];

		if (!c)
			continue;
		if (c->running)
			cancel(c);
		uv_close((uv_handle_t *)&c->progress, NULL);
	}
}

void cloud_free_all(struct agent *agent)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		free(agent->cloud[id]);
		agent->cloud[id] = NULL;
	}
}
