/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The chain of credentials, given any environment, files and answers: of the shared files, the
 * container endpoint, the metadata service and STS. Parts of the input are separated by NULs. The
 * bits of the first byte say which variables have the parts that come first; each part after them
 * answers what is asked: a file, or a body whose first byte '!' means status 400. When the input is
 * over there is no file and nobody answers, and the chain has to come to its end. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/aws/creds_chain.h"

#define NOW       1795253400 /* 2026-11-21 09:30:00 UTC */
#define STEPS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *const variables[] = {"AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT"};

#define VARIABLES (sizeof(variables) / sizeof(variables[0]))

struct input {
	const uint8_t *data;
	size_t left;
	char value[VARIABLES][CREDS_TOKEN];
	bool is_set[VARIABLES];
};

struct part {
	const uint8_t *data;
	size_t bytes;
};

static struct part next_part(struct input *in)
{
	const uint8_t *end = in->left ? memchr(in->data, 0, in->left) : NULL;
	struct part part = {in->data, end ? (size_t)(end - in->data) : in->left};

	in->data += part.bytes + (end != NULL);
	in->left -= part.bytes + (end != NULL);
	return part;
}

static const char *env(void *ctx, const char *name)
{
	const struct input *in = ctx;

	for (size_t i = 0; i < VARIABLES; i++)
		if (in->is_set[i] && strcmp(variables[i], name) == 0)
			return in->value[i];
	return NULL;
}

static struct creds_event read_file(struct input *in)
{
	struct part part;

	if (!in->left)
		return (struct creds_event){.type = CREDS_NO_FILE, .error = ENOENT};
	part = next_part(in);
	return (struct creds_event){.type = CREDS_FILE, .data = part.data, .bytes = part.bytes};
}

/* In clear text keys come from this machine and its neighbours on the link alone. */
static void check_host(const struct creds_http *http)
{
	struct in_addr v4;
	struct in6_addr v6;

	if (!http->host[0] || !http->port || !http->length || http->length > sizeof(http->bytes))
		abort();
	if (!http->clear_text)
		return;
	if (inet_pton(AF_INET, http->host, &v4) == 1) {
		const uint32_t host = ntohl(v4.s_addr);

		if (host >> 24 != 127 && host >> 16 != 0xa9fe)
			abort();
	} else if (inet_pton(AF_INET6, http->host, &v6) != 1 ||
		   (!IN6_IS_ADDR_LOOPBACK(&v6) && (v6.s6_addr[0] & 0xfe) != 0xfc)) {
		abort();
	}
}

/* One request, with nothing in it that a value could have smuggled in; only STS has a body. */
static void check_request(const struct creds_http *http)
{
	const char *end = memmem(http->bytes, http->length, "\r\n\r\n", 4);

	if (!end)
		abort();
	if (http->clear_text && end + 4 != http->bytes + http->length)
		abort();
	for (const char *p = http->bytes; p < end; p++)
		if ((unsigned char)*p < ' ' ? !*p || !strchr("\r\n\t", *p) : *p == 127)
			abort();
}

static struct creds_event ask(struct input *in, const struct creds_http *http)
{
	struct part part;
	bool bad;

	check_host(http);
	check_request(http);
	if (!in->left)
		return (struct creds_event){.type = CREDS_NO_ANSWER, .why = "no route to host"};
	part = next_part(in);
	bad = part.bytes && part.data[0] == '!';
	return (struct creds_event){.type = CREDS_ANSWER,
	    .status = bad ? 400 : 200,
	    .data = part.data + bad,
	    .bytes = part.bytes - bad};
}

/* Fit for a terminal. */
static void check_text(const char *text)
{
	for (; *text; text++)
		if (((unsigned char)*text < ' ' && *text != '\n') || *text == 127)
			abort();
}

static void check_found(const struct creds_found *found)
{
	struct creds again;

	if (creds_set(&again, found->creds.access_key, found->creds.secret_key,
		found->creds.token[0] ? found->creds.token : NULL))
		abort();
	creds_wipe(&again);
	check_text(found->what);
	if (strlen(found->creds.secret_key) > 7 && strstr(found->what, found->creds.secret_key))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct input in;
	const struct creds_chain_settings settings = {
	    .region = "eu-west-1", .home = "/root", .env = env, .env_ctx = &in};
	struct creds_event event = {.type = CREDS_START};
	struct creds_action action;
	struct creds_chain *chain;

	if (!bytes)
		return 0;
	in.data = data + 1;
	in.left = bytes - 1;
	for (size_t i = 0; i < VARIABLES; i++) {
		struct part part = {0};

		in.is_set[i] = data[0] >> i & 1;
		if (in.is_set[i])
			part = next_part(&in);
		if (part.bytes >= sizeof(in.value[i]))
			return 0;
		memcpy(in.value[i], part.bytes ? part.data : data, part.bytes);
		in.value[i][part.bytes] = '\0';
	}
	if (creds_chain_new(&settings, &chain))
		return 0;
	for (unsigned step = 0;; step++) {
		if (step == STEPS_MAX)
			abort();
		creds_chain_input(chain, NOW, &event, &action);
		if (action.type == CREDS_READ_FILE)
			event = read_file(&in);
		else if (action.type == CREDS_ASK)
			event = ask(&in, action.http);
		else
			break;
	}
	if (action.type == CREDS_DONE)
		check_found(creds_chain_found(chain));
	else if (!creds_chain_why(chain)[0])
		abort();
	check_text(creds_chain_why(chain));
	creds_chain_free(chain);
	return 0;
}
