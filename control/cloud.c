/* SPDX-License-Identifier: BSD-3-Clause
 *
 * One run of `cloud vpn set go ID`: credentials, sign, fetch, read, plan, compare, apply.
 *
 * Until apply_lines() everything happens beside the configuration, and that is whole or not at all:
 * a run that fails leaves it as it was. The log lines are those of the router this follows, to the
 * letter, misspelling included; details come with `cloud vpn syslog on`. A redirect, an error, a
 * wrong certificate ends the run: nothing is tried twice. */
#include "control/cloud.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/aws/creds.h"
#include "control/aws/ec2.h"
#include "control/cloud_boot.h"
#include "control/cloud_creds.h"
#include "control/cloud_fetch.h"
#include "control/cloud_text.h"

#define PROGRESS_MSEC 1000
#define SENTENCE      512
#define SUMMARY       4096

struct cloud {
	struct agent *agent;
	uint32_t id;
	bool running;
	bool unreached; /* the last run ended without an answer */
	agent_cloud_fn *report;
	void *ctx;
	char vpn_id[CONFIG_PARAMETER];
	struct aws_request request;
	struct cloud_creds *search; /* for credentials, before the fetch */
	struct cloud_fetch *fetch;
	uv_timer_t progress;
	char last_fetch[32];
	char last_error[160];
};

static void note(const struct cloud *c, enum cloud_text text)
{
	cloud_log(c->id, c->agent->model->cloud_syslog, text, NULL);
}

static void note_of(const struct cloud *c, enum cloud_text text, const char *argument)
{
	cloud_log(c->id, c->agent->model->cloud_syslog, text, argument);
}

/* ---- the end of a run ---- */

static void end_run(struct cloud *c, enum agent_cloud_event event, const char *text)
{
	agent_cloud_fn *report = c->report;
	void *ctx = c->ctx;

	c->running = false;
	c->report = NULL;
	(void)uv_timer_stop(&c->progress);
	aws_request_free(&c->request);
	if (event == AGENT_CLOUD_FAILED)
		(void)snprintf(c->last_error, sizeof(c->last_error), "%.*s",
		    (int)sizeof(c->last_error) - 1, text);
	else
		c->last_error[0] = '\0';
	if (report)
		report(ctx, event, text);
}

static void fail(struct cloud *c, const char *text)
{
	note(c, CLOUD_TEXT_FAILED);
	end_run(c, AGENT_CLOUD_FAILED, text);
}

/* ---- from the answer to the configuration ---- */

static void local_time(time_t t, const char *format, char *out, size_t bytes)
{
	struct tm tm;

	if (!localtime_r(&t, &tm) || strftime(out, bytes, format, &tm) == 0)
		out[0] = '\0';
}

static void find_place(struct agent *agent, struct cloud_place *place)
{
	uint32_t wan = agent_wan(agent);

	memset(place, 0, sizeof(*place));
	place->local = agent_lan_address(agent, wan);
	if (wan)
		(void)snprintf(place->wan_if, sizeof(place->wan_if), "lan%u", wan);
	local_time(time(NULL), "%Y%m%d%H%M%S", place->timestamp, sizeof(place->timestamp));
}

static size_t add(char *text, size_t used, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Appends to a text of SUMMARY bytes; cut where it is full. */
static size_t add(char *text, size_t used, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text + used, SUMMARY - used, format, args);
	va_end(args);
	used += n > 0 ? (size_t)n : 0;
	return used < SUMMARY ? used : SUMMARY - 1;
}

/* What a success says: which numbers were taken for what, and the notes. */
static void summary(const char *what, const struct vpn_connection *vpn,
    const struct cloud_plan *plan, const struct cloud_difference *difference,
    const struct vpn_lines *lines, char text[SUMMARY])
{
	size_t used = add(text, 0, "%s", what);

	for (unsigned i = 0; i < plan->count; i++) {
		const struct vpn_tunnel *tunnel = &vpn->tunnel[i];
		char outside[IP_ADDR_TEXT_BYTES], inside[IP_PREFIX_TEXT_BYTES];

		used = add(text, used, "\n  TUNNEL[%02u]: %s, %s, policy %u, %s",
		    plan->site.tunnel[i], ip_addr_format(&tunnel->vgw_outside, outside),
		    ip_prefix_format(&tunnel->cgw_inside, inside), plan->site.policy[i],
		    !plan->existing[i]      ? "new"
		    : !difference->any      ? "as it was"
		    : difference->tunnel[i] ? "changed"
					    : "as it was");
	}
	for (size_t i = 0; i < plan->note_count; i++)
		used = add(text, used, "\n%s", plan->note[i]);
	for (size_t i = 0; lines && i < lines->note_count; i++)
		used = add(text, used, "\n%s", lines->note[i]);
}

