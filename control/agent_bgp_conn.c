/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One BGP session and its TCP: the switch that turns the engine's actions into effects.
 *
 * A session through a tunnel is bound to the tunnel's interface in both directions: a connection to
 * our inside address from the LAN, the WAN or another tunnel meets no listener and is reset by the
 * kernel; one from a wrong address through the right tunnel is reset before a byte is read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "control/agent_bgp.h"
#include "control/tunnel.h"

const char *bgp_session_device(const struct bgp_session *s, char name[BGP_DEVICE_BYTES])
{
	if (!s->tunnel)
		return NULL;
	(void)snprintf(name, BGP_DEVICE_BYTES, "tunnel%u", s->tunnel);
	return name;
}

static struct bgp_conn *conn_by_id(struct bgp_session *s, uint32_t id)
{
	for (unsigned i = 0; i < BGP_CONNS; i++)
		if (s->conn[i].id == id)
			return &s->conn[i];
	return NULL;
}

static struct bgp_conn *conn_new(struct bgp_session *s, uint32_t id)
{
	struct bgp_conn *c = conn_by_id(s, 0);

	if (c)
		*c = (struct bgp_conn){.session = s, .id = id};
	return c;
}

/* ---- events of TCP ---- */

static void on_connected(void *ctx)
{
	struct bgp_conn *c = ctx;

	c->session->tcp_error = 0;
	bgp_session_event(c->session,
	    &(struct bgp_event){
		.type = c->id & BGP_CONN_OURS ? BGP_EV_CONNECTED : BGP_EV_ACCEPTED, .conn = c->id});
}

static void on_bytes(void *ctx, const uint8_t *data, size_t bytes)
{
	struct bgp_conn *c = ctx;

	bgp_session_event(c->session,
	    &(struct bgp_event){.type = BGP_EV_BYTES, .conn = c->id, .data = data, .bytes = bytes});
}

static void on_writable(void *ctx)
{
	struct bgp_conn *c = ctx;

	bgp_session_event(c->session, &(struct bgp_event){.type = BGP_EV_WRITABLE, .conn = c->id});
}

static void on_closed(void *ctx, int error)
{
	struct bgp_conn *c = ctx;
	struct bgp_session *s = c->session;
	uint32_t id = c->id;

	if (error)
		s->tcp_error = -error;
	if (error)
		log_debug("bgp neighbor=%u tcp=closed error=%s", s->neighbor.id, strerror(-error));
	c->tcp = NULL;
	c->id = 0;
	bgp_session_event(s, &(struct bgp_event){.type = BGP_EV_CLOSED, .conn = id});
}

static const struct tcp_handler handler = {
    .connected = on_connected, .bytes = on_bytes, .writable = on_writable, .closed = on_closed};

/* ---- actions ---- */

/* Id of the connection that is lost in doing it, 0 = none. */
static uint32_t act_connect(struct bgp_session *s, uint32_t id)
{
	struct bgp_conn *c = conn_new(s, id);
	char name[BGP_DEVICE_BYTES];
	int rc;

	if (!c)
		return id;
	rc = tcp_connect(s->agent->loop, &s->config.local, &s->config.remote, BGP_PORT,
	    bgp_session_device(s, name), &handler, c, &c->tcp, NULL);
	if (rc == 0)
		return 0;
	s->tcp_error = -rc;
	log_debug("bgp neighbor=%u tcp=connect error=%s", s->neighbor.id, strerror(-rc));
	c->id = 0;
	return id;
}

static uint32_t act_send(struct bgp_session *s, const struct bgp_action *a)
{
	struct bgp_conn *c = conn_by_id(s, a->conn);
	int rc;

	if (!c || !c->tcp)
		return a->conn;
	rc = tcp_send(c->tcp, a->data, a->bytes);
	if (rc == 0)
		return 0;
	tcp_abort(c->tcp);
	*c = (struct bgp_conn){0};
	return a->conn;
}

static void act_close(struct bgp_session *s, uint32_t id)
{
	struct bgp_conn *c = conn_by_id(s, id);

	if (!c)
		return;
	tcp_close(c->tcp);
	*c = (struct bgp_conn){0};
}

static uint32_t act(struct bgp_session *s, const struct bgp_action *a)
{
	switch (a->type) {
	case BGP_ACT_CONNECT: return act_connect(s, a->conn);
	case BGP_ACT_SEND: return act_send(s, a);
	case BGP_ACT_CLOSE: act_close(s, a->conn); break;
	case BGP_ACT_STATE: break; /* the engine has logged it */
	case BGP_ACT_RIB_CHANGED: agent_touch(s->agent); break;
	}
	return 0;
}

