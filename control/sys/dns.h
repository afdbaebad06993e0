/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Name look-ups on the thread pool, and which answers may be used. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/ip.h"

#define DNS_ADDRESSES 16

struct dns_query;

/* `error` 0: `count` addresses, IPv4 first, at least one. -ENOENT: no such name, or no address;
 * -EPERM: addresses that must not be connected to, and no other; -ETIMEDOUT: no answer. */
typedef void dns_done_fn(void *ctx, int error, const struct ip_addr *addrs, size_t count);

/* Looks up the addresses of a public server: `done` comes once, from the loop. 0 or -errno. */
int dns_resolve(uv_loop_t *loop, const char *host, uint32_t timeout_msec, dns_done_fn *done,
    void *ctx, struct dns_query **out);
/* `done` will not be called. */
void dns_cancel(struct dns_query *query);

/* Look-ups that getaddrinfo(3) has not come back from, those nobody waits for any more among them. */
unsigned dns_outstanding(void);

/* An answer that a public server cannot have: loopback, link-local (the metadata service among
 * them), unspecified, multicast. Private addresses are allowed: interface endpoints have them. */
bool dns_addr_refused(const struct ip_addr *addr);
