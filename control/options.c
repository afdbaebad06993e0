/* SPDX-License-Identifier: BSD-3-Clause
 *
 * Reads the command line, and finds the paths that follow from it. */
#include "control/options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/shm_map.h"
#include "control/console/console.h"
#include "control/options_table.h"

static int parse_level(const char *text, enum log_level *level)
{
	static const char *const name[] = {"error", "notice", "info", "debug"};

	for (enum log_level l = LOG_LEVEL_ERROR; l <= LOG_LEVEL_DEBUG; l++) {
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

/* Room for so many; fewer than there always is room for are as many. */
static int parse_room(const char *text, uint32_t most, uint32_t *count)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text >= '0' && *text <= '9' && !*end && number > 0 && number <= most) {
		*count = (uint32_t)number;
		return 0;
	}
	fprintf(
	    stderr, "cgw-control: a number from 1 to %" PRIu32 " is wanted, not %s\n", most, text);
	return -EINVAL;
}

/* The folder of --config, which has to end in "/config". */
static int find_config_dir(struct options *o)
{
	const char *slash = strrchr(o->config, '/');
	size_t n = slash ? (size_t)(slash - o->config) : 0;

	if (!slash || strcmp(slash + 1, "config") != 0 || n + 2 > sizeof(o->config_dir)) {
		fprintf(stderr, "cgw-control: --config wants a path that ends in /config\n");
		return -EINVAL;
	}
	memcpy(o->config_dir, o->config, n ? n : 1);
	o->config_dir[n ? n : 1] = '\0';
	return 0;
}

/* Files of this run stand beside the socket, unless said otherwise. */
static void find_run_paths(struct options *o)
{
	const char *slash;

	if (!o->socket) {
		(void)snprintf(o->default_socket, sizeof(o->default_socket), CONSOLE_SOCKET_FORMAT,
		    o->instance);
		o->socket = o->default_socket;
	}
	slash = strrchr(o->socket, '/');
	if (slash && slash != o->socket)
		(void)snprintf(
		    o->run_dir, sizeof(o->run_dir), "%.*s", (int)(slash - o->socket), o->socket);
	else
		(void)snprintf(o->run_dir, sizeof(o->run_dir), "%s", slash ? "/" : ".");
	(void)snprintf(o->default_log, sizeof(o->default_log), "%s/log", o->run_dir);
	(void)snprintf(
	    o->default_metrics, sizeof(o->default_metrics), "%s/metrics.sock", o->run_dir);
	if (!o->log_file)
		o->log_file = o->default_log;
	if (!o->metrics)
		o->metrics = o->default_metrics;
}

static int take(struct options *o, int option)
{
	switch (option) {
	case OPTION_INSTANCE: o->instance = optarg; return 0;
	case OPTION_CONFIG: o->config = optarg; return 0;
	case OPTION_SOCKET: o->socket = optarg; return 0;
	case OPTION_GROUP: o->group = optarg; return 0;
	case OPTION_CA_FILE: o->ca_file = optarg; return 0;
	case OPTION_CHECK: o->check = optarg; return 0;
	case OPTION_LOG_LEVEL: return parse_level(optarg, &o->log_level);
	case OPTION_LOG_FILE: o->log_file = optarg; return 0;
	case OPTION_SYSLOG: o->syslog = optarg; return 0;
	case OPTION_METRICS: o->metrics = optarg; return 0;
	case OPTION_METRICS_PORT: return parse_port(optarg, &o->metrics_port);
	case OPTION_TUNNELS: return parse_room(optarg, SHM_TUNNELS_MAX, &o->tunnels);
	case OPTION_ROUTES: return parse_room(optarg, SHM_ROUTES_MAX, &o->routes);
	case OPTION_HELP: return OPTIONS_HELP;
	case OPTION_VERSION: return OPTIONS_VERSION;
	default: return -EINVAL;
	}
}

int options_parse(int argc, char **argv, struct options *o)
{
	struct options_getopt known;
	int option, rc;

	*o = (struct options){.instance = SHM_DEFAULT_INSTANCE,
	    .config = OPTION_DEFAULT_CONFIG,
	    .ca_file = OPTION_DEFAULT_CA,
	    .group = OPTION_DEFAULT_GROUP,
	    .tunnels = CFG_DEFAULT_TUNNELS,
	    .routes = CFG_DEFAULT_ROUTES,
	    .log_level = LOG_LEVEL_INFO};
	options_getopt(&control_options, &known);
	while ((option = getopt_long(argc, argv, known.letters, known.names, NULL)) != -1) {
		rc = take(o, option);
		if (rc)
			return rc;
	}
	if (optind < argc) {
		fprintf(stderr, "cgw-control: what is %s?\n", argv[optind]);
		return -EINVAL;
	}
	if (o->check)
		return 0;
	find_run_paths(o);
	return find_config_dir(o);
}
