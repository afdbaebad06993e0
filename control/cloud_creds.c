/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Runs the chain of credentials: one file or one exchange at a time. Files are small and local, and
 * read on the loop; only regular files are. Waits CREDS_METADATA_SEC for what is beside the
 * machine, and as long as any API for STS. */
#include "control/cloud_creds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/secret.h"
#include "control/clear_fetch.h"
#include "control/cloud_fetch.h"

struct cloud_creds {
	uv_loop_t *loop;
	const char *ca_file;
	struct creds_chain *chain;
	struct cloud_fetch *fetch;
	struct clear_fetch *clear;
	uv_timer_t begin; /* takes the first step from the loop */
	cloud_creds_fn *done;
	void *ctx;
};

static void feed(struct cloud_creds *s, const struct creds_event *event);

static const char *process_env(void *ctx, const char *name)
{
	return getenv(name);
}

static void on_begin_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void drop(struct cloud_creds *s)
{
	cloud_fetch_cancel(s->fetch);
	clear_fetch_cancel(s->clear);
	creds_chain_free(s->chain);
	s->fetch = NULL;
	s->clear = NULL;
	s->chain = NULL;
	uv_close((uv_handle_t *)&s->begin, on_begin_closed);
}

/* ---- files ---- */

/* Reads a regular file of at most `room` bytes. The count, or -errno. */
static ssize_t read_small(const char *path, char *text, size_t room)
{
	int fd = path[0] ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	struct stat st;
	size_t at = 0;
	ssize_t n = 1;

	if (fd < 0)
		return path[0] ? -errno : -ENOENT;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return -EINVAL;
	}
	while (n > 0 && at < room) {
		n = read(fd, text + at, room - at);
		if (n > 0)
			at += (size_t)n;
	}
	n = n < 0 ? -errno : at == room ? -EFBIG : (ssize_t)at;
	(void)close(fd);
	return n;
}

static void read_file(struct cloud_creds *s, const char *path)
{
	char *text = malloc(CREDS_FILE_BYTES + 1);
	ssize_t n = text ? read_small(path, text, CREDS_FILE_BYTES + 1) : -ENOMEM;

	if (n < 0)
		feed(s, &(struct creds_event){.type = CREDS_NO_FILE, .error = (int)-n});
	else
		feed(
		    s, &(struct creds_event){.type = CREDS_FILE, .data = text, .bytes = (size_t)n});
	if (text)
		secret_wipe(text, CREDS_FILE_BYTES + 1);
	free(text);
}

/* ---- hosts ---- */

static void no_answer(struct cloud_creds *s, const char *why)
{
	feed(s, &(struct creds_event){.type = CREDS_NO_ANSWER, .why = why});
}

static void on_clear(void *ctx, const struct http1_answer *answer, const char *why)
{
	struct cloud_creds *s = ctx;

	s->clear = NULL;
	if (!answer) {
		no_answer(s, why);
		return;
	}
	feed(s, &(struct creds_event){.type = CREDS_ANSWER,
		    .status = answer->status,
		    .data = answer->body,
		    .bytes = answer->body_bytes});
}

static void on_fetched(
    void *ctx, enum http_error error, const char *why, const struct http_client_result *result)
{
	struct cloud_creds *s = ctx;

	s->fetch = NULL;
	if (error != HTTP_OK) {
		no_answer(s, why);
		return;
	}
	feed(s, &(struct creds_event){.type = CREDS_ANSWER,
		    .status = result->status,
		    .data = result->body,
		    .bytes = result->body_bytes});
}

static void on_attempt_failed(void *ctx, enum http_error error, const char *why)
{
}

static void ask(struct cloud_creds *s, const struct creds_http *http)
{
	const struct cloud_fetch_request request = {
	    .loop = s->loop,
	    .host = http->host,
	    .port = http->port,
	    .ca_file = s->ca_file,
	    .request = http->bytes,
	    .request_bytes = http->length,
	    .attempt_failed = on_attempt_failed,
	    .done = on_fetched,
	    .ctx = s,
	};
	struct ip_addr addr;
	int rc;

	if (!http->clear_text)
		rc = cloud_fetch_start(&request, &s->fetch);
	else if ((rc = ip_addr_parse(http->host, &addr)) == 0)
		rc = clear_fetch_start(s->loop, &addr, http->port, http->bytes, http->length,
		    CREDS_METADATA_SEC * 1000, on_clear, s, &s->clear);
	if (rc)
		no_answer(s, strerror(-rc));
}

/* ---- the run ---- */

static void feed(struct cloud_creds *s, const struct creds_event *event)
{
	struct creds_action action;

	creds_chain_input(s->chain, time(NULL), event, &action);
	switch (action.type) {
	case CREDS_READ_FILE: read_file(s, action.path); break;
	case CREDS_ASK: ask(s, action.http); break;
	case CREDS_DONE:
		s->done(s->ctx, creds_chain_found(s->chain), "");
		drop(s);
		break;
	case CREDS_FAILED:
		s->done(s->ctx, NULL, creds_chain_why(s->chain));
		drop(s);
		break;
	}
}

static void on_begin(uv_timer_t *timer)
{
	feed(timer->data, &(struct creds_event){.type = CREDS_START});
}

int cloud_creds_start(uv_loop_t *loop, const struct creds_chain_settings *settings,
    const char *ca_file, cloud_creds_fn *done, void *ctx, struct cloud_creds **out)
{
	struct creds_chain_settings own = *settings;
	struct cloud_creds *s = calloc(1, sizeof(*s));
	int rc;

	if (!s)
		return -ENOMEM;
	if (!own.env)
		own.env = process_env;
	if (!own.home)
		own.home = getenv("HOME");
	rc = creds_chain_new(&own, &s->chain);
	if (rc) {
		free(s);
		return rc;
	}
	s->loop = loop;
	s->ca_file = ca_file;
	s->done = done;
	s->ctx = ctx;
	(void)uv_timer_init(loop, &s->begin);
	s->begin.data = s;
	(void)uv_timer_start(&s->begin, on_begin, 0, 0);
	*out = s;
	return 0;
}

void cloud_creds_cancel(struct cloud_creds *search)
{
	if (search)
		drop(search);
}
