/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The agent's life: apply, the sync that follows every change, and the timers.
 *
 * Three timers. `sync` runs once after something it reads has changed; with many routes it takes
 * long, and then whoever changes them all the time waits, not the rest of the loop. `poll` looks
 * whether the dataplane has applied what was put: every 2 ms while something waits for that, every
 * 20 ms while a new SA waits for its first packet, else every 100 ms; at the tunnels, which may be
 * thousands, every 20 ms at most. `tick` looks every second at tunnels and BGP sessions, for what
 * says nothing when it changes (a dataplane that appears, a neighbour that stays silent), and runs
 * a sync every ten. */
#include "control/agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/agent_life.h"
#include "control/cloud.h"
#include "control/cloud_boot.h"
#include "control/cloud_refresh.h"
#include "control/cloud_usage.h"
#include "control/sys/rand.h"
#include "control/sys/twins.h"
#include "control/tunnel.h"

#define POLL_FAST_MSEC 2
#define POLL_NEW_MSEC  20
#define POLL_SLOW_MSEC 100
#define TICK_MSEC      1000
#define TICKS_PER_SYNC 10
#define SYNC_SHARE     3   /* between syncs, so many times as long as the last one took ... */
#define SYNC_WAIT_MSEC 500 /* ... and this at most */

/* A link that comes up, its address, the default route behind it, and what follows from that. */
#define CATCH_UP_ROUNDS 5

static void on_poll(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	mono_t now = mono_now();
	bool waits = publish_poll(agent->publish, now);
	bool fresh = true; /* for all that is known */

	if (mono_diff_msec(now, agent->tunnels_polled) >= POLL_NEW_MSEC) {
		agent->tunnels_polled = now;
		fresh = tunnel_poll_all(agent, now);
	}
	agent_filters_tell(agent);
	agent->poll_msec = waits ? POLL_FAST_MSEC : fresh ? POLL_NEW_MSEC : POLL_SLOW_MSEC;
	if (!agent->stopping)
		(void)uv_timer_start(timer, on_poll, agent->poll_msec, 0);
}

void agent_poke(struct agent *agent)
{
	(void)publish_commit(agent->publish);
	if (agent->stopping || agent->poll_msec == POLL_FAST_MSEC)
		return;
	agent->poll_msec = POLL_FAST_MSEC;
	(void)uv_timer_start(&agent->poll_timer, on_poll, POLL_FAST_MSEC, 0);
}

static void sync_now(struct agent *agent)
{
	mono_t now = mono_now();

	if (!agent->model)
		return;
	agent_filters_sync(agent, now);
	agent_links_sync(agent);
	agent_services_sync(agent);
	agent_links_publish(agent, now);
	agent_statics_sync(agent);
	agent_adjs_sync(agent, now);
	tunnel_sync_all(agent, now);
	agent_filters_sweep(agent);
	agent_bgp_sync(agent, now);
	agent_routes_sync(agent);
	agent_fib_sync(agent, now);
	agent_kernel_sync(agent);
	agent_poke(agent);
	agent_judges_committed(agent);
}

static void on_sync(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	mono_t began = mono_now(), ended;
	int64_t wait;

	agent->sync_wanted = false;
	sync_now(agent);
	ended = mono_now();
	wait = mono_diff_msec(ended, began) * SYNC_SHARE;
	agent->sync_not_before =
	    mono_add_msec(ended, wait < SYNC_WAIT_MSEC ? wait : SYNC_WAIT_MSEC);
}

void agent_touch(struct agent *agent)
{
	int64_t wait;

	if (agent->sync_wanted || agent->stopping)
		return;
	agent->sync_wanted = true;
	wait = mono_diff_msec(agent->sync_not_before, mono_now());
	uv_update_time(agent->loop);
	(void)uv_timer_start(&agent->sync_timer, on_sync, wait > 0 ? (uint64_t)wait : 0, 0);
}

void agent_settle(struct agent *agent)
{
	if (!agent->sync_wanted || agent->stopping)
		return;
	(void)uv_timer_stop(&agent->sync_timer);
	on_sync(&agent->sync_timer);
}

