/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Validation and compilation of links, adjacencies and groups. Pure: records in, values out. */
#include "dataplane/adj.h"

#include <string.h>

#include "dataplane/pkt/overhead.h"
#include "dataplane/port.h"

#define MTU_MIN 68
#define MTU_MAX 9216

static bool mtu_ok(uint32_t mtu)
{
	return mtu >= MTU_MIN && mtu <= MTU_MAX;
}

/* tcp mss limit of an interface: off, from its MTU, or given for IPv4. */
static void link_mss(const struct cfg_link *cfg, uint32_t mtu, struct link *out)
{
	if (cfg->mss_limit == CFG_MSS_OFF)
		return;
	if (cfg->mss_limit == CFG_MSS_AUTO) {
		out->mss4 = (uint16_t)overhead_mss(mtu, 4);
		out->mss6 = (uint16_t)overhead_mss(mtu, 6);
	} else {
		out->mss4 = (uint16_t)cfg->mss_limit;
		out->mss6 = (uint16_t)(cfg->mss_limit > 20 ? cfg->mss_limit - 20 : 1);
	}
}

bool link_compile(
    const struct cfg_link *cfg, const struct port *ports, unsigned port_count, struct link *out)
{
	const struct port *port = NULL;

	*out = (struct link){.port = PORT_NONE};
	if (!(cfg->flags & CFG_LINK_PRESENT))
		return true;
	if (memchr(cfg->name, '\0', sizeof(cfg->name)) == NULL ||
	    (cfg->mtu != 0 && !mtu_ok(cfg->mtu)) || cfg->mss_limit > UINT16_MAX)
		return false;
	for (unsigned i = 0; i < port_count; i++)
		if (!strcmp(ports[i].name, cfg->name))
			port = &ports[i];
	if (!port)
		return true; /* a link that this program was not given */
	out->port = (uint8_t)(port - ports);
	out->up = cfg->flags & CFG_LINK_UP;
	out->wan = cfg->flags & CFG_LINK_WAN;
	link_mss(cfg, cfg->mtu ? cfg->mtu : port->mtu, out);
	out->filter.in = cfg->filter_in;
	out->filter.out = cfg->filter_out;
	out->filter.self = cfg->filter_self;
	out->filter.kernel = cfg->flags & CFG_LINK_KERNEL;
	out->filter.up = out->up;
	return true;
}

bool adj_compile(
    const struct cfg_adj *cfg, const struct link *links, uint32_t link_count, struct adj *out)
{
	const struct link *link;

	*out = (struct adj){.port = PORT_NONE};
	if (!(cfg->flags & CFG_ADJ_VALID))
		return true;
	if (cfg->link >= link_count || cfg->rewrite_bytes == 0 ||
	    cfg->rewrite_bytes > CFG_ADJ_REWRITE_BYTES || !mtu_ok(cfg->mtu))
		return false;
	link = &links[cfg->link];
	if (link->port == PORT_NONE)
		return true;
	*out = (struct adj){
	    .valid = link->up,
	    .port = link->port,
	    .wan = link->wan || link->filter.kernel,
	    .rewrite_bytes = (uint8_t)cfg->rewrite_bytes,
	    .mtu = (uint16_t)cfg->mtu,
	    .mss4 = link->mss4,
	    .mss6 = link->mss6,
	};
	memcpy(out->rewrite + sizeof(out->rewrite) - cfg->rewrite_bytes, cfg->rewrite,
	    cfg->rewrite_bytes);
	return true;
}

static bool hop_ok(const struct cfg_next_hop *hop, uint32_t adjs, uint32_t tunnels)
{
	if (hop->weight == 0)
		return false;
	switch (hop->kind) {
	case CFG_NH_ADJ: return hop->index < adjs;
	case CFG_NH_TUNNEL: return hop->index < tunnels;
	case CFG_NH_PUNT:
	case CFG_NH_DROP: return true;
	default: return false;
	}
}

bool group_compile(const struct cfg_group *cfg, uint32_t adjs, uint32_t tunnels, struct group *out)
{
	*out = (struct group){0};
	if (cfg->member_count > CFG_GROUP_MEMBERS)
		return false;
	for (uint32_t i = 0; i < cfg->member_count; i++) {
		if (!hop_ok(&cfg->member[i], adjs, tunnels)) {
			*out = (struct group){0};
			return false;
		}
		out->hop[i] = (struct hop){.index = cfg->member[i].index,
		    .weight = cfg->member[i].weight,
		    .kind = cfg->member[i].kind};
		out->count++;
	}
	return true;
}
