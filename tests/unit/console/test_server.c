/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The console server over real Unix sockets, with an agent made of variables.
 *
 * `test_server serve SOCKET DIR` is the same server for the tests of the client program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "control/config/store.h"
#include "control/console/console.h"
#include "tests/unit/console/fake_agent.h"

static void on_term(uv_signal_t *signal, int number)
{
	uv_stop(signal->loop);
}

/* A fetch that takes three ticks and succeeds, unless it is cancelled. */
static void on_tick(uv_timer_t *timer)
{
	struct agent *agent = timer->data;
	static unsigned ticks;
	agent_cloud_fn *report = agent->report;

	if (!report) {
		ticks = 0;
	} else if (++ticks < 4) {
		report(agent->report_ctx, AGENT_CLOUD_PROGRESS, "");
	} else {
		ticks = 0;
		agent->report = NULL;
		report(agent->report_ctx, AGENT_CLOUD_DONE, "2 tunnels were configured.");
	}
}

static int serve(const char *path, const char *dir)
{
	static struct agent agent;
	struct config_env env = {.ctx = &agent, .apply = fake_apply, .bgp_refresh = fake_refresh};
	struct config *config = config_new(&env);
	struct log_ring *ring = log_ring_new(100, false);
	uv_loop_t *loop = uv_default_loop();
	struct console_options options = {.loop = loop,
	    .path = path,
	    .save_dir = dir,
	    .config = config,
	    .agent = &agent,
	    .log = ring};
	char error[CONFIG_ERROR_BYTES];
	struct console *console;
	uv_signal_t term;
	uv_timer_t tick;

	fake_agent_fill(&agent, mono_now());
	log_set_sink(log_ring_sink, ring);
	store_load(config, dir, error, sizeof(error));
	console = console_start(&options, error, sizeof(error));
	if (!console) {
		fprintf(stderr, "%s\n", error);
		return 1;
	}
	uv_signal_init(loop, &term);
	uv_signal_start(&term, on_term, SIGTERM);
	uv_timer_init(loop, &tick);
	tick.data = &agent;
	uv_timer_start(&tick, on_tick, 100, 200);
	printf("ready\n");
	fflush(stdout);
	uv_run(loop, UV_RUN_DEFAULT);
	console_stop(console);
	uv_close((uv_handle_t *)&term, NULL);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(loop, UV_RUN_DEFAULT);
	uv_loop_close(loop);
	config_free(config);
	log_set_sink(NULL, NULL);
	log_ring_free(ring);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4)
		return serve(argv[2], argv[3]);
	return 0;
}