/* Applies the lines as one change, `cloud vpn bind` among them. */
static int apply(struct cloud *c, const struct cloud_plan *plan, const struct vpn_lines *lines,
    char *error, size_t error_bytes)
{
	const struct agent_config_ops *ops = &c->agent->config;
	const char *all[VPN_LINES + 1];
	char bind[64];
	size_t n = 0;

	for (size_t i = 0; i < lines->count; i++)
		all[n++] = lines->line[i];
	if (plan->bind) {
		(void)snprintf(bind, sizeof(bind),
		    plan->count == 2 ? "cloud vpn bind %u %u %u" : "cloud vpn bind %u %u", c->id,
		    plan->bound[0], plan->bound[1]);
		all[n++] = bind;
	}
	return ops->apply_lines(ops->ctx, all, n, error, error_bytes);
}

/* What of the configuration the plan would change; tunnels that change get the time of now. A
 * difference that cannot be told counts as one of all. */
static void compare(struct cloud *c, const struct vpn_connection *vpn, struct cloud_plan *plan,
    const struct cloud_place *place, struct cloud_difference *out)
{
	const struct agent_config_ops *ops = &c->agent->config;
	char *text = ops->running_text(ops->ctx), error[VPN_ERROR];
	struct vpn_lines lines;
	int rc;

	note(c, CLOUD_TEXT_COMPARING);
	*out = (struct cloud_difference){true, {true, true}};
	rc = text ? vpn_generate(vpn, &plan->site, &lines, error) : -ENOMEM;
	if (rc == 0) {
		rc = cloud_compare(text, &lines, out, error);
		vpn_lines_free(&lines);
	}
	if (rc)
		*out = (struct cloud_difference){true, {true, true}};
	out->any = out->any || plan->bind;
	for (unsigned i = 0; i < plan->count; i++)
		if (out->tunnel[i])
			memcpy(plan->site.timestamp[i], place->timestamp, VPN_TIMESTAMP);
	if (text) {
		secret_wipe(text, strlen(text));
		free(text);
	}
}

static void configure(struct cloud *c, const struct vpn_connection *vpn, struct cloud_plan *plan,
    const struct cloud_place *place)
{
	char error[VPN_ERROR] = "", text[SUMMARY], why[SENTENCE];
	struct cloud_difference difference;
	struct vpn_lines lines;

	compare(c, vpn, plan, place, &difference);
	if (!difference.any) {
		note(c, CLOUD_TEXT_MATCHED);
		note(c, CLOUD_TEXT_NO_CHANGE);
		summary("the configuration says what AWS says: nothing was changed", vpn, plan,
		    &difference, NULL, text);
		end_run(c, AGENT_CLOUD_DONE, text);
		return;
	}
	note(c, CLOUD_TEXT_CONFIGURE);
	if (vpn_generate(vpn, &plan->site, &lines, error)) {
		note(c, CLOUD_TEXT_CREATE_FAILED);
		fail(c, error);
		return;
	}
	if (apply(c, plan, &lines, why, sizeof(why))) {
		note(c, CLOUD_TEXT_CREATE_FAILED);
		(void)snprintf(text, sizeof(text), "the configuration was not changed: %s", why);
		fail(c, text);
	} else {
		note(c, CLOUD_TEXT_CREATED);
		summary("the configuration follows AWS:", vpn, plan, &difference, &lines, text);
		end_run(c, AGENT_CLOUD_DONE, text);
	}
	vpn_lines_free(&lines);
}

