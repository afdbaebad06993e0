/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The effects of the engines that ask AWS. One question at a time, each over a connection of its
 * own; a redirect, a wrong certificate, no answer ends the run: nothing is sent twice. What an
 * error answer means, the engine decides. Credentials are looked for once, and again when they are
 * about to expire. */
#include "control/cloud_task.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/secret.h"
#include "control/aws/ec2.h"
#include "control/cloud_creds.h"
#include "control/cloud_fetch.h"
#include "control/cloud_text.h"

#define SENTENCE 1280

struct cloud_task {
	struct agent *agent;
	uint32_t id;
	struct aws_task *engine;
	struct cloud_task_hooks hooks;
	struct config_cloud config; /* as it was at the beginning */
	struct creds creds;
	int64_t creds_until;      /* seconds since 1970; 0 = there are none yet */
	struct aws_ask ask;       /* under way */
	bool busy;                /* the last answer was a refusal for now */
	char clock[EC2_TEXT];     /* what the last answer says of our clock, "" = nothing */
	enum cloud_fault refused; /* what the last answer's error is of */
	struct aws_request request;
	struct cloud_creds *search;
	struct cloud_fetch *fetch;
	uv_timer_t timer; /* the first step, and waits */
};

static void note(const struct cloud_task *t, enum cloud_text text, const char *argument)
{
	if (!t->hooks.quiet)
		cloud_log(t->id, t->agent->model->cloud_syslog, text, argument);
}

/* ---- the end ---- */

static void on_timer_closed(uv_handle_t *handle)
{
	struct cloud_task *t = handle->data;

	secret_wipe(t, sizeof(*t));
	free(t);
}

static void drop(struct cloud_task *t)
{
	cloud_creds_cancel(t->search);
	cloud_fetch_cancel(t->fetch);
	t->search = NULL;
	t->fetch = NULL;
	aws_request_free(&t->request);
	t->engine->free(t->engine);
	t->engine = NULL;
	uv_close((uv_handle_t *)&t->timer, on_timer_closed);
}

static void end(
    struct cloud_task *t, enum cloud_task_end how, enum cloud_fault fault, const char *why)
{
	t->hooks.done(t->hooks.ctx, how, fault, why);
	drop(t);
}

/* ---- answers ---- */

static enum cloud_text fetch_text(enum http_error error)
{
	switch (error) {
	case HTTP_RESOLVE: return CLOUD_TEXT_RESOLVE;
	case HTTP_SOCKET: return CLOUD_TEXT_SOCKET;
	case HTTP_NONBLOCKING: return CLOUD_TEXT_NONBLOCKING;
	case HTTP_SSL_INIT: return CLOUD_TEXT_SSL_INIT;
	case HTTP_CONNECT_ERROR: return CLOUD_TEXT_CONNECT_ERROR;
	case HTTP_CONNECT_TIMEOUT: return CLOUD_TEXT_CONNECT_TIMEOUT;
	case HTTP_SSL:
	case HTTP_CERTIFICATE:
	case HTTP_CERTIFICATE_TIME: return CLOUD_TEXT_SSL;
	case HTTP_SEND: return CLOUD_TEXT_SEND;
	case HTTP_RECEIVE: return CLOUD_TEXT_RECEIVE;
	case HTTP_RECEIVE_TIMEOUT: return CLOUD_TEXT_RECEIVE_TIMEOUT;
	case HTTP_ILLEGAL: return CLOUD_TEXT_ILLEGAL_HTTP;
	case HTTP_OK:
	case HTTP_CANNOT_CONNECT: break;
	}
	return CLOUD_TEXT_CANNOT_CONNECT;
}

/* Logs what came, and keeps a word about the clock where that may be the reason of a refusal. */
static void note_answer(struct cloud_task *t, const struct http_client_result *result)
{
	struct ec2_error error;
	char status[16];

	t->clock[0] = '\0';
	t->refused = CLOUD_FAULT_OTHER;
	t->busy = result->status >= 500;
	if (result->status == 200) {
		if (t->ask.api == AWS_API_EC2)
			note(t, CLOUD_TEXT_RECEIVED, NULL);
		return;
	}
	(void)snprintf(status, sizeof(status), "%d", result->status);
	note(t, CLOUD_TEXT_HTTP_ERROR, status);
	note(t, CLOUD_TEXT_ERROR_RESPONSE, NULL);
	if (ec2_error_read(result->body, result->body_bytes, &error)) {
		t->refused = t->busy ? CLOUD_FAULT_LATER : CLOUD_FAULT_ANSWER;
		return;
	}
	note(t, CLOUD_TEXT_AWS_ERROR, error.code);
	t->busy = t->busy || ec2_error_is_passing(&error);
	t->refused = ec2_clock_note(&error, result->date, time(NULL), t->clock)
			 ? CLOUD_FAULT_CLOCK
			 : cloud_fault_of_code(error.code);
}

