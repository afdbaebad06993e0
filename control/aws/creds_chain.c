/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The order of the sources and what each wants:
 *
 *   CONFIGURED -> ENVIRONMENT -> FILES (credentials, config) -> CONTAINER (token file, endpoint)
 *              -> METADATA (token, role's name, credentials) -> nothing found
 *   any that has keys -> ROLE (STS, once for each role of a chain of profiles) -> DONE
 *
 * One file or one request is outstanding at a time; what it is for is `step`. No timers of its own:
 * whoever asks a host limits how long. */
#include "control/aws/creds_chain.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/aws/creds_answer.h"
#include "control/aws/creds_chain_internal.h"
#include "control/aws/ec2.h"
#include "control/aws/sts.h"

static void try_environment(struct creds_chain *c, int64_t now, struct creds_action *out);
static void try_container(struct creds_chain *c, struct creds_action *out);
static void try_metadata(struct creds_chain *c, struct creds_action *out);

const char *creds_source_name(enum creds_source source)
{
	switch (source) {
	case CREDS_FROM_NOWHERE: return "nowhere";
	case CREDS_FROM_CONFIGURATION: return "configuration";
	case CREDS_FROM_ENVIRONMENT: return "environment";
	case CREDS_FROM_FILES: return "shared files";
	case CREDS_FROM_CONTAINER: return "container";
	case CREDS_FROM_METADATA: return "instance metadata";
	}
	return "?";
}

/* ---- ends ---- */

/* A line of `why` about one source. */
void creds_chain_note(struct creds_chain *c, enum creds_source source, const char *format, ...)
{
	size_t at = strlen(c->why);
	int n = snprintf(
	    c->why + at, sizeof(c->why) - at, "%s%s: ", at ? "\n" : "", creds_source_name(source));
	va_list args;

	if (n < 0 || (at += (size_t)n) >= sizeof(c->why))
		return;
	va_start(args, format);
	(void)vsnprintf(c->why + at, sizeof(c->why) - at, format, args);
	va_end(args);
}

void creds_chain_fail(struct creds_action *out)
{
	out->type = CREDS_FAILED;
}

static void ask(struct creds_chain *c, enum step step, struct creds_action *out)
{
	c->step = step;
	out->type = CREDS_ASK;
	out->http = &c->http;
}

void creds_chain_read(struct creds_chain *c, enum step step, struct creds_action *out)
{
	c->step = step;
	out->type = CREDS_READ_FILE;
	out->path = c->path;
}

const char *creds_chain_env(const struct creds_chain *c, const char *name)
{
	const char *value = c->settings.env ? c->settings.env(c->settings.env_ctx, name) : NULL;

	return value ? value : "";
}

/* ---- keys are there: now the roles ---- */

static void assume(struct creds_chain *c, int64_t now, struct creds_action *out)
{
	const struct role *role = &c->role[c->roles - 1];
	const struct sts_role ask_for = {
	    .region = c->region,
	    .dual_stack = c->settings.dual_stack,
	    .arn = role->arn,
	    .session_name = role->session_name,
	    .external_id = role->external_id,
	    .duration_seconds = role->duration_seconds,
	};
	struct aws_request request;
	char why[CREDS_TEXT];

	if (sts_assume_role(&c->found.creds, &ask_for, now, &request, why)) {
		creds_chain_note(c, c->found.source, "%s", why);
		return creds_chain_fail(out);
	}
	memset(&c->http, 0, sizeof(c->http));
	if (request.length > sizeof(c->http.bytes)) {
		creds_chain_note(c, c->found.source, "the request to STS is too long");
		creds_chain_fail(out);
	} else {
		(void)snprintf(c->http.host, sizeof(c->http.host), "%s", request.host);
		c->http.port = request.port;
		memcpy(c->http.bytes, request.bytes, request.length);
		c->http.length = request.length;
		ask(c, STEP_ROLE, out);
	}
	aws_request_free(&request);
}

static void have_keys(struct creds_chain *c, int64_t now, struct creds_action *out)
{
	if (c->found.expires <= now) {
		creds_chain_note(c, c->found.source, "the keys have expired");
		creds_chain_fail(out);
	} else if (c->roles) {
		assume(c, now, out);
	} else {
		out->type = CREDS_DONE;
	}
}

void creds_chain_take(struct creds_chain *c, int64_t now, enum creds_source source,
    const char *access, const char *secret, const char *token, struct creds_action *out)
{
	c->found.source = source;
	c->found.expires = INT64_MAX;
	if (creds_set(&c->found.creds, access, secret, token[0] ? token : NULL) == 0)
		return have_keys(c, now, out);
	creds_chain_note(c, source, "%s",
	    !access[0]   ? "there is a secret key without an access key"
	    : !secret[0] ? "there is an access key without a secret key"
			 : "what is there cannot be a key");
	creds_chain_fail(out);
}

static void on_role_answer(
    struct creds_chain *c, int64_t now, const struct creds_event *event, struct creds_action *out)
{
	struct ec2_error error;
	char why[CREDS_TEXT];

	c->roles--;
	if (event->type != CREDS_ANSWER) {
		creds_chain_note(c, c->found.source, "STS: %s", event->why);
		return creds_chain_fail(out);
	}
	if (event->status != 200) {
		if (ec2_error_read(event->data, event->bytes, &error) == 0)
			creds_chain_note(
			    c, c->found.source, "STS: %s: %s", error.code, error.message);
		else
			creds_chain_note(
			    c, c->found.source, "STS: HTTP error response (%d)", event->status);
		return creds_chain_fail(out);
	}
	if (creds_answer_sts(event->data, event->bytes, &c->found.creds, &c->found.expires, why)) {
		creds_chain_note(c, c->found.source, "%s", why);
		return creds_chain_fail(out);
	}
	have_keys(c, now, out);
}

/* ---- configured, environment ---- */

static void try_configured(struct creds_chain *c, int64_t now, struct creds_action *out)
{
	if (!c->access_key[0] && !c->secret_key[0])
		return try_environment(c, now, out);
	(void)snprintf(c->found.what, sizeof(c->found.what), "configured key");
	creds_chain_take(c, now, CREDS_FROM_CONFIGURATION, c->access_key, c->secret_key, "", out);
}

static void try_environment(struct creds_chain *c, int64_t now, struct creds_action *out)
{
	const char *access = creds_chain_env(c, "AWS_ACCESS_KEY_ID"),
		   *secret = creds_chain_env(c, "AWS_SECRET_ACCESS_KEY");

	if (!access[0] && !secret[0]) {
		creds_chain_note(c, CREDS_FROM_ENVIRONMENT, "AWS_ACCESS_KEY_ID is not set");
		if (c->only == CREDS_FROM_ENVIRONMENT)
			return creds_chain_fail(out);
		return creds_chain_try_files(c, out);
	}
	(void)snprintf(c->found.what, sizeof(c->found.what), "environment");
	creds_chain_take(c, now, CREDS_FROM_ENVIRONMENT, access, secret,
	    creds_chain_env(c, "AWS_SESSION_TOKEN"), out);
}

/* ---- the container endpoint ---- */

static void ask_container(struct creds_chain *c, const char *token, struct creds_action *out)
{
	char why[CREDS_TEXT];

	if (creds_http_container(creds_chain_env(c, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
		creds_chain_env(c, "AWS_CONTAINER_CREDENTIALS_FULL_URI"), token, &c->http, why)) {
		creds_chain_note(c, CREDS_FROM_CONTAINER, "%s", why);
		return creds_chain_fail(out);
	}
	ask(c, STEP_CONTAINER, out);
}

static void try_container(struct creds_chain *c, struct creds_action *out)
{
	const char *file = creds_chain_env(c, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");

	if (!creds_chain_env(c, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")[0] &&
	    !creds_chain_env(c, "AWS_CONTAINER_CREDENTIALS_FULL_URI")[0]) {
		creds_chain_note(c, CREDS_FROM_CONTAINER, "there is none");
		if (c->only == CREDS_FROM_CONTAINER)
			return creds_chain_fail(out);
		return try_metadata(c, out);
	}
	if (!file[0])
		return ask_container(
		    c, creds_chain_env(c, "AWS_CONTAINER_AUTHORIZATION_TOKEN"), out);
	(void)snprintf(c->path, sizeof(c->path), "%s", strlen(file) < CREDS_PATH ? file : "");
	creds_chain_read(c, STEP_CONTAINER_TOKEN, out);
}

static void on_container_token(
    struct creds_chain *c, const struct creds_event *event, struct creds_action *out)
{
	if (event->type != CREDS_FILE ||
	    creds_http_line(event->data, event->bytes, c->token, sizeof(c->token))) {
		creds_chain_note(c, CREDS_FROM_CONTAINER, "the file of its token cannot be read");
		return creds_chain_fail(out);
	}
	ask_container(c, c->token, out);
}

/* The last step of both services: a JSON answer with keys. */
static void on_credentials(struct creds_chain *c, int64_t now, enum creds_source source,
    const struct creds_event *event, struct creds_action *out)
{
	char why[CREDS_TEXT];

	c->found.source = source;
	if (event->type != CREDS_ANSWER)
		creds_chain_note(c, source, "%s", event->why);
	else if (event->status != 200)
		creds_chain_note(c, source, "HTTP error response (%d)", event->status);
	else if (creds_answer_json(
		     event->data, event->bytes, &c->found.creds, &c->found.expires, why))
		creds_chain_note(c, source, "%s", why);
	else
		return have_keys(c, now, out);
	creds_chain_fail(out);
}

/* ---- the instance metadata service ---- */

static void try_metadata(struct creds_chain *c, struct creds_action *out)
{
	if (strcmp(creds_chain_env(c, "AWS_EC2_METADATA_DISABLED"), "true") == 0) {
		creds_chain_note(c, CREDS_FROM_METADATA, "AWS_EC2_METADATA_DISABLED is set");
		return creds_chain_fail(out);
	}
	creds_http_metadata_token(&c->http);
	ask(c, STEP_METADATA_TOKEN, out);
}

/* Judges an answer that should be one word. */
static bool is_answer(struct creds_chain *c, const struct creds_event *event, const char *what,
    char *word, size_t room)
{
	if (event->type != CREDS_ANSWER)
		creds_chain_note(c, CREDS_FROM_METADATA, "%s", event->why);
	else if (event->status != 200)
		creds_chain_note(
		    c, CREDS_FROM_METADATA, "%s: HTTP error response (%d)", what, event->status);
	else if (creds_http_word(event->data, event->bytes, word, room))
		creds_chain_note(c, CREDS_FROM_METADATA, "%s: the answer cannot be one", what);
	else
		return true;
	return false;
}

static void ask_metadata(struct creds_chain *c, bool role, struct creds_action *out)
{
	if (creds_http_metadata(c->token, role ? c->role_name : NULL, &c->http)) {
		creds_chain_note(c, CREDS_FROM_METADATA, "the role's name cannot be one");
		return creds_chain_fail(out);
	}
	ask(c, role ? STEP_METADATA : STEP_METADATA_ROLE, out);
}

static void on_metadata_word(
    struct creds_chain *c, const struct creds_event *event, struct creds_action *out)
{
	if (c->step == STEP_METADATA_TOKEN) {
		if (!is_answer(c, event, "session token", c->token, sizeof(c->token)))
			return creds_chain_fail(out);
		return ask_metadata(c, false, out);
	}
	if (!is_answer(c, event, "role of this instance", c->role_name, sizeof(c->role_name)))
		return creds_chain_fail(out);
	(void)snprintf(c->found.what, sizeof(c->found.what), "instance role %.100s", c->role_name);
	ask_metadata(c, true, out);
}

/* ---- life ---- */

void creds_chain_try(
    struct creds_chain *c, enum creds_source source, int64_t now, struct creds_action *out)
{
	if (source == CREDS_FROM_ENVIRONMENT)
		try_environment(c, now, out);
	else if (source == CREDS_FROM_CONTAINER)
		try_container(c, out);
	else
		try_metadata(c, out);
}

void creds_chain_input(struct creds_chain *chain, int64_t unix_seconds,
    const struct creds_event *event, struct creds_action *out)
{
	memset(out, 0, sizeof(*out));
	if (event->type == CREDS_START)
		return try_configured(chain, unix_seconds, out);
	switch (chain->step) {
	case STEP_CREDENTIALS_FILE:
	case STEP_CONFIG_FILE: return creds_chain_on_file(chain, unix_seconds, event, out);
	case STEP_CONTAINER_TOKEN: return on_container_token(chain, event, out);
	case STEP_CONTAINER:
		return on_credentials(chain, unix_seconds, CREDS_FROM_CONTAINER, event, out);
	case STEP_METADATA_TOKEN:
	case STEP_METADATA_ROLE: return on_metadata_word(chain, event, out);
	case STEP_METADATA:
		return on_credentials(chain, unix_seconds, CREDS_FROM_METADATA, event, out);
	case STEP_ROLE: return on_role_answer(chain, unix_seconds, event, out);
	}
}

const struct creds_found *creds_chain_found(const struct creds_chain *chain)
{
	return &chain->found;
}

const char *creds_chain_why(const struct creds_chain *chain)
{
	return chain->why;
}

static void copy(char *to, size_t room, const char *from)
{
	(void)snprintf(to, room, "%s", from ? from : "");
}

int creds_chain_new(const struct creds_chain_settings *settings, struct creds_chain **out)
{
	struct creds_chain *c = calloc(1, sizeof(*c));

	*out = c;
	if (!c)
		return -ENOMEM;
	c->settings = *settings;
	copy(c->access_key, sizeof(c->access_key), settings->access_key);
	copy(c->secret_key, sizeof(c->secret_key), settings->secret_key);
	copy(c->region, sizeof(c->region), settings->region);
	copy(c->home, sizeof(c->home), settings->home);
	if (settings->role_arn && settings->role_arn[0]) {
		copy(c->role[0].arn, sizeof(c->role[0].arn), settings->role_arn);
		copy(c->role[0].external_id, sizeof(c->role[0].external_id), settings->external_id);
		c->roles = 1;
	}
	return 0;
}

static void drop_file(struct file *file)
{
	if (file->text)
		secret_wipe(file->text, file->bytes);
	free(file->text);
}

void creds_chain_free(struct creds_chain *chain)
{
	if (!chain)
		return;
	drop_file(&chain->credentials);
	drop_file(&chain->config);
	secret_wipe(chain, sizeof(*chain));
	free(chain);
}
