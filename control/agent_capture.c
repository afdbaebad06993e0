/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Captures: the wish goes into the settings of cfg.v1, what became of it is read in state.v1. The
 * dataplane answers within some ten milliseconds; who waits for it looks from time to time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/shm_slot.h"
#include "control/agent_internal.h"
#include "control/tunnel.h"

#define LOOK_MSEC 20
#define LOOKS_MAX 250 /* 5 s: the file of a slow disk is written out first */

struct agent_capture_wait {
	struct agent *agent;
	uv_timer_t timer;
	agent_capture_fn *report;
	void *ctx;
	uint32_t run; /* that is to begin; 0: the one under way is to end */
	unsigned looks;
};

/* The record of the dataplane; false while it has none. */
static bool read_record(const struct agent *agent, struct state_capture *out)
{
	const struct shm_map *state = publish_state(agent->publish);
	const struct state_capture *shared =
	    state ? shm_map_at(state, STATE_TABLE_CAPTURE, 0) : NULL;

	return shared && shm_slot_read(shared, out, sizeof(*out)) == 0;
}

static bool is_running(const struct agent *agent)
{
	struct state_capture record;

	return read_record(agent, &record) && record.running;
}

/* ---- waiting ---- */

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void end(struct agent_capture_wait *wait, bool ok, const char *text)
{
	wait->agent->capture = NULL;
	uv_close((uv_handle_t *)&wait->timer, on_closed);
	wait->report(wait->ctx, ok, text);
}

static void on_look(uv_timer_t *timer)
{
	struct agent_capture_wait *wait = timer->data;
	struct state_capture record = {0};
	bool known = read_record(wait->agent, &record);

	record.reason[sizeof(record.reason) - 1] = '\0';
	if (known && wait->run && record.run == wait->run)
		end(wait, record.begun_unix != 0, record.begun_unix ? "" : record.reason);
	else if (known && !wait->run && !record.running)
		end(wait, true, "");
	else if (++wait->looks == LOOKS_MAX)
		end(wait, false, "the dataplane does not answer");
}

static int begin_wait(struct agent *agent, uint32_t run, agent_capture_fn *report, void *ctx)
{
	struct agent_capture_wait *wait = calloc(1, sizeof(*wait));

	if (!wait)
		return -ENOMEM;
	*wait =
	    (struct agent_capture_wait){.agent = agent, .run = run, .report = report, .ctx = ctx};
	(void)uv_timer_init(agent->loop, &wait->timer);
	wait->timer.data = wait;
	(void)uv_timer_start(&wait->timer, on_look, LOOK_MSEC, LOOK_MSEC);
	agent->capture = wait;
	return 0;
}

void agent_capture_leave(struct agent *agent)
{
	if (agent->capture)
		end(agent->capture, false, "canceled");
}

/* ---- the wish ---- */

static int refuse(char *error, size_t error_bytes, int rc, const char *why)
{
	(void)snprintf(error, error_bytes, "%s", why);
	return rc;
}

static bool find_filter(
    const struct agent *agent, const struct agent_capture_wish *wish, struct cfg_settings *settings)
{
	const struct tunnel *tunnel =
	    wish->tunnel && wish->tunnel <= config_tunnels() ? agent->tunnel[wish->tunnel] : NULL;

	settings->capture_index = SHM_INDEX_NONE;
	if (wish->lan) {
		settings->capture_filter = CFG_CAPTURE_LINK;
		if (agent->lan[wish->lan].present)
			settings->capture_index = agent->lan[wish->lan].slot;
	} else if (wish->tunnel) {
		settings->capture_filter = CFG_CAPTURE_TUNNEL;
		settings->capture_index = tunnel ? tunnel->slot : SHM_INDEX_NONE;
	} else {
		settings->capture_index = 0;
	}
	return settings->capture_index != SHM_INDEX_NONE;
}

/* Seconds of the clock, but never the same twice. */
static uint32_t next_run(const struct agent *agent)
{
	struct state_capture record = {0};
	uint32_t run = (uint32_t)time(NULL);

	(void)read_record(agent, &record);
	return run > record.run ? run : record.run + 1;
}

static int check(const struct agent *agent, char *error, size_t error_bytes)
{
	if (!publish_alive(agent->publish, mono_now()))
		return refuse(error, error_bytes, -ENOTCONN, "the dataplane is not running");
	if (agent->capture)
		return refuse(error, error_bytes, -EBUSY, "another one is about to begin or end");
	return 0;
}

int agent_capture_start(struct agent *agent, const struct agent_capture_wish *wish,
    agent_capture_fn *report, void *ctx, char *error, size_t error_bytes)
{
	struct cfg_settings settings = {.capture_what = wish->what,
	    .capture_snap = wish->snap,
	    .capture_packets = wish->packets,
	    .capture_bytes = wish->bytes,
	    .capture_msec = wish->seconds * 1000};
	int rc = check(agent, error, error_bytes);

	if (rc)
		return rc;
	if (is_running(agent))
		return refuse(
		    error, error_bytes, -EBUSY, "one is running: `packetdump stop` ends it");
	if (!find_filter(agent, wish, &settings))
		return refuse(error, error_bytes, -ENOENT, "there is no such port or tunnel");
	settings.capture_run = next_run(agent);
	rc = begin_wait(agent, settings.capture_run, report, ctx);
	if (rc)
		return refuse(error, error_bytes, rc, "no memory");
	publish_capture(agent->publish, &settings);
	agent_poke(agent);
	return 0;
}

int agent_capture_stop(
    struct agent *agent, agent_capture_fn *report, void *ctx, char *error, size_t error_bytes)
{
	const struct cfg_settings none = {0};
	int rc = check(agent, error, error_bytes);

	if (rc)
		return rc;
	if (!is_running(agent))
		return refuse(error, error_bytes, -ENOENT, "none is running");
	rc = begin_wait(agent, 0, report, ctx);
	if (rc)
		return refuse(error, error_bytes, rc, "no memory");
	publish_capture(agent->publish, &none);
	agent_poke(agent);
	return 0;
}

void agent_capture(struct agent *agent, struct agent_capture_status *out)
{
	const struct shm_map *state = publish_state(agent->publish);
	const struct state_totals *totals;
	struct state_capture record;

	*out = (struct agent_capture_status){0};
	if (!read_record(agent, &record) || (!record.run && !record.begun_unix))
		return;
	totals = shm_map_at(state, STATE_TABLE_TOTALS, 0);
	out->known = true;
	out->running = record.running;
	out->begun_unix = record.begun_unix;
	out->packets = atomic_load_explicit(&totals->capture_packets, memory_order_relaxed);
	out->lost = atomic_load_explicit(&totals->capture_lost, memory_order_relaxed);
	(void)snprintf(
	    out->file, sizeof(out->file), "%.*s", (int)sizeof(record.file) - 1, record.file);
	(void)snprintf(out->reason, sizeof(out->reason), "%.*s", (int)sizeof(record.reason) - 1,
	    record.reason);
}