/* Logs what the engine made of a good answer. */
static void note_verdict(
    struct cloud_task *t, enum aws_api api, const struct aws_task_action *action)
{
	switch (action->verdict) {
	case VPN_OK:
		if (api == AWS_API_EC2)
			note(t, CLOUD_TEXT_PARSED, NULL);
		break;
	case VPN_ILLEGAL_XML: note(t, CLOUD_TEXT_ILLEGAL_XML, NULL); break;
	case VPN_ILLEGAL_RESPONSE: note(t, CLOUD_TEXT_ILLEGAL_RESPONSE, NULL); break;
	case VPN_AWS_ERROR: note(t, CLOUD_TEXT_AWS_ERROR, action->why); break;
	case VPN_COMMAND_ILLEGAL: note(t, CLOUD_TEXT_COMMAND_ILLEGAL, NULL); break;
	}
}

/* No whole answer: of a certificate's dates half of the truth is what our clock says. */
static void end_unanswered(struct cloud_task *t, enum http_error error, const char *why)
{
	char text[SENTENCE], now[32] = "";
	time_t seconds = time(NULL);
	struct tm tm;

	if (error == HTTP_CERTIFICATE_TIME && localtime_r(&seconds, &tm))
		(void)strftime(now, sizeof(now), "%Y/%m/%d %H:%M:%S", &tm);
	(void)snprintf(text, sizeof(text), "%s%s%s", why,
	    now[0] ? "; the clock of this router says " : "", now);
	end(t, error == HTTP_ILLEGAL ? CLOUD_TASK_FAILED : CLOUD_TASK_UNREACHED,
	    cloud_fault_of_http(error), text);
}

static void step(struct cloud_task *t, const struct aws_answer *answer);

static void on_fetched(
    void *ctx, enum http_error error, const char *why, const struct http_client_result *result)
{
	struct cloud_task *t = ctx;
	struct aws_answer answer;

	t->fetch = NULL;
	aws_request_free(&t->request);
	if (error != HTTP_OK) {
		note(t, fetch_text(error), NULL);
		end_unanswered(t, error, why);
		return;
	}
	note_answer(t, result);
	answer = (struct aws_answer){result->status, result->body, result->body_bytes};
	step(t, &answer);
}

static void on_attempt_failed(void *ctx, enum http_error error, const char *why)
{
	struct cloud_task *t = ctx;

	note(t, fetch_text(error), NULL);
	log_debug("cloud id=%u attempt=failed reason=\"%s\"", t->id, why);
}

/* ---- questions ---- */

static void send_question(struct cloud_task *t)
{
	const struct aws_place place = {.region = t->config.region,
	    .dual_stack = t->config.dual_stack,
	    .endpoint = t->config.endpoint};
	struct cloud_fetch_request fetch = {
	    .loop = t->agent->loop,
	    .ca_file = t->agent->ca_file,
	    .attempt_failed = on_attempt_failed,
	    .done = on_fetched,
	    .ctx = t,
	};
	char why[AWS_WHY];
	int rc = aws_ask_sign(&t->ask, &t->creds, &place, time(NULL), &t->request, why);

	if (rc) {
		note(t, CLOUD_TEXT_COMMAND_ILLEGAL, NULL);
		end(t, CLOUD_TASK_FAILED, CLOUD_FAULT_OTHER, why);
		return;
	}
	note(t, CLOUD_TEXT_CONNECTING, t->request.host);
	fetch.host = t->request.host;
	fetch.port = t->request.port;
	fetch.request = t->request.bytes;
	fetch.request_bytes = t->request.length;
	rc = cloud_fetch_start(&fetch, &t->fetch);
	if (rc)
		end(t, CLOUD_TASK_UNREACHED, CLOUD_FAULT_OTHER, strerror(-rc));
}

