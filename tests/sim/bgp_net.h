/* SPDX-License-Identifier: BSD-3-Clause
 *
 * BGP engines joined by simulated TCP, in virtual time.
 *
 * A link carries connections between two nodes: delay at random, bytes in pieces at random, in
 * order. A link that is cut holds what was sent, as TCP does, and gives it out when it is mended.
 * All of it follows from the seed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/bgp/bgp.h"

#define NET_CONNS  16
#define NET_EVENTS 4096

struct net;

struct net_node {
	struct net *net;
	struct bgp_peer *peer;
	struct bgp_rib *rib;
	unsigned link;
	unsigned side; /* 0 or 1 of its link */
	unsigned rib_changes;
};

/* A TCP connection: the name each side has for it, 0 = that side closed it. */
struct net_conn {
	bool used;
	unsigned link;
	uint32_t id[2];
	int64_t
	    ready_nsec[2]; /* nothing towards that side is given out before what is ahead of it */
};

struct net_event {
	bool used;
	int64_t at_nsec;
	uint64_t order;
	struct net_node *to;
	unsigned conn;
	enum bgp_event_type type;
	uint8_t *data;
	size_t bytes;
};

struct net {
	mono_t now;
	uint32_t random;
	uint32_t delay_msec_max;
	bool cut[4];
	struct net_node *node[4][2]; /* by link and side */
	struct net_conn conn[NET_CONNS];
	struct net_event event[NET_EVENTS];
	size_t event_top; /* all from here on are free */
	uint64_t order;
	uint32_t accepted;
	struct bgp_actions actions;
};

static inline uint32_t net_random(struct net *net, uint32_t below)
{
	net->random = net->random * 1664525u + 1013904223u;
	return (uint32_t)((uint64_t)(net->random >> 8) * below >> 24);
}

static inline void net_env_random(void *ctx, uint8_t *out, size_t bytes)
{
	struct net_node *node = ctx;

	for (size_t i = 0; i < bytes; i++)
		out[i] = (uint8_t)net_random(node->net, 256);
}

static inline void net_init(struct net *net, uint32_t seed)
{
	memset(net, 0, sizeof(*net));
	net->now = (mono_t){100 * MONO_NSEC_PER_SEC};
	net->random = seed * 2654435761u + 1;
	net->delay_msec_max = 20;
}

static inline void net_join(struct net *net, struct net_node *node, unsigned link, unsigned side,
    const struct bgp_config *config, struct bgp_rib *rib)
{
	const struct bgp_env env = {.ctx = node, .random = net_env_random};

	*node = (struct net_node){.net = net, .rib = rib, .link = link, .side = side};
	node->peer = bgp_peer_new(config, &env, rib);
	assert_non_null(node->peer);
	net->node[link][side] = node;
}

static inline void net_schedule(struct net *net, struct net_node *to, unsigned conn,
    enum bgp_event_type type, const uint8_t *data, size_t bytes, int64_t at_nsec)
{
	for (size_t i = 0; i < NET_EVENTS; i++) {
		struct net_event *e = &net->event[i];

		if (e->used)
			continue;
		*e = (struct net_event){.used = true,
		    .at_nsec = at_nsec,
		    .order = net->order++,
		    .to = to,
		    .conn = conn,
		    .type = type,
		    .bytes = bytes};
		if (bytes) {
			e->data = malloc(bytes);
			memcpy(e->data, data, bytes);
		}
		if (i >= net->event_top)
			net->event_top = i + 1;
		return;
	}
	fail_msg("the simulated network is full");
}

/* When something sent now arrives at `side`: later than all before it. */
static inline int64_t net_arrival(struct net *net, struct net_conn *c, unsigned side)
{
	int64_t at =
	    net->now.nsec + (1 + net_random(net, net->delay_msec_max)) * MONO_NSEC_PER_MSEC;

	if (at <= c->ready_nsec[side])
		at = c->ready_nsec[side] + 1;
	c->ready_nsec[side] = at;
	return at;
}

static inline int net_find(struct net *net, const struct net_node *node, uint32_t id)
{
	for (int i = 0; i < NET_CONNS; i++)
		if (net->conn[i].used && net->conn[i].link == node->link &&
		    net->conn[i].id[node->side] == id)
			return i;
	return -1;
}

/* Nothing answers on a link that is cut. */
static inline void net_connect(struct net *net, struct net_node *node, uint32_t id)
{
	struct net_node *other = net->node[node->link][!node->side];

	if (net->cut[node->link])
		return;
	for (unsigned i = 0; i < NET_CONNS; i++) {
		struct net_conn *c = &net->conn[i];

		if (c->used)
			continue;
		*c = (struct net_conn){.used = true, .link = node->link};
		c->id[node->side] = id;
		c->id[other->side] = ++net->accepted;
		net_schedule(
		    net, other, i, BGP_EV_ACCEPTED, NULL, 0, net_arrival(net, c, other->side));
		c->ready_nsec[node->side] = c->ready_nsec[other->side];
		net_schedule(
		    net, node, i, BGP_EV_CONNECTED, NULL, 0, net_arrival(net, c, node->side));
		return;
	}
	fail_msg("too many connections");
}

/* In pieces, and WRITABLE to the sender when the last one is through. */
static inline void net_send(
    struct net *net, struct net_node *node, int conn, const uint8_t *data, size_t bytes)
{
	struct net_node *other = net->node[node->link][!node->side];
	struct net_conn *c = &net->conn[conn];
	int64_t at = 0;

