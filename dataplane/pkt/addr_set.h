/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A set of addresses of both families: asked for every packet, changed now and then. It counts how
 * often an address was added, so that many may name the same one and leave one by one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/ip.h"

/* Hashes by open addressing, at most half full, of 1 << (32 - shift) places. All zero: empty. */
struct addr_set {
	uint32_t count4, count6;
	uint8_t shift4, shift6;
	uint32_t *v4;            /* host order; 0 = free, so 0.0.0.0 is never in it; NULL: none */
	struct ip_addr *v6;      /* family 0 = free; NULL: none */
	uint32_t *uses4, *uses6; /* by place: how often it was added */
};

/* Adds a use of the address. 0, or -ENOMEM and the set is as it was. */
int addr_set_add(struct addr_set *set, const struct ip_addr *addr);

/* Takes one use back; with the last one the address is gone. One that is not there is no error. */
void addr_set_remove(struct addr_set *set, const struct ip_addr *addr);

/* Makes `to` the same as `from`. 0, or -ENOMEM and it is as it was. */
int addr_set_copy(struct addr_set *to, const struct addr_set *from);

/* Frees what it has grown to: empty again. */
void addr_set_fini(struct addr_set *set);

/* Where an IPv4 address stands, or the free place where it would; the table is there. */
static inline uint32_t addr_set_find4(const struct addr_set *set, uint32_t host_order)
{
	uint32_t mask = (1u << (32 - set->shift4)) - 1;
	uint32_t i = (host_order * 0x9e3779b1u) >> set->shift4; /* multiplicative hashing */

	while (set->v4[i] && set->v4[i] != host_order)
		i = (i + 1) & mask;
	return i;
}

static inline bool addr_set_has4(const struct addr_set *set, uint32_t host_order)
{
	return set->v4 && host_order && set->v4[addr_set_find4(set, host_order)];
}

/* The IPv4 addresses, one after another: the first that stands at *place or behind it, into `addr`,
 * host order. False: there is none. So
 *   for (uint32_t place = 0; addr_set_next4(set, &place, &addr); place++)
 * asks for all of them. */
bool addr_set_next4(const struct addr_set *set, uint32_t *place, uint32_t *addr);

bool addr_set_has6(const struct addr_set *set, const uint8_t addr[16]);
bool addr_set_has(const struct addr_set *set, const struct ip_addr *addr);
