/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What the files of the chain of credentials share: its state, and the ways on from a source. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds_chain.h"

#define ROLES_MAX 4 /* roles assumed one with the other */

enum step {
	STEP_CREDENTIALS_FILE,
	STEP_CONFIG_FILE,
	STEP_CONTAINER_TOKEN,
	STEP_CONTAINER,
	STEP_METADATA_TOKEN,
	STEP_METADATA_ROLE,
	STEP_METADATA,
	STEP_ROLE,
};

struct role {
	char arn[CREDS_ARN], external_id[CREDS_KEY], session_name[CREDS_NAME];
	unsigned duration_seconds;
};

struct file {
	char *text; /* NULL = there is none */
	size_t bytes;
};

struct creds_chain {
	struct creds_chain_settings settings;
	char access_key[CREDS_KEY], secret_key[CREDS_KEY], region[AWS_REGION], home[CREDS_PATH];
	enum step step;
	struct file credentials, config;
	char path[CREDS_PATH];
	char token[CREDS_TOKEN], role_name[CREDS_KEY]; /* of the metadata service */
	struct role role[ROLES_MAX + 1];               /* the last is assumed first */
	unsigned roles;
	enum creds_source only; /* a profile's credential_source: no other will do */
	struct creds_http http;
	struct creds_found found;
	char why[CREDS_WHY];
};

/* Adds a line about one source to what creds_chain_why() will say. */
__attribute__((format(printf, 3, 4))) void creds_chain_note(
    struct creds_chain *c, enum creds_source source, const char *format, ...);

/* The variable's value, "" when it is not set. */
const char *creds_chain_env(const struct creds_chain *c, const char *name);

/* Actions: the search is over; the file in `path` is wanted. */
void creds_chain_fail(struct creds_action *out);
void creds_chain_read(struct creds_chain *c, enum step step, struct creds_action *out);

/* Keys were found: checks them, assumes the roles that were asked for, or is done. */
void creds_chain_take(struct creds_chain *c, int64_t now, enum creds_source source,
    const char *access, const char *secret, const char *token, struct creds_action *out);

/* Goes on with that source: the environment, the container or the metadata service. */
void creds_chain_try(
    struct creds_chain *c, enum creds_source source, int64_t now, struct creds_action *out);

/* The shared files, in creds_chain_files.c: wants the first; takes what came of either. */
void creds_chain_try_files(struct creds_chain *c, struct creds_action *out);
void creds_chain_on_file(
    struct creds_chain *c, int64_t now, const struct creds_event *event, struct creds_action *out);
