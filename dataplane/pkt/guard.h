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
#include "dataplane/pkt/addr_set.h"
#include "dataplane/pkt/verdict.h"

#define GUARD_NETWORKS_MAX 64 /* of each family */

struct guard_network4 {
	uint32_t network, mask; /* host order */
};

/* Addresses by their upper 16 bits, one bit for each. */
struct guard_map4 {
	uint64_t word[65536 / 64];
};

struct guard {
	/* Where guard_check4() may have something against a source, or a destination. An address
	 * whose network or outer address has gone is suspected until that is looked at anew. */
	struct guard_map4 suspect_source, suspect_dest;
	uint32_t network4_count, network6_count;
	struct guard_network4 network4[GUARD_NETWORKS_MAX];
	struct ip_prefix network6[GUARD_NETWORKS_MAX];
	struct addr_set outer;
};

void guard_init(struct guard *g);

static inline bool guard_map4_has(const struct guard_map4 *map, uint32_t addr)
{
	return map->word[addr >> 22] >> (addr >> 16 & 63) & 1;
}

/* True when guard_check4() has nothing against these addresses, which is so for most, as long as
 * the source is not the inside address itself. False: it is to be asked. Host order. */
static inline bool guard_trusts4(const struct guard *g, uint32_t source, uint32_t destination)
{
	return !guard_map4_has(&g->suspect_source, source) &&
	       !guard_map4_has(&g->suspect_dest, destination) && source != destination;
}

/* Frees what it has grown to. */
void guard_fini(struct guard *g);

/* Adds a network of ours: a LAN, or a WAN address as a host prefix. -ENOSPC. */
int guard_add_network(struct guard *g, const struct ip_prefix *network);

/* Forgets the networks of both families, and whom they made suspect. */
void guard_clear_networks(struct guard *g);

/* Adds an outer address of a tunnel, ours or the peer's. -ENOMEM; the same twice is no error. */
int guard_add_outer(struct guard *g, const struct ip_addr *addr);

/* When addresses were taken out of `outer`: suspects those that are in it, and no others. */
void guard_suspect_outer(struct guard *g);

/* `ip`: a decrypted packet that ip4_check_lengths() or ip6_check() has passed. `inside`: the inside
 * address of the tunnel at our end with its prefix length; of link-local addresses only those of
 * this prefix may come through, and our own is no source. NULL for none. MARTIAN, LOOP or PKT_OK.
 */
enum pkt_verdict guard_check4(
    const struct guard *g, const uint8_t *ip, const struct ip_prefix *inside);
enum pkt_verdict guard_check6(
    const struct guard *g, const uint8_t *ip, const struct ip_prefix *inside);
