/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Links, adjacencies and next-hop groups, compiled from their records: small constant values that a
 * snapshot holds by slot. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "common/shm_abi.h"
#include "dataplane/filter.h"

#define PORT_NONE UINT8_MAX

struct link {
	uint8_t port; /* index of the port of that name, or PORT_NONE */
	bool up;
	bool wan;
	uint16_t mss4, mss6; /* limit of the interface, 0 = none */
	struct filter_place filter;
};

struct adj {
	uint8_t valid;
	uint8_t port;
	uint8_t wan; /* nothing but ESP and the kernel's frames may leave by it: a WAN link, or the
			kernel's */
	uint8_t rewrite_bytes;
	uint16_t mtu;
	uint16_t mss4, mss6;                    /* of its link */
	uint8_t rewrite[CFG_ADJ_REWRITE_BYTES]; /* the last rewrite_bytes of it */
};

/* Writes the link header in front of a packet: always CFG_ADJ_REWRITE_BYTES bytes, of which the
 * last count, since a copy of constant size costs no call. */
static inline void adj_rewrite(const struct adj *adj, uint8_t *packet)
{
	memcpy(packet - CFG_ADJ_REWRITE_BYTES, adj->rewrite, CFG_ADJ_REWRITE_BYTES);
}

/* Where the link header begins. */
static inline const uint8_t *adj_link_header(const struct adj *adj)
{
	return adj->rewrite + CFG_ADJ_REWRITE_BYTES - adj->rewrite_bytes;
}

struct hop {
	uint32_t index;
	uint16_t weight;
	uint8_t kind; /* CFG_NH_* */
	uint8_t reserved;
};

struct group {
	uint32_t count; /* 0 = no such group: what is routed there is dropped */
	struct hop hop[CFG_GROUP_MEMBERS];
};

struct port;

/* Each compiles a copied record and says whether it was right; a record that is wrong or absent
 * gives a value that is not valid (count 0, valid 0, PORT_NONE). */
bool link_compile(
    const struct cfg_link *cfg, const struct port *ports, unsigned port_count, struct link *out);
bool adj_compile(
    const struct cfg_adj *cfg, const struct link *links, uint32_t link_count, struct adj *out);
bool group_compile(const struct cfg_group *cfg, uint32_t adjs, uint32_t tunnels, struct group *out);
