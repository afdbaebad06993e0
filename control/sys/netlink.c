/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The rtnetlink sockets: a monitor on the loop that feeds the cache, and the dumps it begins with.
 *
 * The subscription comes before the dump, so nothing is missed between the two. When the kernel had
 * to drop messages (ENOBUFS) everything is read again. When a link goes down the kernel removes its
 * IPv4 routes without saying so: the routes are read again then. A reading that fails leaves a
 * table in part: it is tried again until it is whole. Changes are in netlink_request.c. */
#include "control/sys/netlink.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/log.h"
#include "control/sys/netlink_table.h"

#define BUFFER_BYTES  32768
#define RECEIVE_BYTES (4 << 20)
#define REREAD_MSEC   20
#define RETRY_MSEC    500 /* after a reading that failed */
#define DUMP_TRIES    3
#define TORN          1 /* the table changed while the kernel told it */
#define REQUEST_SEC   2 /* the kernel answers at once, or something is wrong */
#define MONITOR_GROUPS                                                                             \
	(RTMGRP_LINK | RTMGRP_NEIGH | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE |                     \
	    RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE)

/* Applies the messages of one datagram of a dump. 1 = the last one was among them, or -errno;
 * `torn`: the kernel changed the table while it told us. */
static int take_dumped(
    struct netlink *nl, const struct nlmsghdr *nlh, int bytes, uint32_t sequence, bool *torn)
{
	for (; mnl_nlmsg_ok(nlh, bytes); nlh = mnl_nlmsg_next(nlh, &bytes)) {
		const struct nlmsgerr *error = mnl_nlmsg_get_payload(nlh);

		if (nlh->nlmsg_seq != sequence)
			continue; /* of a request that was given up */
		if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
			*torn = true;
		if (nlh->nlmsg_type == NLMSG_DONE)
			return 1;
		if (nlh->nlmsg_type == NLMSG_ERROR)
			return mnl_nlmsg_get_payload_len(nlh) >= sizeof(*error) && error->error
				   ? error->error
				   : -EPROTO;
		(void)netlink_table_message(nlh, nl);
	}
	return 0;
}

/* Reads a table. 0, TORN when it is to be read again, or -errno. */
static int dump_once(struct netlink *nl, uint16_t type)
{
	char buffer[BUFFER_BYTES] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *gen;
	uint32_t sequence = ++nl->sequence;
	bool torn = false;
	int rc = 0;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = sequence;
	gen = mnl_nlmsg_put_extra_header(nlh, sizeof(*gen));
	gen->rtgen_family = AF_UNSPEC;
	if (mnl_socket_sendto(nl->requests, nlh, nlh->nlmsg_len) < 0)
		return -errno;
	while (rc == 0) {
		ssize_t bytes = mnl_socket_recvfrom(nl->requests, buffer, sizeof(buffer));

		/* With a limit for waiting, a signal ends that in any case: signal(7). */
		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0)
			return -errno;
		rc = take_dumped(nl, (struct nlmsghdr *)buffer, (int)bytes, sequence, &torn);
	}
	return rc < 0 ? rc : torn ? TORN : 0;
}

static struct mnl_socket *socket_new(unsigned groups, int *error)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	int room = RECEIVE_BYTES;

	if (!s || mnl_socket_bind(s, groups, MNL_SOCKET_AUTOPID) < 0) {
		*error = -errno;
		if (s)
			mnl_socket_close(s);
		return NULL;
	}
	(void)setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return s;
}

/* For requests. The loop waits for answers: not for one that does not come. */
static int open_requests(struct netlink *nl)
{
	struct timeval longest = {.tv_sec = REQUEST_SEC};
	int rc = 0;
	struct mnl_socket *s = socket_new(0, &rc);

	if (!s)
		return rc;
	if (setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest))) {
		rc = -errno;
		mnl_socket_close(s);
		return rc;
	}
	if (nl->requests)
		mnl_socket_close(nl->requests);
	nl->requests = s;
	return 0;
}

/* What a torn dump missed or told twice, the next one sets right; where changes never cease, the
 * messages about them do. A socket on which one broke off takes no other: it has a successor. */
static int dump(struct netlink *nl, uint16_t type)
{
	int rc = TORN;

	for (int i = 0; i < DUMP_TRIES && rc == TORN; i++)
		rc = dump_once(nl, type);
	if (rc < 0)
		(void)open_requests(nl);
	return rc == TORN ? 0 : rc;
}

static int dump_routes(struct netlink *nl)
{
	int rc;

	netlink_table_clear_routes(nl);
	nl->routes_stale = false;
	rc = dump(nl, RTM_GETROUTE);
	nl->routes_stale |= rc != 0;
	return rc;
}

static int dump_all(struct netlink *nl)
{
	int rc;

	netlink_table_clear(nl);
	rc = dump(nl, RTM_GETLINK);
	if (rc == 0)
		rc = dump(nl, RTM_GETADDR);
	if (rc == 0)
		rc = dump(nl, RTM_GETNEIGH);
	if (rc == 0)
		rc = dump_routes(nl);
	nl->all_stale = rc != 0;
	return rc;
}

static void on_reread(uv_timer_t *timer);

