/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A session over an agent made of variables, with what it sends kept: for the tests of sessions. A
 * test program includes this once. */
#pragma once

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config/store.h"
#include "control/config/text.h"
#include "control/console/frames.h"
#include "control/console/session.h"
#include "control/log/log_hub.h"
#include "tests/unit/console/fake_agent.h"

static struct agent agent;
static struct session_system console;
static struct session *session;
static struct text sent;
static struct log_hub *log_hub;
static bool finished;
static char dir[] = "/tmp/cgw-session-XXXXXX";

static inline void keep(void *ctx, const char *data, size_t bytes)
{
	text_add(&sent, data, bytes);
}

static inline void finish(void *ctx)
{
	finished = true;
}

static inline void open_session(bool administrator)
{
	struct session_env env = {.send = keep, .finish = finish};

	session = session_new(&console, &env, administrator, 1000, "uid=1000");
	assert_non_null(session);
}

static inline int setup(void **state)
{
	struct config_env env = {.ctx = &agent, .apply = fake_apply, .bgp_refresh = fake_refresh};

	memset(&agent, 0, sizeof(agent));
	finished = false;
	memcpy(dir + strlen(dir) - 6, "XXXXXX", 6);
	if (!mkdtemp(dir))
		return -1;
	log_hub = log_hub_new(&(struct log_hub_options){.lines = 100});
	console = (struct session_system){.agent = &agent,
	    .config = config_new(&env),
	    .log = log_hub,
	    .save_dir = dir};
	log_set_sink(log_hub_sink, log_hub);
	return 0;
}

static inline int setup_administrator(void **state)
{
	int rc = setup(state);

	if (!rc)
		open_session(true);
	return rc;
}

static inline int teardown(void **state)
{
	char why[CONFIG_ERROR_BYTES];

	session_end(session);
	session = NULL;
	text_free(&sent);
	config_free(console.config);
	sa_numbers_free(&console.sa_numbers);
	log_set_sink(NULL, NULL);
	log_hub_free(log_hub);
	if (store_erase(dir, why, sizeof(why)))
		return -1;
	return rmdir(dir);
}

static inline void give(const char *frame)
{
	text_free(&sent);
	session_input(session, frame, strlen(frame));
	session_input(session, "\n", 1);
}

static inline void type(const char *line)
{
	char *frame = frame_print(frame_text("line", line, strlen(line)));

	text_free(&sent);
	session_input(session, frame, strlen(frame));
	free(frame);
}

static inline void assert_sent(const char *expected)
{
	assert_string_equal(sent.data ? sent.data : "", expected);
}

static inline bool was_sent(const char *part)
{
	return sent.data && strstr(sent.data, part);
}

#define DONE_ADMIN                                                                                 \
	"{\"done\":true,\"ok\":true,\"secret\":false,\"prompt\":\"# "                              \
	"\",\"level\":\"administrator\"}\n"
#define DONE_USER                                                                                  \
	"{\"done\":true,\"ok\":true,\"secret\":false,\"prompt\":\"> \",\"level\":\"user\"}\n"
#define FAILED_ADMIN                                                                               \
	"{\"done\":true,\"ok\":false,\"secret\":false,\"prompt\":\"# "                             \
	"\",\"level\":\"administrator\"}\n"
#define FAILED_USER                                                                                \
	"{\"done\":true,\"ok\":false,\"secret\":false,\"prompt\":\"> \",\"level\":\"user\"}\n"
