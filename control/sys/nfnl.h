/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A socket to the kernel's netfilter, on the event loop. */
#pragma once

#include <libmnl/libmnl.h>
#include <uv.h>

struct nfnl {
	uv_poll_t poll; /* `poll.data` is the owner */
	struct mnl_socket *socket;
};

/* Opens the socket, not blocking, with `option` (NETLINK_...) set to `value`; nfnl_watch() is to
 * follow, or nfnl_abandon(). 0 or -errno. */
int nfnl_open(struct nfnl *nfnl, int option, int value);

/* From here on `readable` is called when there is something; the socket is closed by nfnl_close()
 * alone. 0 or -errno. */
int nfnl_watch(struct nfnl *nfnl, uv_loop_t *loop, uv_poll_cb readable, void *owner);

/* Closes what nfnl_open() opened and no loop watches. */
void nfnl_abandon(struct nfnl *nfnl);

/* Ends the watch; the owner, which `nfnl` is a part of, is freed when the loop has let go of it. */
void nfnl_close(struct nfnl *nfnl);
