/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Which interfaces are left to the kernel's filters: asked when their records are put, and waited
 * for when they are taken back. */
#include <stdio.h>

#include "common/shm_slot.h"
#include "control/agent_internal.h"
#include "control/service/filter_chains.h"

bool agent_filters_by_kernel(const struct agent *agent, bool tunnel, uint32_t interface)
{
	return filter_by_kernel(agent->model, tunnel, interface) &&
	       services_judge(agent->services, tunnel, interface);
}

bool agent_judges_tell(struct agent *agent, bool tunnel, uint32_t interface)
{
	return judges_tell(&agent->judges, tunnel, interface,
	    agent_filters_by_kernel(agent, tunnel, interface));
}

/* The ruleset may go on without what the dataplane has taken back. */
static void on_applied(void *ctx, uint64_t tag)
{
	struct agent *agent = ctx;

	(void)tag;
	judges_applied(&agent->judges);
	agent_touch(agent);
}

void agent_judges_committed(struct agent *agent)
{
	if (!judges_committed(&agent->judges))
		return;
	if (!publish_has_reader(agent->publish))
		on_applied(agent, 0);
	else if (publish_wait(agent->publish, publish_generation(agent->publish), on_applied, agent,
		     0))
		judges_not_waiting(&agent->judges);
}

/* ---- a former run ---------------------------------------------------------------------------- */

static void adopt_links(struct judges *judges, const struct shm_map *cfg)
{
	for (uint32_t i = 0; i < shm_map_count(cfg, CFG_TABLE_LINKS); i++) {
		struct cfg_link link;
		unsigned number;

		if (shm_slot_read(shm_map_at(cfg, CFG_TABLE_LINKS, i), &link, sizeof(link)) ||
		    !(link.flags & CFG_LINK_KERNEL))
			continue;
		link.name[sizeof(link.name) - 1] = '\0';
		if (sscanf(link.name, "lan%u", &number) == 1 && number <= CONFIG_LANS)
			(void)judges_tell(judges, false, number, true);
	}
}

static void adopt_tunnels(struct judges *judges, const struct shm_map *cfg)
{
	for (uint32_t i = 0; i < shm_map_count(cfg, CFG_TABLE_TUNNELS); i++) {
		struct cfg_tunnel tunnel;

		if (shm_slot_read(
			shm_map_at(cfg, CFG_TABLE_TUNNELS, i), &tunnel, sizeof(tunnel)) == 0 &&
		    (tunnel.flags & CFG_TUNNEL_KERNEL) && tunnel.number <= CONFIG_TUNNELS_MAX)
			(void)judges_tell(judges, true, tunnel.number, true);
	}
}

void agent_judges_adopt(struct agent *agent, const char *instance)
{
	const struct shm_region_spec spec = shm_cfg_spec();
	struct shm_map cfg = {.fd = -1};

	if (shm_map_open(instance, &spec, &cfg))
		return;
	adopt_links(&agent->judges, &cfg);
	adopt_tunnels(&agent->judges, &cfg);
	shm_map_close(&cfg);
}