static enum cloud_text plan_text(enum cloud_plan_result result)
{
	switch (result) {
	case CLOUD_PLAN_OK: break;
	case CLOUD_PLAN_ALL_USED: return CLOUD_TEXT_ALL_USED;
	case CLOUD_PLAN_OTHER: return CLOUD_TEXT_OTHER_SETTING;
	case CLOUD_PLAN_NEIGHBOR: return CLOUD_TEXT_NEIGHBOR;
	case CLOUD_PLAN_MISSING: break;
	}
	return CLOUD_TEXT_COMMAND_ILLEGAL;
}

static void use_connection(struct cloud *c, const struct vpn_connection *vpn)
{
	struct cloud_place place;
	struct cloud_plan plan;
	char error[VPN_ERROR];
	enum cloud_plan_result result;

	find_place(c->agent, &place);
	result = cloud_plan_make(c->agent->model, c->id, &place, vpn, &plan, error);
	if (result != CLOUD_PLAN_OK) {
		note(c, plan_text(result));
		fail(c, error);
		return;
	}
	configure(c, vpn, &plan, &place);
}

/* ---- the answer ---- */

/* An error document, with a word about the clock where that may be the reason. */
static void answer_error(struct cloud *c, const struct http_client_result *result)
{
	char text[SENTENCE], clock[EC2_TEXT] = "";
	struct ec2_error error;

	(void)snprintf(text, sizeof(text), "%d", result->status);
	note_of(c, CLOUD_TEXT_HTTP_ERROR, text);
	note(c, CLOUD_TEXT_ERROR_RESPONSE);
	if (ec2_error_read(result->body, result->body_bytes, &error)) {
		(void)snprintf(
		    text, sizeof(text), "the server answered with HTTP status %d", result->status);
		fail(c, text);
		return;
	}
	note_of(c, CLOUD_TEXT_AWS_ERROR, error.code);
	(void)ec2_clock_note(&error, result->date, time(NULL), clock);
	(void)snprintf(text, sizeof(text), "AWS refused: %s: %s%s%s", error.code, error.message,
	    clock[0] ? "; " : "", clock);
	fail(c, text);
}

static void answer(struct cloud *c, const struct http_client_result *result)
{
	struct vpn_connection vpn;
	char error[VPN_ERROR];
	enum vpn_result rc;

	if (result->status != 200) {
		answer_error(c, result);
		return;
	}
	local_time(time(NULL), "%Y/%m/%d %H:%M:%S", c->last_fetch, sizeof(c->last_fetch));
	note(c, CLOUD_TEXT_RECEIVED);
	rc = vpn_parse(result->body, result->body_bytes, c->vpn_id, &vpn, error);
	switch (rc) {
	case VPN_OK:
		note(c, CLOUD_TEXT_PARSED);
		use_connection(c, &vpn);
		break;
	case VPN_ILLEGAL_XML: note(c, CLOUD_TEXT_ILLEGAL_XML); break;
	case VPN_ILLEGAL_RESPONSE: note(c, CLOUD_TEXT_ILLEGAL_RESPONSE); break;
	case VPN_AWS_ERROR: note_of(c, CLOUD_TEXT_AWS_ERROR, error); break;
	case VPN_COMMAND_ILLEGAL: note(c, CLOUD_TEXT_COMMAND_ILLEGAL); break;
	}
	secret_wipe(&vpn, sizeof(vpn));
	if (rc != VPN_OK)
		fail(c, error);
}

static enum cloud_text fetch_text(enum http_error error)
{
	switch (error) {
	case HTTP_RESOLVE: return CLOUD_TEXT_RESOLVE;
	case HTTP_SOCKET: return CLOUD_TEXT_SOCKET;
	case HTTP_NONBLOCKING: return CLOUD_TEXT_NONBLOCKING;
	case HTTP_SSL_INIT: return CLOUD_TEXT_SSL_INIT;
	case HTTP_CONNECT_ERROR: return CLOUD_TEXT_CONNECT_ERROR;
	case HTTP_CONNECT_TIMEOUT: return CLOUD_TEXT_CONNECT_TIMEOUT;
	case HTTP_SSL: return CLOUD_TEXT_SSL;
	case HTTP_SEND: return CLOUD_TEXT_SEND;
	case HTTP_RECEIVE: return CLOUD_TEXT_RECEIVE;
	case HTTP_RECEIVE_TIMEOUT: return CLOUD_TEXT_RECEIVE_TIMEOUT;
	case HTTP_ILLEGAL: return CLOUD_TEXT_ILLEGAL_HTTP;
	case HTTP_OK:
	case HTTP_CANNOT_CONNECT: break;
	}
	return CLOUD_TEXT_CANNOT_CONNECT;
}

