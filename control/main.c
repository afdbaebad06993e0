/* SPDX-License-Identifier: BSD-3-Clause
 *
 * cgw-control: wiring only. One loop; the configuration, the agent and the console know each other
 * through the functions handed over here. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "common/log.h"
#include "common/shm_map.h"
#include "control/agent.h"
#include "control/agent_life.h"
#include "control/config/check.h"
#include "control/config/config.h"
#include "control/config/store.h"
#include "control/console/console.h"
#include "control/logs.h"
#include "control/metrics/metrics.h"
#include "control/metrics/metrics_server.h"

#define DEFAULT_CONFIG "/etc/cgw/config"
#define DEFAULT_CA     "/etc/ssl/certs/ca-certificates.crt"
#define DEFAULT_GROUP  "cgw"

struct options {
	const char *instance, *config, *socket, *ca_file, *group, *check, *log_file, *syslog,
	    *metrics;
	uint16_t metrics_port;
	enum log_level log_level;
};

struct program {
	struct options options;
	uv_loop_t loop;
	uv_signal_t terminate, interrupt;
	struct logs *logs;
	struct config *config;
	struct agent *agent;
	struct console *console;
	struct metrics_server *metrics;
	char config_dir[4096], run_dir[256], default_socket[128], default_log[300],
	    default_metrics[300];
};

static const char usage[] =
    "usage: cgw-control [options]\n"
    "  --instance NAME   tables under /dev/shm/cgw/NAME/, as given to cgw-dataplane (default: "
    "default)\n"
    "  --config FILE     saved configuration: a file named config; the generations before it are\n"
    "                    config.1 to config.10 beside it (default: " DEFAULT_CONFIG ")\n"
    "  --socket PATH     the console's Unix socket (default: /run/cgw/INSTANCE/console.sock)\n"
    "  --group NAME      whose members may enter the console as users (default: " DEFAULT_GROUP
    ")\n"
    "  --ca-file FILE    PEM bundle of the authorities trusted for the EC2 API\n"
    "                    (default: " DEFAULT_CA ")\n"
    "  --check-config FILE  says what is wrong with FILE, line by line, and runs nothing\n"
    "  --log-level L     error, notice, info or debug: at least this much (default: info)\n"
    "  --log-file FILE   keeps the log over a restart, with FILE.1; \"\" = in memory only\n"
    "                    (default: `log` beside the console's socket)\n"
    "  --syslog PATH     Unix datagram socket that is sent the log (RFC 5424)\n"
    "  --metrics PATH    Unix socket of GET /metrics for Prometheus; \"\" = none\n"
    "                    (default: `metrics.sock` beside the console's socket)\n"
    "  --metrics-port N  the same on 127.0.0.1 and ::1 (default: 0 = none)\n"
    "  --help\n"
    "\n"
    "Stays in the foreground and logs to standard error. SIGTERM ends it in order: BGP Cease, IKE\n"
    "Delete, tables emptied. Needs CAP_NET_ADMIN, CAP_NET_RAW and CAP_NET_BIND_SERVICE.\n";

/* ---- options ---- */

static int parse_level(const char *text, enum log_level *level)
{
	for (enum log_level l = LOG_LEVEL_ERROR; l <= LOG_LEVEL_DEBUG; l++) {
		static const char *const name[] = {"error", "notice", "info", "debug"};

		if (strcmp(text, name[l]) == 0) {
			*level = l;
			return 0;
		}
	}
	fprintf(stderr, "cgw-control: no such log level: %s\n", text);
	return -EINVAL;
}

static int parse_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && number <= UINT16_MAX) {
		*port = (uint16_t)number;
		return 0;
	}
	fprintf(stderr, "cgw-control: no such port: %s\n", text);
	return -EINVAL;
}

/* 0; 1: --help was asked for; -EINVAL after a sentence on standard error. */
static int parse(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
	    {"instance", required_argument, NULL, 'i'},
	    {"config", required_argument, NULL, 'c'},
	    {"socket", required_argument, NULL, 's'},
	    {"group", required_argument, NULL, 'g'},
	    {"ca-file", required_argument, NULL, 'a'},
	    {"check-config", required_argument, NULL, 'k'},
	    {"log-level", required_argument, NULL, 'l'},
	    {"log-file", required_argument, NULL, 'f'},
	    {"syslog", required_argument, NULL, 'y'},
	    {"metrics", required_argument, NULL, 'm'},
	    {"metrics-port", required_argument, NULL, 'p'},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int c;

	*o = (struct options){.instance = SHM_DEFAULT_INSTANCE,
	    .config = DEFAULT_CONFIG,
	    .ca_file = DEFAULT_CA,
	    .group = DEFAULT_GROUP,
	    .log_level = LOG_LEVEL_INFO};
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case 'i': o->instance = optarg; break;
		case 'c': o->config = optarg; break;
		case 's': o->socket = optarg; break;
		case 'g': o->group = optarg; break;
		case 'k': o->check = optarg; break;
		case 'f': o->log_file = optarg; break;
		case 'y': o->syslog = optarg; break;
		case 'm': o->metrics = optarg; break;
		case 'p':
			if (parse_port(optarg, &o->metrics_port))
				return -EINVAL;
			break;
		case 'a': o->ca_file = optarg; break;
		case 'l':
			if (parse_level(optarg, &o->log_level))
				return -EINVAL;
			break;
		case 'h': return 1;
		default: return -EINVAL;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "cgw-control: what is %s?\n", argv[optind]);
		return -EINVAL;
	}
	return 0;
}

