/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Plan, compare, apply. Until apply_lines() everything happens beside the configuration. */
#include "control/cloud_apply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/secret.h"
#include "control/config/config.h"
#include "control/config/language.h"

struct applying {
	struct agent *agent;
	uint32_t id;
	bool quiet;
	const struct vpn_connection *vpn;
	struct cloud_place place;
	struct cloud_plan plan;
	struct cloud_difference difference;
	struct cloud_outcome *out;
	/* The lines of `lines`, and `cloud vpn bind`. */
	struct vpn_lines lines;
	const char *line[VPN_LINES + 1];
	char bind[64];
	size_t count;
};

static void note(const struct applying *a, enum cloud_text text)
{
	if (!a->quiet)
		cloud_log(a->id, a->agent->model->cloud_syslog, text, NULL);
}

/* ---- what is said ---- */

__attribute__((format(printf, 2, 3))) static void add(
    struct cloud_outcome *out, const char *format, ...)
{
	size_t used = strlen(out->text);
	va_list args;

	va_start(args, format);
	(void)vsnprintf(out->text + used, sizeof(out->text) - used, format, args);
	va_end(args);
}

/* Which numbers were taken for what, and the notes. */
static void summarize(struct applying *a, const char *what)
{
	const struct cloud_plan *plan = &a->plan;
	char made[2 * VPN_ERROR];

	a->out->text[0] = '\0';
	add(a->out, "%s", what);
	for (unsigned i = 0; i < plan->count; i++) {
		const struct vpn_tunnel *tunnel = &a->vpn->tunnel[i];
		char outside[IP_ADDR_TEXT_BYTES], inside[IP_PREFIX_TEXT_BYTES];

		add(a->out, "\n");
		add(a->out, say("  TUNNEL[%02u]: %s, %s, policy %u, %s"), plan->site.tunnel[i],
		    ip_addr_format(&tunnel->vgw_outside, outside),
		    ip_prefix_format(&tunnel->cgw_inside, inside), plan->site.policy[i],
		    !plan->existing[i]        ? say("new")
		    : a->difference.tunnel[i] ? say("changed")
					      : say("as it was"));
	}
	for (size_t i = 0; i < plan->note_count; i++)
		add(a->out, "\n%s", plan->note[i]);
	for (size_t i = 0; i < a->lines.note_count; i++)
		add(a->out, "\n%s", say_made(a->lines.note[i], made, sizeof(made)));
}

/* ---- plan and compare ---- */

static void find_place(struct agent *agent, struct cloud_place *place)
{
	uint32_t wan = agent_wan(agent);
	time_t now = time(NULL);
	struct tm tm;

	memset(place, 0, sizeof(*place));
	place->local = agent_lan_address(agent, wan);
	place->wan = wan;
	if (localtime_r(&now, &tm))
		(void)strftime(place->timestamp, sizeof(place->timestamp), "%Y%m%d%H%M%S", &tm);
}

static enum cloud_text plan_text(enum cloud_plan_result result)
{
	switch (result) {
	case CLOUD_PLAN_OK: break;
	case CLOUD_PLAN_ALL_USED: return CLOUD_TEXT_ALL_USED;
	case CLOUD_PLAN_OTHER:
	case CLOUD_PLAN_TWICE:
	case CLOUD_PLAN_INSIDE: return CLOUD_TEXT_OTHER_SETTING;
	case CLOUD_PLAN_NEIGHBOR: return CLOUD_TEXT_NEIGHBOR;
	case CLOUD_PLAN_MISSING: break;
	}
	return CLOUD_TEXT_COMMAND_ILLEGAL;
}

static enum cloud_fault plan_fault(enum cloud_plan_result result)
{
	switch (result) {
	case CLOUD_PLAN_TWICE: return CLOUD_FAULT_TWICE;
	case CLOUD_PLAN_INSIDE: return CLOUD_FAULT_INSIDE;
	default: return CLOUD_FAULT_LINES;
	}
}

static int generate(struct applying *a)
{
	char error[VPN_ERROR];
	int rc;

	vpn_lines_free(&a->lines);
	rc = vpn_generate(a->vpn, &a->plan.site, &a->lines, error);
	if (rc) {
		(void)snprintf(a->out->text, sizeof(a->out->text), "%s", error);
		return rc;
	}
	a->count = 0;
	for (size_t i = 0; i < a->lines.count; i++)
		a->line[a->count++] = a->lines.line[i];
	if (a->plan.bind) {
		(void)snprintf(a->bind, sizeof(a->bind),
		    a->plan.count == 2 ? "cloud vpn bind %u %u %u" : "cloud vpn bind %u %u", a->id,
		    a->plan.bound[0], a->plan.bound[1]);
		a->line[a->count++] = a->bind;
	}
	return 0;
}

