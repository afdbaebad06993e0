/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where `doctor HOST` has no answer though all is well here: asks AWS how it routes and filters
 * between us and the host. Changes nothing. */
#include <stdio.h>

#include "control/aws/way.h"
#include "control/cloud_job.h"

static char *tell_way(struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok)
{
	char finding[WAY_FINDINGS][WAY_TEXT_BYTES], host[IP_ADDR_TEXT_BYTES];
	const struct way *way = way_of((struct way_task *)engine);
	size_t count = way_judge(way, finding);
	struct text out = {0};

	for (size_t i = 0; i < count; i++)
		text_printf(&out, "!!  AWS: %s\n", finding[i]);
	if (!count)
		text_printf(&out,
		    "ok  AWS: routes and security groups let %s answer; look at network ACLs and "
		    "at the host's own firewall\n",
		    ip_addr_format(&way->host, host));
	return text_take(&out);
}

int agent_cloud_way(struct agent *agent, uint32_t id, const struct ip_addr *host,
    agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes)
{
	struct ip_addr source;
	struct way_task *task;
	char why[VPN_ERROR];
	int rc;

	agent_catch_up(agent);
	source = agent_lan_source(agent);
	if (source.family == IP_FAMILY_NONE)
		source = agent_lan_address(agent, agent_wan(agent));
	rc = way_new(agent->model->cloud[id].vpn_id, host, &source, &task, why);
	if (rc) {
		(void)snprintf(error, error_bytes, "cloud vpn parameter %u: %s", id, why);
		return rc;
	}
	return cloud_job_start(
	    agent, id, way_task(task), tell_way, report, ctx, error, error_bytes);
}
