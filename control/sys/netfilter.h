/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A socket to the kernel's netfilter, on the event loop. */
#pragma once

#include <libmnl/libmnl.h>
#include <uv.h>

struct netfilter {
	uv_poll_t poll; /* `poll.data` is the owner */
	struct mnl_socket *socket;
};

/* Opens the socket, not blocking, with `option` (NETLINK_...) set to `value`; netfilter_watch() is
 * to follow, or netfilter_abandon(). 0 or -errno. */
int netfilter_open(struct netfilter *netfilter, int option, int value);

/* From here on `readable` is called when there is something; the socket is closed by
 * netfilter_close() alone. 0 or -errno. */
int netfilter_watch(struct netfilter *netfilter, uv_loop_t *loop, uv_poll_cb readable, void *owner);

/* Closes what netfilter_open() opened and no loop watches. */
void netfilter_abandon(struct netfilter *netfilter);

/* Ends the watch; the owner, which `netfilter` is a part of, is freed when the loop has let go of
 * it. */
void netfilter_close(struct netfilter *netfilter);
