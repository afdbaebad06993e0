/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A tunnel's life, and the one switch that turns the IKE engine's actions into effects.
 *
 * Who starts what: agent_apply() says which tunnels there are (tunnel_apply_all), a sync finds the
 * way to the endpoint and starts the engine (tunnel_sync_all), the engine does the rest. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/sys/rand.h"
#include "control/sys/twins.h"
#include "control/sys/udp_holder.h"
#include "control/tunnel.h"

#define HOLDER_SEC 5   /* between two looks for who has a port of ours */
#define LEAVE_MSEC 100 /* for a segment of TCP through kernel, dataplane and the way to AWS */

struct tunnel *tunnel_by_instance(struct agent *agent, uint64_t instance)
{
	for (uint32_t n = 1; n <= config_tunnels(); n++)
		if (agent->tunnel[n] && agent->tunnel[n]->instance == instance)
			return agent->tunnel[n];
	return NULL;
}

/* ---- the engine's environment ---- */

static uint32_t spi_reserve(void *ctx)
{
	struct tunnel *t = ctx;
	uint32_t spi;

	if (publish_alloc_spi(t->agent->publish, mono_now(), &spi) == SHM_INDEX_NONE)
		return 0;
	return spi;
}

static void spi_release(void *ctx, uint32_t spi)
{
	struct tunnel *t = ctx;
	struct publish *p = t->agent->publish;

	publish_unalloc(p, CFG_TABLE_SAS, publish_spi_slot(p, spi));
}

static void log_line(void *ctx, bool debug, const char *line)
{
	const struct tunnel *t = ctx;

	log_write(debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "%s tunnel=%u", line, t->number);
}

/* ---- actions ---- */

static void act_send(struct tunnel *t, const struct ike_action *a)
{
	int rc = agent_udp_send(t->udp, a->u.send.local_port, &a->u.send.remote,
	    a->u.send.remote_port, a->u.send.keepalive, a->u.send.data, a->u.send.bytes);

	if (rc)
		log_debug("tunnel number=%u send=failed error=%s", t->number, strerror(-rc));
}

/* False: the key exchange could not be started. */
static bool act(struct tunnel *t, const struct ike_action *a)
{
	switch (a->type) {
	case IKE_ACT_SEND: act_send(t, a); break;
	case IKE_ACT_DH: return tunnel_dh_start(t, a) == 0;
	case IKE_ACT_CHILD_ADD_IN: tunnel_sa_add_in(t, &a->u.child); break;
	case IKE_ACT_CHILD_USE_OUT: tunnel_sa_use_out(t, &a->u.child); break;
	case IKE_ACT_CHILD_DEL_OUT: tunnel_sa_del_out(t, a->u.child.spi_in); break;
	case IKE_ACT_CHILD_DEL_IN: tunnel_sa_del_in(t, a->u.child.spi_in); break;
	case IKE_ACT_STATE: break; /* logged by the engine, read by ike_peer_status() */
	}
	return true;
}

static void on_timer(uv_timer_t *timer)
{
	tunnel_event(timer->data, &(struct ike_event){.type = IKE_EV_TIMER});
}

static void set_timer(struct tunnel *t)
{
	mono_t wake = ike_next_wake(t->peer);
	int64_t msec;

	if (mono_is_never(wake)) {
		(void)uv_timer_stop(&t->timer);
		return;
	}
	uv_update_time(t->agent->loop);
	msec = mono_diff_msec(wake, mono_now());
	(void)uv_timer_start(&t->timer, on_timer, msec > 0 ? (uint64_t)msec : 0, 0);
}

void tunnel_event(struct tunnel *t, const struct ike_event *event)
{
	struct ike_actions *actions;
	struct ike_event failed = {.type = IKE_EV_DH_DONE, .dh.error = -ENOMEM};
	bool dh_failed = false;

	if (!t->peer)
		return;
	actions = malloc(sizeof(*actions));
	if (!actions)
		return; /* as if it had been lost: the engines retransmit */
	actions->count = 0;
	ike_input(t->peer, mono_now(), event, actions);
	for (size_t i = 0; i < actions->count; i++) {
		if (!act(t, &actions->action[i])) {
			failed.dh.id = actions->action[i].u.dh.id;
			dh_failed = true;
		}
	}
	ike_actions_clear(actions);
	free(actions);
	if (dh_failed)
		tunnel_event(t, &failed);
	else
		set_timer(t);
}

/* ---- starting and stopping the engine ---- */

static void stop_peer(struct tunnel *t, bool say)
{
	if (!t->peer)
		return;
	if (say)
		tunnel_event(t, &(struct ike_event){.type = IKE_EV_STOP});
	(void)uv_timer_stop(&t->timer);
	publish_cancel(t->agent->publish, t);
	tunnel_sa_clear(t);
	ike_peer_free(t->peer);
	t->peer = NULL;
	agent_udp_leave(t);
	agent_udp_put(t->agent, t->udp);
	t->udp = NULL;
	secret_wipe(&t->running, sizeof(t->running));
}

