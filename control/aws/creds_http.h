/* SPDX-License-Identifier: BSD-3-Clause
 *
 * What is asked of the services beside a machine that hand out credentials in clear text: the
 * instance metadata service, version 2 only, and the container endpoint.
 * Source: Amazon EC2 User Guide, "Use the Instance Metadata Service"; AWS SDKs and Tools Reference
 * Guide, "Container credential provider". */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "control/aws/creds_file.h"
#include "control/aws/endpoint.h"

#define CREDS_HTTP_BYTES 8192

/* A whole HTTP request and where it goes. Holds a token: wiped by who made it. */
struct creds_http {
	bool clear_text;     /* no TLS: `host` is then an address of the list in creds_http.c */
	char host[AWS_HOST]; /* a name, or an address in text */
	uint16_t port;
	char bytes[CREDS_HTTP_BYTES];
	size_t length;
};

/* PUT /latest/api/token: without a token nothing else is ever asked. */
void creds_http_metadata_token(struct creds_http *out);

/* GET of the role's name (`role` NULL) or of its credentials, with the token. -EBADMSG: what was
 * taken for a token or a name cannot be one. */
int creds_http_metadata(const char *token, const char *role, struct creds_http *out);

/* GET of the container endpoint. `relative` is a path at 169.254.170.2, else `full` a URL: https,
 * or http to a loopback address or one of the container agents' own. `authorization` may be "".
 * -EINVAL with a sentence. */
int creds_http_container(const char *relative, const char *full, const char *authorization,
    struct creds_http *out, char why[CREDS_TEXT]);

/* The first line of a file or an answer, fit for a header field: not empty, less than `room`.
 * -EBADMSG. */
int creds_http_line(const void *body, size_t bytes, char *out, size_t room);

/* The same, of visible characters only: a role's name, a token of the metadata service. */
int creds_http_word(const void *body, size_t bytes, char *out, size_t room);
