/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The kernel's links, addresses, routes and neighbours: a cache kept up to date by rtnetlink, and
 * the few changes we ask for.
 *
 * The cache is level-triggered: the owner is told that something changed and reads the tables as
 * they are now. Requests are synchronous: rtnetlink answers a request before sendto() returns. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/ip.h"

/* Our routing protocol number in the kernel (rtm_protocol): routes bearing it are ours to remove.
 */
#define NETLINK_PROTOCOL 0xc6
#define NETLINK_HOPS     16

struct netlink_link {
	uint32_t index;
	char name[16];
	bool up;      /* IFF_UP */
	bool running; /* IFF_RUNNING: carrier */
	uint32_t mtu;
	uint8_t mac[6]; /* zero without one */
};

struct netlink_addr {
	uint32_t index;           /* of the link */
	struct ip_prefix address; /* host bits are the address */
};

enum netlink_route_type { NETLINK_UNICAST, NETLINK_BLACKHOLE };

struct netlink_hop {
	uint32_t index;         /* of the link out */
	struct ip_addr gateway; /* family none: on-link */
	uint16_t weight;        /* 1.. */
};

/* A route of the main table. (prefix, metric) is its name. */
struct netlink_route {
	struct ip_prefix prefix;
	enum netlink_route_type type;
	uint8_t protocol;
	uint32_t metric;
	struct ip_addr source; /* preferred source, family none: the kernel's choice */
	uint32_t hop_count;    /* 0 for a blackhole */
	struct netlink_hop hop[NETLINK_HOPS];
};

struct netlink_neigh {
	uint32_t index;
	struct ip_addr addr;
	uint8_t mac[6];
	bool usable; /* the address may be sent to: reachable, stale, being probed, permanent */
	bool silent; /* asked, and it has not answered */
	bool stale;  /* not confirmed for a while: netlink_neigh_use() asks again */
};

struct netlink;

/* Something in the tables changed. Called from the loop and from netlink_catch_up(), never from a
 * request. */
typedef void netlink_changed_fn(void *ctx);

/* Opens, subscribes and reads everything. 0 or -errno. */
int netlink_open(uv_loop_t *loop, netlink_changed_fn *changed, void *ctx, struct netlink **out);
void netlink_close(struct netlink *nl);

/* Takes in what the kernel has told so far. It tells of a request before it answers it: the effects
 * of all requests are in the tables afterwards. */
void netlink_catch_up(struct netlink *nl);

/* The tables: valid until the loop runs again, or netlink_catch_up(). Addresses are in order of
 * their links' indices. */
const struct netlink_addr *netlink_addrs(const struct netlink *nl, size_t *count);
/* Those of one link, in the order in which the kernel told of them. */
const struct netlink_addr *netlink_addrs_of(
    const struct netlink *nl, uint32_t index, size_t *count);
const struct netlink_route *netlink_routes(const struct netlink *nl, size_t *count);
const struct netlink_neigh *netlink_neighs(const struct netlink *nl, size_t *count);

/* By name, looked for among all links ... */
const struct netlink_link *netlink_link_by_name(const struct netlink *nl, const char *name);
/* ... and by halves. */
const struct netlink_link *netlink_link_by_index(const struct netlink *nl, uint32_t index);

/* Requests: 0 or -errno from the kernel. Adding what is there and removing what is not is 0. */
int netlink_set_link(struct netlink *nl, uint32_t index, bool up, uint32_t mtu);
int netlink_add_addr(struct netlink *nl, uint32_t index, const struct ip_prefix *address);
int netlink_del_addr(struct netlink *nl, uint32_t index, const struct ip_prefix *address);
/* Adds the route or replaces the one of the same prefix and metric. */
int netlink_put_route(struct netlink *nl, const struct netlink_route *route);
int netlink_del_route(struct netlink *nl, const struct netlink_route *route);
/* Makes the kernel resolve, or confirm, a neighbour as if a packet were waiting for it. */
int netlink_neigh_use(struct netlink *nl, uint32_t index, const struct ip_addr *addr);