/* Logged when it is another reason than the one before. */
static void tell_no_socket(struct tunnel *t, const struct ip_addr *source, int rc)
{
	char text[IP_ADDR_TEXT_BYTES], holder[80];
	mono_t now = mono_now();

	/* Who holds it is looked for now and then, not at every sync. */
	if (!t->refused[0] || !mono_before(now, t->holder_at)) {
		bool held = rc == -EADDRINUSE &&
			    (udp_holder(source, IKE_PORT, holder, sizeof(holder)) ||
				udp_holder(source, IKE_NATT_PORT, holder, sizeof(holder)));

		t->holder_at = mono_add_sec(now, HOLDER_SEC);
		(void)snprintf(t->reason, sizeof(t->reason), "no socket on %s: %s",
		    ip_addr_format(source, text), held ? holder : strerror(-rc));
		if (strcmp(t->refused, t->reason) != 0)
			log_error(
			    "tunnel number=%u ike=refused reason=\"%s\"", t->number, t->reason);
		memcpy(t->refused, t->reason, sizeof(t->refused));
	}
	memcpy(t->reason, t->refused, sizeof(t->reason));
	t->fault = AGENT_TUNNEL_SOCKET;
}

static void start_peer(struct tunnel *t, const struct ip_addr *source)
{
	char text[2][IP_ADDR_TEXT_BYTES];
	const char *error = NULL;
	int rc = agent_udp_get(t->agent, source, &t->udp);

	t->no_socket = rc != 0;
	if (rc) {
		tell_no_socket(t, source, rc);
		return;
	}
	t->source = *source;
	memcpy(&t->running, &t->config, sizeof(t->running));
	if (t->running.local.family == IP_FAMILY_NONE)
		t->running.local = *source;
	t->env = (struct ike_env){.ctx = t,
	    .random = rand_bytes,
	    .spi_reserve = spi_reserve,
	    .spi_release = spi_release,
	    .log = log_line};
	t->peer = ike_peer_new(&t->running, &t->env, &error);
	if (!t->peer) {
		(void)snprintf(t->reason, sizeof(t->reason), "%s", error ? error : "no memory");
		t->fault = error ? AGENT_TUNNEL_CONFIG : AGENT_TUNNEL_OTHER;
		if (strcmp(t->refused, t->reason) != 0)
			log_error(
			    "tunnel number=%u ike=refused reason=\"%s\"", t->number, t->reason);
		memcpy(t->refused, t->reason, sizeof(t->refused));
		agent_udp_put(t->agent, t->udp);
		t->udp = NULL;
		t->complete = false;
		return;
	}
	agent_udp_join(t);
	t->refused[0] = t->reason[0] = '\0';
	t->fault = AGENT_TUNNEL_OTHER;
	log_info("tunnel number=%u ike=start source=%s identity=%s", t->number,
	    ip_addr_format(source, text[0]), ip_addr_format(&t->running.local, text[1]));
	tunnel_event(t, &(struct ike_event){.type = IKE_EV_START});
}

/* ---- what the model wants ---- */

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void tunnel_free(struct tunnel *t)
{
	stop_peer(t, true);
	publish_cancel(t->agent->publish, t);
	publish_retire(t->agent->publish, CFG_TABLE_TUNNELS, t->slot);
	t->agent->tunnel[t->number] = t->agent->tunnel_at[t->slot] = NULL;
	secret_wipe(&t->config, sizeof(t->config));
	uv_close((uv_handle_t *)&t->timer, on_closed);
}

static struct tunnel *tunnel_new(struct agent *agent, uint32_t number)
{
	struct tunnel *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->agent = agent;
	t->number = number;
	t->instance = rand_u64();
	t->sa_out = SHM_INDEX_NONE;
	t->path.adj = SHM_INDEX_NONE;
	t->slot = publish_alloc(agent->publish, CFG_TABLE_TUNNELS, mono_now());
	if (t->slot == SHM_INDEX_NONE) {
		free(t);
		return NULL;
	}
	(void)uv_timer_init(agent->loop, &t->timer);
	t->timer.data = t;
	agent->tunnel[number] = agent->tunnel_at[t->slot] = t;
	return t;
}

/* True while the tunnel goes on as it is, so that the far end hears from BGP to send by another one
 * before its SAs are gone; it would wait for the hold time. */
