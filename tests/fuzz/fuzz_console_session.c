/* SPDX-License-Identifier: BSD-3-Clause
 *
 * A client of the console that sends any bytes, as administrator or user, in pieces. Every answer
 * must be a frame; a user changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "control/config/text.h"
#include "control/console/frames.h"
#include "control/console/session.h"
#include "tests/unit/console/fake_agent.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static bool over;

static void check_frames(void *ctx, const char *data, size_t bytes)
{
	json_t *frame;

	if (over || !bytes || data[bytes - 1] != '\n' || memchr(data, '\n', bytes - 1))
		abort();
	frame = frame_parse(data, bytes - 1);
	if (!frame)
		abort();
	json_decref(frame);
}

static void finish(void *ctx)
{
	over = true;
}

/* What an agent may do at any moment while a fetch runs. */
static void step(struct agent *agent, uint8_t choice)
{
	agent_cloud_fn *report = agent->report;

	if (!report)
		return;
	if (choice & 1) {
		report(agent->report_ctx, AGENT_CLOUD_PROGRESS, "");
		return;
	}
	agent->report = NULL;
	report(agent->report_ctx, choice & 2 ? AGENT_CLOUD_DONE : AGENT_CLOUD_FAILED, "why");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	static struct agent agent;
	struct config_env env = {.ctx = &agent, .apply = fake_apply, .bgp_refresh = fake_refresh};
	struct session_env session_env = {.send = check_frames, .finish = finish};
	struct session_system console = {.agent = &agent, .save_dir = NULL};
	bool administrator = bytes && data[0] & 1;
	size_t piece = bytes > 1 ? (size_t)data[1] + 1 : 1;
	char error[CONFIG_ERROR_BYTES];
	struct session *session;

	memset(&agent, 0, sizeof(agent));
	over = false;
	fake_agent_fill(&agent, mono_now());
	console.config = config_new(&env);
	/* As after a start: the empty configuration is in force. */
	if (config_replace(console.config, "", 0, error, sizeof(error)))
		abort();
	agent.applied = 0;
	session = session_new(&console, &session_env, administrator, 1000, "uid=1000");
	for (size_t at = 2; at < bytes; at += piece) {
		size_t n = bytes - at < piece ? bytes - at : piece;

		session_input(session, (const char *)data + at, n);
		step(&agent, data[at]);
	}
	session_end(session);
	if (!administrator &&
	    (agent.applied || agent.refreshed || agent.ipsec_refreshed || agent.sa_deleted.tunnel))
		abort();
	config_free(console.config);
	sa_numbers_free(&console.sa_numbers);
	return 0;
}