void agent_catch_up(struct agent *agent)
{
	for (unsigned round = 0; round < CATCH_UP_ROUNDS; round++) {
		agent_settle(agent);
		netlink_catch_up(agent->netlink);
		if (!agent->sync_wanted)
			return;
	}
}

static void on_tick(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	mono_t now = mono_now();

	if (!agent->model)
		return;
	cloud_refresh_tick(agent, now);
	agent_statistics_tick(agent, now);
	if (++agent->ticks % TICKS_PER_SYNC == 0) {
		cloud_usage_tick(agent, now);
		agent_touch(agent);
		return;
	}
	agent_neighs_refresh(agent, now);
	tunnel_look_all(agent, now);
	agent_bgp_sync(agent, now);
	agent_poke(agent);
}

static void on_netlink(void *ctx)
{
	agent_touch(ctx);
}

static void on_services(void *ctx)
{
	agent_touch(ctx);
}

/* ---- life ---- */

static void start_timers(struct agent *agent)
{
	(void)uv_timer_init(agent->loop, &agent->sync_timer);
	(void)uv_timer_init(agent->loop, &agent->poll_timer);
	(void)uv_timer_init(agent->loop, &agent->tick_timer);
	agent->sync_timer.data = agent->poll_timer.data = agent->tick_timer.data = agent;
	(void)uv_timer_start(&agent->poll_timer, on_poll, POLL_SLOW_MSEC, 0);
	(void)uv_timer_start(&agent->tick_timer, on_tick, TICK_MSEC, TICK_MSEC);
}

struct agent *agent_new(const struct agent_options *options, char *error, size_t error_bytes)
{
	const struct shm_region_spec spec = shm_cfg_spec_sized(options->tunnels, options->routes);
	struct agent *agent = calloc(1, sizeof(*agent));
	const struct services_env services = {.loop = options->loop,
	    .run_dir = options->run_dir,
	    .ctx = agent,
	    .changed = on_services};
	const char *what = "memory";
	int rc = -ENOMEM;

	if (!agent)
		return NULL;
	agent->loop = options->loop;
	agent->ca_file = options->ca_file;
	(void)snprintf(agent->state_dir, sizeof(agent->state_dir), "%s",
	    options->state_dir ? options->state_dir : "");
	for (uint32_t n = 0; n <= CONFIG_LANS; n++)
		agent->lan[n].slot = SHM_INDEX_NONE;
	agent->filters = agent_filters_new();
	agent->statistics = agent_statistics_new();
	rc = agent->filters && agent->statistics ? agent_bgp_new(agent) : -ENOMEM;
	if (rc == 0) {
		what = "tables";
		agent_judges_adopt(agent, options->instance);
		rc = publish_open(options->instance, &spec, rand_bytes, &agent->publish);
	}
	if (rc == 0) {
		what = "netlink";
		rc = netlink_open(options->loop, on_netlink, agent, &agent->netlink);
	}
	if (rc == 0) {
		what = "memory";
		agent->services = services_new(&services);
		rc = agent->services ? 0 : -ENOMEM;
	}
	if (rc) {
		if (rc == -EBUSY && !agent->publish)
			(void)snprintf(error, error_bytes,
			    "another cgw-control runs with --instance %s", options->instance);
		else if (rc == -EPERM && !agent->publish)
			(void)snprintf(error, error_bytes,
			    "tables: " SHM_BASE_DIR ", or what is in it, is another user's, or "
			    "others can write to it");
		else
			(void)snprintf(error, error_bytes, "%s: %s", what, strerror(-rc));
		publish_discard(agent->publish);
		agent_bgp_free(agent);
		agent_filters_free(agent->filters);
		agent_statistics_free(agent->statistics);
		free(agent);
		return NULL;
	}
	twins_forwarding();
	start_timers(agent);
	return agent;
}

void agent_discard(struct agent *agent)
{
	if (!agent)
		return;
	publish_discard(agent->publish);
	agent->publish = NULL;
}