static void report(struct netlink *nl)
{
	if (nl->routes_stale || nl->all_stale) {
		/* Often several links change at once: one reading for all of them. */
		if (!uv_is_active((uv_handle_t *)&nl->reread))
			uv_timer_start(&nl->reread, on_reread, REREAD_MSEC, 0);
		return;
	}
	if (nl->dirty) {
		nl->dirty = false;
		nl->changed(nl->ctx);
	}
}

static void on_reread(uv_timer_t *timer)
{
	struct netlink *nl = timer->data;
	const char *what = nl->all_stale ? "all" : "routes";
	int rc = nl->all_stale ? dump_all(nl) : dump_routes(nl);

	if (rc) {
		log_error("netlink read=%s error=%s", what, strerror(-rc));
		(void)uv_timer_start(timer, on_reread, RETRY_MSEC, 0);
	}
	report(nl);
}

/* All that the kernel has told so far goes into the tables. */
static void read_monitor(struct netlink *nl)
{
	char buffer[BUFFER_BYTES] __attribute__((aligned(8)));
	bool overrun = false;

	for (;;) {
		ssize_t bytes =
		    recv(mnl_socket_get_fd(nl->monitor), buffer, sizeof(buffer), MSG_DONTWAIT);

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < 0 && errno == ENOBUFS) {
			overrun = true;
			continue;
		}
		if (bytes <= 0)
			break;
		(void)mnl_cb_run(buffer, (size_t)bytes, 0, 0, netlink_table_message, nl);
	}
	/* Not before the queue is empty: what stands in it is older than what is read now. */
	if (overrun) {
		int rc = dump_all(nl);

		log_notice("netlink overrun=yes action=read-again result=%s", strerror(-rc));
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct netlink *nl = poll->data;

	read_monitor(nl);
	/* An overrun is an error of the socket, and libuv stops watching one that has an error. */
	if (status < 0)
		(void)uv_poll_start(poll, UV_READABLE, on_readable);
	report(nl);
}

void netlink_catch_up(struct netlink *nl)
{
	read_monitor(nl);
	(void)uv_timer_stop(&nl->reread);
	if (nl->routes_stale || nl->all_stale)
		on_reread(&nl->reread);
	else
		report(nl);
}

static void free_all(struct netlink *nl)
{
	if (nl->monitor)
		mnl_socket_close(nl->monitor);
	if (nl->requests)
		mnl_socket_close(nl->requests);
	netlink_table_free(nl);
	free(nl);
}

static void start_watching(struct netlink *nl, uv_loop_t *loop)
{
	(void)uv_poll_init(loop, &nl->poll, mnl_socket_get_fd(nl->monitor));
	(void)uv_timer_init(loop, &nl->reread);
	nl->poll.data = nl->reread.data = nl;
	nl->handles = 2;
	(void)uv_poll_start(&nl->poll, UV_READABLE, on_readable);
}

int netlink_open(uv_loop_t *loop, netlink_changed_fn *changed, void *ctx, struct netlink **out)
{
	struct netlink *nl = calloc(1, sizeof(*nl));
	int rc = 0;

	if (!nl)
		return -ENOMEM;
	nl->changed = changed;
	nl->ctx = ctx;
	nl->monitor = socket_new(MONITOR_GROUPS, &rc);
	if (rc == 0)
		rc = open_requests(nl);
	if (rc == 0)
		rc = dump_all(nl);
	if (rc) {
		free_all(nl);
		return rc;
	}
	nl->dirty = false;
	start_watching(nl, loop);
	*out = nl;
	return 0;
}

static void on_closed(uv_handle_t *handle)
{
	struct netlink *nl = handle->data;

	if (--nl->handles == 0)
		free_all(nl);
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	uv_close((uv_handle_t *)&nl->poll, on_closed);
	uv_close((uv_handle_t *)&nl->reread, on_closed);
}

const struct netlink_addr *netlink_addrs(const struct netlink *nl, size_t *count)
{
	*count = nl->addr_count;
	return nl->addrs;
}

const struct netlink_addr *netlink_addrs_of(const struct netlink *nl, uint32_t index, size_t *count)
{
	size_t first = netlink_table_addr_place(nl, index), end = first;

	while (end < nl->addr_count && nl->addrs[end].index == index)
		end++;
	*count = end - first;
	return nl->addrs + first;
}

const struct netlink_route *netlink_routes(const struct netlink *nl, size_t *count)
{
	*count = nl->route_count;
	return nl->routes;
}

const struct netlink_neigh *netlink_neighs(const struct netlink *nl, size_t *count)
{
	*count = nl->neigh_count;
	return nl->neighs;
}

const struct netlink_link *netlink_link_by_name(const struct netlink *nl, const char *name)
{
	for (size_t i = 0; i < nl->link_count; i++)
		if (strcmp(nl->links[i].name, name) == 0)
			return &nl->links[i];
	return NULL;
}

const struct netlink_link *netlink_link_by_index(const struct netlink *nl, uint32_t index)
{
	size_t i = netlink_table_link_place(nl, index);

	return i < nl->link_count && nl->links[i].index == index ? &nl->links[i] : NULL;
}
