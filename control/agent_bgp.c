/* SPDX-License-Identifier: BSD-3-Clause
 *
 * BGP sessions as configured: which there are, what they announce, what they may teach us.
 *
 * Lines about BGP take effect at `bgp configure refresh`: a copy of that part of the model is kept,
 * and a session whose part did not change is not touched. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_bgp.h"
#include "control/imports.h"
#include "control/sys/rand.h"
#include "control/tunnel.h"

/* ---- the copy of the configuration ---- */

static void free_config(struct config_bgp *config)
{
	free(config->filter);
	free(config->import);
	*config = (struct config_bgp){0};
}

static int copy_config(const struct config_bgp *from, struct config_bgp *to)
{
	struct config_bgp copy = *from;

	copy.filter = calloc(from->filter_count ? from->filter_count : 1, sizeof(*copy.filter));
	copy.import = calloc(from->import_count ? from->import_count : 1, sizeof(*copy.import));
	if (!copy.filter || !copy.import) {
		free_config(&copy);
		return -ENOMEM;
	}
	if (from->filter_count)
		memcpy(copy.filter, from->filter, from->filter_count * sizeof(*copy.filter));
	if (from->import_count)
		memcpy(copy.import, from->import, from->import_count * sizeof(*copy.import));
	free_config(to);
	*to = copy;
	return 0;
}

/* ---- what may come in ---- */

/* Asked for each prefix that comes: ten thousand of them look at the ports' addresses, and only
 * that of a host at thousands of tunnels. */
static bool accept_prefix(void *ctx, const struct bgp_config *from, const struct ip_prefix *prefix)
{
	const struct agent *agent = ctx;
	const bool host = prefix->length == ip_family_bits(prefix->addr.family);

	for (uint32_t n = 1; n <= CONFIG_LANS; n++) {
		size_t count;
		const struct netlink_addr *addrs =
		    netlink_addrs_of(agent->netlink, agent->lan[n].index, &count);

		for (size_t i = 0; agent->lan[n].present && i < count; i++)
			if (!imports_accept(prefix, &addrs[i].address, 1, NULL, 0))
				return false;
	}
	for (uint32_t n = 1; host && n <= config_tunnels(); n++)
		if (agent->tunnel[n] && agent->tunnel[n]->complete &&
		    !imports_accept(prefix, NULL, 0, &agent->tunnel[n]->config.remote, 1))
			return false;
	return imports_accept(prefix, NULL, 0, NULL, 0);
}

/* ---- sessions ---- */

static void log_line(void *ctx, bool debug, const char *line)
{
	const struct bgp_session *s = ctx;

	if (s->tunnel)
		log_write(
		    debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "%s tunnel=%u", line, s->tunnel);
	else
		log_write(debug ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO, "%s", line);
}

/* The tunnel whose inside the neighbor is on, 0 = none. Of those configured, not of those that are
 * enabled: by any other way nothing may be sent to it. */
static uint32_t tunnel_towards(const struct agent *agent, const struct ip_addr *addr)
{
	for (uint32_t n = 1; n <= config_tunnels(); n++) {
		const struct config_tunnel *config = &agent->model->tunnel[n];

		if ((config->remote_set && ip_addr_equal(&config->remote, addr)) ||
		    (config->address_set && ip_prefix_contains(&config->address, addr)))
			return n;
	}
	return 0;
}

/* Our address towards the neighbor: as configured, else that of the tunnel or the port. */
static struct ip_addr local_address(const struct bgp_session *s)
{
	const struct config_tunnel *config = &s->agent->model->tunnel[s->tunnel];

	if (s->neighbor.local_set)
		return s->neighbor.local;
	if (s->tunnel && config->address_set)
		return config->address.addr;
	return agent_lan_address(s->agent, agent_lan_towards(s->agent, &s->neighbor.address));
}

/* Configured, else the address of a LAN, else any of ours. Host order, 0 = none yet. */
static uint32_t router_id(const struct agent_bgp *bgp)
{
	struct ip_addr addr = bgp->config.router_id;

	if (!bgp->config.router_id_set)
		addr = agent_lan_source(bgp->agent);
	if (addr.family == IP_FAMILY_NONE)
		addr = agent_lan_address(bgp->agent, agent_wan(bgp->agent));
	return addr.family == IP_FAMILY_V4 ? ip_addr_v4_host(&addr) : 0;
}

static bool is_established(const struct bgp_session *s)
{
	struct bgp_status status;

	if (!s->peer)
		return false;
	bgp_peer_status(s->peer, &status);
	return status.state == BGP_ESTABLISHED;
}

