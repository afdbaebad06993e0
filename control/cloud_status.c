/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What `show status cloud vpn` shows. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/cloud.h"
#include "control/tunnel.h"

int agent_cloud_status(struct agent *agent, uint32_t id, struct agent_cloud_status *out)
{
	const struct config_cloud *config;
	char timestamp[15], newest[15] = "";

	memset(out, 0, sizeof(*out));
	if (id == 0 || id > CONFIG_CLOUDS || !agent->model)
		return -ENOENT;
	config = &agent->model->cloud[id];
	cloud_last(agent, id, out);
	for (unsigned i = 0; i < 2; i++) {
		uint32_t n = config->bind[i];
		const char *description;

		if (n == 0 || n > config_tunnels())
			continue;
		description = agent->model->tunnel[n].description;
		out->tunnel[i] = n;
		out->tunnel_up[i] = agent->tunnel[n] && tunnel_is_open(agent->tunnel[n]);
		if (!cloud_description(description))
			continue;
		out->configured = true;
		if (cloud_timestamp(description, timestamp) && strcmp(timestamp, newest) > 0)
			memcpy(newest, timestamp, sizeof(newest));
	}
	if (*newest)
		(void)snprintf(out->config_update, sizeof(out->config_update),
		    "%.4s/%.2s/%.2s %.2s:%.2s:%.2s", newest, newest + 4, newest + 6, newest + 8,
		    newest + 10, newest + 12);
	return 0;
}
