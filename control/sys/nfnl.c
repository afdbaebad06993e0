/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the users of nfnetlink have in common: libmnl's socket under libuv's poll. */
#include "control/sys/nfnl.h"

#include <errno.h>
#include <stdlib.h>

int nfnl_open(struct nfnl *nfnl, int option, int value)
{
	int rc = 0;

	nfnl->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!nfnl->socket)
		return -errno;
	if (mnl_socket_bind(nfnl->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(nfnl->socket, option, &value, sizeof(value)) < 0)
		rc = -errno;
	if (rc)
		nfnl_abandon(nfnl);
	return rc;
}

int nfnl_watch(struct nfnl *nfnl, uv_loop_t *loop, uv_poll_cb readable, void *owner)
{
	int rc = uv_poll_init(loop, &nfnl->poll, mnl_socket_get_fd(nfnl->socket));

	if (rc)
		return rc;
	nfnl->poll.data = owner;
	(void)uv_poll_start(&nfnl->poll, UV_READABLE, readable); /* never refuses a new handle */
	return 0;
}

void nfnl_abandon(struct nfnl *nfnl)
{
	mnl_socket_close(nfnl->socket);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void nfnl_close(struct nfnl *nfnl)
{
	(void)uv_poll_stop(&nfnl->poll);
	mnl_socket_close(nfnl->socket);
	uv_close((uv_handle_t *)&nfnl->poll, on_closed);
}