static bool any_established(const struct agent_bgp *bgp)
{
	for (size_t i = 0; i < bgp->session_count; i++)
		if (is_established(bgp->session[i]))
			return true;
	return false;
}

/* A new id ends every session: whatever becomes of the address that it was taken from, the one in
 * use stays while a session is up, unless `bgp configure refresh` asks for a new choice. */
static void choose_router_id(struct agent_bgp *bgp)
{
	if (bgp->router_id == 0 || !any_established(bgp))
		bgp->router_id = router_id(bgp);
}

/* The neighbor's own metric, else that of the first import filter that has one. */
static bool find_med(const struct agent_bgp *bgp, const struct config_neighbor *n, uint32_t *med)
{
	*med = n->metric;
	if (n->metric_set)
		return true;
	for (uint32_t i = 0; i < bgp->config.import_count; i++) {
		const struct config_import *import = &bgp->config.import[i];

		for (uint32_t j = 0; import->remote_as == n->remote_as && j < import->filter_count;
		     j++)
			for (uint32_t k = 0; k < bgp->config.filter_count; k++)
				if (bgp->config.filter[k].number == import->filter[j] &&
				    bgp->config.filter[k].metric_set) {
					*med = bgp->config.filter[k].metric;
					return true;
				}
	}
	return false;
}

/* False: an address of ours is not known yet. */
static bool make_config(struct agent_bgp *bgp, struct bgp_session *s, struct bgp_config *config)
{
	memset(config, 0, sizeof(*config));
	config->neighbor = s->neighbor.id;
	config->local_as = bgp->config.autonomous_system;
	config->remote_as = s->neighbor.remote_as;
	config->local = local_address(s);
	config->remote = s->neighbor.address;
	config->router_id = bgp->router_id;
	config->hold_time_sec = s->neighbor.hold_time;
	config->med_set = find_med(bgp, &s->neighbor, &config->med);
	config->passive = s->neighbor.passive;
	return config->local.family == IP_FAMILY_V4 && config->router_id != 0;
}