void agent_set_config(struct agent *agent, const struct agent_config_ops *ops)
{
	agent->config = *ops;
}

void agent_boot(struct agent *agent)
{
	if (agent->model && !agent->cloud_boot)
		agent->cloud_boot = cloud_boot_start(agent);
}

void agent_stop(struct agent *agent)
{
	cloud_usage_end(agent);
	cloud_boot_stop(agent->cloud_boot);
	agent->cloud_boot = NULL;
	cloud_stop_all(agent);
	agent_capture_leave(agent);
	agent_bgp_stop(agent);
	tunnel_stop_all(agent);
	agent->stopping = true;
	services_close(agent->services);
	agent->services = NULL;
	publish_clear(agent->publish, mono_now());
	uv_close((uv_handle_t *)&agent->sync_timer, NULL);
	uv_close((uv_handle_t *)&agent->poll_timer, NULL);
	uv_close((uv_handle_t *)&agent->tick_timer, NULL);
	netlink_close(agent->netlink);
	agent->netlink = NULL;
}

void agent_free(struct agent *agent)
{
	if (!agent)
		return;
	agent_bgp_free(agent);
	agent_filters_free(agent->filters);
	agent_statistics_free(agent->statistics);
	cloud_free_all(agent);
	cloud_refresh_free(agent);
	publish_close(agent->publish);
	routes_free(&agent->routes);
	free(agent->statics);
	free(agent->adj);
	free(agent->underlay);
	free(agent->group);
	guards_free(&agent->guards);
	free(agent->cleared);
	free(agent);
}

/* ---- what the configuration asks ---- */

int agent_apply(
    struct agent *agent, const struct config_model *model, char *error, size_t error_bytes)
{
	const struct config_model *former = agent->model;
	int rc;

	agent->model = model;
	rc = tunnel_apply_all(agent, error, error_bytes);
	if (rc) {
		char ignored[128];

		agent->model = former;
		if (former)
			(void)tunnel_apply_all(agent, ignored, sizeof(ignored));
		return rc;
	}
	agent_touch(agent); /* which commits: records that belong together come in one */
	return 0;
}

void agent_ipsec_refresh(struct agent *agent, bool say)
{
	tunnel_restart_all(agent, say);
}

static bool has_isakmp(const struct ike_status *ike, const struct agent_sa *sa)
{
	for (uint32_t i = 0; i < ike->isakmp_count; i++)
		if (memcmp(ike->isakmp[i].cookie_i, sa->cookie_i, sizeof(sa->cookie_i)) == 0 &&
		    memcmp(ike->isakmp[i].cookie_r, sa->cookie_r, sizeof(sa->cookie_r)) == 0)
			return true;
	return false;
}

/* 0, -ENOENT or -EBUSY. */
static int look_for(const struct ike_status *ike, const struct agent_sa *sa)
{
	if (sa->isakmp)
		return has_isakmp(ike, sa) ? 0 : -ENOENT;
	for (uint32_t i = 0; i < ike->child_count; i++)
		if (ike->child[i].spi_in == sa->spi_in)
			return ike->child[i].negotiating ? -EBUSY : 0;
	return -ENOENT;
}

int agent_sa_delete(struct agent *agent, const struct agent_sa *sa)
{
	struct tunnel *t =
	    sa->tunnel && sa->tunnel <= config_tunnels() ? agent->tunnel[sa->tunnel] : NULL;
	struct ike_event event = {
	    .type = sa->isakmp ? IKE_EV_DELETE_ISAKMP : IKE_EV_DELETE_CHILD, .spi = sa->spi_in};
	struct ike_status ike;
	int rc;

	if (!t || !t->peer)
		return -ENOENT;
	ike_peer_status(t->peer, mono_now(), &ike);
	rc = look_for(&ike, sa);
	if (rc)
		return rc;
	memcpy(event.cookie_i, sa->cookie_i, sizeof(event.cookie_i));
	memcpy(event.cookie_r, sa->cookie_r, sizeof(event.cookie_r));
	tunnel_event(t, &event);
	return 0;
}