	while (bytes) {
		size_t piece = 1 + net_random(net, (uint32_t)bytes);

		at = net_arrival(net, c, other->side);
		net_schedule(net, other, (unsigned)conn, BGP_EV_BYTES, data, piece, at);
		data += piece;
		bytes -= piece;
	}
	net_schedule(net, node, (unsigned)conn, BGP_EV_WRITABLE, NULL, 0, at + 1);
}

static inline void net_close(struct net *net, struct net_node *node, int conn)
{
	struct net_node *other = net->node[node->link][!node->side];
	struct net_conn *c = &net->conn[conn];

	c->id[node->side] = 0;
	if (c->id[other->side])
		net_schedule(net, other, (unsigned)conn, BGP_EV_CLOSED, NULL, 0,
		    net_arrival(net, c, other->side));
}

static inline void net_input(struct net *net, struct net_node *node, const struct bgp_event *event)
{
	bgp_input(node->peer, net->now, event, &net->actions);
	assert_true(net->actions.count < BGP_ACTIONS + 1);
	for (size_t i = 0; i < net->actions.count; i++) {
		const struct bgp_action *a = &net->actions.action[i];
		int conn = net_find(net, node, a->conn);

		switch (a->type) {
		case BGP_ACT_CONNECT: net_connect(net, node, a->conn); break;
		case BGP_ACT_SEND:
			assert_true(conn >= 0);
			net_send(net, node, conn, a->data, a->bytes);
			break;
		case BGP_ACT_CLOSE:
			if (conn >= 0)
				net_close(net, node, conn);
			break;
		case BGP_ACT_STATE: break;
		case BGP_ACT_RIB_CHANGED: node->rib_changes++; break;
		}
	}
}

static inline void net_start(struct net *net, struct net_node *node)
{
	net_input(net, node, &(struct bgp_event){.type = BGP_EV_START});
}

static inline struct bgp_status net_status(const struct net_node *node)
{
	struct bgp_status status;

	bgp_peer_status(node->peer, &status);
	return status;
}

/* The connections of a link break as if both hosts had sent RST. */
static inline void net_break(struct net *net, unsigned link)
{
	for (unsigned i = 0; i < NET_CONNS; i++) {
		struct net_conn *c = &net->conn[i];

		for (unsigned side = 0; c->used && c->link == link && side < 2; side++)
			if (c->id[side])
				net_schedule(net, net->node[link][side], i, BGP_EV_CLOSED, NULL, 0,
				    net->now.nsec + 1);
	}
}

static inline void net_deliver(struct net *net, struct net_event *e)
{
	struct net_conn *c = &net->conn[e->conn];
	struct net_node *to = e->to;
	uint32_t id = c->id[to->side];
	bool pending = false;

	if (id) {
		net_input(net, to,
		    &(struct bgp_event){
			.type = e->type, .conn = id, .data = e->data, .bytes = e->bytes});
		if (e->type == BGP_EV_CLOSED && c->id[to->side] == id)
			c->id[to->side] = 0;
	}
	free(e->data);
	*e = (struct net_event){0};
	while (net->event_top && !net->event[net->event_top - 1].used)
		net->event_top--;
	for (size_t i = 0; i < net->event_top; i++)
		pending |= net->event[i].used && &net->conn[net->event[i].conn] == c;
	if (!c->id[0] && !c->id[1] && !pending)
		c->used = false;
}

static inline struct net_event *net_next_event(struct net *net)
{
	struct net_event *next = NULL;

	for (size_t i = 0; i < net->event_top; i++) {
		struct net_event *e = &net->event[i];

		if (!e->used || net->cut[net->conn[e->conn].link])
			continue;
		if (!next || e->at_nsec < next->at_nsec ||
		    (e->at_nsec == next->at_nsec && e->order < next->order))
			next = e;
	}
	return next;
}

static inline struct net_node *net_next_timer(struct net *net)
{
	struct net_node *next = NULL;

	for (unsigned link = 0; link < 4; link++) {
		for (unsigned side = 0; side < 2; side++) {
			struct net_node *node = net->node[link][side];

			if (node && (!next || mono_before(bgp_next_wake(node->peer),
						  bgp_next_wake(next->peer))))
				next = node;
		}
	}
	return next;
}

/* Runs to an instant `msec` ahead. */
static inline void net_run(struct net *net, int64_t msec)
{
	mono_t end = mono_add_msec(net->now, msec);

	for (;;) {
		struct net_event *e = net_next_event(net);
		struct net_node *node = net_next_timer(net);
		mono_t timer = node ? bgp_next_wake(node->peer) : MONO_NEVER;
		mono_t at = e ? (mono_t){e->at_nsec} : MONO_NEVER;
		mono_t next = mono_min(at, timer);

		if (mono_before(end, next))
			break;
		if (mono_before(net->now, next))
			net->now = next;
		if (e && !mono_before(timer, at))
			net_deliver(net, e);
		else
			net_input(net, node, &(struct bgp_event){.type = BGP_EV_TIMER});
	}
	net->now = end;
}

static inline void net_free(struct net *net)
{
	for (size_t i = 0; i < NET_EVENTS; i++)
		free(net->event[i].data);
	for (unsigned link = 0; link < 4; link++)
		for (unsigned side = 0; side < 2; side++)
			if (net->node[link][side])
				bgp_peer_free(net->node[link][side]->peer);
}