static void stop_engine(struct bgp_session *s)
{
	if (!s->peer)
		return;
	bgp_session_event(s, &(struct bgp_event){.type = BGP_EV_STOP});
	bgp_session_close_all(s);
	tcp_listener_close(s->listener);
	s->listener = NULL;
	(void)uv_timer_stop(&s->timer);
	bgp_peer_free(s->peer);
	s->peer = NULL;
	s->started = false;
	free(s->announced);
	s->announced = NULL;
	s->announced_count = 0;
	agent_touch(s->agent);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void session_free(struct bgp_session *s)
{
	stop_engine(s);
	uv_close((uv_handle_t *)&s->timer, on_closed);
}

/* At its place in the order of ids, in which they are shown. */
static struct bgp_session *session_new(struct agent_bgp *bgp, const struct config_neighbor *config)
{
	struct bgp_session *s = calloc(1, sizeof(*s));
	size_t at = bgp->session_count;

	if (!s)
		return NULL;
	s->agent = bgp->agent;
	s->neighbor = *config;
	s->env = (struct bgp_env){.ctx = s, .random = rand_bytes, .log = log_line};
	(void)uv_timer_init(bgp->agent->loop, &s->timer);
	s->timer.data = s;
	for (; at > 0 && bgp->session[at - 1]->neighbor.id > config->id; at--)
		bgp->session[at] = bgp->session[at - 1];
	bgp->session[at] = s;
	bgp->session_count++;
	return s;
}

static struct bgp_session *session_by_id(struct agent_bgp *bgp, uint32_t id)
{
	for (size_t i = 0; i < bgp->session_count; i++)
		if (bgp->session[i]->neighbor.id == id)
			return bgp->session[i];
	return NULL;
}

/* Into the log and for who asked; the session comes up all the same. */
static void warn_missing_filter(const struct config_bgp *config, char *error, size_t error_bytes)
{
	uint32_t as;
	const uint32_t *filter = imports_missing(config, &as);

	if (!filter)
		return;
	(void)snprintf(error, error_bytes,
	    "warning: bgp import %u static names filter %u, and there is no bgp import filter %u",
	    as, *filter, *filter);
	log_info("bgp refresh=done %s", error);
}

/* How many neighbors are wanted: all of them, or none. */
static uint32_t wanted_count(const struct agent_bgp *bgp)
{
	return bgp->config.use && bgp->config.autonomous_system ? bgp->config.neighbor_count : 0;
}

static bool is_wanted(const struct agent_bgp *bgp, uint32_t id)
{
	for (uint32_t i = 0; i < wanted_count(bgp); i++)
		if (bgp->config.neighbor[i].id == id)
			return true;
	return false;
}

static void end_unwanted(struct agent_bgp *bgp)
{
	for (size_t i = 0; i < bgp->session_count;) {
		struct bgp_session *s = bgp->session[i];

		if (is_wanted(bgp, s->neighbor.id)) {
			i++;
			continue;
		}
		bgp->session_count--;
		memmove(&bgp->session[i], &bgp->session[i + 1],
		    (bgp->session_count - i) * sizeof(bgp->session[0]));
		session_free(s);
	}
}

/* A session for each neighbor that is wanted; there is room, as all others have ended. */
static int follow_neighbors(struct agent_bgp *bgp)
{
	for (uint32_t i = 0; i < wanted_count(bgp); i++) {
		const struct config_neighbor *n = &bgp->config.neighbor[i];
		struct bgp_session *s = session_by_id(bgp, n->id);

		if (!s && !(s = session_new(bgp, n)))
			return -ENOMEM;
		s->neighbor = *n;
	}
	return 0;
}

int agent_bgp_refresh(struct agent *agent, char *error, size_t error_bytes)
{
	struct agent_bgp *bgp = agent->bgp;
	int rc;

	if (!agent->model)
		return 0;
	if (copy_config(&agent->model->bgp, &bgp->config)) {
		(void)snprintf(error, error_bytes, "no memory");
		return -ENOMEM;
	}
	bgp->router_id = 0;
	warn_missing_filter(&bgp->config, error, error_bytes);
	end_unwanted(bgp);
	rc = follow_neighbors(bgp);
	if (rc)
		(void)snprintf(error, error_bytes, "no memory");
	agent_touch(agent);
	return rc;
}

/* ---- following the world ---- */

/* Starts, or starts again, an engine whose part of the configuration is not the running one. */
static void sync_engine(struct agent_bgp *bgp, struct bgp_session *s)
{
	struct bgp_config config;
	uint32_t tunnel = tunnel_towards(s->agent, &s->neighbor.address);
	bool ready;

	if (tunnel != s->tunnel) {
		stop_engine(s);
		s->tunnel = tunnel;
	}
	ready = make_config(bgp, s, &config);
	if (s->peer && ready && memcmp(&config, &s->config, sizeof(config)) == 0)
		return;
	if (s->peer && !ready)
		return; /* an address that is gone for a moment: the session goes on or times out */
	stop_engine(s);
	memcpy(&s->config, &config, sizeof(config));
	if (!ready)
		return;
	s->peer = bgp_peer_new(&s->config, &s->env, bgp->rib);
	if (!s->peer)
		log_error("bgp neighbor=%u state=refused", s->neighbor.id);
}

static void sync_start(struct bgp_session *s)
{
	const struct tunnel *t = s->tunnel ? s->agent->tunnel[s->tunnel] : NULL;

	if (!s->peer || s->started || (s->tunnel && (!t || !tunnel_is_open(t))))
		return;
	if (!agent_owns_address(s->agent, &s->config.local))
		return;
	s->started = true;
	bgp_session_event(s, &(struct bgp_event){.type = BGP_EV_START});
}

static void sync_announce(
    struct agent_bgp *bgp, struct bgp_session *s, const struct ip_prefix *routes, size_t count)
{
	struct ip_prefix *set = calloc(count ? count : 1, sizeof(*set));
	int refused;

	if (!set)
		return;
	if (count)
		memcpy(set, routes, count * sizeof(*set));
	count = imports_select(&bgp->config, s->neighbor.remote_as, set, count);
	if (s->announced && count == s->announced_count &&
	    (count == 0 || memcmp(set, s->announced, count * sizeof(*set)) == 0)) {
		free(set);
		return;
	}
	refused = bgp_peer_set_export(s->peer, set, count);
	if (refused < 0) {
		free(set);
		return;
	}
	if (refused)
		log_notice(
		    "bgp neighbor=%u announce=%zu refused=%d", s->neighbor.id, count, refused);
	free(s->announced);
	s->announced = set;
	s->announced_count = count;
	bgp_session_event(s, &(struct bgp_event){.type = BGP_EV_EXPORT_CHANGED});
}

void agent_bgp_sync(struct agent *agent, mono_t now)
{
	struct agent_bgp *bgp = agent->bgp;
	struct ip_prefix *routes;
	size_t max, count;

	if (bgp->session_count == 0)
		return;
	(void)netlink_addrs(agent->netlink, &max);
	max += agent->static_count;
	routes = calloc(max ? max : 1, sizeof(*routes));
	if (!routes)
		return;
	count = agent_routes_static(agent, routes, max);
	choose_router_id(bgp);
	for (size_t i = 0; i < bgp->session_count; i++) {
		struct bgp_session *s = bgp->session[i];

		sync_engine(bgp, s);
		if (!s->peer)
			continue;
		sync_announce(bgp, s, routes, count);
		bgp_session_listen(s);
		sync_start(s);
	}
	free(routes);
}

void agent_bgp_tunnel_changed(struct agent *agent, struct tunnel *tunnel, bool up)
{
	struct agent_bgp *bgp = agent->bgp;

	/* A session that is trying waits for long between attempts: a tunnel that has just come up
	 * is the moment for one. The start itself is that of the next sync. */
	for (size_t i = 0; up && i < bgp->session_count; i++) {
		struct bgp_session *s = bgp->session[i];

		if (s->tunnel != tunnel->number || !s->peer || !s->started || is_established(s))
			continue;
		bgp_session_event(s, &(struct bgp_event){.type = BGP_EV_STOP});
		s->started = false;
	}
}

bool agent_bgp_tunnel_leaves(struct agent *agent, struct tunnel *tunnel)
{
	bool told = false;

	for (size_t i = 0; i < agent->bgp->session_count; i++) {
		struct bgp_session *s = agent->bgp->session[i];

		if (s->tunnel != tunnel->number)
			continue;
		told = told || is_established(s);
		stop_engine(s);
	}
	return told;
}

const struct bgp_rib *agent_bgp_rib(const struct agent *agent)
{
	return agent->bgp->rib;
}

bool agent_bgp_in_use(const struct agent *agent)
{
	return agent->bgp->session_count > 0;
}

uint32_t agent_bgp_tunnel(const struct agent *agent, const struct bgp_config *neighbor)
{
	for (size_t i = 0; i < agent->bgp->session_count; i++)
		if (agent->bgp->session[i]->neighbor.id == neighbor->neighbor)
			return agent->bgp->session[i]->tunnel;
	return 0;
}

int agent_bgp_new(struct agent *agent)
{
	struct agent_bgp *bgp = calloc(1, sizeof(*bgp));

	if (!bgp)
		return -ENOMEM;
	bgp->agent = agent;
	bgp->rib = bgp_rib_new();
	if (!bgp->rib) {
		free(bgp);
		return -ENOMEM;
	}
	bgp_rib_set_filter(bgp->rib, accept_prefix, agent);
	agent->bgp = bgp;
	return 0;
}

void agent_bgp_stop(struct agent *agent)
{
	while (agent->bgp->session_count)
		session_free(agent->bgp->session[--agent->bgp->session_count]);
}

void agent_bgp_free(struct agent *agent)
{
	if (!agent->bgp)
		return;
	agent_bgp_stop(agent);
	free_config(&agent->bgp->config);
	bgp_rib_free(agent->bgp->rib);
	free(agent->bgp);
	agent->bgp = NULL;
}

const struct bgp_peer *agent_bgp_peer(const struct agent *agent, const struct ip_addr *neighbor)
{
	const struct agent_bgp *bgp = agent->bgp;

	for (size_t i = 0; i < bgp->session_count; i++)
		if (ip_addr_equal(&bgp->session[i]->config.remote, neighbor))
			return bgp->session[i]->peer;
	return NULL;
}

size_t agent_neighbors(struct agent *agent, struct agent_bgp_status *out, size_t max)
{
	struct agent_bgp *bgp = agent->bgp;

	for (size_t i = 0; i < bgp->session_count && i < max; i++) {
		struct bgp_session *s = bgp->session[i];

		out[i] = (struct agent_bgp_status){
		    .config = &s->config, .tunnel = s->tunnel, .tcp_error = s->tcp_error};
		if (!s->peer)
			continue;
		bgp_peer_status(s->peer, &out[i].status);
		for (unsigned c = 0; c < BGP_CONNS; c++)
			if (s->conn[c].id && s->conn[c].id == out[i].status.conn && s->conn[c].tcp)
				tcp_ports(s->conn[c].tcp, &out[i].local_port, &out[i].remote_port);
	}
	return bgp->session_count;
}
