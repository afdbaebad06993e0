/* SPDX-License-Identifier: BSD-3-Clause
 *
 * When the next run of each cloud setting is due. A run that cannot begin, as another one is under
 * way, counts as done: it does the same. */
#include "control/cloud_refresh.h"

#include <stdbool.h>
#include <stdlib.h>

#include "common/log.h"
#include "control/cloud.h"
#include "control/sys/rand.h"

#define BACKOFF_MSEC     30000
#define BACKOFF_MAX_MSEC 600000

struct cloud_refresh {
	struct agent *agent;
	uint32_t id;
	uint32_t minutes; /* what `next` was computed from, 0 = off */
	unsigned failures;
	mono_t next;
};

uint64_t cloud_refresh_delay_msec(uint32_t minutes, unsigned failures, uint32_t random)
{
	uint64_t msec = (uint64_t)minutes * 60000, most = BACKOFF_MSEC;

	msec = msec - msec / 10 + random % (msec / 5 + 1);
	if (!failures)
		return msec;
	while (failures-- && most < BACKOFF_MAX_MSEC)
		most *= 2;
	most = most < BACKOFF_MAX_MSEC ? most : BACKOFF_MAX_MSEC;
	return most < msec ? random % (most + 1) : msec;
}

static void schedule(struct cloud_refresh *r, mono_t now)
{
	uint64_t msec = cloud_refresh_delay_msec(r->minutes, r->failures, (uint32_t)rand_u64());

	r->next = mono_add_msec(now, (int64_t)msec);
}

static void on_report(void *ctx, enum agent_cloud_event event, const char *text)
{
	struct cloud_refresh *r = ctx;

	if (event == AGENT_CLOUD_PROGRESS)
		return;
	r->failures = event == AGENT_CLOUD_FAILED && cloud_worth_another(r->agent, r->id)
			  ? r->failures + 1
			  : 0;
	if (event == AGENT_CLOUD_FAILED)
		log_notice("cloud id=%u event=refresh-failed", r->id);
	schedule(r, mono_now());
}

static void run(struct cloud_refresh *r, mono_t now)
{
	char error[256] = "";

	r->next = MONO_NEVER; /* until the report */
	if (cloud_go(r->agent, r->id, on_report, r, error, sizeof(error)) == 0)
		return;
	log_info("cloud id=%u event=refresh-left-out reason=\"%s\"", r->id, error);
	schedule(r, now);
}

void cloud_refresh_tick(struct agent *agent, mono_t now)
{
	if (!agent->cloud_refresh)
		agent->cloud_refresh = calloc(CONFIG_CLOUDS + 1, sizeof(*agent->cloud_refresh));
	for (uint32_t id = 1; agent->cloud_refresh && id <= CONFIG_CLOUDS; id++) {
		struct cloud_refresh *r = &agent->cloud_refresh[id];
		const uint32_t minutes = agent->model->cloud[id].refresh_minutes;

		r->agent = agent;
		r->id = id;
		if (minutes && minutes != r->minutes && !mono_is_never(r->next)) {
			r->minutes = minutes;
			schedule(r, now);
		}
		r->minutes = minutes;
		if (minutes && !mono_before(now, r->next))
			run(r, now);
	}
}

void cloud_refresh_free(struct agent *agent)
{
	free(agent->cloud_refresh);
	agent->cloud_refresh = NULL;
}