/* The folder of --config, which has to end in "/config". */
static int config_dir(const char *path, char *dir, size_t bytes)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (!slash || strcmp(slash + 1, "config") != 0 || n + 2 > bytes) {
		fprintf(stderr, "cgw-control: --config wants a path that ends in /config\n");
		return -EINVAL;
	}
	memcpy(dir, path, n ? n : 1);
	dir[n ? n : 1] = '\0';
	return 0;
}

/* Files of this run stand beside the socket. */
static void find_run_dir(const char *socket, char *dir, size_t bytes)
{
	const char *slash = strrchr(socket, '/');

	if (slash && slash != socket)
		(void)snprintf(dir, bytes, "%.*s", (int)(slash - socket), socket);
	else
		(void)snprintf(dir, bytes, "%s", slash ? "/" : ".");
}

/* Where the console and the log are, unless said otherwise. */
static void set_default_paths(struct program *p)
{
	struct options *o = &p->options;

	if (!o->socket) {
		(void)snprintf(p->default_socket, sizeof(p->default_socket), CONSOLE_SOCKET_FORMAT,
		    o->instance);
		o->socket = p->default_socket;
	}
	find_run_dir(o->socket, p->run_dir, sizeof(p->run_dir));
	if (!o->log_file) {
		(void)snprintf(p->default_log, sizeof(p->default_log), "%s/log", p->run_dir);
		o->log_file = p->default_log;
	}
	if (!o->metrics) {
		(void)snprintf(
		    p->default_metrics, sizeof(p->default_metrics), "%s/metrics.sock", p->run_dir);
		o->metrics = p->default_metrics;
	}
}

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

/* `timezone`: local time is what the log and `show` speak of. */
static void follow_timezone(const struct config_model *model)
{
	static char before[64];
	static bool known;
	int minutes = model->timezone_minutes, size = abs(minutes);
	char zone[32];

	if (!known)
		snprintf(before, sizeof(before), "%s", getenv("TZ") ? getenv("TZ") : "");
	known = true;
	/* POSIX counts west of Greenwich; the name in <> is what is shown. */
	snprintf(zone, sizeof(zone), "<%c%02d%02d>%c%d:%02d", minutes < 0 ? '-' : '+', size / 60,
	    size % 60, minutes < 0 ? '+' : '-', size / 60, size % 60);
	if (model->timezone_set)
		(void)setenv("TZ", zone, 1);
	else if (*before)
		(void)setenv("TZ", before, 1);
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
	enum store_loaded loaded = store_load(p->config, p->config_dir, why, sizeof(why));

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
	console_stop(p->console);
	metrics_server_stop(p->metrics);
	agent_stop(p->agent);
	logs_stop(p->logs);
	uv_close((uv_handle_t *)&p->terminate, NULL);
	uv_close((uv_handle_t *)&p->interrupt, NULL);
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
	    .run_dir = p->run_dir,
	    .state_dir = p->config_dir,
	    .ca_file = p->options.ca_file};
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
		    .save_dir = p->config_dir,
		    .config = p->config,
		    .agent = p->agent,
		    .log = log_hub_ring(logs_hub(p->logs)),
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

static void destroy(struct program *p)
{
	agent_free(p->agent);
	config_free(p->config);
	logs_free(p->logs);
	(void)uv_loop_close(&p->loop);
}

int main(int argc, char **argv)
{
	static struct program program;
	int rc = parse(argc, argv, &program.options);

	if (!rc && program.options.check)
		return check(program.options.check);
	set_default_paths(&program);
	if (rc == 0)
		rc = config_dir(
		    program.options.config, program.config_dir, sizeof(program.config_dir));
	if (rc) {
		fputs(usage, rc > 0 ? stdout : stderr);
		return rc > 0 ? EXIT_SUCCESS : 2;
	}
	/* Memory holds keys: no core dump, no debugger of another process. */
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)umask(027);
	if (uv_loop_init(&program.loop))
		return EXIT_FAILURE;
	if (!make(&program))
		return EXIT_FAILURE;
	watch_signals(&program);
	log_info("control state=running instance=%s pid=%d", program.options.instance, getpid());
	(void)uv_run(&program.loop, UV_RUN_DEFAULT);
	destroy(&program);
	return EXIT_SUCCESS;
}
