/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The counters begin at zero when a tunnel or the dataplane begins anew: what is less than before
 * counts from there. A crash loses ten minutes of bytes at most, a restart those that came
 * meanwhile. */
#include "control/cloud_usage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "control/agent_internal.h"
#include "control/service/file.h"
#include "control/usage.h"

#define WRITE_SEC  600
#define PATH_BYTES 4160

struct cloud_usage {
	struct usage usage;
	mono_t next_write;
	uint64_t seen[CONFIG_TUNNELS_MAX + 1]; /* bytes, by tunnel number */
	bool known[CONFIG_TUNNELS_MAX + 1];    /* `seen` is of this run */
};

/* ---- the file ---- */

static bool path_of(const struct agent *agent, char path[PATH_BYTES])
{
	return agent->state_dir[0] &&
	       snprintf(path, PATH_BYTES, "%s/usage", agent->state_dir) < PATH_BYTES;
}

static void read_file(struct agent *agent, struct usage *usage)
{
	char path[PATH_BYTES], *text;
	size_t bytes;

	text = path_of(agent, path) ? file_read(path, USAGE_BYTES - 1, &bytes) : NULL;
	if (text)
		usage_parse(usage, text);
	free(text);
}

static void write_file(struct agent *agent, struct usage *usage)
{
	char path[PATH_BYTES], *text = malloc(USAGE_BYTES);
	int rc = -ENOMEM;

	if (!path_of(agent, path)) {
		free(text);
		return;
	}
	if (text)
		rc = file_keep(path, text, usage_print(usage, text));
	if (rc)
		log_notice("cloud usage=not-written error=%s", strerror(-rc));
	usage->changed = rc != 0;
	free(text);
}

/* ---- counting ---- */

/* What a tunnel received since the last look; nothing at the first, which may be that of a
 * program that has followed another. */
static uint64_t received(struct agent *agent, struct cloud_usage *u, uint32_t number)
{
	struct agent_tunnel_status tunnel;
	uint64_t bytes, more = 0;

	if (!agent_tunnel(agent, number, &tunnel))
		return 0;
	bytes = tunnel.in_bytes + tunnel.in6_bytes;
	if (u->known[number])
		more = bytes >= u->seen[number] ? bytes - u->seen[number] : bytes;
	u->seen[number] = bytes;
	u->known[number] = true;
	return more;
}

static void count(struct agent *agent, struct cloud_usage *u, int64_t now)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		const struct config_cloud *cloud = &agent->model->cloud[id];

		if (cloud->vpn_id[0])
			usage_add(&u->usage, cloud->vpn_id, now,
			    received(agent, u, cloud->bind[0]) +
				received(agent, u, cloud->bind[1]));
	}
}

static struct cloud_usage *usage_of(struct agent *agent)
{
	if (agent->cloud_usage)
		return agent->cloud_usage;
	agent->cloud_usage = calloc(1, sizeof(*agent->cloud_usage));
	if (agent->cloud_usage)
		read_file(agent, &agent->cloud_usage->usage);
	return agent->cloud_usage;
}

void cloud_usage_tick(struct agent *agent, mono_t now)
{
	struct cloud_usage *u = usage_of(agent);

	if (!u)
		return;
	count(agent, u, time(NULL));
	if (!u->usage.changed || mono_before(now, u->next_write))
		return;
	u->next_write = mono_add_sec(now, WRITE_SEC);
	write_file(agent, &u->usage);
}

void cloud_usage_end(struct agent *agent)
{
	if (agent->cloud_usage && agent->model) {
		count(agent, agent->cloud_usage, time(NULL));
		if (agent->cloud_usage->usage.changed)
			write_file(agent, &agent->cloud_usage->usage);
	}
	free(agent->cloud_usage);
	agent->cloud_usage = NULL;
}

int agent_cloud_usage(struct agent *agent, uint32_t id, struct agent_cloud_usage *out)
{
	const struct usage_entry *entry = NULL;
	const int64_t now = time(NULL);
	int64_t end;

	memset(out, 0, sizeof(*out));
	if (usage_of(agent) && agent->model) {
		count(agent, agent->cloud_usage, now);
		entry = usage_find(&agent->cloud_usage->usage, agent->model->cloud[id].vpn_id);
	}
	if (!entry)
		return -ENOENT;
	out->month = entry->month;
	out->first_seen = entry->first_seen;
	usage_month_limits(entry->month, &out->month_begin, &end);
	out->month_seconds = end - out->month_begin;
	out->now = now;
	out->bytes = entry->bytes;
	return 0;
}
