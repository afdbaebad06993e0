/* SPDX-License-Identifier: BSD-3-Clause
 *
 * `cloud vpn create` and `cloud vpn destroy`: what is wished for as the engines want it, and what
 * becomes of the configuration here. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/secret.h"
#include "control/aws/create.h"
#include "control/aws/destroy.h"
#include "control/cloud_job.h"
#include "control/cloud_plan.h"
#include "control/config/language.h"

#define DEFAULT_AS 65000

/* Which router made it, and as which cloud setting: "tokyo-gw/1". */
static void tag_of(uint32_t id, char tag[VPN_TEXT])
{
	char host[65] = "";

	if (gethostname(host, sizeof(host) - 1) || !host[0])
		(void)snprintf(host, sizeof(host), "cgw");
	(void)snprintf(tag, VPN_TEXT, "%s/%u", host, id);
}

/* Applies lines of a cloud setting. False: they were refused, and `*text` says so (NULL = no
 * memory); the caller frees. */
static bool apply(struct agent *agent, const char *const *line, size_t count, char **text)
{
	const struct agent_config_ops *ops = &agent->config;
	char why[1024];

	*text = NULL;
	if (ops->apply_lines(ops->ctx, line, count, why, sizeof(why)) == 0)
		return true;
	if (asprintf(text, "the configuration was not changed: %s", why) < 0)
		*text = NULL;
	return false;
}

/* `cloud vpn parameter` with the keys that stand there, and this VPN id ("" = none). */
static void parameter_line(
    const struct config_model *model, uint32_t id, const char *vpn_id, char *line, size_t bytes)
{
	const struct config_cloud *cloud = &model->cloud[id];

	if (cloud->access_key[0])
		(void)snprintf(line, bytes, "cloud vpn parameter %u %s %s %s", id,
		    cloud->access_key, cloud->secret_key, vpn_id);
	else if (*vpn_id)
		(void)snprintf(line, bytes, "cloud vpn parameter %u %s", id, vpn_id);
	else
		(void)snprintf(line, bytes, "no cloud vpn parameter %u", id);
}

/* ---- create ---- */

static char *tell_create_plan(struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok)
{
	const struct create *create = (struct create *)engine;

	*ok = create_may(create);
	return strdup(create_plan(create));
}

static char *take_created(struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok)
{
	const char *vpn_id = create_vpn_id((struct create *)engine);
	const char *there = agent->model->cloud[id].vpn_id;
	char service[64], parameter[1024], *text;
	const char *const line[] = {service, parameter};

	/* It takes minutes, and the setting is not locked meanwhile. */
	if (there[0]) {
		*ok = false;
		return asprintf(&text,
			   "%s is available at AWS, but cloud vpn %u was given %s meanwhile: "
			   "nothing was changed here",
			   vpn_id, id, there) < 0
			   ? NULL
			   : text;
	}
	(void)snprintf(service, sizeof(service), "cloud vpn service %u " CLOUD_SERVICE, id);
	parameter_line(agent->model, id, vpn_id, parameter, sizeof(parameter));
	*ok = apply(agent, line, 2, &text);
	secret_wipe(parameter, sizeof(parameter));
	if (*ok && asprintf(&text, "%s is available", vpn_id) < 0)
		return NULL;
	return text;
}

int agent_cloud_create(struct agent *agent, uint32_t id, const struct agent_cloud_wish *wish,
    bool plan, agent_cloud_fn *report, void *ctx, char *error, size_t error_bytes)
{
	const struct config_model *model = agent->model;
	struct create_wish full = {.address = wish->address,
	    .as_number = wish->as_number,
	    .prefix_count = wish->prefix_count};
	struct create *create;
	char why[VPN_ERROR];
	int rc;

	if (model->cloud[id].parameters_set) {
		(void)snprintf(error, error_bytes, "cloud vpn %u has the VPN connection %s already",
		    id, model->cloud[id].vpn_id);
		return -EEXIST;
	}
	memcpy(full.target, wish->target, sizeof(full.target));
	memcpy(full.prefix, wish->prefix, sizeof(full.prefix));
	memcpy(full.name, model->cloud[id].name, sizeof(model->cloud[id].name));
	tag_of(id, full.tag);
	agent_catch_up(agent);
	if (full.address.family == IP_FAMILY_NONE)
		full.address = agent_lan_address(agent, agent_wan(agent));
	if (!full.as_number)
		full.as_number =
		    model->bgp.autonomous_system ? model->bgp.autonomous_system : DEFAULT_AS;
	rc = create_new(&full, plan, &create, why);
	if (rc) {
		(void)snprintf(error, error_bytes, "%s", why);
		return rc;
	}
	return cloud_job_start(agent, id, create_task(create),
	    plan ? tell_create_plan : take_created, report, ctx, error, error_bytes);
}

/* ---- destroy ---- */

static char *tell_destroy_plan(struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok)
{
	const struct destroy *destroy = (struct destroy *)engine;
	char tag[VPN_TEXT], *text;

	*ok = destroy_count(destroy) > 0;
	if (*ok)
		return strdup(destroy_plan(destroy));
	tag_of(id, tag);
	if (asprintf(&text,
		say("nothing at AWS carries the tag %s=%s, which `cloud vpn create` gives to what "
		    "it "
		    "makes here"),
		CREATE_TAG, tag) < 0)
		return NULL;
	return text;
}

/* What was destroyed is not what the setting is about any more: somebody has changed it. */
static char *leave_alone(uint32_t id)
{
	char *text;

	if (asprintf(&text,
		"all of it is gone; cloud vpn %u was changed meanwhile, and stays as it is",
		id) < 0)
		return NULL;
	return text;
}

/* The tunnels stay written down, and are off. */
static char *take_destroyed(struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok)
{
	const struct config_cloud *cloud = &agent->model->cloud[id];
	char parameter[1024], disable[2][32], *text;
	const char *line[3] = {parameter};
	size_t count = 1;

	if (strcmp(cloud->vpn_id, destroy_vpn_id((struct destroy *)engine)) != 0)
		return leave_alone(id);
	parameter_line(agent->model, id, "", parameter, sizeof(parameter));
	for (unsigned i = 0; i < 2; i++) {
		if (!cloud->bind[i])
			continue;
		(void)snprintf(
		    disable[i], sizeof(disable[i]), "no tunnel enable %u", cloud->bind[i]);
		line[count++] = disable[i];
	}
	*ok = apply(agent, line, count, &text);
	secret_wipe(parameter, sizeof(parameter));
	return !*ok ? text : strdup("all of it is gone; the tunnels here are disabled");
}

int agent_cloud_destroy(struct agent *agent, uint32_t id, const char *shown, agent_cloud_fn *report,
    void *ctx, char *error, size_t error_bytes)
{
	struct destroy *destroy;
	char why[VPN_ERROR], tag[VPN_TEXT];
	int rc;

	tag_of(id, tag);
	rc = destroy_new(agent->model->cloud[id].vpn_id, tag, !shown, &destroy, why);
	if (!rc && destroy_expect(destroy, shown)) {
		rc = -ENOMEM;
		(void)snprintf(why, sizeof(why), "no memory");
		destroy_task(destroy)->free(destroy_task(destroy));
	}
	if (rc) {
		(void)snprintf(error, error_bytes, "%s", why);
		return rc;
	}
	return cloud_job_start(agent, id, destroy_task(destroy),
	    shown ? take_destroyed : tell_destroy_plan, report, ctx, error, error_bytes);
}