static void on_timer(uv_timer_t *timer)
{
	bgp_session_event(timer->data, &(struct bgp_event){.type = BGP_EV_TIMER});
}

static void set_timer(struct bgp_session *s)
{
	mono_t wake = bgp_next_wake(s->peer);
	int64_t msec;

	if (mono_is_never(wake)) {
		(void)uv_timer_stop(&s->timer);
		return;
	}
	uv_update_time(s->agent->loop);
	msec = mono_diff_msec(wake, mono_now());
	(void)uv_timer_start(&s->timer, on_timer, msec > 0 ? (uint64_t)msec : 0, 0);
}

void bgp_session_event(struct bgp_session *s, const struct bgp_event *event)
{
	uint32_t lost[BGP_ACTIONS];
	struct bgp_actions *actions;
	size_t lost_count = 0;

	if (!s->peer)
		return;
	actions = malloc(sizeof(*actions));
	if (!actions) {
		/* Bytes of a stream cannot be left out: the session ends and begins again. */
		bgp_session_close_all(s);
		return;
	}
	actions->count = 0;
	bgp_input(s->peer, mono_now(), event, actions);
	for (size_t i = 0; i < actions->count; i++) {
		uint32_t id = act(s, &actions->action[i]);

		if (id)
			lost[lost_count++] = id;
	}
	free(actions);
	for (size_t i = 0; i < lost_count; i++)
		bgp_session_event(s, &(struct bgp_event){.type = BGP_EV_CLOSED, .conn = lost[i]});
	set_timer(s);
}

void bgp_session_close_all(struct bgp_session *s)
{
	for (unsigned i = 0; i < BGP_CONNS; i++) {
		if (s->conn[i].tcp)
			tcp_close(s->conn[i].tcp);
		s->conn[i] = (struct bgp_conn){0};
	}
}

/* ---- listening ---- */

/* The session that a connection through `listening`'s interface from `remote` belongs to. */
static struct bgp_session *session_of(struct bgp_session *listening, const struct ip_addr *remote)
{
	struct agent_bgp *bgp = listening->agent->bgp;

	for (size_t i = 0; i < bgp->session_count; i++) {
		struct bgp_session *s = bgp->session[i];

		if (s->peer && s->tunnel == listening->tunnel &&
		    ip_addr_equal(&s->config.local, &listening->config.local) &&
		    ip_addr_equal(&s->config.remote, remote))
			return s;
	}
	return NULL;
}

static void *on_accept(void *ctx, struct tcp_conn *tcp, const struct ip_addr *remote)
{
	struct bgp_session *listening = ctx;
	struct bgp_session *s = session_of(listening, remote);
	struct agent_bgp *bgp = listening->agent->bgp;
	char text[IP_ADDR_TEXT_BYTES];
	struct bgp_conn *c;

	bgp->next_conn = (bgp->next_conn + 1) & ~BGP_CONN_OURS;
	if (bgp->next_conn == 0)
		bgp->next_conn = 1;
	c = s ? conn_new(s, bgp->next_conn) : NULL;
	if (!c) {
		log_notice("bgp source=%s action=reset reason=%s", ip_addr_format(remote, text),
		    s ? "too-many-connections" : "not-a-neighbor");
		return NULL;
	}
	c->tcp = tcp;
	return c;
}

void bgp_session_listen(struct bgp_session *s)
{
	struct agent_bgp *bgp = s->agent->bgp;
	const struct netlink_link *link = NULL;
	char name[BGP_DEVICE_BYTES];
	const char *device = bgp_session_device(s, name);
	uint32_t index = 0;
	int rc;

	if (device) {
		link = netlink_link_by_name(s->agent->netlink, device);
		index = link && link->up ? link->index : UINT32_MAX;
	}
	if (s->listener && s->listener_index != index) {
		tcp_listener_close(s->listener);
		s->listener = NULL;
	}
	if (s->listener || !s->peer || index == UINT32_MAX ||
	    !agent_owns_address(s->agent, &s->config.local))
		return;
	for (size_t i = 0; i < bgp->session_count; i++) {
		const struct bgp_session *other = bgp->session[i];

		if (other->listener && other->tunnel == s->tunnel &&
		    ip_addr_equal(&other->config.local, &s->config.local))
			return; /* one listener serves all neighbors behind one address */
	}
	rc = tcp_listen(s->agent->loop, &s->config.local, BGP_PORT, device, on_accept, &handler, s,
	    &s->listener);
	if (rc)
		log_notice("bgp neighbor=%u listen=failed error=%s", s->neighbor.id, strerror(-rc));
	else
		s->listener_index = index;
}