static void on_done(
    void *ctx, enum http_error error, const char *why, const struct http_client_result *result)
{
	struct cloud *c = ctx;

	c->fetch = NULL;
	if (error == HTTP_OK) {
		answer(c, result);
		return;
	}
	note(c, fetch_text(error));
	c->unreached = error != HTTP_ILLEGAL;
	fail(c, why);
}

static void on_attempt_failed(void *ctx, enum http_error error, const char *why)
{
	struct cloud *c = ctx;

	note(c, fetch_text(error));
	log_debug("cloud id=%u attempt=failed reason=\"%s\"", c->id, why);
}

/* ---- the run ---- */

static void on_progress(uv_timer_t *timer)
{
	struct cloud *c = timer->data;

	if (c->report)
		c->report(c->ctx, AGENT_CLOUD_PROGRESS, "");
}

static struct cloud *cloud_of(struct agent *agent, uint32_t id)
{
	struct cloud *c = agent->cloud[id];

	if (c)
		return c;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->agent = agent;
	c->id = id;
	(void)uv_timer_init(agent->loop, &c->progress);
	c->progress.data = c;
	agent->cloud[id] = c;
	return c;
}

/* Signs the request and sends it. */
static int request(struct cloud *c, const struct creds *creds, char *error, size_t error_bytes)
{
	const struct config_cloud *config = &c->agent->model->cloud[c->id];
	const struct ec2_place place = {.region = config->region,
	    .dual_stack = config->dual_stack,
	    .endpoint = config->endpoint};
	struct cloud_fetch_request fetch = {
	    .loop = c->agent->loop,
	    .ca_file = c->agent->ca_file,
	    .attempt_failed = on_attempt_failed,
	    .done = on_done,
	    .ctx = c,
	};
	char why[EC2_TEXT] = "";
	int rc = ec2_describe_vpn(creds, &place, config->vpn_id, time(NULL), &c->request, why);

	if (rc) {
		note(c, CLOUD_TEXT_COMMAND_ILLEGAL);
		(void)snprintf(error, error_bytes, "%s", why);
		return rc;
	}
	(void)snprintf(c->vpn_id, sizeof(c->vpn_id), "%s", config->vpn_id);
	note_of(c, CLOUD_TEXT_CONNECTING, c->request.host);
	fetch.host = c->request.host;
	fetch.port = c->request.port;
	fetch.request = c->request.bytes;
	fetch.request_bytes = c->request.length;
	rc = cloud_fetch_start(&fetch, &c->fetch);
	if (rc) {
		aws_request_free(&c->request);
		(void)snprintf(error, error_bytes, "the fetch could not start: %s", strerror(-rc));
	}
	return rc;
}

static void on_credentials(void *ctx, const struct creds_found *found, const char *why)
{
	struct cloud *c = ctx;
	char text[SENTENCE];

	c->search = NULL;
	if (!found) {
		note(c, CLOUD_TEXT_COMMAND_ILLEGAL);
		c->unreached = true; /* the service that has them may not be there yet */
		(void)snprintf(
		    text, sizeof(text), "no credentials for AWS\n%.*s", SENTENCE - 32, why);
		fail(c, text);
		return;
	}
	log_info("cloud id=%u credentials=\"%s\" from=\"%s\"", c->id, found->what,
	    creds_source_name(found->source));
	if (request(c, &found->creds, text, sizeof(text)))
		fail(c, text);
}

/* With keys of the configuration and no role the request goes out at once; else when the search
 * for credentials has ended. */
static int start(
    struct cloud *c, const struct config_cloud *config, char *error, size_t error_bytes)
{
	const struct creds_chain_settings settings = {
	    .access_key = config->access_key,
	    .secret_key = config->secret_key,
	    .role_arn = config->role,
	    .external_id = config->external,
	    .region = config->region,
	    .dual_stack = config->dual_stack,
	};
	struct creds creds;
	int rc;

