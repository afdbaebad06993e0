/* SPDX-License-Identifier: BSD-3-Clause
 *
 * getaddrinfo(3) on libuv's pool with a time limit of our own: the library has none that suits. A
 * look-up that runs late finishes on its own and frees itself. */
#include "control/sys/dns.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "control/sys/sockaddr.h"

static unsigned outstanding; /* of all loops; they run in one thread */

struct dns_query {
	uv_getaddrinfo_t request;
	uv_timer_t timer;
	dns_done_fn *done; /* NULL: answered or cancelled */
	void *ctx;
	bool resolving; /* the request is still on the pool */
	bool timer_open;
};

/* IPv4 in the clothes of IPv6, and what AWS has beside its machines: metadata, time, names. */
static bool is_disguised_or_beside(const struct ip_addr *addr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, 0xff};
	static const uint8_t beside[4] = {0xfd, 0x00, 0x0e, 0xc2};

	return addr->family == IP_FAMILY_V6 &&
	       (memcmp(addr->bytes, mapped, sizeof(mapped)) == 0 ||
		   memcmp(addr->bytes, beside, sizeof(beside)) == 0);
}

bool dns_addr_refused(const struct ip_addr *addr)
{
	return addr->family == IP_FAMILY_NONE || is_disguised_or_beside(addr) ||
	       ip_addr_is_unspecified(addr) || ip_addr_is_loopback(addr) ||
	       ip_addr_is_link_local(addr) || ip_addr_is_multicast(addr);
}

static void free_if_idle(struct dns_query *q)
{
	if (!q->resolving && !q->timer_open)
		free(q);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct dns_query *q = handle->data;

	q->timer_open = false;
	free_if_idle(q);
}

static void finish(struct dns_query *q, int error, const struct ip_addr *addrs, size_t count)
{
	dns_done_fn *done = q->done;

	q->done = NULL;
	if (!uv_is_closing((uv_handle_t *)&q->timer))
		uv_close((uv_handle_t *)&q->timer, on_timer_closed);
	if (done)
		done(q->ctx, error, addrs, count);
}

static void on_timeout(uv_timer_t *timer)
{
	struct dns_query *q = timer->data;

	(void)uv_cancel((uv_req_t *)&q->request);
	finish(q, -ETIMEDOUT, NULL, 0);
}

/* Appends the usable addresses of one family; counts those that were refused. */
static size_t collect(
    const struct addrinfo *list, int family, struct ip_addr *out, size_t count, size_t *refused)
{
	for (const struct addrinfo *ai = list; ai && count < DNS_ADDRESSES; ai = ai->ai_next) {
		struct ip_addr addr;

		if (ai->ai_family != family)
			continue;
		addr = sockaddr_to_ip(ai->ai_addr, NULL);
		if (dns_addr_refused(&addr))
			(*refused)++;
		else
			out[count++] = addr;
	}
	return count;
}

unsigned dns_outstanding(void)
{
	return outstanding;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
	struct dns_query *q = request->data;
	struct ip_addr addrs[DNS_ADDRESSES];
	size_t count = 0, refused = 0;

	outstanding--;
	q->resolving = false;
	if (status == 0) {
		count = collect(list, AF_INET, addrs, count, &refused);
		count = collect(list, AF_INET6, addrs, count, &refused);
	}
	uv_freeaddrinfo(list);
	if (!q->done)
		free_if_idle(q);
	else if (count)
		finish(q, 0, addrs, count);
	else
		finish(q,
		    refused                  ? -EPERM
		    : status == UV_EAI_AGAIN ? -ETIMEDOUT
					     : -ENOENT,
		    NULL, 0);
}

int dns_resolve(uv_loop_t *loop, const char *host, uint32_t timeout_msec, dns_done_fn *done,
    void *ctx, struct dns_query **out)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct dns_query *q = calloc(1, sizeof(*q));
	int rc;

	if (!q)
		return -ENOMEM;
	q->request.data = q->timer.data = q;
	q->done = done;
	q->ctx = ctx;
	rc = uv_getaddrinfo(loop, &q->request, on_resolved, host, NULL, &hints);
	if (rc) {
		free(q);
		return rc;
	}
	outstanding++;
	q->resolving = true;
	q->timer_open = true;
	(void)uv_timer_init(loop, &q->timer);
	q->timer.data = q;
	(void)uv_timer_start(&q->timer, on_timeout, timeout_msec, 0);
	*out = q;
	return 0;
}

void dns_cancel(struct dns_query *query)
{
	if (!query || !query->done)
		return;
	query->done = NULL;
	(void)uv_cancel((uv_req_t *)&query->request);
	uv_close((uv_handle_t *)&query->timer, on_timer_closed);
}