static void on_credentials(void *ctx, const struct creds_found *found, const char *why)
{
	struct cloud_task *t = ctx;
	char text[SENTENCE];

	t->search = NULL;
	if (!found) {
		note(t, CLOUD_TEXT_COMMAND_ILLEGAL, NULL);
		(void)snprintf(text, sizeof(text), "no credentials for AWS\n%s", why);
		/* The service that has them may not be there yet. */
		end(t, CLOUD_TASK_UNREACHED, CLOUD_FAULT_CREDENTIALS, text);
		return;
	}
	log_info("cloud id=%u credentials=\"%s\" from=\"%s\"", t->id, found->what,
	    creds_source_name(found->source));
	t->creds = found->creds;
	t->creds_until = found->expires;
	send_question(t);
}

static void search(struct cloud_task *t)
{
	const struct creds_chain_settings settings = {
	    .access_key = t->config.access_key,
	    .secret_key = t->config.secret_key,
	    .role_arn = t->config.role,
	    .external_id = t->config.external,
	    .region = t->config.region,
	    .dual_stack = t->config.dual_stack,
	};
	int rc = cloud_creds_start(
	    t->agent->loop, &settings, t->agent->ca_file, on_credentials, t, &t->search);

	if (rc)
		end(t, CLOUD_TASK_FAILED, CLOUD_FAULT_OTHER, strerror(-rc));
}

/* With keys of the configuration and no role the question goes out at once. */
static void ask(struct cloud_task *t)
{
	const bool simple = t->config.access_key[0] && !t->config.role[0];

	if (t->creds_until > (int64_t)time(NULL) + CREDS_EARLY_SEC) {
		send_question(t);
	} else if (!simple) {
		search(t);
	} else if (creds_set(&t->creds, t->config.access_key, t->config.secret_key, NULL)) {
		note(t, CLOUD_TEXT_COMMAND_ILLEGAL, NULL);
		end(t, CLOUD_TASK_FAILED, CLOUD_FAULT_KEY,
		    "cloud vpn parameter: that is no access key");
	} else {
		t->creds_until = INT64_MAX;
		send_question(t);
	}
}

/* ---- steps ---- */

static void on_timer(uv_timer_t *timer)
{
	step(timer->data, NULL);
}

static enum cloud_fault fault_of(const struct cloud_task *t, enum vpn_result verdict)
{
	switch (verdict) {
	case VPN_ILLEGAL_XML:
	case VPN_ILLEGAL_RESPONSE: return CLOUD_FAULT_ANSWER;
	case VPN_COMMAND_ILLEGAL: return CLOUD_FAULT_OPTION;
	case VPN_AWS_ERROR:
	case VPN_OK: break;
	}
	return t->refused;
}

static void fail(struct cloud_task *t, const struct aws_task_action *action)
{
	char text[SENTENCE];

	(void)snprintf(
	    text, sizeof(text), "%s%s%s", action->why, t->clock[0] ? "; " : "", t->clock);
	end(t, t->busy ? CLOUD_TASK_BUSY : CLOUD_TASK_FAILED, fault_of(t, action->verdict), text);
}

static void step(struct cloud_task *t, const struct aws_answer *answer)
{
	struct aws_task_action action;

	t->engine->step(t->engine, answer, &action);
	if (answer && answer->status == 200)
		note_verdict(t, t->ask.api, &action);
	if (action.progress[0] && t->hooks.progress)
		t->hooks.progress(t->hooks.ctx, action.progress);
	switch (action.type) {
	case AWS_TASK_ASK:
		t->ask = *action.ask;
		ask(t);
		break;
	case AWS_TASK_WAIT: (void)uv_timer_start(&t->timer, on_timer, action.wait_msec, 0); break;
	case AWS_TASK_DONE: end(t, CLOUD_TASK_DONE, CLOUD_FAULT_OTHER, ""); break;
	case AWS_TASK_FAILED: fail(t, &action); break;
	}
}

int cloud_task_start(struct agent *agent, uint32_t id, struct aws_task *engine,
    const struct cloud_task_hooks *hooks, struct cloud_task **out, char *error, size_t error_bytes)
{
	struct cloud_task *t = calloc(1, sizeof(*t));

	if (!t) {
		engine->free(engine);
		(void)snprintf(error, error_bytes, "no memory");
		return -ENOMEM;
	}
	t->agent = agent;
	t->id = id;
	t->engine = engine;
	t->hooks = *hooks;
	t->config = agent->model->cloud[id];
	(void)uv_timer_init(agent->loop, &t->timer);
	t->timer.data = t;
	(void)uv_timer_start(&t->timer, on_timer, 0, 0);
	*out = t;
	return 0;
}

void cloud_task_cancel(struct cloud_task *task)
{
	if (task)
		drop(task);
}
