/* SPDX-License-Identifier: BSD-3-Clause
 *
 * States of a connection's automatic run:
 *
 *   WAITING --time--> RUNNING --reached AWS, or run by hand--> OVER
 *      ^                 |
 *      +-- not reached --+
 *
 * Timers: one for each connection in WAITING; one look a second for a port with the default route
 * before the first runs. */
#include "control/cloud_boot.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/cloud.h"
#include "control/sys/rand.h"

#define LOOK_MSEC     1000
#define BOOT_WAIT_SEC 30

enum boot_state { BOOT_WAITING, BOOT_RUNNING, BOOT_OVER };

struct boot_run {
	struct cloud_boot *boot;
	uint32_t id;
	enum boot_state state;
	unsigned retry;
	uv_timer_t timer;
};

struct cloud_boot {
	struct agent *agent;
	unsigned looks;
	uv_timer_t look;
	struct boot_run run[CONFIG_CLOUDS + 1];
	unsigned handles;
};

uint32_t cloud_boot_delay_msec(unsigned retry, uint32_t random)
{
	static const uint32_t seconds[] = {30, 60, 90, 150, 210, 300, 390, 600};
	const unsigned last = sizeof(seconds) / sizeof(seconds[0]);
	uint32_t msec = seconds[(retry < last ? retry : last) - 1] * 1000;

	return msec - msec / 10 + random % (msec / 5 + 1);
}

static void go(struct boot_run *run);

static void on_time(uv_timer_t *timer)
{
	go(timer->data);
}

static void again(struct boot_run *run)
{
	uint32_t msec = cloud_boot_delay_msec(++run->retry, (uint32_t)rand_u64());

	run->state = BOOT_WAITING;
	log_info("cloud id=%u event=retry number=%u in=%us", run->id, run->retry, msec / 1000);
	(void)uv_timer_start(&run->timer, on_time, msec, 0);
}

static void on_report(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct boot_run *run = ctx;

	if (event == AGENT_CLOUD_PROGRESS || run->state != BOOT_RUNNING)
		return;
	if (event == AGENT_CLOUD_FAILED) {
		log_notice("cloud id=%u event=automatic-run-failed", run->id);
		if (cloud_unreached(run->boot->agent, run->id)) {
			again(run);
			return;
		}
	}
	run->state = BOOT_OVER;
}

static void go(struct boot_run *run)
{
	char error[256] = "";
	int rc;

	run->state = BOOT_RUNNING;
	rc = cloud_go(run->boot->agent, run->id, on_report, run, error, sizeof(error));
	if (rc == 0)
		return;
	log_notice("cloud id=%u event=automatic-run-failed reason=\"%s\"", run->id, error);
	run->state = BOOT_OVER;
}

static void on_look(uv_timer_t *timer)
{
	struct cloud_boot *boot = timer->data;

	if (agent_wan(boot->agent) == 0 && ++boot->looks < BOOT_WAIT_SEC)
		return;
	(void)uv_timer_stop(timer);
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++)
		if (boot->run[id].state == BOOT_WAITING)
			go(&boot->run[id]);
}

struct cloud_boot *cloud_boot_start(struct agent *agent)
{
	struct cloud_boot *boot = calloc(1, sizeof(*boot));

	if (!boot)
		return NULL;
	boot->agent = agent;
	boot->look.data = boot;
	(void)uv_timer_init(agent->loop, &boot->look);
	boot->handles = 1;
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		const struct config_cloud *config = &agent->model->cloud[id];
		struct boot_run *run = &boot->run[id];

		run->boot = boot;
		run->id = id;
		run->state =
		    config->service_set && config->parameters_set ? BOOT_WAITING : BOOT_OVER;
		run->timer.data = run;
		(void)uv_timer_init(agent->loop, &run->timer);
		boot->handles++;
	}
	(void)uv_timer_start(&boot->look, on_look, LOOK_MSEC, LOOK_MSEC);
	return boot;
}

void cloud_boot_leave(struct cloud_boot *boot, uint32_t id)
{
	if (!boot || id > CONFIG_CLOUDS)
		return;
	if (boot->run[id].state == BOOT_WAITING)
		boot->run[id].state = BOOT_OVER;
	(void)uv_timer_stop(&boot->run[id].timer);
}

static void on_look_closed(uv_handle_t *handle)
{
	struct cloud_boot *boot = handle->data;

	if (--boot->handles == 0)
		free(boot);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct boot_run *run = handle->data;

	if (--run->boot->handles == 0)
		free(run->boot);
}

void cloud_boot_stop(struct cloud_boot *boot)
{
	if (!boot)
		return;
	uv_close((uv_handle_t *)&boot->look, on_look_closed);
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		boot->run[id].state = BOOT_OVER;
		uv_close((uv_handle_t *)&boot->run[id].timer, on_timer_closed);
	}
}