static void wipe_text(char *text)
{
	if (text)
		secret_wipe(text, strlen(text));
	free(text);
}

/* What the plan would change; tunnels that change get the time of now. A difference that cannot be
 * told counts as one of all. */
static int compare(struct applying *a, const char *text)
{
	char error[VPN_ERROR];
	int rc = generate(a);

	if (rc)
		return rc;
	if (cloud_compare(text, &a->lines, &a->difference, error))
		a->difference = (struct cloud_difference){true, {true, true}};
	a->difference.any = a->difference.any || a->plan.bind;
	for (unsigned i = 0; i < a->plan.count; i++)
		if (a->difference.tunnel[i])
			memcpy(a->plan.site.timestamp[i], a->place.timestamp, VPN_TIMESTAMP);
	return generate(a);
}

/* Plan and lines; with difference.any false there is nothing to do. */
static int prepare(struct applying *a, const char *text)
{
	char error[VPN_ERROR] = "";
	enum cloud_plan_result result;
	int rc;

	find_place(a->agent, &a->place);
	result = cloud_plan_make(a->agent->model, a->id, &a->place, a->vpn, &a->plan, error);
	if (result != CLOUD_PLAN_OK) {
		note(a, plan_text(result));
		a->out->fault = plan_fault(result);
		(void)snprintf(a->out->text, sizeof(a->out->text), "%s", error);
		return -EINVAL;
	}
	note(a, CLOUD_TEXT_COMPARING);
	rc = compare(a, text);
	if (rc)
		note(a, CLOUD_TEXT_CREATE_FAILED);
	return rc;
}

/* ---- apply ---- */

static int put_in_force(struct applying *a)
{
	const struct agent_config_ops *ops = &a->agent->config;
	char why[1024];
	int rc;

	note(a, CLOUD_TEXT_CONFIGURE);
	rc = ops->apply_lines(ops->ctx, a->line, a->count, why, sizeof(why));
	if (rc) {
		note(a, CLOUD_TEXT_CREATE_FAILED);
		(void)snprintf(a->out->text, sizeof(a->out->text),
		    say("the configuration was not changed: %s"), why);
		return rc;
	}
	note(a, CLOUD_TEXT_CREATED);
	a->out->changed = true;
	summarize(a, say("the configuration follows AWS:"));
	return 0;
}

static int preview(struct applying *a, const char *text)
{
	struct cloud_outcome *out = a->out;
	char error[VPN_ERROR];

	out->wanted = cloud_preview_config(text, a->line, a->count, error);
	if (!out->wanted) {
		(void)snprintf(out->text, sizeof(out->text), "%s", error);
		return -EINVAL;
	}
	out->count = a->plan.count;
	memcpy(out->tunnel, a->plan.site.tunnel, sizeof(out->tunnel));
	out->difference = cloud_preview_text(text, a->line, a->count);
	return out->difference ? 0 : -ENOMEM;
}

static int run(struct applying *a)
{
	const struct agent_config_ops *ops = &a->agent->config;
	char *text = ops->running_text(ops->ctx);
	int rc = -ENOMEM;

	memset(a->out, 0, sizeof(*a->out));
	a->out->fault = CLOUD_FAULT_LINES;
	(void)snprintf(a->out->text, sizeof(a->out->text), "no memory");
	if (text)
		rc = prepare(a, text);
	if (rc == 0 && a->quiet) {
		summarize(a, "");
		rc = preview(a, text);
	} else if (rc == 0 && a->difference.any) {
		rc = put_in_force(a);
	} else if (rc == 0) {
		note(a, CLOUD_TEXT_MATCHED);
		note(a, CLOUD_TEXT_NO_CHANGE);
		summarize(a, say("the configuration says what AWS says: nothing was changed"));
	}
	vpn_lines_free(&a->lines);
	wipe_text(text);
	return rc;
}

int cloud_apply(
    struct agent *agent, uint32_t id, const struct vpn_connection *vpn, struct cloud_outcome *out)
{
	struct applying a = {.agent = agent, .id = id, .vpn = vpn, .out = out};

	return run(&a);
}

int cloud_preview(
    struct agent *agent, uint32_t id, const struct vpn_connection *vpn, struct cloud_outcome *out)
{
	struct applying a = {.agent = agent, .id = id, .vpn = vpn, .out = out, .quiet = true};

	return run(&a);
}

void cloud_outcome_free(struct cloud_outcome *out)
{
	free(out->difference);
	config_free(out->wanted);
	out->difference = NULL;
	out->wanted = NULL;
}
