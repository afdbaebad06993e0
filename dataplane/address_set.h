/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A set of addresses, made once and asked for every packet. Open addressing; IPv4 has a table of
 * its own, small enough to stay in the nearest cache. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/ip.h"

#define ADDRESS_SET_BITS  11
#define ADDRESS_SET_SLOTS (1u << ADDRESS_SET_BITS)
#define ADDRESS_SET_MAX   (ADDRESS_SET_SLOTS / 2) /* of each family */

/* All zero: empty. */
struct address_set {
	uint32_t count4, count6;
	uint32_t v4[ADDRESS_SET_SLOTS];       /* host order, 0 = free: it is nobody's address */
	struct ip_addr v6[ADDRESS_SET_SLOTS]; /* family 0 = free */
};

/* False: the set is full. The same address twice is no error. */
bool address_set_add(struct address_set *set, const struct ip_addr *addr);

bool address_set_has(const struct address_set *set, const struct ip_addr *addr);

/* Where the search for an IPv4 address begins: multiplicative hashing. */
static inline uint32_t address_set_slot4(uint32_t host_order)
{
	return (host_order * 0x9e3779b1u) >> (32 - ADDRESS_SET_BITS);
}

static inline bool address_set_has4(const struct address_set *set, uint32_t host_order)
{
	uint32_t i = address_set_slot4(host_order);

	while (set->v4[i] && set->v4[i] != host_order)
		i = (i + 1) % ADDRESS_SET_SLOTS;
	return set->v4[i] != 0;
}
