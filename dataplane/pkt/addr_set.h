/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A set of addresses of both families: asked for every packet, changed now and then. It counts how
 * often an address was added, so that many may name the same one and leave one by one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "common/ip.h"

/* A hash by open addressing, at most half full, of 1 << (32 - shift) places. All zero: empty. */
struct addr_table {
	uint32_t count; /* addresses in it */
	uint8_t shift;
	/* By place, one word of an IPv4 address or the four of an IPv6 one, in host order; all zero
	 * = free. NULL: there are no places. */
	uint32_t *word;
	uint32_t *uses; /* by place: how often it was added */
};

/* The addresses 0.0.0.0 and :: are never in it. All zero: empty. */
struct addr_set {
	struct addr_table v4, v6;
};

/* Adds a use of the address. 0, or -ENOMEM and the set is as it was. */
int addr_set_add(struct addr_set *set, const struct ip_addr *addr);

/* Takes one use back; with the last one the address is gone. One that is not there is no error. */
void addr_set_remove(struct addr_set *set, const struct ip_addr *addr);

/* Makes `to` the same as `from`. 0, or -ENOMEM and it is as it was. */
int addr_set_copy(struct addr_set *to, const struct addr_set *from);

/* Frees what it has grown to: empty again. */
void addr_set_fini(struct addr_set *set);

/* Where an address of one word has its place if nobody else has taken it. */
static inline uint32_t addr_set_home4(const struct addr_table *table, uint32_t host_order)
{
	return (host_order * 0x9e3779b1u) >> table->shift; /* multiplicative hashing */
}

static inline bool addr_set_has4(const struct addr_set *set, uint32_t host_order)
{
	const struct addr_table *table = &set->v4;
	uint32_t mask, i;

	if (!table->word || !host_order)
		return false;
	mask = (1u << (32 - table->shift)) - 1;
	i = addr_set_home4(table, host_order);
	while (table->word[i] && table->word[i] != host_order)
		i = (i + 1) & mask;
	return table->word[i];
}

/* The IPv4 addresses, one after another: the first that stands at *place or behind it, into `addr`,
 * host order. False: there is none. So
 *   for (uint32_t place = 0; addr_set_next4(set, &place, &addr); place++)
 * asks for all of them. */
bool addr_set_next4(const struct addr_set *set, uint32_t *place, uint32_t *addr);

bool addr_set_has6(const struct addr_set *set, const uint8_t addr[16]);
bool addr_set_has(const struct addr_set *set, const struct ip_addr *addr);
