/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One engine for one person. What it has done at AWS when it is interrupted stays done; what it
 * would have changed here has not begun. */
#include "control/cloud_job.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/cloud_text.h"

#define PROGRESS_MSEC 1000

struct cloud_job {
	struct agent *agent;
	uint32_t id;
	struct aws_task *engine; /* of `task` */
	struct cloud_task *task;
	cloud_job_finish_fn *finish;
	agent_cloud_fn *report;
	void *ctx;
	uv_timer_t progress;
};

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void end(
    struct cloud_job *job, enum agent_cloud_event event, enum cloud_fault fault, const char *text)
{
	agent_cloud_fn *report = job->report;

	job->agent->cloud_job = NULL;
	job->agent->cloud_fault = fault;
	uv_close((uv_handle_t *)&job->progress, on_closed);
	report(job->ctx, event, text);
}

static void on_done(void *ctx, enum cloud_task_end how, enum cloud_fault fault, const char *why)
{
	struct cloud_job *job = ctx;
	bool ok = true;
	char *text;

	if (how != CLOUD_TASK_DONE) {
		end(job, AGENT_CLOUD_FAILED, fault, why);
		return;
	}
	text = job->finish(job->agent, job->id, job->engine, &ok);
	end(job, text && ok ? AGENT_CLOUD_DONE : AGENT_CLOUD_FAILED, CLOUD_FAULT_OTHER,
	    text ? text : "no memory");
	if (text)
		secret_wipe(text, strlen(text));
	free(text);
}

static void on_step(void *ctx, const char *text)
{
	struct cloud_job *job = ctx;

	char line[LOG_LINE_BYTES];

	if (*text)
		log_info(
		    "cloud id=%u event=\"%s\"", job->id, cloud_one_line(text, line, sizeof(line)));
	job->report(job->ctx, AGENT_CLOUD_PROGRESS, text);
}

static void on_progress(uv_timer_t *timer)
{
	on_step(timer->data, "");
}

int cloud_job_start(struct agent *agent, uint32_t id, struct aws_task *engine,
    cloud_job_finish_fn *finish, agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes)
{
	struct cloud_job *job = agent->cloud_job ? NULL : calloc(1, sizeof(*job));
	const struct cloud_task_hooks hooks = {
	    .progress = on_step, .done = on_done, .ctx = job, .quiet = true};
	int rc;

	if (!job) {
		engine->free(engine);
		(void)snprintf(error, error_bytes, "%s",
		    agent->cloud_job ? "another question to AWS is under way" : "no memory");
		return agent->cloud_job ? -EBUSY : -ENOMEM;
	}
	agent_catch_up(agent);
	job->agent = agent;
	job->id = id;
	job->engine = engine;
	job->finish = finish;
	job->report = report;
	job->ctx = ctx;
	rc = cloud_task_start(agent, id, engine, &hooks, &job->task, error, error_bytes);
	if (rc) {
		free(job);
		return rc;
	}
	(void)uv_timer_init(agent->loop, &job->progress);
	job->progress.data = job;
	(void)uv_timer_start(&job->progress, on_progress, PROGRESS_MSEC, PROGRESS_MSEC);
	agent->cloud_job = job;
	return 0;
}

static void cancel(struct cloud_job *job)
{
	cloud_task_cancel(job->task);
	end(job, AGENT_CLOUD_FAILED, CLOUD_FAULT_OTHER, "canceled");
}

void cloud_job_cancel(struct agent *agent, const void *ctx)
{
	if (agent->cloud_job && agent->cloud_job->ctx == ctx)
		cancel(agent->cloud_job);
}

void cloud_job_stop(struct agent *agent)
{
	if (agent->cloud_job)
		cancel(agent->cloud_job);
}
