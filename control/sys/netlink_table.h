/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Inside of netlink: the cache, and what rtnetlink messages do to it. */
#pragma once

#include <libmnl/libmnl.h>
#include <uv.h>

#include "control/sys/netlink.h"

struct netlink {
	struct mnl_socket *monitor;  /* subscribed, read by the loop */
	struct mnl_socket *requests; /* synchronous */
	uv_poll_t poll;
	uv_timer_t reread;
	unsigned handles; /* open on the loop */
	uint32_t sequence;
	netlink_changed_fn *changed;
	void *ctx;

	struct netlink_link *links; /* in order of index, as the next */
	struct netlink_addr *addrs;
	struct netlink_route *routes;
	struct netlink_neigh *neighs;
	size_t link_count, addr_count, route_count, neigh_count;
	size_t link_room, addr_room, route_room, neigh_room;
	/* Routes by prefix and metric: as many chains as there is room for routes. */
	uint32_t *route_chain, *route_next;

	bool dirty;        /* a table changed since `changed` was called */
	bool routes_stale; /* the kernel drops routes of a link that goes down without a word */
	bool all_stale;    /* the last reading of all tables failed */
};

/* Applies one message of any of the subscribed kinds. MNL_CB_OK always: what cannot be read is
 * passed over. `data` is the struct netlink. */
int netlink_table_message(const struct nlmsghdr *nlh, void *data);
/* Place of the first link, and of the first address, whose link has no lower index. */
size_t netlink_table_link_place(const struct netlink *nl, uint32_t index);
size_t netlink_table_addr_place(const struct netlink *nl, uint32_t index);
void netlink_table_clear(struct netlink *nl);
void netlink_table_clear_routes(struct netlink *nl);
void netlink_table_free(struct netlink *nl);