	if (!config->access_key[0] || config->role[0]) {
		rc = cloud_creds_start(
		    c->agent->loop, &settings, c->agent->ca_file, on_credentials, c, &c->search);
		if (rc)
			(void)snprintf(error, error_bytes, "%s", strerror(-rc));
		return rc;
	}
	rc = creds_set(&creds, config->access_key, config->secret_key, NULL);
	if (rc) {
		note(c, CLOUD_TEXT_COMMAND_ILLEGAL);
		(void)snprintf(
		    error, error_bytes, "cloud vpn parameter %u: not an access key", c->id);
		return rc;
	}
	rc = request(c, &creds, error, error_bytes);
	creds_wipe(&creds);
	return rc;
}

/* The run of `id` if one can begin; NULL with a sentence otherwise. */
static struct cloud *prepare(
    struct agent *agent, uint32_t id, int *rc, char *error, size_t error_bytes)
{
	struct cloud *c = NULL;

	*rc = -EINVAL;
	if (id == 0 || id > CONFIG_CLOUDS || !agent->model || !agent->config.apply_lines) {
		(void)snprintf(error, error_bytes, "there is no cloud vpn %u", id);
		return NULL;
	}
	c = cloud_of(agent, id);
	*rc = !c ? -ENOMEM : c->running ? -EBUSY : 0;
	if (*rc)
		(void)snprintf(error, error_bytes,
		    c ? "cloud vpn set go %u is running already" : "no memory", id);
	return *rc ? NULL : c;
}

int agent_cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes)
{
	cloud_boot_leave(agent->cloud_boot, id);
	return cloud_go(agent, id, report, ctx, error, error_bytes);
}

bool cloud_unreached(const struct agent *agent, uint32_t id)
{
	return agent->cloud[id] && agent->cloud[id]->unreached;
}

int cloud_go(struct agent *agent, uint32_t id, agent_cloud_fn *report, void *ctx, char *error,
    size_t error_bytes)
{
	const struct config_cloud *config;
	struct cloud *c;
	int rc;

	c = prepare(agent, id, &rc, error, error_bytes);
	if (!c)
		return rc;
	config = &agent->model->cloud[id];
	if (!config->service_set || !config->parameters_set) {
		(void)snprintf(error, error_bytes, "cloud vpn %s %u is not set",
		    config->service_set ? "parameter" : "service", id);
		note(c, CLOUD_TEXT_COMMAND_ILLEGAL);
		rc = -EINVAL;
	} else {
		rc = start(c, config, error, error_bytes);
	}
	if (rc) {
		note(c, CLOUD_TEXT_FAILED);
		return rc;
	}
	c->running = true;
	c->unreached = false;
	c->report = report;
	c->ctx = ctx;
	(void)uv_timer_start(&c->progress, on_progress, PROGRESS_MSEC, PROGRESS_MSEC);
	return 0;
}

void agent_cloud_cancel(struct agent *agent, uint32_t id)
{
	struct cloud *c = id && id <= CONFIG_CLOUDS ? agent->cloud[id] : NULL;

	if (!c || !c->running)
		return;
	cloud_creds_cancel(c->search);
	cloud_fetch_cancel(c->fetch);
	c->search = NULL;
	c->fetch = NULL;
	note(c, CLOUD_TEXT_CANCELED);
	end_run(c, AGENT_CLOUD_FAILED, "canceled: nothing was changed");
}

void cloud_last(const struct agent *agent, uint32_t id, struct agent_cloud_status *out)
{
	const struct cloud *c = agent->cloud[id];

	if (!c)
		return;
	out->running = c->running;
	(void)snprintf(out->last_fetch, sizeof(out->last_fetch), "%s", c->last_fetch);
	(void)snprintf(out->last_error, sizeof(out->last_error), "%s", c->last_error);
}

void cloud_stop_all(struct agent *agent)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		struct cloud *c = agent->cloud[id];

		if (!c)
			continue;
		agent_cloud_cancel(agent, id);
		uv_close((uv_handle_t *)&c->progress, NULL);
	}
}

void cloud_free_all(struct agent *agent)
{
	for (uint32_t id = 1; id <= CONFIG_CLOUDS; id++) {
		free(agent->cloud[id]);
		agent->cloud[id] = NULL;
	}
}
