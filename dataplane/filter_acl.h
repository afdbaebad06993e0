/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Rules of common/filter.h for rte_acl: what it compares, and one rule as several of its own. */
#pragma once

#include <stdint.h>

#include "common/filter.h"

struct rte_acl_ctx;

/* A packet as rte_acl reads it: network byte order, the first field one byte, the others in groups
 * of four. */
struct filter_key {
	uint8_t protocol;
	uint8_t unused[3];
	uint32_t source_be, destination_be;
	uint16_t sport_be, dport_be;
	uint16_t flags_be;
	uint16_t kind_be;
};

void filter_acl_key(const struct filter_packet *packet, struct filter_key *key);

/* The rules from `list` in one context: a packet finds the index of its rule in the list and 1, or
 * 0. NULL: they come to too many, or rte_acl has no room for them. Housekeeping thread only. */
struct rte_acl_ctx *filter_acl_new(const struct filter_pools *pools, struct filter_span list);
