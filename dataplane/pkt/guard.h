/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which addresses a decrypted packet may not bear, whatever the selectors say (RFC 4301
 * section 5.2, RFC 1812 section 5.3.7): spoofed sources (loopback, multicast, our own networks, the
 * inside addresses of another tunnel) and destinations that would send a packet round in circles
 * (the outer address of a tunnel). One guard is built for all tunnels and is constant from then on.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/ip.h"
#include "dataplane/pkt/verdict.h"

#define GUARD_NETWORKS_MAX 64
#define GUARD_OUTERS_MAX   1024
#define GUARD_SLOTS        (GUARD_OUTERS_MAX * 4)

struct guard {
	uint32_t network_count;
	struct ip_prefix network[GUARD_NETWORKS_MAX]; /* ours: no tunnel may claim such a source */
	uint32_t outer_count;
	struct ip_addr outer[GUARD_SLOTS]; /* open addressing; family 0 = free */
};

void guard_init(struct guard *g);

/* Adds a network of ours: a LAN, or a WAN address as a host prefix. -ENOSPC. */
int guard_add_network(struct guard *g, const struct ip_prefix *network);

/* Adds an outer address of a tunnel, ours or the peer's. -ENOSPC; the same twice is no error. */
int guard_add_outer(struct guard *g, const struct ip_addr *addr);

/* `ip`: a decrypted packet that ip4_check_lengths() or ip6_check() has passed. `inside`: the prefix
 * of the tunnel's own inside addresses, the only link-local source it may bear; NULL for none. The
 * router itself is a destination like any other here. MARTIAN, LOOP or PKT_OK. */
enum pkt_verdict guard_check4(
    const struct guard *g, const uint8_t *ip, const struct ip_prefix *inside);
enum pkt_verdict guard_check6(
    const struct guard *g, const uint8_t *ip, const struct ip_prefix *inside);
