/* SPDX-License-Identifier: BSD-3-Clause
 *
 * HTTP head, signature and body in one piece (Signature Version 4, RFC 9112 section 3). Does not
 * send anything and does not know what is asked. */
#include "control/aws/request.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/secret.h"
#include "control/aws/sigv4.h"

#define HEAD_BYTES 1024 /* without the texts of a call's own */

/* The Host field names a port that is not the scheme's (RFC 9110 section 7.2). */
static void host_field(const struct aws_call *call, char *out, size_t bytes)
{
	if (call->port == 0 || call->port == AWS_HTTPS_PORT)
		(void)snprintf(out, bytes, "%s", call->host);
	else
		(void)snprintf(out, bytes, "%s:%u", call->host, call->port);
}

static int sign(const struct aws_call *call, const struct creds *creds, const char *host,
    const struct sigv4_scope *scope, char authorization[SIGV4_AUTH])
{
	struct sigv4_field header[5] = {
	    {"host", host},
	    {"content-type", call->content_type},
	    {"x-amz-date", scope->timestamp},
	};
	struct sigv4_request request = {
	    .method = "POST",
	    .path = "/",
	    .header = header,
	    .header_count = 3,
	    .body = call->body,
	    .body_bytes = strlen(call->body),
	};

	if (creds->token[0])
		header[request.header_count++] =
		    (struct sigv4_field){"x-amz-security-token", creds->token};
	if (call->target)
		header[request.header_count++] = (struct sigv4_field){"x-amz-target", call->target};
	return sigv4_sign(&request, scope, creds, authorization);
}

static int write_out(const struct aws_call *call, const struct creds *creds, const char *host,
    const char *timestamp, const char *authorization, struct aws_request *out)
{
	const bool token = creds->token[0] != '\0', form = !call->target;
	size_t room = HEAD_BYTES + strlen(host) + strlen(authorization) + strlen(creds->token) +
		      strlen(call->body);
	int length;

	out->bytes = malloc(room);
	if (!out->bytes)
		return -ENOMEM;
	out->length = room; /* what there is to wipe, until the request is whole */
	length = snprintf(out->bytes, room,
	    "POST / HTTP/1.1\r\n"
	    "Host: %s\r\n"
	    "User-Agent: cgw\r\n"
	    "Accept: %s\r\n"
	    "Connection: close\r\n"
	    "Content-Type: %s\r\n"
	    "Content-Length: %zu\r\n"
	    "%s%s%s"
	    "X-Amz-Date: %s\r\n"
	    "%s%s%s"
	    "Authorization: %s\r\n"
	    "\r\n"
	    "%s",
	    host, form ? "text/xml" : "application/json", call->content_type, strlen(call->body),
	    form ? "" : "X-Amz-Target: ", form ? "" : call->target, form ? "" : "\r\n", timestamp,
	    token ? "X-Amz-Security-Token: " : "", creds->token, token ? "\r\n" : "", authorization,
	    call->body);
	if (length < 0 || (size_t)length >= room)
		return -EINVAL;
	out->length = (size_t)length;
	return 0;
}

int aws_request_sign(const struct aws_call *call, const struct creds *creds, int64_t unix_seconds,
    struct aws_request *out)
{
	struct sigv4_scope scope = {.region = call->region, .service = call->service};
	char authorization[SIGV4_AUTH], host[AWS_HOST + 8];
	int rc = sigv4_timestamp(unix_seconds, scope.timestamp);

	memset(out, 0, sizeof(*out));
	(void)snprintf(out->host, sizeof(out->host), "%s", call->host);
	out->port = call->port ? call->port : AWS_HTTPS_PORT;
	host_field(call, host, sizeof(host));
	if (!rc)
		rc = sign(call, creds, host, &scope, authorization);
	if (!rc)
		rc = write_out(call, creds, host, scope.timestamp, authorization, out);
	secret_wipe(authorization, sizeof(authorization));
	if (rc)
		aws_request_free(out);
	return rc;
}

void aws_request_free(struct aws_request *request)
{
	if (request->bytes)
		secret_wipe(request->bytes, request->length);
	free(request->bytes);
	memset(request, 0, sizeof(*request));
}

static size_t encoded_bytes(unsigned char c)
{
	return isalnum(c) || strchr("-._~", c) ? 1 : 3;
}

int aws_form_add(char *body, size_t room, const char *name, const char *value)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t at = strlen(body), need = strlen(name) + 2;
	char *out = body + at;

	for (const char *p = value; *p; p++)
		need += encoded_bytes((unsigned char)*p);
	if (need >= room - at)
		return -ENOSPC;
	out += sprintf(out, "%s%s=", at ? "&" : "", name);
	for (const char *p = value; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (encoded_bytes(c) == 1) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '%';
		*out++ = digits[c >> 4];
		*out++ = digits[c & 15];
	}
	*out = '\0';
	return 0;
}
