/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A command that still runs when its time comes again is left alone, and that is said. A question
 * is answered as by Ctrl-C. */
#include "control/console/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/console/frames.h"

#define CATCH_UP_SEC 10 /* of a loop that was busy; more is a clock that was set */
/* A clock that goes back by so much waits for itself: nothing is carried out twice. Further back,
 * what was before was no time. */
#define SET_BACK_SEC (3 * 3600)
#define LINE_BYTES   400

struct job {
	struct job *next;
	struct session *session;
	uint32_t id;
	char *command;     /* NULL: it was given */
	bool asked;        /* the session waits for an answer */
	bool ready, is_ok; /* it waits for the next line; how the one before ended */
	bool done;
	struct frames frames; /* of the session's answers */
};

struct schedule {
	struct session_system *system;
	struct job *jobs;
	bool begun;
	time_t last;
};

struct schedule *schedule_new(struct session_system *system)
{
	struct schedule *schedule = calloc(1, sizeof(*schedule));

	if (schedule)
		schedule->system = system;
	return schedule;
}

/* ---- one command ----------------------------------------------------------------------------- */

static void say_lines(const struct job *job, const char *what, const char *text)
{
	while (text && *text) {
		size_t bytes = strcspn(text, "\n");
		char escaped[LINE_BYTES];

		if (bytes)
			log_info("[SCHEDULE] %u: %s%s", job->id, what,
			    log_escape(text, bytes, escaped, sizeof(escaped)));
		text += bytes + (text[bytes] == '\n');
	}
}

static void give(struct job *job, json_t *frame)
{
	char *line = frame_print(frame);

	if (line) {
		session_input(job->session, line, strlen(line));
		secret_wipe(line, strlen(line));
	}
	free(line);
}

/* The session is ready: for the command, and after it for nothing more. */
static void go_on(struct job *job)
{
	char *command = job->command;

	job->command = NULL;
	job->ready = false;
	if (!command) {
		log_info("[SCHEDULE] %u: %s", job->id, job->is_ok ? "done" : "failed");
		job->done = true;
		return;
	}
	give(job, frame_text("line", command, strlen(command)));
	secret_wipe(command, strlen(command));
	free(command);
}

/* Not from inside of what the session sends: it is not done with the line before. */
static void go_on_all(struct schedule *schedule)
{
	for (struct job *job = schedule->jobs; job; job = job->next) {
		if (job->asked && !job->done) {
			job->asked = false;
			give(job, json_pack("{s:b}", "interrupt", 1));
		}
		if (job->ready && !job->done)
			go_on(job);
	}
}

static void take(struct job *job, const json_t *frame)
{
	say_lines(job, "", json_string_value(json_object_get(frame, "text")));
	say_lines(job, "Error: ", json_string_value(json_object_get(frame, "error")));
	if (json_object_get(frame, "ask"))
		job->asked = true;
	if (!json_object_get(frame, "done"))
		return;
	job->ready = true;
	job->is_ok = json_is_true(json_object_get(frame, "ok"));
}

static void on_send(void *ctx, const char *data, size_t bytes)
{
	struct job *job = ctx;
	const char *line;
	size_t line_bytes;

	while (frames_take(&job->frames, &data, &bytes, &line, &line_bytes) == FRAMES_LINE) {
		json_t *frame = frame_parse(line, line_bytes);

		if (frame)
			take(job, frame);
		json_decref(frame);
	}
}

static void on_finish(void *ctx)
{
	struct job *job = ctx;

	job->done = true;
}

static bool runs(const struct schedule *schedule, uint32_t id)
{
	for (const struct job *job = schedule->jobs; job; job = job->next)
		if (job->id == id && !job->done)
			return true;
	return false;
}

static void free_job(struct job *job)
{
	if (job->session)
		session_end(job->session);
	frames_wipe(&job->frames);
	if (job->command)
		secret_wipe(job->command, strlen(job->command));
	free(job->command);
	free(job);
}

static void begin(struct schedule *schedule, const struct config_schedule *config)
{
	struct job *job = calloc(1, sizeof(*job));
	const struct session_env env = {
	    .ctx = job, .no_files = true, .send = on_send, .finish = on_finish};
	char who[32], select[32];

	(void)snprintf(who, sizeof(who), "schedule %u", config->id);
	if (job) {
		job->id = config->id;
		job->command = strdup(config->command);
		job->session = session_new(schedule->system, &env, true, getuid(), who);
	}
	if (!job || !job->command || !job->session) {
		log_error("[SCHEDULE] %u: no memory", config->id);
		if (job)
			free_job(job);
		return;
	}
	log_info("[SCHEDULE] %u: begins", config->id);
	job->next = schedule->jobs;
	schedule->jobs = job;
	if (config->tunnel) {
		(void)snprintf(select, sizeof(select), "tunnel select %u", config->tunnel);
		give(job, frame_text("line", select, strlen(select)));
	} else {
		go_on(job);
	}
}

/* ---- time ------------------------------------------------------------------------------------ */

static void reap(struct schedule *schedule)
{
	for (struct job **at = &schedule->jobs; *at;) {
		struct job *job = *at;

		if (!job->done) {
			at = &job->next;
			continue;
		}
		*at = job->next;
		free_job(job);
	}
}

/* A command may change the configuration: the numbers are gathered before the first one runs. */
static void begin_due(struct schedule *schedule, const struct tm *local)
{
	const struct config_model *model = config_model(schedule->system->config);
	uint32_t count = model ? model->schedule_count : 0, due = 0;
	uint32_t *id = calloc(count + 1, sizeof(*id));

	for (uint32_t i = 0; id && i < count; i++)
		if (local ? config_schedule_fits(&model->schedule[i], local)
			  : model->schedule[i].startup)
			id[due++] = model->schedule[i].id;
	for (uint32_t i = 0; i < due; i++) {
		model = config_model(schedule->system->config);
		for (uint32_t k = 0; k < model->schedule_count; k++) {
			if (model->schedule[k].id != id[i])
				continue;
			if (runs(schedule, id[i]))
				log_notice("[SCHEDULE] %u: still runs from the time before", id[i]);
			else
				begin(schedule, &model->schedule[k]);
			break;
		}
	}
	free(id);
}

void schedule_tick(struct schedule *schedule, time_t now)
{
	time_t from = schedule->last + 1;

	go_on_all(schedule);
	reap(schedule);
	if (!schedule->begun)
		begin_due(schedule, NULL);
	if (!schedule->begun || now < schedule->last || now - schedule->last > CATCH_UP_SEC)
		from = now;
	schedule->begun = true;
	if (schedule->last - now > 0 && schedule->last - now <= SET_BACK_SEC)
		return;
	schedule->last = now;
	for (; from <= now; from++) {
		struct tm local;

		if (localtime_r(&from, &local))
			begin_due(schedule, &local);
	}
}

void schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return;
	while (schedule->jobs) {
		struct job *job = schedule->jobs;

		schedule->jobs = job->next;
		free_job(job);
	}
	free(schedule);
}
