/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cgw-control: wiring only. One loop; the configuration, the agent and the console know each other
 * through the functions handed over here. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "common/log.h"
#include "common/notify.h"
#include "common/shm_map.h"
#include "common/version.h"
#include "control/agent.h"
#include "control/agent_life.h"
#include "control/config/check.h"
#include "control/config/config.h"
#include "control/config/store.h"
#include "control/console/console.h"
#include "control/logs.h"
#include "control/metrics/metrics.h"
#include "control/metrics/metrics_server.h"
#include "control/options.h"
#include "control/sys/dns.h"

struct program {
	struct options options;
	uv_loop_t loop;
	uv_signal_t terminate, interrupt;
	struct logs *logs;
	struct config *config;
	struct agent *agent;
	struct console *console;
	struct metrics_server *metrics;
};

/* ---- checking ---- */

static void print_finding(void *ctx, const char *sentence)
{
	printf("%s: %s\n", (const char *)ctx, sentence);
}

/* The exit status of --check-config: 0 also where something is missing, which more lines can mend.
 */
static int check(const char *path)
{
	char error[CONFIG_ERROR_BYTES] = "", name[4096];
	int wrong;

	snprintf(name, sizeof(name), "%s", path);
	wrong = config_check_file(path, print_finding, name, error, sizeof(error));
	if (wrong < 0)
		fprintf(stderr, "cgw-control: %s\n", error);
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- wiring ---- */

/* `timezone`: local time is what the log and `show` speak of. The environment is written only where
 * that changes: threads that look up names read it. */
static void follow_timezone(const struct config_model *model)
{
	static char before[64];
	static bool known;
	int minutes = model->timezone_minutes, size = abs(minutes);
	const char *wanted, *now = getenv("TZ");
	char zone[32];

	if (!known)
		snprintf(before, sizeof(before), "%s", now ? now : "");
	known = true;
	/* POSIX counts west of Greenwich; the name in <> is what is shown. */
	snprintf(zone, sizeof(zone), "<%c%02d%02d>%c%d:%02d", minutes < 0 ? '-' : '+', size / 60,
	    size % 60, minutes < 0 ? '+' : '-', size / 60, size % 60);
	wanted = model->timezone_set ? zone : before;
	if (strcmp(wanted, now ? now : "") == 0)
		return;
	if (*wanted)
		(void)setenv("TZ", wanted, 1);
	else
		(void)unsetenv("TZ");
	tzset();
}

static int apply(void *ctx, const struct config_model *model, char *error, size_t error_bytes)
{
	struct program *p = ctx;
	int rc = agent_apply(p->agent, model, error, error_bytes);

	if (rc)
		return rc;
	logs_follow(p->logs, model);
	follow_timezone(model);
	return 0;
}

static int bgp_refresh(void *ctx, char *error, size_t error_bytes)
{
	struct program *p = ctx;

	return agent_bgp_refresh(p->agent, error, error_bytes);
}

static void load(struct program *p)
{
	char why[CONFIG_ERROR_BYTES] = "";
	enum store_loaded loaded = store_load(p->config, p->options.config_dir, why, sizeof(why));

	switch (loaded) {
	case STORE_LOADED: log_info("config file=%s state=loaded", p->options.config); break;
	case STORE_PREVIOUS:
		log_error("config file=%s state=previous-generation reason=\"%s\"",
		    p->options.config, why);
		break;
	case STORE_NONE: log_info("config file=%s state=none", p->options.config); break;
	case STORE_REFUSED:
		log_error("config file=%s state=refused reason=\"%s\"", p->options.config, why);
		break;
	}
	/* Nothing in force is a configuration too: an empty one. */
	if (!config_model(p->config))
		(void)config_replace(p->config, "", 0, why, sizeof(why));
	if (agent_bgp_refresh(p->agent, why, sizeof(why)))
		log_error("bgp refresh=failed reason=\"%s\"", why);
}

static void on_signal(uv_signal_t *signal, int number)
{
	struct program *p = signal->data;

	log_info("control state=stopping signal=%d", number);
	notify_supervisor("STOPPING=1");
	console_stop(p->console);
	metrics_server_stop(p->metrics);
	agent_stop(p->agent);
	logs_stop(p->logs);
	uv_close((uv_handle_t *)&p->terminate, NULL);
	uv_close((uv_handle_t *)&p->interrupt, NULL);
	uv_stop(&p->loop);
}

static void watch_signals(struct program *p)
{
	(void)signal(SIGPIPE, SIG_IGN);
	(void)uv_signal_init(&p->loop, &p->terminate);
	(void)uv_signal_init(&p->loop, &p->interrupt);
	p->terminate.data = p->interrupt.data = p;
	(void)uv_signal_start(&p->terminate, on_signal, SIGTERM);
	(void)uv_signal_start(&p->interrupt, on_signal, SIGINT);
}

static void write_metrics(void *ctx, struct text *out)
{
	const struct program *p = ctx;
	const struct metrics_source source = {.agent = p->agent,
	    .config = p->config,
	    .log = logs_hub(p->logs),
	    .instance = p->options.instance};

	metrics_write(&source, out);
}

/* Nobody's packets wait for what measures them: without a socket or port it is said, and that is
 * all. */
static void start_metrics(struct program *p)
{
	char error[256];
	const struct metrics_server_options options = {.loop = &p->loop,
	    .path = p->options.metrics,
	    .group = p->options.group,
	    .port = p->options.metrics_port,
	    .write = write_metrics,
	    .ctx = p};

	p->metrics = metrics_server_start(&options, error, sizeof(error));
	if (!p->metrics)
		log_error("metrics state=refused reason=\"%s\"", error);
}

/* False after a sentence on standard error. */
static bool make(struct program *p)
{
	const struct agent_options agent = {.loop = &p->loop,
	    .instance = p->options.instance,
	    .run_dir = p->options.run_dir,
	    .state_dir = p->options.config_dir,
	    .ca_file = p->options.ca_file,
	    .tunnels = p->options.tunnels,
	    .routes = p->options.routes};
	const struct logs_options logs = {.loop = &p->loop,
	    .instance = p->options.instance,
	    .file = p->options.log_file,
	    .syslog_path = p->options.syslog,
	    .least = p->options.log_level};
	const struct config_env env = {.ctx = p, .apply = apply, .bgp_refresh = bgp_refresh};
	char error[CONFIG_ERROR_BYTES] = "no memory";

	p->logs = logs_start(&logs);
	p->agent = p->logs ? agent_new(&agent, error, sizeof(error)) : NULL;
	p->config = p->agent ? config_new(&env) : NULL;
	if (p->config) {
		const struct agent_config_ops ops = {.ctx = p->config,
		    .apply_lines = config_apply_lines,
		    .running_text = config_running_text};
		const struct console_options console = {
		    .loop = &p->loop,
		    .path = p->options.socket,
		    .group = p->options.group,
		    .instance = p->options.instance,
		    .save_dir = p->options.config_dir,
		    .config = p->config,
		    .agent = p->agent,
		    .log = logs_hub(p->logs),
		};

		agent_set_config(p->agent, &ops);
		load(p);
		agent_boot(p->agent);
		p->console = console_start(&console, error, sizeof(error));
	}
	if (p->console) {
		start_metrics(p);
		return true;
	}
	fprintf(stderr, "cgw-control: %s\n", error);
	agent_discard(p->agent);
	return false;
}

static void count_handle(uv_handle_t *handle, void *count)
{
	++*(unsigned *)count;
}

/* getaddrinfo(3) cannot be told to end, and takes seconds where no server answers. */
static bool only_look_ups_are_left(uv_loop_t *loop)
{
	unsigned handles = 0;

	uv_walk(loop, count_handle, &handles);
	return !handles && dns_outstanding() && dns_outstanding() == loop->active_reqs.count;
}

/* Until a signal, and then until all that was stopped has ended. */
static void run(struct program *p)
{
	(void)uv_run(&p->loop, UV_RUN_DEFAULT);
	while (!only_look_ups_are_left(&p->loop) && uv_run(&p->loop, UV_RUN_ONCE))
		;
}

static void destroy(struct program *p)
{
	agent_free(p->agent);
	config_free(p->config);
	logs_free(p->logs);
	(void)uv_loop_close(&p->loop);
}

_Static_assert(CONFIG_TUNNELS_MAX == SHM_TUNNELS_MAX, "as many numbers as there may be slots");

int main(int argc, char **argv)
{
	static struct program program;
	int rc = options_parse(argc, argv, &program.options);

	if (rc == OPTIONS_VERSION) {
		puts("cgw-control " CGW_VERSION);
		return EXIT_SUCCESS;
	}
	if (rc) {
		options_usage(&control_options, rc > 0 ? stdout : stderr);
		return rc > 0 ? EXIT_SUCCESS : 2;
	}
	/* The tables have room for more than the dialect numbers unless they were asked to. */
	if (program.options.tunnels > CFG_DEFAULT_TUNNELS)
		config_tunnels_set(program.options.tunnels);
	if (program.options.check)
		return check(program.options.check);
	/* Memory holds keys: no core dump, no debugger of another process. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)umask(027);
	if (uv_loop_init(&program.loop))
		return EXIT_FAILURE;
	if (!make(&program))
		return EXIT_FAILURE;
	watch_signals(&program);
	log_info("control state=running instance=%s pid=%d", program.options.instance, getpid());
	notify_supervisor("READY=1");
	run(&program);
	destroy(&program);
	if (dns_outstanding())
		_exit(EXIT_SUCCESS); /* exit() would wait for libuv's threads */
	return EXIT_SUCCESS;
}
