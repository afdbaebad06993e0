/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Files of AWS: `cloud vpn download` fetches one, `cloud vpn load` makes configuration of one,
 * without asking AWS. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/aws/device_file.h"
#include "control/aws/vpn_file.h"
#include "control/cloud.h"
#include "control/cloud_apply.h"
#include "control/cloud_job.h"
#include "control/config/language.h"
#include "control/config/text.h"

static char *take_text(struct agent *agent, uint32_t id, struct aws_task *engine, bool *ok)
{
	return strdup(device_file_text((struct device_file *)engine));
}

int agent_cloud_download(struct agent *agent, uint32_t id, bool generic, agent_cloud_fn *report,
    void *ctx, char *error, size_t error_bytes)
{
	struct device_file *file;
	char why[VPN_ERROR];
	int rc;

	if (!cloud_names_vpn(agent, id, error, error_bytes))
		return -EINVAL;
	rc = device_file_new(agent->model->cloud[id].vpn_id,
	    generic ? DEVICE_FILE_GENERIC : DEVICE_FILE_YAMAHA, &file, why);

	if (rc) {
		(void)snprintf(error, error_bytes, "cloud vpn parameter %u: %s", id, why);
		return rc;
	}
	return cloud_job_start(
	    agent, id, device_file_task(file), take_text, report, ctx, error, error_bytes);
}

/* The setting of this connection, else the first that is free; 0 = there is none. */
static uint32_t choose_id(const struct config_model *model, const char *vpn_id)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++)
		if (strcmp(model->cloud[id].vpn_id, vpn_id) == 0 && *vpn_id)
			return id;
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		const struct config_cloud *cloud = &model->cloud[id];

		if (!cloud->service_set && !cloud->parameters_set && !cloud->bind[0])
			return id;
	}
	return 0;
}

/* What was said and is not in the file: ahead of the lines that would change. `id` 0 = not said. */
static void note(const struct agent *agent, uint32_t id, const struct vpn_connection *vpn,
    uint32_t as_number, struct text *out)
{
	const char *own = agent->model->cloud[id].vpn_id;

	if (as_number && vpn->tunnel[0].cgw_asn && as_number != vpn->tunnel[0].cgw_asn)
		text_printf(out, say("`as %u` has no effect: the file says AS number %u\n"),
		    as_number, vpn->tunnel[0].cgw_asn);
	if (own[0] && vpn->id[0] && strcmp(own, vpn->id) != 0)
		text_printf(out, say("CAUTION: the file is of %s, cloud vpn %u is of %s\n"),
		    vpn->id, id, own);
}

static int load(struct agent *agent, uint32_t *id, const struct vpn_connection *vpn, bool apply,
    struct cloud_outcome *out)
{
	if (!*id)
		*id = choose_id(agent->model, vpn->id);
	if (!*id) {
		(void)snprintf(out->text, sizeof(out->text), "all cloud settings are in use");
		return -ENOSPC;
	}
	return apply ? cloud_apply(agent, *id, vpn, out) : cloud_preview(agent, *id, vpn, out);
}

int agent_cloud_load(struct agent *agent, uint32_t *id, const struct agent_cloud_file *file,
    bool apply, char **said, char *error, size_t error_bytes)
{
	struct vpn_connection *vpn = calloc(1, sizeof(*vpn));
	struct cloud_outcome *out = calloc(1, sizeof(*out));
	uint32_t as = file->as_number ? file->as_number : agent->model->bgp.autonomous_system;
	char why[VPN_ERROR] = "no memory";
	struct text notes = {0};
	int rc = -ENOMEM;

	*said = NULL;
	if (vpn && out) {
		rc = -EINVAL;
		if (vpn_file_read(file->text, file->bytes, as, vpn, why) == VPN_OK) {
			note(agent, *id, vpn, file->as_number, &notes);
			rc = load(agent, id, vpn, apply, out);
			(void)snprintf(why, sizeof(why), "%.*s", VPN_ERROR - 1, out->text);
		}
	}
	if (rc == 0 &&
	    asprintf(said, "%scloud vpn %u, %s%s%s%s", notes.data ? notes.data : "", *id,
		vpn->id[0] ? vpn->id : "a connection without an id", out->text,
		out->difference ? "\n" : "",
		!out->difference             ? ""
		: out->difference[0] == '\0' ? "the configuration says the same already\n"
					     : out->difference) < 0) {
		*said = NULL;
		rc = -ENOMEM;
	}
	if (rc)
		(void)snprintf(error, error_bytes, "%s", why);
	if (vpn)
		secret_wipe(vpn, sizeof(*vpn));
	if (out)
		cloud_outcome_free(out);
	text_free(&notes);
	free(vpn);
	free(out);
	return rc;
}
