/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One program as a service. States:
 *
 *   OFF      not to run          --run-->    RUNS
 *   RUNS     the child lives     --ends-->   WAITS (by itself)   --halt, renew, run--> ENDS
 *   WAITS    until the next try  --timer-->  RUNS                --halt-->             OFF
 *   ENDS     SIGTERM was sent    --ends-->   RUNS if it is to run, else OFF
 *
 * Timer: one, the next try in WAITS, SIGKILL in ENDS. */
#include "control/service/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/mono.h"
#include "control/service/pidfile.h"
#include "control/sys/child.h"

#define FIRST_MSEC 1000
#define MOST_MSEC  60000
#define KILL_MSEC  2000

#define LINE_BYTES  400   /* of what the program writes; more of a line is cut off */
#define BURST_LINES 100   /* lines taken into the log ... */
#define BURST_MSEC  10000 /* ... in that time */
#define NAME_BYTES  32
#define PATH_BYTES  256

enum state { STATE_OFF, STATE_RUNS, STATE_WAITS, STATE_ENDS };

struct supervisor {
	uv_loop_t *loop;
	uv_timer_t timer;
	struct child *child;
	enum state state;
	bool wanted, closing;
	char name[NAME_BYTES], pid_path[PATH_BYTES];
	char **argv; /* wanted; one allocation with its texts */
	int fd;
	mono_t started;
	uint64_t delay_msec, failures;
	void (*off)(void *ctx);
	void *ctx;
	bool (*is_chatter)(const char *line, size_t bytes); /* or NULL */

	char line[LINE_BYTES];
	size_t line_bytes;
	mono_t burst_began;
	unsigned burst_lines, suppressed;
};

uint64_t supervisor_delay(uint64_t before_msec, int64_t lived_msec)
{
	if (before_msec == 0 || lived_msec >= MOST_MSEC)
		return FIRST_MSEC;
	return before_msec * 2 < MOST_MSEC ? before_msec * 2 : MOST_MSEC;
}

/* ---- what it writes ---- */

static void log_line(struct supervisor *service)
{
	char text[LINE_BYTES * 2];
	mono_t now = mono_now();

	log_escape(service->line, service->line_bytes, text, sizeof(text));
	if (service->is_chatter && service->is_chatter(service->line, service->line_bytes)) {
		log_debug("service name=%s text=\"%s\"", service->name, text);
		return;
	}
	if (mono_diff_msec(now, service->burst_began) >= BURST_MSEC) {
		if (service->suppressed)
			log_notice("service name=%s lines-left-out=%u", service->name,
			    service->suppressed);
		service->burst_began = now;
		service->burst_lines = service->suppressed = 0;
	}
	if (service->burst_lines == BURST_LINES) {
		service->suppressed++;
		return;
	}
	service->burst_lines++;
	log_info("service name=%s text=\"%s\"", service->name, text);
}

static void end_line(struct supervisor *service)
{
	if (service->line_bytes)
		log_line(service);
	service->line_bytes = 0;
}

static void on_text(void *ctx, const char *text, size_t bytes)
{
	struct supervisor *service = ctx;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			end_line(service);
		else if (service->line_bytes < LINE_BYTES)
			service->line[service->line_bytes++] = text[i];
	}
}

/* ---- states ---- */

static void start(struct supervisor *service);

static void on_closed(uv_handle_t *handle)
{
	struct supervisor *service = handle->data;

	free(service->argv);
	free(service);
}

static void free_when_off(struct supervisor *service)
{
	if (service->closing && service->state == STATE_OFF)
		uv_close((uv_handle_t *)&service->timer, on_closed);
}

static void on_timer(uv_timer_t *timer)
{
	struct supervisor *service = timer->data;

	switch (service->state) {
	case STATE_WAITS: start(service); break;
	case STATE_ENDS: child_signal(service->child, SIGKILL); break;
	case STATE_OFF:
	case STATE_RUNS: break;
	}
}

static void wait_for_next(struct supervisor *service, int64_t lived_msec)
{
	service->failures++;
	service->delay_msec = supervisor_delay(service->delay_msec, lived_msec);
	service->state = STATE_WAITS;
	(void)uv_timer_start(&service->timer, on_timer, service->delay_msec, 0);
}

static void on_ended(void *ctx, int status)
{
	struct supervisor *service = ctx;
	int64_t lived_msec = mono_diff_msec(mono_now(), service->started);

	end_line(service);
	(void)uv_timer_stop(&service->timer);
	pidfile_forget(service->pid_path);
	service->child = NULL;
	if (service->state == STATE_ENDS) {
		log_info("service name=%s state=ended", service->name);
		service->state = STATE_OFF;
		if (service->wanted)
			start(service);
		else if (service->off)
			service->off(service->ctx);
		free_when_off(service);
		return;
	}
	wait_for_next(service, lived_msec);
	log_error("service name=%s state=failed status=%d lived-seconds=%lld again-in-seconds=%llu",
	    service->name, status, (long long)lived_msec / 1000,
	    (unsigned long long)service->delay_msec / 1000);
}