static bool leaves(struct agent *agent, struct tunnel *t)
{
	const mono_t now = mono_now();

	if (t->leaving && mono_before(now, t->leave_at))
		return true;
	if (t->leaving || !t->peer || !agent_bgp_tunnel_leaves(agent, t))
		return t->leaving = false;
	t->leave_at = mono_add_msec(now, LEAVE_MSEC);
	return t->leaving = true;
}

static void apply_one(struct agent *agent, struct tunnel *t)
{
	const struct config_policy *policy = config_tunnel_policy(agent->model, t->number);
	struct ike_config config;
	char reason[sizeof(t->reason)];
	bool complete;

	complete = tunnel_config_make(agent->model, t->number, &config, reason, sizeof(reason));
	if (!complete || !tunnel_config_equal(&config, &t->config)) {
		if (leaves(agent, t)) {
			secret_wipe(&config, sizeof(config));
			return;
		}
		if (t->peer)
			log_info("tunnel number=%u ike=stop reason=configuration", t->number);
		stop_peer(t, true);
		memcpy(t->reason, reason, sizeof(t->reason));
		t->fault = complete ? AGENT_TUNNEL_OTHER : AGENT_TUNNEL_CONFIG;
	}
	t->leaving = false;
	t->complete = complete;
	memcpy(&t->config, &config, sizeof(config));
	secret_wipe(&config, sizeof(config));
	t->gateway = policy ? policy->gateway : 0;
	t->replay_check = !policy || policy->replay_check;
}

bool tunnel_is_wanted(const struct agent *agent, uint32_t number)
{
	const struct config_tunnel *want = &agent->model->tunnel[number];

	return want->present && want->enabled;
}

static void follow_model(struct agent *agent, struct tunnel *t)
{
	if (tunnel_is_wanted(agent, t->number))
		apply_one(agent, t);
	else if (!leaves(agent, t))
		tunnel_free(t);
}

int tunnel_apply_all(struct agent *agent, char *error, size_t error_bytes)
{
	/* What can fail is done before anything is changed. */
	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		if (tunnel_is_wanted(agent, n) && !agent->tunnel[n] && !tunnel_new(agent, n)) {
			(void)snprintf(error, error_bytes, "no room for tunnel %u", n);
			return -ENOSPC;
		}
	}
	for (uint32_t n = 1; n <= config_tunnels(); n++)
		if (agent->tunnel[n])
			follow_model(agent, agent->tunnel[n]);
	return 0;
}

/* ---- following the world ---- */

/* The tunnel's TUN, NULL = it is not there. Among thousands of links it is found by its index, once
 * that is known. */
static const struct netlink_link *twin_of(const struct tunnel *t, const char *name)
{
	const struct netlink_link *link = netlink_link_by_index(t->agent->netlink, t->prepared);

	return link && strcmp(link->name, name) == 0
		   ? link
		   : netlink_link_by_name(t->agent->netlink, name);
}

static void sync_twin(struct tunnel *t, const struct config_tunnel *config)
{
	const struct netlink_link *link;
	const struct netlink_addr *addrs;
	char name[SHM_NAME_BYTES];
	bool found = false;
	size_t count;

	(void)snprintf(name, sizeof(name), "tunnel%u", t->number);
	link = twin_of(t, name);
	if (!link)
		return;
	if (t->prepared != link->index) {
		twins_prepare_tunnel(name);
		t->prepared = link->index;
	}
	if (!link->up || (config->mtu && config->mtu != link->mtu))
		(void)netlink_set_link(t->agent->netlink, link->index, true, config->mtu);
	addrs = netlink_addrs_of(t->agent->netlink, link->index, &count);
	for (size_t i = 0; i < count; i++) {
		if (addrs[i].address.addr.family != IP_FAMILY_V4)
			continue;
		if (config->address_set && ip_prefix_equal(&addrs[i].address, &config->address))
			found = true;
		else
			(void)netlink_del_addr(t->agent->netlink, link->index, &addrs[i].address);
	}
	if (config->address_set && !found)
		(void)netlink_add_addr(t->agent->netlink, link->index, &config->address);
}

/* The address our datagrams come from: the configured one where it is ours, else that of the port
 * they leave by; the configured one stays the identity then. Where that port translates addresses
 * its own is what others would come to see. */
static struct ip_addr choose_source(const struct tunnel *t)
{
	if (t->config.local.family != IP_FAMILY_NONE &&
	    !config_lan_translates(t->agent->model, t->path.lan) &&
	    agent_owns_address(t->agent, &t->config.local))
		return t->config.local;
	return agent_lan_address(t->agent, t->path.lan);
}

/* What is to be there before the engine starts. */
static void __attribute__((format(printf, 3, 4)))
wait_for(struct tunnel *t, enum agent_tunnel_fault fault, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(t->reason, sizeof(t->reason), format, args);
	va_end(args);
	t->fault = fault;
}

