/* SPDX-License-Identifier: BSD-3-Clause
 *
 * check: what the configuration in force, or the session's candidate, lacks, or what is wrong with
 * a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/check.h"
#include "control/config/language.h"
#include "control/console/show_json.h"
#include "control/console/shut.h"

#define SHUT_MAX 32

static void keep(void *ctx, const char *sentence)
{
	text_printf(ctx, "%s\n", sentence);
}

static bool is_used(const struct config_model *model, uint32_t lan)
{
	const struct config_lan *c = &model->lan[lan];
	bool used = c->address_set || c->dhcp || c->mtu || c->nat.count;

	for (uint32_t i = 0; i < model->filter_list_count && !used; i++)
		used = !model->filter_list[i].tunnel && model->filter_list[i].interface == lan;
	return used;
}

static bool has_port(const struct agent_dataplane_status *status, uint32_t lan)
{
	char name[16];

	snprintf(name, sizeof(name), "lan%u", lan);
	for (size_t i = 0; i < status->port_count; i++)
		if (strcmp(status->port[i].name, name) == 0)
			return true;
	return false;
}

/* What is checked; NULL = nothing is configured. */
static const struct config_model *checked_model(const struct show *show)
{
	return show->candidate ? config_candidate_model(show->candidate)
			       : config_model(show->config);
}

/* Which ports there are is known only while the dataplane runs. */
static void check_ports(const struct show *show, struct text *findings)
{
	const struct config_model *model = checked_model(show);
	struct agent_dataplane_status *status = show_dataplane_status(show);

	findings->bad |= !status;
	for (uint32_t lan = 1; model && status && status->alive && lan <= CONFIG_LANS; lan++)
		if (is_used(model, lan) && !has_port(status, lan)) {
			text_printf(findings,
			    say("lan%u is configured, but the dataplane has no port of that name "
				"(`--port lan%u=DEVICE`)"),
			    lan, lan);
			text_puts(findings, "\n");
		}
	free(status);
}

/* What keeps even a whole configuration from having any effect. */
static void look_at_dataplane(const struct show *show, struct text *findings)
{
	struct agent_dataplane_status *status = show_dataplane_status(show);

	if (status && status->wanted_mb)
		text_printf(findings,
		    say("the dataplane wants about %u MB of memory for these tables: nothing is "
			"forwarded"),
		    status->wanted_mb);
	if (status && status->wanted_mb)
		text_puts(findings, "\n");
	free(status);
}

/* Another program on IKE's ports. */
static void look_at_tunnels(const struct show *show, struct text *findings)
{
	const size_t most = config_tunnels();
	struct agent_tunnel_status *tunnel = calloc(most, sizeof(*tunnel));
	size_t count = tunnel ? agent_tunnels(show->agent, tunnel, most) : 0;

	for (size_t i = 0; i < count; i++) {
		char made[sizeof(tunnel[i].ike.reason) * 3];

		if (tunnel[i].no_socket)
			text_printf(findings, "tunnel %u: %s\n", tunnel[i].number,
			    say_made(tunnel[i].ike.reason, made, sizeof(made)));
	}
	free(tunnel);
}

/* Filters of ours in the way of our own tunnels. Whether AWS is asked at all is `doctor`'s. */
static void look_at_filters(const struct show *show, struct text *findings)
{
	const struct config_model *model = checked_model(show);
	struct agent_shut shut[SHUT_MAX];
	size_t count = model ? agent_shut(show->agent, model, shut, SHUT_MAX) : 0;
	char line[SHUT_LINE];

	for (size_t i = 0; i < count; i++) {
		if (!shut[i].tunnel)
			continue;
		shut_say(shut, i, line);
		text_printf(findings, "%s: ", line);
		shut_advise(model, shut, i, findings);
		text_puts(findings, "\n");
	}
}

/* How many lines are wrong, or -errno with a sentence. */
static int collect(const struct show *show, struct text *findings, char *error, size_t error_bytes)
{
	if (show->file)
		return config_check_text(show->file->data ? show->file->data : "",
		    show->file->bytes, keep, findings, error, error_bytes);
	if (show->candidate)
		(void)config_check_candidate(show->candidate, keep, findings);
	else
		(void)config_check(show->config, keep, findings);
	check_ports(show, findings);
	look_at_dataplane(show, findings);
	look_at_tunnels(show, findings);
	look_at_filters(show, findings);
	return findings->bad ? show_no_memory(error, error_bytes) : 0;
}

static void print(const struct show *show, const char *file, const char *findings, int wrong)
{
	text_puts(show->out, findings);
	if (file && !wrong)
		text_printf(show->out, "%s\n", say("The file would be taken."));
	else if (!*findings)
		text_printf(show->out, "%s\n", say("Nothing is missing."));
}

int show_check(
    const struct show *show, const struct grammar_args *args, char *error, size_t error_bytes)
{
	const char *file = show->file ? show->file_name : NULL;
	struct text findings = {0};
	int wrong = collect(show, &findings, error, error_bytes), rc = 0;
	const char *lines = findings.data ? findings.data : "";

	if (wrong < 0)
		rc = wrong;
	else if (show->answer)
		rc = show_answer(show, "check/1",
		    json_pack("{s:o, s:i, s:o}", "file", show_json_text_or_null(file ? file : ""),
			"wrong_lines", wrong, "findings", show_json_lines(lines)),
		    error, error_bytes);
	else
		print(show, file, lines, wrong);
	text_free(&findings);
	if (wrong <= 0 || rc)
		return rc;
	snprintf(error, error_bytes,
	    wrong == 1 ? say("%d line is wrong") : say("%d lines are wrong"), wrong);
	return -EINVAL;
}
