/* SPDX-License-Identifier: BSD-3-Clause
 *
 * From what is known of a prefix to what is forwarded: the best source of each prefix, and the
 * members of its next-hop group. Pure: no table, no kernel, no engine. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/ip.h"
#include "common/shm_abi.h"

/* Which source of one prefix wins: the larger. Those of static and BGP routes are the dialect's. */
#define ROUTES_CONNECTED 30000
#define ROUTES_NEIGHBOUR 25000
#define ROUTES_STATIC    10000
#define ROUTES_BGP       500
#define ROUTES_GUARD     2 /* drops what was a tunnel's until its routes come back */
#define ROUTES_PRIVATE   1 /* drops private destinations that nothing better is known of */

/* One way out. */
struct routes_hop {
	uint32_t index; /* slot of the adjacency or tunnel, 0 for the other kinds */
	uint16_t weight;
	uint8_t kind; /* CFG_NH_* */
	uint8_t rank; /* 0 = best: of the ways that are up, those of the lowest rank are used */
};

struct routes_entry {
	struct ip_prefix prefix; /* masked */
	uint32_t preference;     /* ROUTES_* */
	uint32_t hop_count;      /* 0: dropped */
	struct routes_hop hop[CFG_GROUP_MEMBERS];
};

struct routes_set {
	struct routes_entry *entry;
	size_t count, room;
	bool incomplete; /* there was no memory for one: not to be forwarded by */
};

/* Adds a copy; the prefix is masked. 0 or -ENOMEM, and the set is incomplete. */
int routes_add(struct routes_set *set, const struct routes_entry *entry);

/* Sorts by ip_prefix_compare() and keeps the entry of highest preference of each prefix. */
void routes_settle(struct routes_set *set);

void routes_clear(struct routes_set *set); /* keeps the memory */
void routes_free(struct routes_set *set);

/* Appends a way out; one too many is left out. A weight of 0 means standby: used when nothing else
 * of the same rank is up. */
void routes_hop_add(
    struct routes_entry *entry, uint8_t kind, uint32_t index, uint32_t weight, uint8_t rank);

/* Whether a way may be used now. Only asked for tunnels and adjacencies. */
typedef bool routes_up_fn(void *ctx, uint8_t kind, uint32_t index);

/* Fills member_count and member of `group`: the ways in use, or one CFG_NH_DROP when none is up. A
 * packet for such a prefix never falls through to a worse route. */
void routes_members(
    const struct routes_entry *entry, routes_up_fn *up, void *ctx, struct cfg_group *group);

/* The entry of a masked prefix, NULL = none. After routes_settle(). */
const struct routes_entry *routes_find(
    const struct routes_set *set, const struct ip_prefix *prefix);

/* The longest prefix of at most `length` bits that covers the address, NULL = none; no length is
 * below 0. After routes_settle(). */
const struct routes_entry *routes_cover(
    const struct routes_set *set, const struct ip_addr *addr, int length);

/* What becomes of one way of one source of a prefix. */
enum routes_use {
	ROUTES_UNUSED,   /* another source, or another way of this one, forwards */
	ROUTES_USED,     /* it forwards, maybe with others */
	ROUTES_DROPPING, /* its source is the best, and no way of it is up: dropped */
};
/* `preference` names the source, `kind` and `index` the way; CFG_NH_DROP is a way too. */
enum routes_use routes_use(const struct routes_set *set, const struct ip_prefix *prefix,
    uint32_t preference, uint8_t kind, uint32_t index, routes_up_fn *up, void *ctx);

/* True when both name the same group: equal ways, whatever is up. */
bool routes_same_hops(const struct routes_entry *a, const struct routes_entry *b);
uint32_t routes_hash_hops(const struct routes_entry *entry);