static void sync_peer(struct tunnel *t, mono_t now)
{
	struct ip_addr source;

	if (!t->complete)
		return;
	source = choose_source(t);
	if (t->peer) {
		if (source.family == IP_FAMILY_NONE || ip_addr_equal(&source, &t->source))
			return;
		log_info("tunnel number=%u ike=stop reason=address-changed", t->number);
		stop_peer(t, false);
	}
	if (t->path.lan == 0)
		wait_for(t, AGENT_TUNNEL_ROUTE, "no route to the remote address");
	else if (source.family == IP_FAMILY_NONE)
		wait_for(t, AGENT_TUNNEL_ADDRESS, "no address on lan%u", t->path.lan);
	else if (t->path.adj == SHM_INDEX_NONE)
		wait_for(
		    t, AGENT_TUNNEL_GATEWAY, "the gateway on lan%u does not answer", t->path.lan);
	else if (!publish_alive(t->agent->publish, now))
		wait_for(t, AGENT_TUNNEL_OTHER, "the dataplane is not running");
	else
		start_peer(t, &source);
}

void tunnel_publish(struct tunnel *t)
{
	const struct config_tunnel *config = &t->agent->model->tunnel[t->number];
	struct cfg_tunnel record = {
	    .instance = t->instance,
	    .flags = CFG_TUNNEL_PRESENT,
	    .number = t->number,
	    .sa_out = SHM_INDEX_NONE,
	    .outer_adj = t->path.adj,
	    .inner_mtu = config->mtu,
	    .mss_limit = config->mss_limit,
	    .df = config->df == CONFIG_DF_CLEAR ? CFG_DF_CLEAR
		  : config->df == CONFIG_DF_SET ? CFG_DF_SET
						: CFG_DF_COPY,
	    .filter_in = agent_filter_list(t->agent, true, t->number, false),
	    .filter_out = agent_filter_list(t->agent, true, t->number, true),
	};

	(void)snprintf(record.twin, sizeof(record.twin), "tunnel%u", t->number);
	if (config->address_set) {
		record.inside_local.family = config->address.addr.family;
		record.inside_local.prefix_length = config->address.length;
		memcpy(record.inside_local.bytes, config->address.addr.bytes, 16);
	}
	if (config->remote_set) {
		record.inside_remote.family = config->remote.family;
		memcpy(record.inside_remote.bytes, config->remote.bytes, 16);
	}
	if (t->complete) {
		record.outer_remote.family = t->config.remote.family;
		memcpy(record.outer_remote.bytes, t->config.remote.bytes, 16);
	}
	if (agent_judges_tell(t->agent, true, t->number))
		record.flags |= CFG_TUNNEL_KERNEL;
	if (t->sa_out != SHM_INDEX_NONE) {
		record.flags |= CFG_TUNNEL_UP;
		record.sa_out = t->child[t->sa_out].slot_out;
		record.sa_out_instance = t->child[t->sa_out].instance_out;
	}
	publish_put(t->agent->publish, CFG_TABLE_TUNNELS, t->slot, &record);
}

static void follow(struct agent *agent, bool twins, mono_t now)
{
	agent_underlay_sync(agent);
	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		struct tunnel *t = agent->tunnel[n];

		if (!t || !tunnel_is_wanted(agent, n)) /* it says goodbye as it was */
			continue;
		if (t->complete)
			agent_path_to(agent, &t->config.remote, &t->path);
		if (twins)
			sync_twin(t, &agent->model->tunnel[n]);
		tunnel_publish(t);
		sync_peer(t, now);
	}
}

void tunnel_sync_all(struct agent *agent, mono_t now)
{
	follow(agent, true, now);
}

void tunnel_look_all(struct agent *agent, mono_t now)
{
	follow(agent, false, now);
}

bool tunnel_poll_all(struct agent *agent, mono_t now)
{
	bool waiting = false;

	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		struct tunnel *t = agent->tunnel[n];

		if (!t)
			continue;
		if (t->leaving && !mono_before(now, t->leave_at)) {
			follow_model(agent, t);
			agent_touch(agent);
			if (!agent->tunnel[n])
				continue;
		}
		if (t->peer)
			waiting = tunnel_sa_poll(t, now) || waiting;
		waiting = waiting || t->leaving;
	}
	return waiting;
}

void tunnel_stop_all(struct agent *agent)
{
	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		if (!agent->tunnel[n])
			continue;
		(void)agent_bgp_tunnel_leaves(agent, agent->tunnel[n]);
		tunnel_free(agent->tunnel[n]);
	}
}

void tunnel_restart_all(struct agent *agent, bool say)
{
	for (uint32_t n = 1; n <= config_tunnels(); n++)
		if (agent->tunnel[n])
			stop_peer(agent->tunnel[n], say);
	agent_touch(agent);
}
