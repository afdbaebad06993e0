/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Where credentials come from, as an engine: one source after the other until one has some. No
 * socket, no file, no clock: the caller reads the file or asks the host that an action names, and
 * tells what came of it.
 *
 *   configured keys > environment > shared files with profile > container > instance metadata
 *
 * A source that is absent leads to the next; one that is there and wrong ends the search, as the
 * person who set it must know. The role of a profile, or of the settings, is assumed in the end.
 *
 *   creds_chain_new(&settings, &chain);
 *   creds_chain_input(chain, now, &(struct creds_event){.type = CREDS_START}, &action);
 *   ... do what `action` says, feed the event, until DONE or FAILED */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds.h"
#include "control/aws/creds_file.h"
#include "control/aws/creds_http.h"

#define CREDS_PATH         512
#define CREDS_EARLY_SEC    300 /* this long before they expire new ones are wanted */
#define CREDS_METADATA_SEC 2   /* what the caller should wait for an answer in clear text */
#define CREDS_WHY          1000

enum creds_source {
	CREDS_FROM_NOWHERE,
	CREDS_FROM_CONFIGURATION,
	CREDS_FROM_ENVIRONMENT,
	CREDS_FROM_FILES,
	CREDS_FROM_CONTAINER,
	CREDS_FROM_METADATA,
};

struct creds_chain_settings {
	const char *access_key, *secret_key; /* configured; "" = none. Copied, as all texts are */
	const char *role_arn,
	    *external_id;   /* a role to assume with whatever was found; "" = none */
	const char *region; /* whose STS is asked */
	bool dual_stack;
	const char *home; /* where .aws/ is; "" = nowhere */
	/* The environment; NULL for a variable that is not set. Asked during calls only. */
	const char *(*env)(void *ctx, const char *name);
	void *env_ctx;
};

enum creds_event_type {
	CREDS_START,
	CREDS_FILE,     /* the file is `data`, `bytes`; borrowed */
	CREDS_NO_FILE,  /* it could not be read: `error` is an errno, ENOENT for none */
	CREDS_ANSWER,   /* the host has answered `status` with the body `data`, `bytes` */
	CREDS_NO_ANSWER /* it has not: `why` is a sentence */
};

struct creds_event {
	enum creds_event_type type;
	const void *data;
	size_t bytes;
	int error, status;
	const char *why;
};

enum creds_action_type { CREDS_READ_FILE, CREDS_ASK, CREDS_DONE, CREDS_FAILED };

struct creds_action {
	enum creds_action_type type;
	const char *path;              /* READ_FILE: at most CREDS_FILE_BYTES are wanted */
	const struct creds_http *http; /* ASK */
};

struct creds_found {
	struct creds creds;
	int64_t expires; /* seconds since 1970, INT64_MAX = never */
	enum creds_source source;
	char what[CREDS_TEXT];   /* "profile default, role arn:..." for a person; no secret */
	char region[AWS_REGION]; /* of the profile, "" = none */
};

struct creds_chain;

/* 0 or -ENOMEM. */
int creds_chain_new(const struct creds_chain_settings *settings, struct creds_chain **out);
void creds_chain_free(struct creds_chain *chain); /* wipes; NULL is fine */

/* `unix_seconds` is the time of day. The action's texts stay valid until the next call. After DONE
 * or FAILED nothing is to be fed. */
void creds_chain_input(struct creds_chain *chain, int64_t unix_seconds,
    const struct creds_event *event, struct creds_action *out);

const struct creds_found *creds_chain_found(const struct creds_chain *chain); /* after DONE */

/* After FAILED: what was tried and why it was not enough, a line for each source. */
const char *creds_chain_why(const struct creds_chain *chain);

const char *creds_source_name(enum creds_source source);
