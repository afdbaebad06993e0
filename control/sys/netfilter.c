/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the users of nfnetlink have in common: libmnl's socket under libuv's poll. */
#include "control/sys/netfilter.h"

#include <errno.h>
#include <stdlib.h>

int netfilter_open(struct netfilter *netfilter, int option, int value)
{
	int rc = 0;

	netfilter->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (!netfilter->socket)
		return -errno;
	if (mnl_socket_bind(netfilter->socket, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_setsockopt(netfilter->socket, option, &value, sizeof(value)) < 0)
		rc = -errno;
	if (rc)
		netfilter_abandon(netfilter);
	return rc;
}

int netfilter_watch(struct netfilter *netfilter, uv_loop_t *loop, uv_poll_cb readable, void *owner)
{
	int rc = uv_poll_init(loop, &netfilter->poll, mnl_socket_get_fd(netfilter->socket));

	if (rc)
		return rc;
	netfilter->poll.data = owner;
	(void)uv_poll_start(
	    &netfilter->poll, UV_READABLE, readable); /* never refuses a new handle */
	return 0;
}

void netfilter_abandon(struct netfilter *netfilter)
{
	mnl_socket_close(netfilter->socket);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void netfilter_close(struct netfilter *netfilter)
{
	(void)uv_poll_stop(&netfilter->poll);
	mnl_socket_close(netfilter->socket);
	uv_close((uv_handle_t *)&netfilter->poll, on_closed);
}