static void start(struct supervisor *service)
{
	const struct child_spec spec = {
	    .argv = (const char *const *)service->argv, .fd = service->fd};
	const struct child_report report = {service, on_text, on_ended};
	int rc = 0;

	service->started = mono_now();
	service->child = child_start(service->loop, &spec, &report, &rc);
	if (!service->child) {
		wait_for_next(service, 0);
		log_error("service name=%s state=not-started program=%s error=%s "
			  "again-in-seconds=%llu",
		    service->name, service->argv[0], strerror(-rc),
		    (unsigned long long)service->delay_msec / 1000);
		return;
	}
	service->state = STATE_RUNS;
	log_info("service name=%s state=started pid=%d", service->name, child_pid(service->child));
	rc = pidfile_write(service->pid_path, child_pid(service->child));
	if (rc)
		log_notice("service name=%s pid-file=%s error=%s", service->name, service->pid_path,
		    strerror(-rc));
}

static void end_child(struct supervisor *service)
{
	service->state = STATE_ENDS;
	child_signal(service->child, SIGTERM);
	(void)uv_timer_start(&service->timer, on_timer, KILL_MSEC, 0);
}

/* ---- what is asked ---- */

struct supervisor *supervisor_new(uv_loop_t *loop, const char *name, const char *run_dir)
{
	struct supervisor *service = calloc(1, sizeof(*service));
	int rc;

	if (!service)
		return NULL;
	service->loop = loop;
	service->fd = -1;
	(void)snprintf(service->name, sizeof(service->name), "%s", name);
	(void)snprintf(service->pid_path, sizeof(service->pid_path), "%s/%s.pid", run_dir, name);
	(void)uv_timer_init(loop, &service->timer);
	service->timer.data = service;
	rc = pidfile_end_former(service->pid_path);
	if (rc > 0)
		log_notice("service name=%s state=ended reason=left-by-a-former-run", name);
	else if (rc < 0)
		log_error("service name=%s former=not-ended error=%s", name, strerror(-rc));
	return service;
}

/* The vector and its texts in one allocation; NULL = no memory. */
static char **copy_argv(const char *const *argv)
{
	size_t count = 0, texts = 0;
	char **copy, *at;

	for (; argv[count]; count++)
		texts += strlen(argv[count]) + 1;
	copy = malloc((count + 1) * sizeof(*copy) + texts);
	if (!copy)
		return NULL;
	at = (char *)(copy + count + 1);
	for (size_t i = 0; i < count; i++) {
		copy[i] = strcpy(at, argv[i]);
		at += strlen(at) + 1;
	}
	copy[count] = NULL;
	return copy;
}

static bool same_argv(char *const *a, const char *const *b)
{
	size_t i = 0;

	if (!a)
		return false;
	for (; a[i] && b[i]; i++)
		if (strcmp(a[i], b[i]) != 0)
			return false;
	return !a[i] && !b[i];
}

int supervisor_run(struct supervisor *service, const char *const *argv, int fd)
{
	bool same = service->wanted && service->fd == fd && same_argv(service->argv, argv);
	char **copy;

	if (same)
		return 0;
	copy = copy_argv(argv);
	if (!copy)
		return -ENOMEM;
	free(service->argv);
	service->argv = copy;
	service->fd = fd;
	service->wanted = true;
	service->delay_msec = 0;
	switch (service->state) {
	case STATE_WAITS: (void)uv_timer_stop(&service->timer); __attribute__((fallthrough));
	case STATE_OFF: start(service); break;
	case STATE_RUNS: end_child(service); break;
	case STATE_ENDS: break;
	}
	return 0;
}

void supervisor_renew(struct supervisor *service)
{
	if (!service->wanted)
		return;
	service->delay_msec = 0;
	if (service->state == STATE_RUNS) {
		end_child(service);
	} else if (service->state == STATE_WAITS) {
		(void)uv_timer_stop(&service->timer);
		start(service);
	}
}

void supervisor_halt(struct supervisor *service)
{
	service->wanted = false;
	if (service->state == STATE_RUNS) {
		end_child(service);
	} else if (service->state == STATE_WAITS) {
		(void)uv_timer_stop(&service->timer);
		service->state = STATE_OFF;
		if (service->off)
			service->off(service->ctx);
	}
}

void supervisor_tell(struct supervisor *service, void (*off)(void *ctx), void *ctx)
{
	service->off = off;
	service->ctx = ctx;
}

void supervisor_quiet(
    struct supervisor *service, bool (*is_chatter)(const char *line, size_t bytes))
{
	service->is_chatter = is_chatter;
}

void supervisor_signal(struct supervisor *service, int number)
{
	if (service->state == STATE_RUNS)
		child_signal(service->child, number);
}

bool supervisor_runs(const struct supervisor *service)
{
	return service->state == STATE_RUNS;
}

uint64_t supervisor_failures(const struct supervisor *service)
{
	return service->failures;
}

void supervisor_close(struct supervisor *service)
{
	if (!service || service->closing)
		return;
	service->off = NULL;
	supervisor_halt(service);
	service->closing = true;
	free_when_off(service);
}
